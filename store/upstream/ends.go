package upstream

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"sessd/store"
)

// endsField is the metadata that has when fields end by themselves. It is only there with such fields.
const endsField = "@ends"

// fieldEnd is a field that ends before its session: its name in the hash, and when that is in milliseconds since the Unix epoch.
type fieldEnd struct {
	name string
	at   int64
}

// endBytes is the memory of a fieldEnd beside its name.
const endBytes = 24

// parseEnds reads a text of the upstream, the first to end first. What has another form is left out.
func parseEnds(text string) (ends []fieldEnd) {
	for text != "" {
		time, rest, _ := strings.Cut(text, " ")
		digits, rest, found := strings.Cut(rest, ":")
		at, err := strconv.ParseInt(time, 10, 64)
		size, wrong := strconv.Atoi(digits)
		if !found || err != nil || wrong != nil || size < 0 || size > len(rest) {
			break
		}
		ends = append(ends, fieldEnd{rest[:size], at})
		text = rest[size:]
	}
	slices.SortFunc(ends, compareEnds)
	return ends
}

func compareEnds(a, b fieldEnd) int {
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.name, b.name))
}

// formatEnds returns the text of ends as scripts read it.
func formatEnds(ends []fieldEnd) string {
	var text []byte
	for _, one := range ends {
		text = append(strconv.AppendInt(text, one.at, 10), ' ')
		text = append(strconv.AppendInt(text, int64(len(one.name)), 10), ':')
		text = append(text, one.name...)
	}
	return string(text)
}

// current returns the record without the fields that have ended at a time. What the upstream counts of it is known no more.
func (r *record) current(now int64) *record {
	if len(r.ends) == 0 || now < r.ends[0].at {
		return r
	}
	var ended edit
	for _, one := range r.ends {
		if one.at <= now {
			ended.unset = append(ended.unset, one.name)
		}
	}
	next := r.after(ended)
	next.revision, next.lags = r.revision, true
	return next
}

// hasEnded reports whether a field has ended at a time.
func (r *record) hasEnded(name string, now int64) bool {
	return slices.ContainsFunc(r.ends, func(one fieldEnd) bool { return one.name == name && one.at <= now })
}

// endsAfter returns when fields end after a change. Those that it sets end with the session, unless it keeps them.
func (r *record) endsAfter(e edit) []fieldEnd {
	if len(r.ends) == 0 || e.keepsEnds {
		return r.ends
	}
	changed := make(map[string]bool, len(e.unset)+len(e.pairs)/2)
	for _, name := range e.unset {
		changed[name] = true
	}
	for i := 0; i < len(e.pairs); i += 2 {
		changed[e.pairs[i]] = true
	}
	return slices.DeleteFunc(slices.Clone(r.ends), func(one fieldEnd) bool { return changed[one.name] })
}

// setEnds notes that fields end so many milliseconds after the last use of the session.
func (r *record) setEnds(ends []fieldEnd) {
	if len(ends) == 0 {
		return
	}
	r.ends = slices.Clone(r.ends)
	for _, one := range ends {
		r.ends = append(r.ends, fieldEnd{one.name, r.used + one.at})
		r.size += endBytes + len(one.name)
	}
	slices.SortFunc(r.ends, compareEnds)
}

// expiring returns when fields end, as store has it.
func (r *record) expiring() (all []store.FieldExpiry) {
	for _, one := range r.ends {
		component, name, _ := parseField(one.name)
		e := store.FieldExpiry{Field: []byte(name), At: one.at}
		if component != "" {
			e.Component = []byte(component)
		}
		all = append(all, e)
	}
	return all
}
