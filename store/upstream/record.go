package upstream

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"sessd/store"
)

// record is a session as the upstream had it. It does not change once it is made.
type record struct {
	image
	created, used, idle, until, fresh, expires, count, bytes, renew, renewed, generation, locked, change int64

	handle    string
	principal string
	meta      string // these as the upstream has them, and those of the field that changes with each change
	state     string
	ends      []fieldEnd // the fields that end before the session, the first of them first
	lags      bool       // the upstream counts fields that have ended here
	mark      string     // since when the session is being moved, and behind a colon the key that it gets; empty: it is not
	size      int        // bytes that it takes
}

// image is what most reads want of a session.
type image struct {
	revision int64
	fieldList
}

// Memory in bytes that a record takes beside its names and values.
const (
	recordBytes = 400
	metaBytes   = 150 // of their text, about
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
		if !isSession(hash["@moved"]) {
			return nil, aliasTarget{}
		}
		return nil, aliasTarget{hash["@moved"], hash["@of"]}
	}
	fields := make([]field, 0, len(hash))
	for name, value := range hash {
		if component, field, ok := parseField(name); ok {
			fields = append(fields, newField(component, field, value))
		}
	}
	slices.SortFunc(fields, compareFields)
	r.fieldList = listOf(fields)
	r.ends = parseEnds(hash[endsField])
	r.mark = strings.TrimPrefix(hash["@moved"], "!")
	r.size = recordBytes + metaBytes + len(r.principal) + len(r.text) + len(r.ends)*endBytes + len(hash[endsField])
	return r, aliasTarget{}
}

func newField(component, name, value string) field {
	return field{[]byte(component), []byte(name), []byte(value)}
}

// live reports whether the session has not expired.
func (r *record) live(now int64) bool { return r.expires == 0 || now < r.expires }

// quietUntil returns from when on a read has to look closer: a field ends, the session expires, or its use is worth sending.
func (r *record) quietUntil() int64 {
	until := int64(math.MaxInt64)
	if r.expires > 0 {
		until = r.expires
	}
	if len(r.ends) > 0 {
		until = min(until, r.ends[0].at)
	}
	if r.idle > 0 && r.expires > 0 {
		until = min(until, r.expires+r.idle/10-r.idle+1)
	}
	return until
}

// born sets the metadata of a session that was created at a time, in milliseconds and the microseconds of its second. What ends it is
// counted from then on before.
func (r *record) born(now, micros int64) {
	if r.until > 0 {
		r.until += now
	}
	if r.fresh > 0 {
		r.fresh += now
	}
	r.revision, r.change, r.created, r.renewed, r.used = 0, micros+1, now, now, now
	r.expires = r.usedAt(now)
	r.writeMeta()
}

// usedNow returns the record of the session as it is when it is used.
func (r *record) usedNow(now int64) *record {
	next := *r
	next.expires, next.used = r.usedAt(now), now
	return &next
}

// shift moves all times, for a server whose clock is so much ahead. The record is nobody else's yet, and its texts are written behind it.
func (r *record) shift(ahead int64) {
	for _, at := range []*int64{&r.created, &r.used, &r.until, &r.fresh, &r.expires, &r.renewed, &r.locked} {
		if *at > 0 {
			*at += ahead
		}
	}
	for i := range r.ends {
		r.ends[i].at += ahead
	}
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

// show shows to a visitor what a load wants. shift is from the upstream's clock to the caller's.
func (r *record) show(l *store.LoadOptions, shift int64, v store.BagVisitor) {
	if l.Info != nil {
		*l.Info = r.info(shift)
	}
	if l.Each == nil {
		r.showBag(l.Component, l.Fields, v)
		return
	}
	l.Each(nil)
	r.showBag(nil, nil, v)
	for c := range r.components() {
		l.Each(c)
		r.showBag(c, nil, v)
	}
}

// showBag shows fields of a bag, in the order of names, or all of them.
func (r *image) showBag(component []byte, names [][]byte, v store.BagVisitor) {
	from, to := r.bag(component)
	if names == nil {
		v.Bag(r.revision, to-from)
		for i := from; i < to; i++ {
			f := r.at(i)
			v.Field(f.name, f.value, true)
		}
		return
	}
	v.Bag(r.revision, len(names))
	for _, name := range names {
		if value, found := r.find(from, to, name); found {
			v.Field(name, value, true)
		} else {
			v.Field(name, nil, false)
		}
	}
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
		RenewAfter: r.renew, RenewAt: r.renewAt(0), Fields: r.len(), Expiring: r.expiring(), Bytes: int64(r.size),
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
	for c := range r.components() {
		m.Components = append(m.Components, bytes.Clone(c))
	}
	return m
}
