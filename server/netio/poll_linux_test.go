package netio

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// polls runs a test on both kinds of poll.
func polls(t *testing.T, test func(t *testing.T, p *Poll)) {
	for name, holds := range map[string]bool{"parks": false, "holds": true} {
		t.Run(name, func(t *testing.T) {
			p, err := NewPoll(holds)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			test(t, p)
		})
	}
}

// found waits, and returns what has happened to a descriptor.
func found(t *testing.T, p *Poll, fd int, sleep bool, deadline time.Time) (events uint32) {
	t.Helper()
	all, err := p.Wait(sleep, deadline)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if int(e.Fd) == fd {
			events |= e.Events
		}
	}
	return events
}

// TestPollTellsOnce: input and the peer's end are told when they are new, room to write while it is asked for, and nothing after
// the descriptor was removed.
func TestPollTellsOnce(t *testing.T) {
	polls(t, func(t *testing.T, p *Poll) {
		pair := pairs(t, 1)[0]
		if err := p.Add(pair[0]); err != nil {
			t.Fatal(err)
		}
		if e := found(t, p, pair[0], false, time.Time{}); e != 0 {
			t.Errorf("events %#x before anything happened", e)
		}
		unix.Write(pair[1], []byte("x"))
		if e := found(t, p, pair[0], true, time.Time{}); e != unix.EPOLLIN {
			t.Errorf("events %#x for input", e)
		}
		if e := found(t, p, pair[0], false, time.Time{}); e != 0 {
			t.Errorf("events %#x for input that was told", e)
		}
		if err := p.AwaitRoom(pair[0], true); err != nil {
			t.Fatal(err)
		}
		if e := found(t, p, pair[0], true, time.Time{}); e&unix.EPOLLOUT == 0 {
			t.Errorf("events %#x where there is room", e)
		}
		if err := p.AwaitRoom(pair[0], false); err != nil {
			t.Fatal(err)
		}
		unix.Shutdown(pair[1], unix.SHUT_WR)
		if e := found(t, p, pair[0], true, time.Time{}); e&unix.EPOLLRDHUP == 0 || e&unix.EPOLLOUT != 0 {
			t.Errorf("events %#x for the end", e)
		}
		if err := p.Remove(pair[0]); err != nil {
			t.Fatal(err)
		}
		unix.Write(pair[1], []byte("x"))
		if e := found(t, p, pair[0], false, time.Time{}); e != 0 {
			t.Errorf("events %#x for a descriptor that was removed", e)
		}
	})
}

// TestWaitsEnd at their deadline, and when somebody wakes the poll before or meanwhile.
func TestWaitsEnd(t *testing.T) {
	polls(t, func(t *testing.T, p *Poll) {
		found(t, p, -1, true, time.Now().Add(time.Millisecond))
		p.Wake()
		found(t, p, -1, true, time.Time{})
		go p.Wake()
		found(t, p, -1, true, time.Time{})
	})
}

// TestGatherLosesNothing: what has happened is told at once, and what happens while nothing was told by the wait that follows.
func TestGatherLosesNothing(t *testing.T) {
	polls(t, func(t *testing.T, p *Poll) {
		pair := pairs(t, 1)[0]
		if err := p.Add(pair[0]); err != nil {
			t.Fatal(err)
		}
		unix.Write(pair[1], []byte("x"))
		if all := p.Gather(); len(all) != 1 || int(all[0].Fd) != pair[0] {
			t.Errorf("events %v for input", all)
		}
		if all := p.Gather(); len(all) != 0 {
			t.Errorf("events %v for input that was told", all)
		}
		go unix.Write(pair[1], []byte("y"))
		for all := p.Gather(); len(all) == 0; {
			all, _ = p.Wait(true, time.Time{})
			if len(all) > 0 && int(all[0].Fd) != pair[0] {
				t.Errorf("events %v for input", all)
			}
		}
	})
}
