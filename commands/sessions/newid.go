package sessions

import (
	"crypto/rand"
	"encoding/base64"

	"sessd/commands"
	"sessd/store"
)

// made is the word that stands for an id which the server makes.
const made = "*"

// newID returns the id that a client chose, or for * a new one. A new one is the prefix, 32 random bytes in base64url,
// and what the engine wants behind them. former is the id in whose place it comes, nil for none.
func (f *family) newID(word, prefix, former []byte) ([]byte, error) {
	if string(word) == made {
		var secret [32]byte
		rand.Read(secret[:]) // never fails: it ends the process instead
		id := base64.RawURLEncoding.AppendEncode(prefix[:len(prefix):len(prefix)], secret[:])
		if f.tagger != nil {
			id = f.tagger.AppendTag(id, former)
		}
		if len(id) > store.MaxSessionID {
			return nil, errSessionID
		}
		return id, nil
	}
	if prefix != nil {
		return nil, commands.ErrSyntax
	}
	if len(word) == 0 || len(word) > store.MaxSessionID {
		return nil, errSessionID
	}
	return word, nil
}

// newKey returns the key of a new id, which the client need not know yet.
func newKey(word, prefix []byte) commands.Key {
	const access = commands.OW | commands.Insert
	if string(word) == made {
		return commands.Key{Word: prefix, Access: access | commands.AnySuffix}
	}
	return commands.Key{Word: word, Access: access}
}

// keysOfCreate returns the key of SESS.CREATE.
func keysOfCreate(keys []commands.Key, words [][]byte) []commands.Key {
	o, prefix, err := parseCreate(words[2:])
	if err != nil {
		prefix = nil
	}
	return appendSessionsOf(append(keys, newKey(words[1], prefix)), o.Principal)
}

// keysOfRotate returns the keys of SESS.ROTATE.
func keysOfRotate(keys []commands.Key, words [][]byte) []commands.Key {
	o, prefix, err := parseRotate(words[3:])
	if err != nil {
		prefix = nil
	}
	keys = append(keys, commands.Key{Word: words[1], Access: commands.RW | commands.Access | commands.Delete}, newKey(words[2], prefix))
	return appendSessionsOf(keys, o.Principal)
}

// appendSessionsOf makes a step cover the sessions of a principal, wherever they are, since the server may limit their number.
func appendSessionsOf(keys []commands.Key, principal []byte) []commands.Key {
	if len(principal) > 0 {
		keys = append(keys, commands.AllKeys)
	}
	return keys
}
