package pubsub

import (
	"sync"

	"sessd/store"
)

// patterns is the patterns that somebody listens to.
type patterns struct {
	mu     sync.RWMutex // held for reading while a message is matched and delivered
	byText map[string]*pattern
	list   []*pattern
}

// pattern is a pattern with those who listen.
type pattern struct {
	channel
	glob
	at int // in patterns.list
}

// glob is a pattern that channels are matched with. As in Redis a single star matches no empty name, which it does where
// keys are matched.
type glob struct{ *store.Pattern }

func newGlob(text []byte) glob { return glob{store.CompilePattern(text)} }

func (g glob) matches(name []byte) bool {
	return g.Match(name) && (len(name) > 0 || !g.Match([]byte{0}))
}

// join returns the pattern with a text and counts one more listener.
func (p *patterns) join(text []byte) *pattern {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.byText[string(text)]
	if one == nil {
		one = &pattern{channel: channel{name: string(text)}, glob: newGlob(text), at: len(p.list)}
		p.byText[one.name] = one
		p.list = append(p.list, one)
	}
	one.listeners++
	return one
}

// quit counts one listener less.
func (p *patterns) quit(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one := p.byText[text]
	if one.listeners--; one.listeners > 0 {
		return
	}
	delete(p.byText, text)
	last := len(p.list) - 1
	p.list[one.at] = p.list[last]
	p.list[one.at].at = one.at
	p.list[last] = nil
	p.list = p.list[:last]
}

// len returns how many patterns there are.
func (p *patterns) len() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.list)
}
