//go:build unix

package upstream

import (
	"context"
	"testing"
	"time"
)

// TestDeadlines: requests of one moment share a context, each has the whole timeout, and none outlives its parent.
func TestDeadlines(t *testing.T) {
	d := deadlines{timeout: time.Hour}
	parent, stop := context.WithCancel(context.Background())
	other := context.WithValue(context.Background(), key{}, 1)
	first := d.of(parent)
	want(t, "the same moment", d.of(parent), first)
	second := d.of(other)
	want(t, "the same moment, another parent", d.of(other), second)
	want(t, "the first parent again", d.of(parent), first)
	if second == first {
		t.Error("two parents share a context")
	}
	for range 3 {
		if end, ok := d.of(parent).Deadline(); !ok || time.Until(end) < d.timeout {
			t.Errorf("a deadline at %v", end)
		}
		for i := range d.shared {
			d.shared[i].begun = d.shared[i].begun.Add(-d.timeout / 10) // much later
		}
	}
	if d.of(parent) == first {
		t.Error("a context of another moment is shared")
	}
	stop()
	<-first.Done()
	if second.Err() != nil {
		t.Error("a context ends with another's parent")
	}
}

type key struct{}
