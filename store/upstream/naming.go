package upstream

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// The keys upstream. All of ours begin with ownPrefix.
const (
	ownPrefix     = "sess"
	sessionPrefix = "sess:{"
	indexPrefix   = "sess-principal:{"
	stampPrefix   = "sess-stamp:{"

	tagSize  = 6
	nameFrom = len(sessionPrefix) + tagSize + len("}:") // where the name of a session begins in its key
)

// handleMark begins what SESS.LIST shows in place of an id, where keys carry hashes.
const handleMark = "#"

// names derives the keys of sessions from their ids. A name is what follows the tag in a key: the id, or its hash.
type names struct{ hash bool }

// key returns the key of a session.
func (n names) key(id []byte) string { return sessionPrefix + tagOf(id) + "}:" + n.name(id) }

// keysToEnd returns the keys of what an id may stand for where a session is to end: where keys carry hashes, a handle does too.
func (n names) keysToEnd(id []byte) []string {
	keys := []string{n.key(id)}
	if n.hash {
		if key, ok := parseHandle(id); ok {
			return []string{key, keys[0]}
		}
	}
	return keys
}

// name returns the name of a session.
func (n names) name(id []byte) string {
	if !n.hash {
		return string(id)
	}
	return string(n.appendHashed(nil, id))
}

// nameBytes is how long a name is that is a hash.
const nameBytes = 43

// appendHashed appends the name of a session where keys carry hashes.
func (names) appendHashed(to, id []byte) []byte {
	sum := sha256.Sum256(id)
	return base64.RawURLEncoding.AppendEncode(to, sum[:])
}

// id returns the id for a session's key, or its handle where keys carry hashes.
func (n names) id(key string) []byte {
	if n.hash {
		return []byte(handleMark + key[len(sessionPrefix):len(sessionPrefix)+tagSize] + ":" + key[nameFrom:])
	}
	return []byte(key[nameFrom:])
}

// parseHandle returns the key that a handle stands for.
func parseHandle(id []byte) (key string, ok bool) {
	const size = len(handleMark) + tagSize + 1 + nameBytes
	if len(id) != size || id[0] != handleMark[0] || id[1+tagSize] != ':' {
		return "", false
	}
	return sessionPrefix + string(id[1:1+tagSize]) + "}:" + string(id[2+tagSize:]), true
}

// isSession reports whether a key upstream is one of a session.
func isSession(key string) bool {
	return len(key) > nameFrom && strings.HasPrefix(key, sessionPrefix) && key[nameFrom-2:nameFrom] == "}:"
}

// isOwn reports whether a key upstream is one of ours and no session.
func isOwn(key string) bool {
	return strings.HasPrefix(key, ownPrefix) && !isSession(key) && (strings.HasPrefix(key, indexPrefix) || strings.HasPrefix(key, stampPrefix) || strings.HasPrefix(key, "sess-wait:{"))
}

// tagOf returns the tag of an id: what it ends with, or six digits of its hash.
func tagOf(id []byte) string {
	if tag, ok := ownTag(id); ok {
		return tag
	}
	return hashTag(id)
}

// ownTag returns the tag that an id ends with, if it does.
func ownTag(id []byte) (tag string, ok bool) {
	at := len(id) - tagSize
	if at < 1 || id[at-1] != '~' {
		return "", false
	}
	for _, c := range id[at:] {
		if c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "", false
		}
	}
	return string(id[at:]), true
}

func hashTag(name []byte) string {
	sum := sha1.Sum(name)
	return hex.EncodeToString(sum[:tagSize/2])
}

func indexKey(principal []byte) string {
	return indexPrefix + hashTag(principal) + "}:" + string(principal)
}

func stampKey(principal []byte) string {
	return stampPrefix + hashTag(principal) + "}:" + string(principal)
}

// AppendTag implements store.SessionTagger: the new id lies in the slot of the former one, so that a rotation is one step.
func (e *Engine) AppendTag(id, former []byte) []byte {
	id = append(id, '~')
	if former != nil {
		return append(id, tagOf(former)...)
	}
	var random [tagSize]byte
	rand.Read(random[:])
	return base64.RawURLEncoding.AppendEncode(id, random[:])[:len(id)+tagSize]
}

// bagPrefix returns what the names of a bag's fields begin with in the hash.
func bagPrefix(component []byte) string {
	if len(component) == 0 {
		return ":"
	}
	return strconv.Itoa(len(component)) + ":" + string(component) + ":"
}

// parseField splits the name of a field in the hash. ok is false for metadata, and for what this package has not written.
func parseField(name string) (component, field string, ok bool) {
	if name == "" || name[0] == '@' {
		return "", "", false
	}
	if name[0] == ':' {
		return "", name[1:], true
	}
	digits, rest, found := strings.Cut(name, ":")
	n, err := strconv.Atoi(digits)
	if !found || err != nil || n <= 0 || len(rest) <= n || rest[n] != ':' {
		return "", "", false
	}
	return rest[:n], rest[n+1:], true
}
