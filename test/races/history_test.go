package races

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sessd/server/servertest"
)

// draw makes a request at random, on so few ids that requests meet.
func draw(r *rand.Rand, _ string) string {
	of := func(choices ...string) string { return choices[r.IntN(len(choices))] }
	ids := []string{"a", "b", "c", "d"}
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	id, other, text, principal := ids[0], ids[1], fmt.Sprint(r.IntN(1000)), of("ann", "bob")
	return of(
		fmt.Sprintf("SESS.CREATE %s PRINCIPAL %s FIELDS 1 x %s", id, principal, text),
		fmt.Sprintf("SESS.CREATE %s PRINCIPAL %s FIELDS 1 x %s", id, principal, text),
		fmt.Sprintf("SESS.GET %s WITHREV FIELDS 2 x y", id),
		fmt.Sprintf("SESS.GET %s WITHREV FIELDS 2 x y", id),
		fmt.Sprintf("SESS.SAVE %s x %s", id, text),
		fmt.Sprintf("SESS.SAVE %s IFREV %d UNSET 1 x FIELDS 1 y %s", id, r.IntN(4), text),
		fmt.Sprintf("SESS.CLEAR %s", id),
		fmt.Sprintf("SESS.ROTATE %s %s", id, other),
		fmt.Sprintf("SESS.ROTATE %s %s", id, other),
		fmt.Sprintf("SESS.DESTROY %s %s", id, other),
		fmt.Sprintf("EXISTS %s %s", id, other),
		fmt.Sprintf("SESS.LIST %s", principal),
		fmt.Sprintf("SESS.DESTROYALL %s EXCEPT %s", principal, id),
	)
}

// record lets connections send requests that are drawn at random at the same time, one after the other over each, and returns
// what they were answered, and when. Each request is drawn with a name that no other has.
func record(conns []*servertest.Conn, requests int, seed uint64, draw func(r *rand.Rand, name string) string, ask func(c *servertest.Conn, request string) string) []porcupine.Operation {
	history := make([][]porcupine.Operation, len(conns))
	epoch := time.Now()
	begin := make(chan struct{})
	var group sync.WaitGroup
	for client, c := range conns {
		random := rand.New(rand.NewPCG(seed, uint64(client)))
		group.Go(func() {
			<-begin
			for i := range requests {
				request := draw(random, fmt.Sprintf("%d-%d", client, i))
				o := porcupine.Operation{ClientId: client, Input: request, Call: time.Since(epoch).Nanoseconds()}
				o.Output = ask(c, request)
				o.Return = time.Since(epoch).Nanoseconds()
				history[client] = append(history[client], o)
			}
		})
	}
	close(begin)
	group.Wait()
	return slices.Concat(history...)
}

// crowd is connections that send requests at the same time, histories of so many each.
type crowd struct{ connections, requests, histories int }

// explained lets the crowd draw requests, over each driver, and fails the test unless a model explains every history.
func (w crowd) explained(t *testing.T, model porcupine.Model, draw func(r *rand.Rand, name string) string, ask func(c *servertest.Conn, request string) string) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		conns := make([]*servertest.Conn, w.connections)
		for i := range conns {
			conns[i] = s.Dial(t)
		}
		for seed := range uint64(w.histories) {
			conns[0].Want("+OK\r\n", "FLUSHALL")
			explain(t, model, record(conns, w.requests, seed, draw, ask), seed)
		}
	})
}

// explain fails the test unless an order of the requests of a history explains all that was answered.
func explain(t *testing.T, model porcupine.Model, history []porcupine.Operation, seed uint64) {
	t.Helper()
	const patience = 20 * time.Second
	switch porcupine.CheckOperationsTimeout(model, history, patience) {
	case porcupine.Illegal:
		t.Fatalf("no order explains this history (seed %d):\n%s", seed, describe(history))
	case porcupine.Unknown:
		t.Logf("NOT CHECKED: the history of seed %d is too long to check in %v", seed, patience)
	}
}

// askAlike sends a request and returns its reply, in an order of its own where it has none.
func askAlike(c *servertest.Conn, request string) string {
	reply := c.Do(strings.Fields(request)...)
	if strings.HasPrefix(request, "SESS.LIST") {
		reply = inOrder(reply)
	}
	return reply
}

// TestHistoriesCanBeExplained: whatever connections are answered at the same time, there is an order of their requests,
// each between its sending and its reply, in which one connection alone would have been answered the same.
func TestHistoriesCanBeExplained(t *testing.T) {
	model := porcupine.Model{
		Init: func() any { return state{} },
		Step: func(before, request, reply any) (bool, any) {
			want, after := before.(state).answer(request.(string))
			return want == reply.(string), after
		},
		Equal: func(a, b any) bool { return maps.Equal(a.(state), b.(state)) },
	}
	crowd{connections: 8, requests: 8, histories: 150}.explained(t, model, draw, askAlike)
}

// describe returns a history as lines in the order of sending.
func describe(history []porcupine.Operation) string {
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var text strings.Builder
	for _, o := range history {
		fmt.Fprintf(&text, "%9d to %9d ns, client %d: %s -> %q\n", o.Call, o.Return, o.ClientId, o.Input, o.Output)
	}
	return text.String()
}
