package commands

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// table finds a command by the words of a request.
type table struct {
	families []Family
	commands []*Command          // with subcommands, in the order of the rows; Command.index is the place here
	byName   map[string]*Command // without subcommands, by small letters
	order    []*Command          // the same in the table's order
	callable []*Command          // the same under the names that requests have for them
	names    names               // these by their words

	openChannels atomic.Bool // a new user may use every channel
}

// newTable builds the table of some families and this package's own. A row that contradicts itself is a mistake in its
// package, which every test meets.
func newTable(families []Family) *table {
	t := &table{byName: make(map[string]*Command), families: append(slices.Clip(families), coreFamilies()...)}
	for _, extends := range []bool{false, true} {
		for i := range t.families {
			if t.families[i].Extends == extends {
				t.addFamily(i)
			}
		}
	}
	for _, container := range t.order {
		if container.subs != nil {
			help := helpCommand(container)
			help.family = container.family
			t.add(help)
		}
	}
	t.callable = slices.Clone(t.order)
	t.names = newNames(t.callable)
	return t
}

// rename gives a command another name in requests; an empty one makes it unknown. Its errors are Redis's.
func (t *table) rename(from, to string) error {
	from, to = strings.ToLower(from), strings.ToLower(to)
	i := slices.IndexFunc(t.callable, func(c *Command) bool { return c.Name == from })
	switch {
	case i < 0 && IsAbsent(from):
		return nil // a file made for Redis may name it
	case i < 0:
		return Error("No such command in rename-command")
	}
	renamed := *t.callable[i]
	renamed.Name = to
	switch {
	case len(to) > maxName:
		return fmt.Errorf("the new name is longer than %d bytes", maxName)
	case to == "":
		t.callable = slices.Delete(t.callable, i, i+1)
	case t.names.find([]byte(to)) != nil:
		return Error("Target command name already exists")
	default:
		t.callable[i] = &renamed
	}
	t.names = newNames(t.callable)
	return nil
}

// Rename gives a command another name in requests and in scripts; an empty one makes it unknown. It must not be called once
// requests are served.
func (s *Dispatcher) Rename(from, to string) error { return s.table.rename(from, to) }

func (t *table) addFamily(i int) {
	f := &t.families[i]
	for _, spec := range f.Specs {
		c, err := newCommand(spec, f)
		if err != nil {
			panic(err)
		}
		c.family = i
		t.add(c)
	}
}

func (t *table) add(c *Command) {
	c.index = len(t.commands)
	name, sub, isSub := strings.Cut(c.Name, "|")
	if !isSub {
		if t.byName[name] != nil {
			panic(fmt.Sprintf("command %s has two rows", c.Name))
		}
		t.commands = append(t.commands, c)
		t.byName[name] = c
		t.order = append(t.order, c)
		return
	}
	container := t.byName[name]
	if container == nil {
		t.add(&Command{
			Spec: Spec{Usage: strings.ToUpper(name), Summary: "A container for " + name + " commands.", Group: c.Group, Flags: c.Flags & NoAuth, Since: c.Since, Arity: -2},
			Name: name, words: 1, from: c.from, family: c.family,
		})
		container = t.byName[name]
		c.index = len(t.commands)
	}
	if container.subs == nil {
		container.subs = make(map[string]*Command)
		container.Arity = -container.words // more words may follow
		if container.Run == nil {
			container.Arity-- // and one must
		}
	}
	if container.subs[sub] != nil {
		panic(fmt.Sprintf("command %s has two rows", c.Name))
	}
	t.commands = append(t.commands, c)
	container.subs[sub] = c
	container.order = append(container.order, c)
}

// maxName is longer than any command's name; a longer word is unknown without a look-up.
const maxName = 32

// find returns the command that the words of a request begin with. It does not allocate unless it fails.
func (t *table) find(words [][]byte) (*Command, error) {
	c := t.names.find(words[0])
	if c == nil {
		return nil, errUnknownCommand(words[0])
	}
	if c.subs == nil || len(words) == 1 && c.Run != nil {
		return c, nil
	}
	if len(words) == 1 {
		return nil, ErrArity(c.Name)
	}
	sub := lookup(c.subs, words[1])
	if sub == nil {
		return nil, errUnknownSubcommand(words[0], words[1])
	}
	return sub, nil
}

func lookup(byName map[string]*Command, word []byte) *Command {
	var buffer [maxName]byte
	if len(word) > len(buffer) {
		return nil
	}
	for i, b := range word {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		buffer[i] = b
	}
	return byName[string(buffer[:len(word)])]
}

// named returns the command with a name as users write it, "set", "CLIENT|ID" or "client id", or nil.
func (t *table) named(name string) *Command {
	name, sub, isSub := strings.Cut(strings.ReplaceAll(strings.ToLower(name), " ", "|"), "|")
	c := t.byName[name]
	if c == nil || !isSub {
		return c
	}
	return c.subs[sub]
}

// helpCommand is the HELP that every container has.
func helpCommand(container *Command) *Command {
	lines := []string{strings.ToUpper(container.Name) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"}
	for _, sub := range container.order {
		_, usage, _ := strings.Cut(sub.Usage, " ")
		lines = append(lines, usage, "    "+sub.Summary)
	}
	lines = append(lines, "HELP", "    Print this help.")
	c, err := newCommand(Spec{
		Usage:   strings.ToUpper(container.Name) + " HELP",
		Summary: "Lists the subcommands.",
		Group:   container.Group, Flags: container.Flags&(NoAuth|ForConnection) | Loading | Stale, Since: container.Since,
		Run: func(c *Call) error {
			c.Reply.Array(len(lines))
			for _, line := range lines {
				c.Reply.Status(line)
			}
			return nil
		},
	}, container.from)
	if err != nil {
		panic(err)
	}
	return c
}
