package scripts

import (
	"errors"

	"sessd/commands"
	"sessd/commands/scripts/lua"
	"sessd/store"
)

// What lua.Script.Memo says of a script.
const (
	unknown    int32 = iota
	apart            // it needs all data to itself
	withinKeys       // it stays within the keys that it declares, and ends soon
)

// staysWithin reports whether a script names no key but those that it declares, and ends soon. It then runs as any command
// does, in a step that covers these keys.
func (f *family) staysWithin(c *commands.Call, script *lua.Script) bool {
	known := script.Memo.Load()
	if known == unknown {
		if known = apart; script.Straight != nil && all(c, script.Straight.Sites) {
			known = withinKeys
		}
		script.Memo.Store(known)
	}
	return known == withinKeys
}

// Words that stand for what is not known before a script runs. A command that looks for its keys by a word finds none.
var keyWord, otherWord = []byte("\x00key"), []byte("\x00other")

// all reports whether each site calls a command that names declared keys alone.
func all(c *commands.Call, sites []lua.Site) bool {
	for i := range sites {
		words := make([][]byte, len(sites[i].Words))
		for j, word := range sites[i].Words {
			switch words[j] = otherWord; {
			case word.Key:
				words[j] = keyWord
			case word.Text != "":
				words[j] = []byte(word.Text)
			}
		}
		if !c.Dispatcher.Confined(words, sites[i].More, keyWord) {
			return false
		}
	}
	return true
}

// inPlace runs a script that stays within its keys.
func (r *run) inPlace(c *commands.Call) error {
	keys := r.keys
	if keys == nil {
		keys = [][]byte{}
	}
	r.begin(keys, nil)
	return r.Reply(c.Reply, c.Stats)
}

// begin runs the script in a step that covers some keys; nil: everything.
func (r *run) begin(keys [][]byte, checkpoint func()) {
	r.op.May = nil
	tx, err := r.family.engine.Begin(r.op, keys, r.room())
	if errors.Is(err, store.ErrNoMemory) {
		if r.script.Flags&(lua.Compat|lua.AllowOOM) == 0 {
			r.err = commands.ErrNoMemory
			return
		}
		r.host.full = r.script.Flags&lua.AllowOOM == 0
		tx, err = r.family.engine.Begin(r.op, keys, 0)
	}
	if err != nil {
		r.err = err
		return
	}
	defer tx.End()
	r.inside(tx, checkpoint)
}
