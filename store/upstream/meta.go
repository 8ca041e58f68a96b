package upstream

import (
	"strconv"
	"strings"
)

// The metadata of a session are one field of its hash, in words that people read: revision=3 created=1732600000000 and so on.
const metaField = "@meta"

// metaNames are the metadata in their order. All but the last two are numbers, and the last is the rest of the text.
var metaNames = [...]string{
	"revision", "created", "used", "idle", "until", "new", "expires", "fields", "bytes", "renew", "renewed", "generation", "moving",
	"locked", "handle", "principal",
}

// metaLua returns what scripts know of metadata: the number of each, the pattern that takes a text apart, and the form of one, which
// lacks the principal.
func metaLua() string {
	var names, numbers, pattern, form []string
	for i, name := range metaNames {
		names, numbers = append(names, strings.ToUpper(name)), append(numbers, strconv.Itoa(i+1))
		match, value := "(%d+)", "%s"
		switch name {
		case "handle":
			match = "(%S*)"
		case "principal":
			match, value = "(.*)", ""
		}
		pattern, form = append(pattern, name+"="+match), append(form, name+"="+value)
	}
	return "local " + strings.Join(names, ", ") + " = " + strings.Join(numbers, ", ") +
		"\nlocal pattern, form = '^" + strings.Join(pattern, " ") + "$', '" + strings.Join(form, " ") + "'\n"
}

// figures returns where the metadata are that are numbers, in their order. Those of moves are not kept.
func (r *record) figures() [14]*int64 {
	return [...]*int64{
		&r.revision, &r.created, &r.used, &r.idle, &r.until, &r.fresh, &r.expires, &r.count, &r.bytes, &r.renew, &r.renewed, &r.generation, &r.moving,
		&r.locked,
	}
}

// setMeta sets the metadata of the record. It reports whether the text has the form of some.
func (r *record) setMeta(text string) bool {
	rest := text
	for i, figure := range r.figures() {
		value, after, _ := strings.Cut(rest, " ")
		digits, is := strings.CutPrefix(value, metaNames[i]+"=")
		n, err := strconv.ParseInt(digits, 10, 64)
		if !is || err != nil {
			return false
		}
		*figure, rest = n, after
	}
	handle, principal, found := strings.Cut(rest, " principal=")
	if handle, found = strings.CutPrefix(handle, "handle="); !found {
		return false
	}
	r.meta, r.handle, r.principal = text, handle, principal
	return true
}

// writeMeta sets the text of the metadata from the others.
func (r *record) writeMeta() {
	text := make([]byte, 0, 2*len(r.meta))
	for i, figure := range r.figures() {
		text = append(append(text, metaNames[i]...), '=')
		text = append(strconv.AppendInt(text, *figure, 10), ' ')
	}
	text = append(append(append(text, "handle="...), r.handle...), " principal="...)
	r.meta = string(append(text, r.principal...))
}
