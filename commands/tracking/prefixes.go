package tracking

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// prefixes is the prefixes of keys of which clients hear all changes, in the order of the alphabet. A key's longest prefix
// is the greatest one that is not greater than the key, or one that this begins with.
type prefixes struct {
	count atomic.Int64
	mu    sync.RWMutex
	list  []*prefix
}

type prefix struct {
	text     string
	shorter  *prefix // the longest other one that it begins with
	trackers []*tracker
}

// find returns the position of a text, or else where it belongs.
func (p *prefixes) find(text string) (int, bool) {
	return slices.BinarySearchFunc(p.list, text, func(one *prefix, text string) int { return strings.Compare(one.text, text) })
}

// join makes a client hear of the keys with a prefix.
func (p *prefixes) join(text string, t *tracker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, known := p.find(text)
	if known {
		p.list[at].trackers = append(p.list[at].trackers, t)
		return
	}
	one := &prefix{text: text, trackers: []*tracker{t}}
	if at > 0 {
		one.shorter = p.list[at-1].longestOf(text)
	}
	p.list = slices.Insert(p.list, at, one)
	p.relink(at, one.shorter, one)
	p.count.Add(1)
}

// quit makes a client hear no more of the keys with a prefix.
func (p *prefixes) quit(text string, t *tracker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, _ := p.find(text)
	one := p.list[at]
	i := slices.Index(one.trackers, t)
	if one.trackers = slices.Delete(one.trackers, i, i+1); len(one.trackers) > 0 {
		return
	}
	p.relink(at, one, one.shorter)
	p.list = slices.Delete(p.list, at, at+1)
	p.count.Add(-1)
}

// relink gives those that begin with the prefix at a position, and have one as the next shorter, another.
func (p *prefixes) relink(at int, from, to *prefix) {
	for _, longer := range p.list[at+1:] {
		if !strings.HasPrefix(longer.text, p.list[at].text) {
			return
		}
		if longer.shorter == from {
			longer.shorter = to
		}
	}
}

// longestOf returns the longest prefix of a text among this one and those that it begins with; nil: none.
func (one *prefix) longestOf(text string) *prefix {
	n := 0
	for n < len(text) && n < len(one.text) && text[n] == one.text[n] {
		n++
	}
	for one != nil && len(one.text) > n {
		one = one.shorter
	}
	return one
}

// each visits the clients that hear of a key, which wait for its end if they come or go.
func (p *prefixes) each(key string, visit func(*tracker)) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	at, known := p.find(key)
	if !known {
		at--
	}
	if at < 0 {
		return
	}
	for one := p.list[at].longestOf(key); one != nil; one = one.shorter {
		for _, t := range one.trackers {
			visit(t)
		}
	}
}
