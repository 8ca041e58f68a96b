//go:build unix

package upstream

import (
	"testing"
	"time"

	"sessd/test/redistest"
)

// TestNoReplicaIsNotAwaited: where a primary has fewer replicas than changes need, these are made and uncertain, and nobody waits for them.
func TestNoReplicaIsNotAwaited(t *testing.T) {
	s := redistest.Serve(t)
	url := "redis://" + s.Address
	patient := func(o *Options) { o.Replicas, o.SaveReplicas, o.Timeout = 1, 1, 24*time.Hour }
	e, other := connect(t, url, patient), connect(t, url)
	linked(t, e, other)
	create(t, other, "s", "x", "0")
	for _, x := range []string{"1", "2", "3"} {
		if err := save(e, "s", "x", x); !uncertain(err) {
			t.Errorf("a save that no replica has: %v", err)
		}
		want(t, "it is made", value(e, "s", "x"), x)
	}
	if err := lock(e, "s", "token", 600_000); !uncertain(err) {
		t.Errorf("a lock that no replica has: %v", err)
	}
	if _, err := destroy(e, "s"); !uncertain(err) {
		t.Errorf("a destroy that no replica has: %v", err)
	}
	redistest.Until(t, "it is gone", func() bool { return value(other, "s", "x") == noSession })
}
