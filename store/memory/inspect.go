package memory

import (
	"context"

	"sessd/store"
)

// InspectKey implements store.Inspector.
func (e *Engine) InspectKey(_ context.Context, op store.Op, key []byte) (i store.Inspection, found bool, err error) {
	p, err := e.lockEntry(op, key)
	if err != nil {
		return i, false, err
	}
	defer p.unlock()
	if p.ref == 0 {
		return i, false, nil
	}
	k := kindOf(p.entry)
	accessed, uses := k.usage(p.entry)
	i = store.Inspection{Type: k.typ(), Idle: max(0, op.Now-accessed), Bytes: p.bytes()}
	i.Uses = int(decayed(p.entry[uses], i.Idle))
	switch i.Type {
	case store.TypeString:
		i.Encoding = store.StringEncoding(stringText(p.entry))
	case store.TypeSession:
		i.Encoding = i.Type.String()
	default:
		i.Encoding = store.CollectionEncoding(i.Type, isLarge(p.entry))
		if isTimedHash(p.entry) && !isLarge(p.entry) {
			i.Encoding = "listpackex"
		}
	}
	return i, true, nil
}
