package commands

import (
	"bytes"
	"slices"
)

// straying are the commands that name keys of another keyspace, or make later ones do so.
var straying = []string{"select", "move", "copy", "swapdb", "multi", "exec"}

// Confined reports whether a request names no key but key, and its keys can be told by their positions alone. The other
// words of the request may stand for any. With more any number of words may follow that are like the last.
func (s *Dispatcher) Confined(words [][]byte, more bool, key []byte) bool {
	if len(words) == 0 {
		return false
	}
	c, err := s.table.find(words)
	if err != nil || c.Flags&(Keyspace|AnyKey|Figures|Blocking|Admin) != 0 || slices.Contains(straying, c.Name) {
		return false
	}
	if c.KeysOf != nil && c.Access&VariableFlags == 0 { // which finds other keys than the specifications do
		return false
	}
	var found []Key
	for i := range c.Keys {
		spec := &c.Keys[i]
		if !spec.isRange() || spec.Access&(Incomplete|AnySuffix) != 0 {
			return false
		}
		if more && spec.Last < 0 && !bytes.Equal(words[len(words)-1], key) {
			return false
		}
		var all bool
		if found, all = spec.appendKeys(found, words); !all {
			return false
		}
	}
	return !slices.ContainsFunc(found, func(k Key) bool { return !bytes.Equal(k.Word, key) })
}
