//go:build unix

package upstream

import (
	"testing"
	"time"

	"sessd/store"
	"sessd/test/redistest"
)

// TestCutIsNotGone: a connection that is cut while it carries the probe does not make the upstream gone.
func TestCutIsNotGone(t *testing.T) {
	s := redistest.Serve(t)
	p := newProxy(t, s.Address)
	e := connect(t, "redis://"+p.listener.Addr().String(), func(o *Options) { o.Connections = 1 })
	for range 3 {
		p.hush(true)
		time.AfterFunc(50*time.Millisecond, func() {
			p.cut()
			p.hush(false)
		})
		if err := e.probe(); err != nil {
			t.Errorf("gone: %v", err)
		}
		if err := e.askTime(); err != nil {
			t.Errorf("gone afterwards: %v", err)
		}
	}
}

// TestCutLink: a read that a cut link leaves without an answer is asked again.
func TestCutLink(t *testing.T) {
	s := redistest.Serve(t)
	p := newProxy(t, s.Address)
	e := connect(t, "redis://"+s.Address, func(o *Options) { o.Timeout, o.linkTo = 10*time.Second, p.listener.Addr().String() })
	linked(t, e)
	create(t, e, "s", "x", "1")
	p.hush(true)
	time.AfterFunc(50*time.Millisecond, func() {
		p.cut()
		p.hush(false)
	})
	if err := e.LoadSession(background, now(), []byte("s"), store.LoadOptions{Fresh: true}, nothing{}); err != nil {
		t.Errorf("a read: %v", err)
	}
}
