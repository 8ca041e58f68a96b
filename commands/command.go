package commands

import (
	"slices"
	"strings"
)

// Command is a specification with all that derives from it.
type Command struct {
	Spec
	Name     string // in small letters; of a subcommand "container|name"
	FirstKey int    // position of the first key among the words; 0: none
	LastKey  int    // position of the last key; -1: the last word
	KeyStep  int    // distance between keys
	element  int    // position of the element that is meant in a collection, without options before it; 0: none
	args     []argument
	literals []string // words of the usage line that stand for themselves
	words    int      // of the name: 2 for a subcommand
	index    int      // position in the table, for statistics
	family   int      // position of its family in the table
	from     *Family
	subs     map[string]*Command // of a container, by their last word
	order    []*Command          // the same in the table's order
}

// newCommand derives a command from its specification.
func newCommand(spec Spec, from *Family) (*Command, error) {
	name, args, err := parseUsage(spec.Usage)
	if err != nil {
		return nil, err
	}
	if spec.Group == "" {
		spec.Group = from.Group
	}
	for i := range args {
		args[i].setTypes(from)
	}
	c := &Command{
		Spec: spec, Name: strings.ToLower(strings.Join(name, "|")), args: args, words: len(name), literals: literals(spec.Usage), from: from,
	}
	if c.Arity == 0 {
		c.Arity = arity(len(name), args)
	}
	c.deriveKeys(args)
	c.element = elementAt(len(name), args)
	next := 0
	for i := range args {
		next = args[i].setKeySpecs(next, len(c.Keys))
	}
	return c, nil
}

// elementAt returns the position of the first member or field among arguments that begin at a position; 0: there is none.
func elementAt(at int, args []argument) int {
	for _, a := range args {
		switch {
		case a.optional:
			continue
		case a.kind == blockKind:
			return elementAt(at, a.parts)
		case a.name == "member" || a.name == "field":
			return at
		case a.kind != valueKind || a.token != "" || a.multiple:
			return 0
		}
		at++
	}
	return 0
}

// usesData reports whether the command asks the engine for entries.
func (c *Command) usesData() bool { return len(c.Keys) > 0 || c.Flags&(Keyspace|AnyKey) != 0 }

// fits reports whether a request of n words has the command's arity.
func (c *Command) fits(n int) bool {
	return arityFits(c.Arity, n)
}

// arityFits reports whether so many words are what an arity asks for.
func arityFits(arity, n int) bool { return n == arity || arity < 0 && n >= -arity }

// categories returns the command's categories, without the @, in Redis's order.
func (c *Command) categories() []string {
	f := c.Flags
	var all []string
	if c.Group == c.from.Group {
		all = append(all, c.from.Categories...)
	}
	all = append(all, c.Categories...)
	if f&ForConnection != 0 {
		all = append(all, string(ConnectionGroup))
	}
	if f&Keyspace != 0 && !slices.Contains(all, "keyspace") {
		all = append(all, "keyspace")
	}
	for _, one := range []struct {
		name string
		has  bool
	}{
		{"read", f&ReadOnly != 0 && (c.hasKeys() || f&Keyspace != 0) && !slices.Contains(all, "scripting")}, // as in Redis
		{"write", f&Write != 0},
		{"pubsub", f&PubSub != 0},
		{"admin", f&Admin != 0},
		{"dangerous", f&(Admin|Dangerous) != 0},
		{"blocking", f&Blocking != 0},
		{"fast", f&Fast != 0},
		{"slow", f&Fast == 0},
	} {
		if one.has {
			all = append(all, one.name)
		}
	}
	slices.SortFunc(all, func(a, b string) int { return slices.Index(categoryOrder, a) - slices.Index(categoryOrder, b) })
	return slices.Compact(all)
}
