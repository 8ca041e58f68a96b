//go:build unix

package upstream

import (
	"testing"
	"time"

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
