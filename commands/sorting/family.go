// Package sorting is SORT, which sorts lists, sets and sorted sets by their elements or by what other keys hold.
//
// SORT reads the elements in one step, looks up what other keys hold in others, and sorts with nothing locked. A key
// that changes meanwhile may be seen before or after that. With STORE, all of it is one step for everybody, of the two
// keys alone or, where BY or GET name others, of everything. Inside a transaction or a script it is part of that step.
// A large collection is sorted with nothing locked, and stored if it has not changed since. What BY and GET name is
// looked up in other steps then, as without STORE.
package sorting

import (
	"sessd/commands"
	"sessd/store"
)

// family is the engine's abilities that the handlers ask. All but the first may be nil.
type family struct {
	keys       store.Keys
	lists      store.Lists
	sets       store.Sets
	sortedSets store.SortedSets
	strings    store.Strings
	hashes     store.Hashes
	transactor store.Transactor
	deriver    store.Deriver
}

// Family returns SORT and SORT_RO over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.keys, able = engine.(store.Keys); !able {
		missing = "ERR this server's store has no commands on keys"
	}
	f.lists, _ = engine.(store.Lists)
	f.sets, _ = engine.(store.Sets)
	f.sortedSets, _ = engine.(store.SortedSets)
	f.strings, _ = engine.(store.Strings)
	f.hashes, _ = engine.(store.Hashes)
	f.transactor, _ = engine.(store.Transactor)
	f.deriver, _ = engine.(store.Deriver)
	return commands.Family{Group: "generic", Categories: []string{"set", "sortedset", "list"}, Missing: missing, Specs: f.specs()}
}

func (f *family) specs() []commands.Spec {
	const reaches = commands.Dangerous | commands.AnyKey | commands.Filtered // a user who may not read every key has neither BY nor GET
	sorted := commands.KeySpec{Access: commands.RO | commands.Access, Begin: 1}
	looked := commands.KeySpec{Access: commands.RO | commands.Access, Unknown: true}
	stored := commands.KeySpec{Access: commands.OW | commands.Update, Unknown: true}
	return []commands.Spec{
		{
			Usage:   "SORT key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] [STORE destination]",
			Summary: "Sorts a list, a set or a sorted set, and returns or stores the elements or what other keys hold.",
			Flags:   commands.Write | commands.DenyOOM | reaches, Keys: []commands.KeySpec{sorted, looked, stored}, KeysOf: keysOf,
			Since: "1.0.0", Run: f.sort,
			Example: `RPUSH k 3 1 2; SORT k DESC LIMIT 0 2 -> ["3","2"]`,
		},
		{
			Usage:   "SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]",
			Summary: "SORT without STORE.",
			Flags:   commands.ReadOnly | reaches, Keys: []commands.KeySpec{sorted, looked}, KeysOf: keysOfReadOnly, Since: "1.0.0", Run: f.sortReadOnly,
			Example: `SADD k b a; SORT_RO k ALPHA -> ["a","b"]`,
		},
	}
}

func keysOfReadOnly(keys []commands.Key, words [][]byte) []commands.Key {
	return append(keys, commands.Key{Word: words[1], Access: commands.RO | commands.Access})
}

// keysOf returns SORT's keys: the one that is sorted, and that of the last STORE.
func keysOf(keys []commands.Key, words [][]byte) []commands.Key {
	keys = keysOfReadOnly(keys, words)
	var target []byte
	for i := 2; i < len(words); i++ {
		switch word := words[i]; {
		case commands.Is(word, "LIMIT"):
			i += 2
		case commands.Is(word, "GET"), commands.Is(word, "BY"):
			i++
		case commands.Is(word, "STORE") && i+1 < len(words):
			target = words[i+1]
		}
	}
	if target != nil {
		keys = append(keys, commands.Key{Word: target, Access: commands.OW | commands.Update})
	}
	return keys
}
