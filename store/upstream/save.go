package upstream

import (
	"context"
	"strconv"

	"sessd/store"
)

// SaveSession is part of store.Sessions.
func (e *Engine) SaveSession(ctx context.Context, op store.Op, id []byte, s store.SaveOptions) (int64, error) {
	if store.IsImmediate(ctx) {
		return 0, e.refuse(ctx)
	}
	first := store.BagChange{Component: s.Component, Unset: s.Unset, Fields: s.Fields}
	change := editOf(append([]store.BagChange{first}, s.More...)...)
	key, limits := e.names.key(id), e.Limits()
	known := e.reckon(op, key, &s, change)
	made, land, err := e.gatherSave(ctx, key, known, change.pairs)
	defer land()
	c := changed{answer: answer{word: knownWord}, key: key}
	if made {
		e.counts.saved.Add(1)
	} else if err == nil {
		args := saveArgs(limits, &s, known, change)
		c, err = e.fieldsChanged(e.changeWith(ctx, op, key, lockTerms(s.Token, s.Unlock), saveScript, args...))
	}
	switch {
	case err != nil:
		return 0, err
	case c.word == knownWord && known.base.state == "":
		return 0, errNonsense
	case c.word == knownWord:
		c.record = known.next
		if err := e.kept(ctx, c, known); err != nil {
			return 0, err
		}
	default:
		e.replace(c, func(*record) edit { return change })
	}
	if s.Info != nil {
		shift := op.Now - e.now(op.Now)
		*s.Info = store.SessionInfo{Revision: c.record.revision, Expiry: expiryOf(c.record.expires, shift), RenewAt: c.record.renewAt(shift)}
	}
	return c.record.revision, nil
}

// saveArgs returns what the script of a save is told.
func saveArgs(limits store.Limits, s *store.SaveOptions, known known, change edit) []string {
	var numbers []byte
	for _, n := range []int64{limits.SessionFields, limits.SessionBytes, min(s.IdleTimeout, mostTime), int64(len(change.unset))} {
		numbers = append(strconv.AppendInt(numbers, n, 10), ' ')
	}
	if s.Bound {
		numbers = strconv.AppendInt(numbers, s.Revision, 10)
	}
	if len(change.ends) > 0 {
		numbers = append(append(numbers, ';'), formatEnds(change.ends)...)
	}
	args := make([]string, 0, 4+len(change.unset)+len(change.pairs))
	args = append(args, string(numbers), known.base.state, known.stamp, known.next.state)
	return append(append(args, change.unset...), change.pairs...)
}
