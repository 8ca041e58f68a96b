package upstream

import (
	"strconv"
	"strings"

	"github.com/redis/rueidis"
)

// metaFields are the fields of a session's hash that have its metadata. They are short, and so a small session is packed by the
// server (hash-max-listpack-value). The first changes whenever anything of the session does. The last is only there with a principal.
var metaFields = []string{"@state", "@times", "@handle", "@principal"}

// metaNames are the metadata in the order of these fields, where blanks lie between them. All are numbers but the handle and the
// principal, which is the rest of the text.
var metaNames = [...]string{
	"revision", "change", "used", "expires", "fields", "bytes", "locked",
	"created", "idle", "until", "new", "renew", "renewed",
	"handle",
	"generation", "principal",
}

const (
	stateSize = 7  // how many are in the first field
	figures   = 13 // how many are before the handle
)

// metaLua returns what scripts know of metadata: the number of each, and the pattern that takes their text apart.
func metaLua() string {
	var names, numbers, pattern []string
	for i, name := range metaNames {
		names, numbers = append(names, strings.ToUpper(name)), append(numbers, strconv.Itoa(i+1))
		match := "(%d+)"
		switch name {
		case "handle":
			match = "(%S*)"
		case "principal":
			match = "(.*)"
		}
		pattern = append(pattern, match)
	}
	return "local " + strings.Join(names, ", ") + " = " + strings.Join(numbers, ", ") +
		"\nlocal pattern = '^" + strings.Join(pattern, " ") + "$'\n"
}

// figures returns where the metadata are that come before the handle.
func (r *record) figures() [figures]*int64 {
	return [...]*int64{
		&r.revision, &r.change, &r.used, &r.expires, &r.count, &r.bytes, &r.locked,
		&r.created, &r.idle, &r.until, &r.fresh, &r.renew, &r.renewed,
	}
}

// metaText returns the text of metadata from the fields that have them.
func metaText(state, times, handle, principal string) string {
	if principal == "" {
		principal = "0 "
	}
	return state + " " + times + " " + handle + " " + principal
}

// setMeta sets the metadata of the record. It reports whether the text has the form of some.
func (r *record) setMeta(text string) bool {
	rest := text
	for i, figure := range r.figures() {
		digits, after, _ := strings.Cut(rest, " ")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return false
		}
		*figure, rest = n, after
		if i == stateSize-1 {
			r.state = text[:len(text)-len(rest)-1]
		}
	}
	handle, rest, _ := strings.Cut(rest, " ")
	generation, principal, found := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(generation, 10, 64)
	if err != nil || !found {
		return false
	}
	r.meta, r.handle, r.generation, r.principal = text, handle, n, principal
	return true
}

// writeMeta sets the texts of the metadata from the others.
func (r *record) writeMeta() {
	text := make([]byte, 0, len(r.meta)+32)
	for i, figure := range r.figures() {
		text = strconv.AppendInt(text, *figure, 10)
		if i == stateSize-1 {
			r.state = string(text)
		}
		text = append(text, ' ')
	}
	text = append(append(text, r.handle...), ' ')
	text = append(strconv.AppendInt(text, r.generation, 10), ' ')
	r.meta = string(append(text, r.principal...))
}

// metaPairs returns the fields that have the metadata, and their values.
func (r *record) metaPairs() []string {
	pairs := []string{metaFields[0], r.state, metaFields[1], "", metaFields[2], r.handle}
	rest := r.meta[len(r.state)+1:]
	end := len(rest) - len(r.principal) - len(decimal(r.generation)) - len(r.handle) - len("   ")
	pairs[3] = rest[:end]
	if r.principal != "" {
		pairs = append(pairs, metaFields[3], decimal(r.generation)+" "+r.principal)
	}
	return pairs
}

// readMeta makes a record without fields of what HMGET answered for metaFields, nil where there is no session.
func readMeta(parts []rueidis.RedisMessage) *record {
	if len(parts) < len(metaFields) {
		return nil
	}
	var texts [4]string
	for i := range texts {
		texts[i], _ = parts[i].ToString()
	}
	r := new(record)
	if !r.setMeta(metaText(texts[0], texts[1], texts[2], texts[3])) {
		return nil
	}
	return r
}
