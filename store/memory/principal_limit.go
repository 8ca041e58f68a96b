package memory

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"sessd/store"
)

// errPrincipalFull says that a principal seems to have too many sessions for one more. Some may have expired, as who
// looks at them finds out.
var errPrincipalFull = errors.New("principal has too many sessions")

// manyMore is how many sessions beyond a limit are more than one step looks at.
const manyMore = store.MaxPrincipalLimit

// principalSessions is the sessions of a principal while it gets one more and may have too many. Their shards are locked.
type principalSessions struct {
	store.PrincipalLimit
	all []used
}

// lockPrincipalSessions locks the shards of a principal's sessions and of keys. It returns *store.LimitError, and has
// locked nothing, where there are so many that looking at them would take long.
func (e *Engine) lockPrincipalSessions(op store.Op, c store.PrincipalLimit, principal []byte, claimed int64, keys ...[]byte) (lockSet, *principalSessions, error) {
	if op.Tx == nil {
		if err := e.thin(op, c, principal); err != nil {
			e.account(0, claimed)
			return lockSet{}, nil, err
		}
	} else if !e.covers(op, principal) {
		e.account(0, claimed)
		return lockSet{}, nil, c.Exceeded() // the step does not cover those that may have expired
	}
	h, hashes := e.holdPrincipal(op, principal, keys)
	h.claimed = claimed
	if op.May != nil && !h.permitted(op, keys, 1) {
		h.unlock()
		return lockSet{}, nil, store.ErrNotPermitted
	}
	return h, &principalSessions{c, h.look(principal, hashes)}, nil
}

// look returns a principal's sessions. What has expired among them is taken out, for which the scratch and the editor of
// their shards are used: it comes before anything is prepared there.
func (h *lockSet) look(principal []byte, hashes []uint64) (all []used) {
	for _, hash := range hashes {
		h.session(principal, hash, func(p *entryRef) { all = appendUsed(all, hash, p) })
	}
	return all
}

// covers reports whether the step that an operation is part of covers a principal's sessions.
func (e *Engine) covers(op store.Op, principal []byte) bool {
	k, t := e.spaceOf(op), txOf(op)
	return !slices.ContainsFunc(k.principals.of(principal), func(hash uint64) bool { return !t.covers(&k.shards[k.shardOf(hash)]) })
}

// used is a session of a principal.
type used struct {
	hash     uint64
	accessed int64
	id       []byte
}

// appendUsed adds a session.
func appendUsed(all []used, hash uint64, p *entryRef) []used {
	accessed, _ := sessionKind{}.usage(p.entry)
	return append(all, used{hash, accessed, bytes.Clone(p.key)})
}

// longestUnused returns those that have to go so that one more is not too many, the longest unused first.
func longestUnused(all []used, most int) []used {
	n := len(all) - (most - 1)
	if n <= 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b used) int {
		return cmp.Or(cmp.Compare(a.accessed, b.accessed), cmp.Compare(a.hash, b.hash))
	})
	return all[:n]
}

// makePlace ends as many of the sessions as have to, or returns *store.LimitError with none ended.
func (c *principalSessions) makePlace(h *lockSet) error {
	leave := longestUnused(c.all, c.Max)
	if len(leave) > 0 && !c.Evict {
		return c.Exceeded()
	}
	for _, x := range leave {
		if p := h.own(x.id); p.is(tagSession) {
			p.remove(store.Evicted)
		}
	}
	return nil
}

// thin ends the sessions above a limit of a principal that has very many, each in a step of its own. So the step that
// makes room for one has few to look at.
func (e *Engine) thin(op store.Op, c store.PrincipalLimit, principal []byte) error {
	k := e.spaceOf(op)
	if k.principals.numberOf(principal) <= c.Max+manyMore {
		return nil
	}
	if !c.Evict {
		return c.Exceeded()
	}
	var all []used
	k.listMany(principal, op.Now, func(p *entryRef) { all = appendUsed(all, k.hash(p.key), p) })
	for _, x := range longestUnused(all, c.Max+1) {
		p, err := e.lockEntry(store.Op{Keyspace: op.Keyspace, Now: op.Now, Client: op.Client}, x.id)
		if err != nil {
			continue
		}
		if p.is(tagSession) && bytes.Equal(readBody(p.entry).principal, principal) {
			p.remove(store.Evicted)
		}
		p.unlock()
	}
	return nil
}

// numberOf returns how many sessions a principal has, with those that have expired and were not taken out yet.
func (p *principals) numberOf(name []byte) int {
	part, hash := p.lock(name)
	defer part.mu.Unlock()
	_, entry := lookup(&part.table, hash, name)
	return part.number(entry, name)
}

// createLimited is createSession where the principal may have too many sessions.
func (e *Engine) createLimited(op store.Op, id []byte, c *store.CreateOptions, claimed int64) (shortage, error) {
	h, sessions, err := e.lockPrincipalSessions(op, c.PrincipalLimit, c.Principal, claimed, id)
	if err != nil {
		return shortage{}, err
	}
	defer h.unlock()
	p := h.find(id)
	d, err := p.begin(id, c)
	if err != nil {
		return shortage{}, err
	}
	p.scratch = d.append(p.scratch[:0], p.shard)
	need := p.need(len(p.scratch)) + h.space.principals.need(c.Principal, h.space.hash(id))
	if !h.claim(need) {
		p.forget(p.scratch)
		return shortage{need, 0}, store.ErrNoMemory
	}
	var sizes demand
	if !p.demand(len(p.scratch), &sizes) || h.reserve(&sizes) != nil {
		p.forget(p.scratch)
		return shortage{}, store.ErrNoMemory
	}
	if err := sessions.makePlace(&h); err != nil {
		p.forget(p.scratch)
		return shortage{}, err
	}
	return shortage{}, p.finishCreate(id, c)
}

// rotateLimited is rotateSession where the new principal may have too many sessions.
func (e *Engine) rotateLimited(op store.Op, id, newid []byte, r *store.RotateOptions, claimed int64) (shortage, error) {
	h, sessions, err := e.lockPrincipalSessions(op, r.PrincipalLimit, r.Principal, claimed, id, newid)
	if err != nil {
		return shortage{}, err
	}
	defer h.unlock()
	return e.rotateSession(&h, id, newid, r, sessions)
}
