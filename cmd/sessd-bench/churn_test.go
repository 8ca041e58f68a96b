package main

import (
	"strings"
	"testing"
)

// TestChurnKnowsWhatIsAlive follows churn with the sizes of the live sessions: what it says is alive must be
// what its requests left alive, but for the passers-by that expire.
func TestChurnKnowsWhatIsAlive(t *testing.T) {
	o := testOptions("churn")
	w := newWorkload(o)
	sizes := map[string]int{}
	passersBy := map[string]bool{}
	var counts [operations]int
	smallest, greatest := maxData, 0
	apply := func(s source, limit int) {
		for range limit {
			b, op, ok := s.next(nil)
			if !ok {
				return
			}
			counts[op]++
			request := strings.Fields(words(t, b)[0])
			id, size := request[1], len(request[len(request)-1])
			switch {
			case passersBy[id]:
				t.Fatal("a passer-by was used again")
			case op == opCreate && request[3] == "500":
				passersBy[id] = true
				continue
			case op == opCreate && sizes[id] != 0:
				t.Fatal("created over a live session")
			case op != opCreate && sizes[id] == 0:
				t.Fatalf("%v of a session that is not alive", op)
			}
			switch op {
			case opCreate, opSave:
				sizes[id] = size
				smallest, greatest = min(smallest, size), max(greatest, size)
			case opDestroy:
				delete(sizes, id)
			}
		}
	}
	for c := range o.connections {
		apply(w.prepare(c), o.sessions)
		apply(w.measure(c), 5_000)
		apply(w.measure(c), 5_000)
	}
	var want, got int64
	for _, size := range sizes {
		want += int64(idLength + len("data") + size)
	}
	for c := range o.connections {
		got += w.own(c).liveBytes()
	}
	if got != want {
		t.Errorf("%d bytes said to be alive, %d are", got, want)
	}
	if smallest > minData+5 || greatest < maxData-100 {
		t.Errorf("sizes from %d to %d, want %d to %d", smallest, greatest, minData, maxData)
	}
	const measured = 3 * 2 * 5_000
	if share := float64(counts[opSave]) / measured; share < 0.48 || share > 0.52 {
		t.Errorf("saves have a share of %.3f", share)
	}
	if share := float64(len(passersBy)) / measured; share < 0.09 || share > 0.11 {
		t.Errorf("passers-by have a share of %.3f", share)
	}
}
