package commands

import (
	"bytes"
	"slices"

	"sessd/store"
)

func commandSpecs() []Spec {
	return []Spec{
		{
			Usage:   "COMMAND",
			Summary: "Describes every command: arity, flags, keys and categories.",
			Group:   ServerGroup, Flags: Loading | Stale | ForConnection, Since: "1.0.0", Run: commandAll,
			Example: `COMMAND -> [...]`,
		},
		{
			Usage:   "COMMAND COUNT",
			Summary: "Returns how many commands there are.",
			Group:   ServerGroup, Flags: Loading | Stale | ForConnection, Since: "1.0.0", Run: commandCount,
			Example: `COMMAND COUNT -> ...`,
		},
		{
			Usage:   "COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
			Summary: "Lists the names of commands and subcommands.",
			Group:   ServerGroup, Flags: Loading | Stale | ForConnection, Since: "1.0.0", Run: commandList,
			Example: `COMMAND LIST FILTERBY PATTERN sess.get -> ["sess.get"]`,
		},
		{
			Usage:   "COMMAND INFO [command-name ...]",
			Summary: "Describes the commands named, or every one.",
			Group:   ServerGroup, Flags: Loading | Stale | ForConnection, Since: "1.0.0", Run: commandInfo,
			Example: `COMMAND INFO echo -> [["echo",2,["loading","stale","fast"],0,0,0,["@fast","@connection"],[],[],[]]]`,
		},
		{
			Usage:   "COMMAND DOCS [command-name ...]",
			Summary: "Explains the commands named, or every one, and their arguments.",
			Group:   ServerGroup, Flags: Loading | Stale | ForConnection, Since: "1.0.0", Run: commandDocs,
			Example: `COMMAND DOCS echo -> {"echo":{"summary":"Answers the message.","since":"1.0.0","group":"connection","arguments":[{"name":"message","type":"string"}]}}`,
		},
		{
			Usage:   "COMMAND GETKEYS command arg [arg ...]",
			Summary: "Returns the keys in a whole command.",
			Group:   ServerGroup, Flags: Loading | Stale | ForConnection, Since: "1.0.0", Run: commandGetKeys,
			Example: `COMMAND GETKEYS SESS.ROTATE s1 s2 -> ["s1","s2"]`,
		},
		{
			Usage:   "COMMAND GETKEYSANDFLAGS command arg [arg ...]",
			Summary: "Returns the keys in a whole command, each with what the command does to it.",
			Group:   ServerGroup, Flags: Loading | Stale | ForConnection, Since: "1.0.0", Run: commandGetKeysAndFlags,
			Example: `COMMAND GETKEYSANDFLAGS SESS.GET s1 -> [["s1",["RO","access"]]]`,
		},
	}
}

func commandAll(c *Call) error {
	all := c.Dispatcher.table.order
	c.Reply.Array(len(all))
	for _, one := range all {
		one.writeInfo(c.Reply)
	}
	return nil
}

// commandCount leaves subcommands out, as Redis does, though COMMAND LIST has them.
func commandCount(c *Call) error {
	c.Reply.Int(int64(len(c.Dispatcher.table.order)))
	return nil
}

// commandFilter is what COMMAND LIST lists.
type commandFilter struct{ module, category, pattern []byte }

// parseCommandList reads what follows COMMAND LIST.
func parseCommandList(words [][]byte) (f commandFilter, err error) {
	if len(words) == 0 {
		return f, nil
	}
	if len(words) != 3 || !Is(words[0], "FILTERBY") {
		return f, ErrSyntax
	}
	switch {
	case Is(words[1], "MODULE"):
		f.module = words[2]
	case Is(words[1], "ACLCAT"):
		f.category = bytes.ToLower(words[2])
	case Is(words[1], "PATTERN"):
		f.pattern = bytes.ToLower(words[2])
	default:
		err = ErrSyntax
	}
	return f, err
}

// matches reports whether a command is listed. No command comes from a module.
func (f *commandFilter) matches(c *Command) bool {
	return f.module == nil && (f.category == nil || slices.Contains(c.categories(), string(f.category))) &&
		(f.pattern == nil || store.Match(f.pattern, []byte(c.Name)))
}

func commandList(c *Call) error {
	f, err := parseCommandList(c.Args)
	if err != nil {
		return err
	}
	var names []string
	for _, one := range c.Dispatcher.table.commands {
		if f.matches(one) {
			names = append(names, one.Name)
		}
	}
	c.Reply.Array(len(names))
	for _, name := range names {
		c.Reply.BulkString(name)
	}
	return nil
}

func commandInfo(c *Call) error {
	if len(c.Args) == 0 {
		return commandAll(c)
	}
	c.Reply.Array(len(c.Args))
	for _, name := range c.Args {
		if one := c.Dispatcher.table.named(string(name)); one != nil {
			one.writeInfo(c.Reply)
		} else {
			c.Reply.Null()
		}
	}
	return nil
}

// statuses writes a set of short words.
func statuses(r Reply, prefix string, words []string) {
	r.Set(len(words))
	for _, word := range words {
		r.Status(prefix + word)
	}
}

// writeInfo writes the ten elements of COMMAND INFO.
func (c *Command) writeInfo(r Reply) {
	r.Array(10)
	r.BulkString(c.Name)
	r.Int(int64(c.Arity))
	statuses(r, "", c.Flags.names())
	r.Int(int64(c.FirstKey))
	r.Int(int64(c.LastKey))
	r.Int(int64(c.KeyStep))
	statuses(r, "@", c.categories())
	r.Set(0) // hints for proxies
	c.writeKeySpecs(r)
	if len(c.order) == 0 {
		r.Set(0)
		return
	}
	r.Array(len(c.order))
	for _, sub := range c.order {
		sub.writeInfo(r)
	}
}

// writeKeySpecs writes where the keys are in the words of a request.
func (c *Command) writeKeySpecs(r Reply) {
	r.Set(len(c.Keys))
	for i := range c.Keys {
		c.Keys[i].write(r)
	}
}

func (s *KeySpec) write(r Reply) {
	r.Map(3)
	r.BulkString("flags")
	statuses(r, "", s.Access.names())
	r.BulkString("begin_search")
	switch {
	case s.Unknown:
		keySpecPart(r, "unknown")
	case s.Keyword != "":
		r.Map(2)
		r.BulkString("type")
		r.BulkString("keyword")
		r.BulkString("spec")
		r.Map(2)
		r.BulkString("keyword")
		r.BulkString(s.Keyword)
		r.BulkString("startfrom")
		r.Int(int64(s.Begin))
	default:
		keySpecPart(r, "index", "index", s.Begin)
	}
	r.BulkString("find_keys")
	switch {
	case s.Unknown:
		keySpecPart(r, "unknown")
	case s.Counted:
		keySpecPart(r, "keynum", "keynumidx", 0, "firstkey", 1, "keystep", max(1, s.Step))
	default:
		keySpecPart(r, "range", "lastkey", s.Last, "keystep", max(1, s.Step), "limit", s.Limit)
	}
}

// keySpecPart writes one of the two steps that find keys; its numbers come as pairs of name and value.
func keySpecPart(r Reply, kind string, numbers ...any) {
	r.Map(2)
	r.BulkString("type")
	r.BulkString(kind)
	r.BulkString("spec")
	r.Map(len(numbers) / 2)
	for i := 0; i < len(numbers); i += 2 {
		r.BulkString(numbers[i].(string))
		r.Int(int64(numbers[i+1].(int)))
	}
}

func commandDocs(c *Call) error {
	found := c.Dispatcher.table.order
	if len(c.Args) > 0 {
		found = nil
		for _, name := range c.Args {
			if one := c.Dispatcher.table.named(string(name)); one != nil {
				found = append(found, one)
			}
		}
	}
	writeDocs(c.Reply, found)
	return nil
}

// writeDocs writes the map of COMMAND DOCS, in which subcommands are maps of the same form.
func writeDocs(r Reply, all []*Command) {
	r.Map(len(all))
	for _, c := range all {
		r.BulkString(c.Name)
		c.writeDoc(r)
	}
}

// writeDoc leaves out what is empty: redis-cli takes an argument list that is there for one to print.
func (c *Command) writeDoc(r Reply) {
	fields := []func(){
		func() { r.BulkString("summary"); r.BulkString(c.Summary) },
		func() { r.BulkString("since"); r.BulkString(c.Since) },
		func() { r.BulkString("group"); r.BulkString(string(c.Group)) },
	}
	if len(c.args) > 0 {
		fields = append(fields, func() { r.BulkString("arguments"); c.writeArguments(r, c.args) })
	}
	if len(c.order) > 0 {
		fields = append(fields, func() { r.BulkString("subcommands"); writeDocs(r, c.order) })
	}
	writeFields(r, fields)
}

func writeFields(r Reply, fields []func()) {
	r.Map(len(fields))
	for _, write := range fields {
		write()
	}
}

func (c *Command) writeArguments(r Reply, args []argument) {
	r.Array(len(args))
	for _, a := range args {
		c.writeArgument(r, a)
	}
}

func (c *Command) writeArgument(r Reply, a argument) {
	kind := c.argumentType(a)
	fields := []func(){
		func() { r.BulkString("name"); r.BulkString(a.name) },
		func() { r.BulkString("type"); r.BulkString(kind) },
	}
	if kind == "key" {
		fields = append(fields, func() { r.BulkString("key_spec_index"); r.Int(int64(a.keySpec)) })
	}
	if a.token != "" {
		fields = append(fields, func() { r.BulkString("token"); r.BulkString(a.token) })
	}
	if flags := a.flags(); flags != nil {
		fields = append(fields, func() { r.BulkString("flags"); statuses(r, "", flags) })
	}
	if len(a.parts) > 0 {
		fields = append(fields, func() { r.BulkString("arguments"); c.writeArguments(r, a.parts) })
	}
	writeFields(r, fields)
}

func (a argument) flags() []string {
	var flags []string
	if a.optional {
		flags = append(flags, "optional")
	}
	if a.multiple {
		flags = append(flags, "multiple")
	}
	return flags
}

// argumentType returns the type as COMMAND DOCS names it. A key is one only where the key specification finds it.
func (c *Command) argumentType(a argument) string {
	switch a.kind {
	case tokenKind:
		return "pure-token"
	case blockKind:
		return "block"
	case choiceKind:
		return "oneof"
	}
	if a.typ == "key" && (a.token != "" && len(c.Keys) < 2 || !c.hasKeys()) {
		return "string" // no key specification finds it
	}
	return a.typ
}

// keysOf returns the keys of a request within a request.
func (s *Dispatcher) keysOf(words [][]byte) ([]Key, error) {
	command, err := s.table.find(words)
	switch {
	case err != nil:
		return nil, errNoCommand
	case !command.hasKeys():
		return nil, errNoKeys
	case !command.fits(len(words)):
		return nil, errInnerArity
	}
	keys, ok := command.appendKeys(nil, words)
	keys = slices.DeleteFunc(keys, func(k Key) bool { return k.Access&AnySuffix != 0 })
	switch {
	case ok && len(keys) > 0:
		return keys, nil
	case command.Flags&NoMandatoryKeys != 0:
		return nil, nil // as in Redis, even where the number of keys is wrong
	}
	return nil, errInnerKeys
}

func commandGetKeys(c *Call) error {
	keys, err := c.Dispatcher.keysOf(c.Args)
	if err != nil {
		return err
	}
	c.Reply.Array(len(keys))
	for _, key := range keys {
		c.Reply.Bulk(key.Word)
	}
	return nil
}

func commandGetKeysAndFlags(c *Call) error {
	keys, err := c.Dispatcher.keysOf(c.Args)
	if err != nil {
		return err
	}
	c.Reply.Array(len(keys))
	for _, key := range keys {
		c.Reply.Array(2)
		c.Reply.Bulk(key.Word)
		statuses(c.Reply, "", key.Access.names())
	}
	return nil
}
