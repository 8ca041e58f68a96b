package sets

import (
	"sessd/commands"
	"sessd/store"
)

// The errors of commands that combine sets.
const (
	errNoAlgebra commands.Error = "ERR this server's store cannot combine sets"
	errNumKeys   commands.Error = "ERR numkeys should be greater than 0"
	errKeys      commands.Error = "ERR Number of keys can't be greater than number of args"
	errLimit     commands.Error = "ERR LIMIT can't be negative"
)

func (f *family) combineSpecs() []commands.Spec {
	target := []commands.KeySpec{{Access: commands.OW | commands.Update, Begin: 1}, {Access: commands.RO | commands.Access, Begin: 2, Last: -1}}
	intersected := []commands.KeySpec{{Access: commands.RW | commands.Update, Begin: 1}, target[1]} // as Redis has it
	return []commands.Spec{
		{
			Usage:   "SMOVE source destination member",
			Summary: "Moves a member from one set to another and returns 1 if it was there.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.move,
			Keys: []commands.KeySpec{
				{Access: commands.RW | commands.Access | commands.Delete, Begin: 1}, {Access: commands.RW | commands.Insert, Begin: 2},
			},
			Example: `SADD k red; SMOVE k l red -> 1`,
		},
		{
			Usage:   "SINTER key [key ...]",
			Summary: "Returns the members that all sets have.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.combine(store.Intersection),
			Example: `SADD k red blue; SADD l red; SINTER k l -> ["red"]`,
		},
		{
			Usage:   "SINTERCARD numkeys key [key ...] [LIMIT limit]",
			Summary: "Returns how many members all sets have, up to a limit.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.intersectionSize,
			Keys:    []commands.KeySpec{{Access: commands.RO | commands.Access, Begin: 1, Counted: true}},
			Example: `SADD k red blue; SADD l red; SINTERCARD 2 k l -> 1`,
		},
		{
			Usage:   "SINTERSTORE destination key [key ...]",
			Summary: "Stores the members that all sets have under a key and returns how many they are.",
			Flags:   commands.Write | commands.DenyOOM, Keys: intersected, Since: "1.0.0", Run: f.storeCombined(store.Intersection),
			Example: `SADD k red blue; SADD l red; SINTERSTORE m k l -> 1`,
		},
		{
			Usage:   "SUNION key [key ...]",
			Summary: "Returns the members that any of some sets has.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.combine(store.Union),
			Example: `SADD k red; SADD l red; SUNION k l -> ["red"]`,
		},
		{
			Usage:   "SUNIONSTORE destination key [key ...]",
			Summary: "Stores the members that any of some sets has under a key and returns how many they are.",
			Flags:   commands.Write | commands.DenyOOM, Keys: target, Since: "1.0.0", Run: f.storeCombined(store.Union),
			Example: `SADD k red; SADD l blue; SUNIONSTORE m k l -> 2`,
		},
		{
			Usage:   "SDIFF key [key ...]",
			Summary: "Returns the members of the first set that no other one has.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.combine(store.Difference),
			Example: `SADD k red blue; SADD l red; SDIFF k l -> ["blue"]`,
		},
		{
			Usage:   "SDIFFSTORE destination key [key ...]",
			Summary: "Stores the members of the first set that no other one has under a key and returns how many they are.",
			Flags:   commands.Write | commands.DenyOOM, Keys: target, Since: "1.0.0", Run: f.storeCombined(store.Difference),
			Example: `SADD k red blue; SADD l red; SDIFFSTORE m k l -> 1`,
		},
	}
}

func (f *family) move(c *commands.Call) error {
	moved, err := f.engine.MoveMember(c.Context, c.Op, c.Args[0], c.Args[1], c.Args[2])
	if err == nil {
		c.IntBool(moved)
	}
	return err
}

// combinedReply answers with what sets combine to.
type combinedReply struct {
	reply commands.Reply
	size  bool // alone
}

// Members implements store.SortedVisitor.
func (v combinedReply) Members(n int) {
	if v.size {
		v.reply.Int(int64(n))
	} else {
		v.reply.Set(n)
	}
}

// Member implements store.SortedVisitor.
func (v combinedReply) Member(member []byte, _ float64, _ bool) { v.reply.Bulk(member) }

// combine returns the handler of a command that answers with what sets combine to.
func (f *family) combine(how store.SetOp) func(*commands.Call) error {
	return func(c *commands.Call) error {
		if f.algebra == nil {
			return errNoAlgebra
		}
		return f.algebra.ReadCombined(c.Context, c.Op, c.Args, store.Combination{How: how}, combinedReply{reply: c.Reply})
	}
}

// storeCombined returns the handler of a command that stores what sets combine to.
func (f *family) storeCombined(how store.SetOp) func(*commands.Call) error {
	return func(c *commands.Call) error {
		if f.algebra == nil {
			return errNoAlgebra
		}
		n, err := f.algebra.StoreCombined(c.Context, c.Op, c.Args[0], c.Args[1:], store.Combination{How: how})
		if err == nil {
			c.Reply.Int(int64(n))
		}
		return err
	}
}

// parseSize reads the words of SINTERCARD.
func parseSize(words [][]byte) (keys [][]byte, limit int64, err error) {
	numkeys, ok := store.ParseInt(words[0])
	switch {
	case !ok || numkeys < 1:
		return nil, 0, errNumKeys
	case numkeys > int64(len(words)-1):
		return nil, 0, errKeys
	}
	keys = words[1 : 1+numkeys]
	for rest := words[1+numkeys:]; len(rest) > 0; rest = rest[2:] {
		if !commands.Is(rest[0], "LIMIT") || len(rest) < 2 {
			return nil, 0, commands.ErrSyntax
		}
		if limit, ok = store.ParseInt(rest[1]); !ok || limit < 0 {
			return nil, 0, errLimit
		}
	}
	return keys, limit, nil
}

func (f *family) intersectionSize(c *commands.Call) error {
	if f.algebra == nil {
		return errNoAlgebra
	}
	keys, limit, err := parseSize(c.Args)
	if err != nil {
		return err
	}
	how := store.Combination{How: store.Intersection, Size: true, Limit: limit}
	return f.algebra.ReadCombined(c.Context, c.Op, keys, how, combinedReply{c.Reply, true})
}
