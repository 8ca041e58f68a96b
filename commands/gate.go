package commands

// gates is the set of conditions that take a call off the fast path. The server has a word of them and each client has
// one, so the fast path costs two loads.
type gates uint32

const (
	loading      gates = 1 << iota // of the server: not all data is there yet
	pausedWrites                   // of the server: CLIENT PAUSE WRITE
	pausedAll                      // of the server: CLIENT PAUSE
	monitored                      // of the server: somebody watches
	exclusive                      // of the server: a script has all data to itself
	busy                           // of the server: it has had so for too long
	signaled                       // of the server: a key has changed for which somebody waits
	suppressed                     // of the client: CLIENT REPLY
	subscribed                     // of the client: it listens to channels or patterns
	tracked                        // of the client: CLIENT TRACKING
	queueing                       // of the client: it is between MULTI and EXEC
)

// gate stands before and after a call while one of its bits is set. A function that a gate does not need is nil.
type gate struct {
	bits gates
	// before reports whether the call goes on. An error is its answer.
	before func(*Call) (verdict, error)
	// after runs when the call is answered, also with an error. It may change the reply.
	after func(*Call)
	// leave ends what the gate keeps of a client, which sent RESET or is gone.
	leave func(*Dispatcher, *Client)
}

// verdict is what becomes of a call at a gate.
type verdict uint8

const (
	proceed   verdict = iota
	answered          // the gate has written the reply, or gives it later
	postponed         // the call runs again later, from its beginning
)

// gateOrder is every gate in the order in which a call meets them. What is pushed because of a call follows its reply, also one that the client does not want.
var gateOrder = [...]gate{
	{bits: subscribed, before: refuseWhileSubscribed},
	{bits: loading, before: refuseWhileLoading},
	{bits: pausedWrites | pausedAll, before: holdCall, leave: dropHeld},
	{bits: exclusive | busy, before: awaitTurn},
	{bits: queueing, before: queueCall, leave: dropQueue},
	{bits: monitored, before: showBefore, after: showAfter, leave: stopMonitoring},
	{bits: tracked, before: noteReads, leave: stopTracking},
	{bits: signaled, leave: stopWaiting},
	{bits: suppressed, after: suppress, leave: wantReplies},
	{bits: tracked, after: endTracked},
	{bits: subscribed, after: (*Call).Deliver}, // a message to oneself comes behind the reply, as in Redis from 7.2 on
}

// setGate opens a gate of the server, or closes it: its functions run before and after every call while closed is true.
func (s *Dispatcher) setGate(bits gates, closed bool) {
	if closed {
		s.gates.Or(uint32(bits))
	} else {
		s.gates.And(^uint32(bits))
	}
}

// setGate does the same for one client. It is for the connection's loop.
func (c *Client) setGate(bits gates, closed bool) {
	if closed {
		c.gates |= bits
	} else {
		c.gates &^= bits
	}
}

// closedGates returns the conditions that hold for a call now.
func (c *Call) closedGates() gates { return gates(c.Dispatcher.gates.Load()) | c.Client.gates }

// passGates leads a call through the gates that are closed.
func (c *Call) passGates(closed gates) (verdict, error) {
	for i := range gateOrder {
		if g := &gateOrder[i]; g.bits&closed != 0 && g.before != nil {
			if v, err := g.before(c); v != proceed || err != nil {
				return v, err
			}
		}
	}
	return proceed, nil
}

// leaveGates leads a call that is answered through the gates that are closed.
func (c *Call) leaveGates(closed gates) {
	for i := range gateOrder {
		if g := &gateOrder[i]; g.bits&closed != 0 && g.after != nil {
			g.after(c)
		}
	}
}

// forget ends what gates and families keep of a client.
func (s *Dispatcher) forget(client *Client) {
	for i := range gateOrder {
		if leave := gateOrder[i].leave; leave != nil {
			leave(s, client)
		}
	}
	if client.kept == nil {
		return
	}
	for i, kept := range *client.kept {
		if leave := s.table.families[i].Leave; leave != nil && kept != nil {
			leave(kept)
		}
	}
	client.kept = nil
}

// Disconnected forgets a client whose connection has ended. The server calls it once for each client, after the client's
// last call.
func (s *Dispatcher) Disconnected(client *Client) {
	client.gone.Store(true)
	s.forget(client)
}

// SetLoading makes commands that need data wait for it, with an error, or run. It begins with all data there.
func (s *Dispatcher) SetLoading(on bool) { s.setGate(loading, on) }

// Loading reports whether data is still being loaded.
func (s *Dispatcher) Loading() bool { return gates(s.gates.Load())&loading != 0 }

func refuseWhileLoading(c *Call) (verdict, error) {
	if c.Command.Flags&Loading != 0 {
		return proceed, nil
	}
	return proceed, errLoading
}
