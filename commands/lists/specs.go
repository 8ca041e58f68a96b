package lists

import "sessd/commands"

// Access to the keys of commands that move an element, or take some.
const (
	takes = commands.RW | commands.Access | commands.Delete
	gives = commands.RW | commands.Insert
)

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "LPUSH key element [element ...]",
			Summary: "Adds elements at the head of a list, one after the other, and returns its length.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: gives, Since: "1.0.0", Run: f.leftPush,
			Example: `LPUSH k a b; LRANGE k 0 -1 -> ["b","a"]`,
		},
		{
			Usage:   "RPUSH key element [element ...]",
			Summary: "Adds elements at the tail of a list and returns its length.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: gives, Since: "1.0.0", Run: f.rightPush,
			Example: `RPUSH k a b -> 2`,
		},
		{
			Usage:   "LPUSHX key element [element ...]",
			Summary: "Adds elements at the head of a list that is there.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: gives, Since: "1.0.0", Run: f.leftPushX,
			Example: `LPUSHX k a -> 0`,
		},
		{
			Usage:   "RPUSHX key element [element ...]",
			Summary: "Adds elements at the tail of a list that is there.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: gives, Since: "1.0.0", Run: f.rightPushX,
			Example: `RPUSH k a; RPUSHX k b -> 2`,
		},
		{
			Usage:   "LPOP key [count]",
			Summary: "Removes the first element, or several, and returns them.",
			Flags:   commands.Write | commands.Fast, Access: takes, Since: "1.0.0", Run: f.leftPop,
			Example: `RPUSH k a b; LPOP k -> "a"`,
		},
		{
			Usage:   "RPOP key [count]",
			Summary: "Removes the last element, or several from the last one on, and returns them.",
			Flags:   commands.Write | commands.Fast, Access: takes, Since: "1.0.0", Run: f.rightPop,
			Example: `RPUSH k a b; RPOP k 2 -> ["b","a"]`,
		},
		{
			Usage:   "LLEN key",
			Summary: "Returns the number of elements.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO, Since: "1.0.0", Run: f.length,
			Example: `RPUSH k a b; LLEN k -> 2`,
		},
		{
			Usage:   "LRANGE key start stop",
			Summary: "Returns the elements between two indexes, both included; negative ones count from the end.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.read,
			Example: `RPUSH k a b c; LRANGE k -2 -1 -> ["b","c"]`,
		},
		{
			Usage:   "LINDEX key index",
			Summary: "Returns the element at an index.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.index,
			Example: `RPUSH k a b c; LINDEX k -1 -> "c"`,
		},
		{
			Usage:   "LSET key index element",
			Summary: "Replaces the element at an index.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.RW | commands.Update, Since: "1.0.0", Run: f.set,
			Example: `RPUSH k a b; LSET k 0 c -> "OK"`,
		},
		{
			Usage:   "LINSERT key <BEFORE | AFTER> pivot element",
			Summary: "Adds an element before another one or after it, and returns the length; -1 without that other.",
			Flags:   commands.Write | commands.DenyOOM, Access: gives, Since: "1.0.0", Run: f.insert,
			Example: `RPUSH k a c; LINSERT k BEFORE c b -> 3`,
		},
		{
			Usage:   "LREM key count element",
			Summary: "Removes the first equal elements; the last ones with a negative count, all with 0. Returns how many.",
			Flags:   commands.Write, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.remove,
			Example: `RPUSH k a b a; LREM k 0 a -> 2`,
		},
		{
			Usage:   "LTRIM key start stop",
			Summary: "Removes the elements that are not between two indexes.",
			Flags:   commands.Write, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.trim,
			Example: `RPUSH k a b c; LTRIM k 0 1 -> "OK"`,
		},
		{
			Usage:   "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
			Summary: "Returns the index of the first equal element; of the rank-th, from the end on if negative; of several with COUNT.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.find,
			Example: `RPUSH k a b a; LPOS k a COUNT 0 -> [0,2]`,
		},
		{
			Usage:   "LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>",
			Summary: "Moves an element from an end of one list to an end of another, or the same, and returns it.",
			Flags:   commands.Write | commands.DenyOOM, Keys: moveKeys, Since: "1.0.0", Run: f.move,
			Example: `RPUSH k a b; LMOVE k l RIGHT LEFT -> "b"`,
		},
		{
			Usage:   "RPOPLPUSH source destination",
			Summary: "Moves the last element of a list to the head of another, or the same, and returns it.",
			Flags:   commands.Write | commands.DenyOOM, Keys: moveKeys, Since: "1.0.0", Run: f.moveRightLeft,
			Example: `RPUSH k a b; RPOPLPUSH k l -> "b"`,
		},
		{
			Usage:   "LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
			Summary: "Removes elements from an end of the first list that there is, and returns its key and them.",
			Flags:   commands.Write, Keys: []commands.KeySpec{{Access: takes, Begin: 1, Counted: true}}, Since: "1.0.0", Run: f.popFirst,
			Example: `RPUSH k a b; LMPOP 2 j k LEFT -> ["k",["a"]]`,
		},
	}
}

var moveKeys = []commands.KeySpec{{Access: takes, Begin: 1}, {Access: gives, Begin: 2}}

func (f *family) blockingSpecs() []commands.Spec {
	const waits = commands.Write | commands.Blocking
	return []commands.Spec{
		{
			Usage:   "BLPOP key [key ...] timeout",
			Summary: "Removes the first element of the first list that there is, or waits for one for so many seconds; 0: for ever.",
			Flags:   waits | commands.NoScript, Keys: []commands.KeySpec{{Access: takes, Begin: 1, Last: -2}}, Since: "1.0.0", Run: f.waitLeftPop,
			Example: `RPUSH k a b; BLPOP k 1 -> ["k","a"]`,
		},
		{
			Usage:   "BRPOP key [key ...] timeout",
			Summary: "Removes the last element of the first list that there is, or waits for one.",
			Flags:   waits | commands.NoScript, Keys: []commands.KeySpec{{Access: takes, Begin: 1, Last: -2}}, Since: "1.0.0", Run: f.waitRightPop,
			Example: `RPUSH k a b; BRPOP k 1 -> ["k","b"]`,
		},
		{
			Usage:   "BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
			Summary: "Moves an element as LMOVE does, or waits for one.",
			Flags:   waits | commands.DenyOOM | commands.NoScript, Keys: moveKeys, Since: "1.0.0", Run: f.waitMove,
			Example: `RPUSH k a b; BLMOVE k l RIGHT LEFT 1 -> "b"`,
		},
		{
			Usage:   "BRPOPLPUSH source destination timeout",
			Summary: "Moves an element as RPOPLPUSH does, or waits for one.",
			Flags:   waits | commands.DenyOOM | commands.NoScript, Keys: moveKeys, Since: "1.0.0", Run: f.waitMoveRightLeft,
			Example: `RPUSH k a b; BRPOPLPUSH k l 1 -> "b"`,
		},
		{
			Usage:   "BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
			Summary: "Removes elements as LMPOP does, or waits for some.",
			Flags:   waits, Keys: []commands.KeySpec{{Access: takes, Begin: 2, Counted: true}}, Since: "1.0.0", Run: f.waitPopFirst,
			Example: `RPUSH k a b; BLMPOP 1 2 j k LEFT -> ["k",["a"]]`,
		},
	}
}
