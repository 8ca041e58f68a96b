package memory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"

	"sessd/store"
)

// A handle names a session to people. It is a hash of when the session was created, keyed with the id it had then.
// Whoever knows it learns nothing of an id that cannot be guessed, and a restart loses no secret. A session that gets
// another id takes its handle along, from the first time that this may have been shown.
const (
	handleSize = 9  // bytes
	handleText = 12 // characters of base64url
)

type handle [handleSize]byte

// handleFor returns the handle of a session that was created under an id.
func handleFor(created int64, id []byte) (h handle) {
	var b [8 + store.MaxSessionID + 16]byte
	message := append(b[:0], "sessd handle:"...)
	message = binary.LittleEndian.AppendUint64(message, uint64(created))
	sum := sha256.Sum256(append(message, id...))
	return handle(sum[:handleSize])
}

// handle returns the handle of a session.
func (p *entryRef) handle() handle {
	body := readBody(p.entry)
	if x := body.extras(); x.handle != nil {
		return handle(x.handle)
	}
	h := p.readHead(p.entry)
	return handleFor(h.created, p.key)
}

// text returns a handle as people see it.
func (h handle) text() []byte { return base64.RawURLEncoding.AppendEncode(nil, h[:]) }

// is reports whether a text is the handle. It takes as long whichever characters differ.
func (h handle) is(text []byte) bool {
	var own [handleText]byte
	base64.RawURLEncoding.Encode(own[:], h[:])
	return subtle.ConstantTimeCompare(own[:], text) == 1
}

// isAny reports whether one of the texts is the handle.
func (h handle) isAny(texts [][]byte) bool {
	found := false
	for _, text := range texts {
		found = h.is(text) || found
	}
	return found
}

// keepHandle gives a session with a principal, which gets another id, the handle that it has.
func (d *sessionEditor) keepHandle() {
	if d.extras.handle == nil && len(d.principal) > 0 {
		d.derived = handleFor(d.created, d.id)
		d.extras.handle = d.derived[:]
	}
}

// DescribeSessions implements store.Sessions.
func (e *Engine) DescribeSessions(_ context.Context, op store.Op, principal []byte, fields [][]byte) (all []store.SessionDescription, err error) {
	return all, e.eachOf(op, principal, func(p *entryRef) { all = append(all, p.describe(fields)) })
}

// describe describes a session with some fields of its global bag.
func (p *entryRef) describe(fields [][]byte) store.SessionDescription {
	h := p.readHead(p.entry)
	d := store.SessionDescription{
		ID: bytes.Clone(p.key), Handle: p.handle().text(), CreatedAt: h.created, AccessedAt: h.accessed, ExpiresAt: h.expires(),
		Values: make([][]byte, len(fields)),
	}
	b, _ := p.bag(p.entry, nil)
	for i, name := range fields {
		if value, found := b.find(name); found {
			d.Values[i] = append([]byte{}, value...)
		}
	}
	return d
}

// eachOf visits the live sessions of a principal, one of many in a step of its own.
func (e *Engine) eachOf(op store.Op, principal []byte, visit func(p *entryRef)) error {
	if len(principal) == 0 {
		return nil
	}
	if k := e.spaceOf(op); op.Tx == nil && k.principals.hasMany(principal) {
		k.listMany(principal, op.Now, visit)
		return nil
	}
	h, hashes := e.holdPrincipal(op, principal, nil)
	defer h.unlock()
	for _, hash := range hashes {
		h.session(principal, hash, visit)
	}
	return nil
}

// DestroyHandles implements store.Sessions.
func (e *Engine) DestroyHandles(_ context.Context, op store.Op, principal []byte, handles [][]byte) (n int, err error) {
	if len(principal) == 0 {
		return 0, nil
	}
	if k := e.spaceOf(op); op.Tx == nil && k.principals.hasMany(principal) {
		var ids [][]byte
		k.listMany(principal, op.Now, func(p *entryRef) {
			if p.handle().isAny(handles) {
				ids = append(ids, bytes.Clone(p.key))
			}
		})
		return e.inSteps(op, ids, func(h *lockSet, some [][]byte) (n int, err error) {
			for _, id := range some {
				if p := h.find(id); p.is(tagSession) && bytes.Equal(p.principal(), principal) && p.handle().isAny(handles) {
					p.remove(store.Destroyed)
					n++
				}
			}
			return n, nil
		})
	}
	h, hashes := e.holdPrincipal(op, principal, nil)
	defer h.unlock()
	for _, hash := range hashes {
		h.session(principal, hash, func(p *entryRef) {
			if p.handle().isAny(handles) {
				p.remove(store.Destroyed)
				n++
			}
		})
	}
	return n, nil
}
