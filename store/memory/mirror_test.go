package memory

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"sessd/store"
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// Mirrored is an engine beside another one that is restored from its redo, step by step. Close compares them.
type Mirrored struct {
	Checked
	t      *testing.T
	mirror *mirror
}

// NewMirrored returns one.
func NewMirrored(t *testing.T, o Options) Mirrored {
	e := NewChecked(o)
	return Mirrored{e, t, mirrorOf(e.Engine, o)}
}

// Close compares the whole before it closes.
func (m Mirrored) Close() error {
	if m.abandoned() || m.mirror.copy.abandoned() {
		return nil
	}
	if difference := m.mirror.difference(); difference != "" {
		m.t.Error(difference)
	}
	m.mirror.close()
	return m.Checked.Close()
}

// Difference says in what the two differ.
func (m Mirrored) Difference() string { return m.mirror.difference() }

// mirror restores an engine from the redo of another one.
type mirror struct {
	mu       sync.Mutex
	live     *Engine
	copy     Checked
	restorer store.Restorer
	stop     func()
	err      error
	log      [][]byte
	keeps    bool // the log
}

func mirrorOf(e *Engine, o Options) *mirror {
	o.Limits, o.mapper = store.Limits{}, nil
	m := &mirror{live: e, copy: NewChecked(o)}
	m.restorer = m.copy.Restore()
	m.stop = e.Record(m)
	return m
}

// Append implements store.Recorder.
func (m *mirror) Append(redo []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keeps {
		m.log = append(m.log, bytes.Clone(redo))
	}
	if m.err == nil {
		if m.err = m.restorer.Apply(redo); m.err != nil {
			m.err = fmt.Errorf("%w: % x", m.err, redo)
		}
	}
}

func (m *mirror) close() {
	m.stop()
	_ = m.restorer.(*restorer).pool.stop()
	m.copy.Close()
}

func (m *mirror) difference() string {
	m.mu.Lock()
	if m.err == nil {
		m.err = m.restorer.(*restorer).pool.join()
	}
	err := m.err
	m.mu.Unlock()
	if err != nil {
		return err.Error()
	}
	return differenceOf(m.live, m.copy.Engine)
}

// differenceOf says in what an engine and one that was restored from its changes differ.
func differenceOf(live, restored *Engine) string {
	want, got := contentsOf(live), contentsOf(restored)
	text, n := "", 0
	keys := slices.Sorted(maps.Keys(want))
	for key := range got {
		if _, ok := want[key]; !ok {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		a, b := want[key], got[key]
		if a.text == b.text && b.accessed <= a.accessed && a.accessed-b.accessed <= a.late {
			continue
		}
		if n++; n <= 5 {
			text += fmt.Sprintf("%s\n  live:     %s, accessed %d\n  restored: %s, accessed %d\n", key, a.text, a.accessed, b.text, b.accessed)
		}
	}
	if n > 0 {
		return fmt.Sprintf("%d of %d differ:\n%s", n, len(keys), text)
	}
	return ""
}

// content is all that there is to know of an entry. A session may have been accessed later than its copy knows.
type content struct {
	text           string
	accessed, late int64
}

// contentsOf returns all entries by keyspace and key, and the principals. Nothing may happen meanwhile.
func contentsOf(e *Engine) map[string]content {
	all := map[string]content{}
	principals := map[string]bool{}
	e.eachShard(func(s *shard) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.table.Next(0, func(x arena.Slot) bool {
			p := s.refTo(x.Ref(), frozen)
			key := fmt.Sprintf("%d/%q", s.space.number, p.key)
			switch {
			case p.is(tagNode) || p.isCondemned(p.entry):
			case p.is(tagAlias):
				if id, alias := s.space.aliases.target(tokenOf(p.entry), s.space.hash(p.key)); id != nil {
					all[key+" alias"] = content{text: fmt.Sprintf("alias %d of %q until %d", alias.order, id, alias.until)}
				}
			default:
				all[key] = p.content()
				if name := p.principal(); len(name) > 0 {
					principals[string(name)] = true
				}
			}
			return true
		})
		return true
	})
	for i := range e.spaces {
		if e.spaces[i].Load() != nil {
			for name := range principals {
				ids, _ := e.PrincipalSessions(context.Background(), store.Op{Keyspace: i, Now: frozen}, []byte(name))
				if len(ids) == 0 {
					continue
				}
				slices.SortFunc(ids, bytes.Compare)
				all[fmt.Sprintf("%d/%q sessions", i, name)] = content{text: fmt.Sprintf("%q", ids)}
			}
		}
	}
	return all
}

func (p *entryRef) content() (c content) {
	form := p.appendForm(nil)
	_, uses := kindOf(form).usage(form)
	form[uses] = 0
	if p.is(tagSession) {
		h := p.readHead(p.entry)
		c.accessed = h.accessed
		if h.timeouts.idle > 0 {
			c.late = max(h.timeouts.idle/10, leastUse)
		} else {
			c.accessed = 0
		}
		set64(form, wideAccessed, 0)
	} else {
		set32(form, collectionAccessed, 0)
	}
	c.text = fmt.Sprintf("%q", form)
	elements := map[int][]string{}
	p.eachLargeElement(func(w *treeWatch, _ int, item tree.Item) {
		if w.order.Prefix() == 4 {
			item.Prefix = 0 // a hash, with another seed
		}
		elements[w.root] = append(elements[w.root], fmt.Sprintf("%d %q %q", item.Prefix, item.Name, item.Value))
	})
	for root, list := range elements {
		if kindOf(p.entry).(collectionKind).orders()[root].Named() {
			slices.Sort(list)
		}
		elements[root] = list
	}
	if len(elements) > 0 {
		c.text += fmt.Sprint(elements)
	}
	return c
}
