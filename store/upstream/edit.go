package upstream

import (
	"slices"

	"sessd/store"
)

// edit is a change of a session's fields, by their names in the hash. No name is in both.
type edit struct {
	unset, pairs []string
	ends         []fieldEnd // of the pairs, in milliseconds from the change on; the others end with the session
	keepsEnds    bool       // fields end as before
}

// editOf returns the sum of changes that are made one after the other.
func editOf(changes ...store.BagChange) edit {
	var e edit
	if len(changes) == 1 && len(changes[0].Unset) == 0 && changes[0].TTL == 0 {
		e.pairs = appendPairs(make([]string, 0, len(changes[0].Fields)), bagPrefix(changes[0].Component), changes[0].Fields)
		return e
	}
	value := make(map[string]*string) // by name, nil where it is unset
	after := make(map[string]int64)   // by name, 0 where it ends with the session
	var order []string
	put := func(name string, to *string) {
		if _, is := value[name]; !is {
			order = append(order, name)
		}
		value[name] = to
	}
	for _, c := range changes {
		prefix := bagPrefix(c.Component)
		for _, name := range c.Unset {
			put(prefix+string(name), nil)
		}
		for i := 0; i+1 < len(c.Fields); i += 2 {
			text := string(c.Fields[i+1])
			name := prefix + string(c.Fields[i])
			put(name, &text)
			after[name] = min(c.TTL, mostTime)
		}
	}
	for _, name := range order {
		if to := value[name]; to != nil {
			e.pairs = append(e.pairs, name, *to)
			if ms := after[name]; ms > 0 {
				e.ends = append(e.ends, fieldEnd{name, ms})
			}
		} else {
			e.unset = append(e.unset, name)
		}
	}
	return e
}

// appendPairs appends names, with a prefix, and values.
func appendPairs(args []string, prefix string, pairs [][]byte) []string {
	for i := 0; i+1 < len(pairs); i += 2 {
		args = append(args, prefix+string(pairs[i]), string(pairs[i+1]))
	}
	return args
}

// edited returns the record after a change that left these metadata.
func (r *record) edited(e edit, meta string) *record {
	next := r.after(e)
	next.setMeta(meta)
	next.setEnds(e.ends)
	next.lags = false
	return next
}

// after returns the record after a change that counts as a revision. Its metadata count the fields and their bytes, and lack their
// text.
func (r *record) after(e edit) *record {
	next := *r
	changed := make([]field, 0, len(e.unset)+len(e.pairs)/2) // without a value where it is unset
	add := func(name string, value []byte) {
		component, name, _ := parseField(name)
		changed = append(changed, field{[]byte(component), []byte(name), value})
	}
	for _, name := range e.unset {
		add(name, nil)
	}
	for i := 0; i+1 < len(e.pairs); i += 2 {
		value := []byte(e.pairs[i+1])
		if value == nil {
			value = []byte{}
		}
		add(e.pairs[i], value)
	}
	slices.SortStableFunc(changed, compareFields)
	var some [24]field
	next.fieldList = listOf(r.appendMerged(some[:0], changed))
	next.ends = r.endsAfter(e)
	next.count, next.bytes = int64(next.len()), int64(len(next.principal)+next.textBytes())
	next.revision++
	next.size = recordBytes + metaBytes + len(next.principal) + len(next.text)
	for _, one := range next.ends {
		next.size += endBytes + len(one.name)
	}
	return &next
}

// appendMerged appends the fields of the list after a change: changed fields in their order, without a value where they are unset.
func (l *fieldList) appendMerged(fields, changed []field) []field {
	at, count := 0, l.len()
	for i, f := range changed {
		if i+1 < len(changed) && compareFields(f, changed[i+1]) == 0 {
			continue // the last of equal names counts
		}
		order := -1
		for ; at < count; at++ {
			former := l.at(at)
			if order = compareFields(former, f); order >= 0 {
				break
			}
			fields = append(fields, former)
		}
		if order == 0 {
			at++
		}
		if f.value != nil {
			fields = append(fields, f)
		}
	}
	for ; at < count; at++ {
		fields = append(fields, l.at(at))
	}
	return fields
}

// info returns what a load tells of a session beside its bags. shift is from the upstream's clock to the caller's.
func (r *record) info(shift int64) store.SessionInfo {
	return store.SessionInfo{Revision: r.revision, Expiry: expiryOf(r.expires, shift), RenewAt: r.renewAt(shift), Bags: r.bags()}
}

// expiryOf returns an expiry of the upstream as store has it.
func expiryOf(at, shift int64) int64 {
	if at == 0 {
		return store.Never
	}
	return at + shift
}
