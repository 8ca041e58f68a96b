package upstream

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"sessd/store"
)

// record is a session as the upstream had it. It does not change once it is made.
type record struct {
	revision, created, used, idle, until, fresh, expires, count, bytes, renew, renewed, generation, locked, change int64

	handle    string
	principal string
	meta      string // these as the upstream has them, and those of the field that changes with each change
	state     string
	fields    []field // by component, then by name
	global    int     // how many of them are in the global bag
	size      int     // bytes that it takes
}

// field is a field of a bag, component empty for the global one.
type field struct{ component, name, value []byte }

func compareFields(a, b field) int {
	if order := bytes.Compare(a.component, b.component); order != 0 {
		return order
	}
	return bytes.Compare(a.name, b.name)
}

// Memory in bytes that a record takes beside its names and values.
const (
	recordBytes = 400
	metaBytes   = 150 // of their text, about
	fieldBytes  = 72
)

// aliasTarget is the key to which an alias leads, and the handle of the session that it means. The zero value is none.
type aliasTarget struct{ key, handle string }

// readRecord makes a record of the fields and values of a hash. With none that is a session it returns nil, and the key to which
// an alias leads.
func readRecord(hash map[string]string, now int64) (r *record, moved aliasTarget) {
	r = new(record)
	if !r.setMeta(metaText(hash["@state"], hash["@times"], hash["@handle"], hash["@principal"])) {
		if expires, _ := strconv.ParseInt(hash["@expires"], 10, 64); now >= expires {
			return nil, aliasTarget{}
		}
		return nil, aliasTarget{hash["@moved"], hash["@of"]}
	}
	size := 0
	for name, value := range hash {
		if !strings.HasPrefix(name, "@") {
			size += len(name) + len(value)
		}
	}
	data := make([]byte, 0, size)
	keep := func(text string) []byte {
		data = append(data, text...)
		return data[len(data)-len(text) : len(data) : len(data)]
	}
	r.fields = make([]field, 0, len(hash))
	for name, value := range hash {
		if component, field, ok := parseField(name); ok {
			r.fields = append(r.fields, newField(keep(component), keep(field), keep(value)))
		}
	}
	slices.SortFunc(r.fields, compareFields)
	r.countGlobal()
	r.size = recordBytes + metaBytes + len(r.principal) + size + cap(r.fields)*fieldBytes
	return r, aliasTarget{}
}

// countGlobal counts the fields of the global bag, once all are there.
func (r *record) countGlobal() {
	r.global = 0
	for r.global < len(r.fields) && len(r.fields[r.global].component) == 0 {
		r.global++
	}
}

func newField(component, name, value []byte) field { return field{component, name, value} }

// live reports whether the session has not expired.
func (r *record) live(now int64) bool { return r.expires == 0 || now < r.expires }

// usedNow returns the record of the session as it is when it is used.
func (r *record) usedNow(now int64) *record {
	next := *r
	next.expires, next.used = r.usedAt(now), now
	return &next
}

// usedAt returns when the session expires if it is used at a time; 0: never.
func (r *record) usedAt(now int64) int64 {
	at := r.until
	if r.idle > 0 && (at == 0 || now+r.idle < at) {
		at = now + r.idle
	}
	if r.fresh > 0 && (at == 0 || r.fresh < at) {
		at = r.fresh
	}
	return at
}

// bag returns the fields of a bag. The global one comes first.
func (r *record) bag(component []byte) []field {
	if len(component) == 0 {
		return r.fields[:r.global]
	}
	from, _ := slices.BinarySearchFunc(r.fields, component, func(f field, c []byte) int {
		if order := bytes.Compare(f.component, c); order != 0 {
			return order
		}
		return 1 // the first of the bag
	})
	to := from
	for to < len(r.fields) && bytes.Equal(r.fields[to].component, component) {
		to++
	}
	return r.fields[from:to]
}

// show shows to a visitor what a load wants. shift is from the upstream's clock to the caller's.
func (r *record) show(l *store.LoadOptions, shift int64, v store.BagVisitor) {
	if l.Info != nil {
		*l.Info = r.info(shift)
	}
	if l.Each == nil {
		r.showBag(r.bag(l.Component), l.Fields, v)
		return
	}
	l.Each(nil)
	r.showBag(r.bag(nil), nil, v)
	for i := range r.fields {
		if c := r.fields[i].component; len(c) > 0 && (i == 0 || !bytes.Equal(c, r.fields[i-1].component)) {
			l.Each(c)
			r.showBag(r.bag(c), nil, v)
		}
	}
}

// showBag shows fields of a bag, in the order of names, or all of them.
func (r *record) showBag(bag []field, names [][]byte, v store.BagVisitor) {
	if names == nil {
		v.Bag(r.revision, len(bag))
		for i := range bag {
			v.Field(bag[i].name, bag[i].value, true)
		}
		return
	}
	v.Bag(r.revision, len(names))
	for _, name := range names {
		if i, found := findField(bag, name); found {
			v.Field(name, bag[i].value, true)
		} else {
			v.Field(name, nil, false)
		}
	}
}

func findField(bag []field, name []byte) (i int, found bool) {
	return slices.BinarySearchFunc(bag, name, func(f field, n []byte) int { return bytes.Compare(f.name, n) })
}

// value returns the value of a field, nil if it is not there.
func (r *record) value(component, name []byte) []byte {
	bag := r.bag(component)
	if i, found := findField(bag, name); found {
		return bag[i].value
	}
	return nil
}

// renewAt returns when the session should get another id, as store has it.
func (r *record) renewAt(shift int64) int64 {
	if r.renew == 0 {
		return store.Never
	}
	return r.renewed + r.renew + shift
}

// description describes the session at a time.
func (r *record) description(now int64) store.Meta {
	m := store.Meta{
		CreatedAt: r.created, AccessedAt: r.used, ExpiresAt: r.expires, IdleTimeout: r.idle, Revision: r.revision,
		RenewAfter: r.renew, RenewAt: r.renewAt(0), Fields: len(r.fields), Bytes: int64(r.size),
	}
	if r.expires == 0 {
		m.ExpiresAt = store.Never
	}
	if r.locked > now {
		m.LockedUntil = r.locked
	}
	if r.until > 0 {
		m.AbsoluteTimeout = r.until - r.created
	}
	if r.principal != "" {
		m.Principal = []byte(r.principal)
	}
	for i := range r.fields {
		if c := r.fields[i].component; len(c) > 0 && (i == 0 || !bytes.Equal(c, r.fields[i-1].component)) {
			m.Components = append(m.Components, bytes.Clone(c))
		}
	}
	return m
}
