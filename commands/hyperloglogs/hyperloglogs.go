// Package hyperloglogs is the commands that estimate how many different elements there are.
package hyperloglogs

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's ability that the handlers ask.
type family struct{ engine store.HyperLogLogs }

// Family returns the commands on HyperLogLogs over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.HyperLogLogs); !able {
		missing = "ERR this server's store holds no HyperLogLogs"
	}
	return commands.Family{
		Group: "hyperloglog", Categories: []string{"hyperloglog"}, Missing: missing, Errors: wireText, Specs: f.specs(),
		Values: map[string]string{"destkey": "key", "sourcekey": "key"},
	}
}

// wireText returns the text of an error that the engine has for HyperLogLogs.
func wireText(err error) commands.Error {
	switch {
	case errors.Is(err, store.ErrNotHyperLogLog):
		return "WRONGTYPE Key is not a valid HyperLogLog string value."
	case errors.Is(err, store.ErrCorruptHyperLogLog):
		return "INVALIDOBJ Corrupted HLL object detected"
	}
	return ""
}

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "PFADD key [element ...]",
			Summary: "Adds elements to a HyperLogLog and returns 1 if that changed it.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.RW | commands.Insert, Since: "1.0.0", Run: f.add,
			Example: `PFADD k a b c -> 1`,
		},
		{
			Usage:   "PFCOUNT key [key ...]",
			Summary: "Estimates how many different elements were added to some HyperLogLogs together.",
			Flags:   commands.ReadOnly | commands.MayReplicate, Access: commands.RW | commands.Access, Since: "1.0.0", Run: f.count,
			Example: `PFADD k a b c; PFADD l c d; PFCOUNT k l -> 4`,
		},
		{
			Usage:   "PFMERGE destkey [sourcekey ...]",
			Summary: "Adds the elements of some HyperLogLogs to another one.",
			Flags:   commands.Write | commands.DenyOOM, Since: "1.0.0", Run: f.merge,
			Keys: []commands.KeySpec{
				{Access: commands.RW | commands.Access | commands.Insert, Begin: 1}, {Access: commands.RO | commands.Access, Begin: 2, Last: -1},
			},
			KeysOf:  keysOfMerge,
			Example: `PFADD k a b; PFMERGE l k -> "OK"`,
		},
	}
}

// keysOfMerge returns PFMERGE's keys, of which the sources may be missing.
func keysOfMerge(keys []commands.Key, words [][]byte) []commands.Key {
	keys = append(keys, commands.Key{Word: words[1], Access: commands.RW | commands.Access | commands.Insert})
	for _, word := range words[2:] {
		keys = append(keys, commands.Key{Word: word, Access: commands.RO | commands.Access})
	}
	return keys
}

func (f *family) add(c *commands.Call) error {
	changed, err := f.engine.AddElements(c.Context, c.Op, c.Args[0], c.Args[1:])
	if err == nil {
		c.IntBool(changed)
	}
	return err
}

func (f *family) count(c *commands.Call) error {
	n, err := f.engine.CountElements(c.Context, c.Op, c.Args)
	if err == nil {
		c.Reply.Int(int64(n))
	}
	return err
}

func (f *family) merge(c *commands.Call) error {
	if err := f.engine.MergeElements(c.Context, c.Op, c.Args[0], c.Args[1:]); err != nil {
		return err
	}
	c.Reply.Status("OK")
	return nil
}
