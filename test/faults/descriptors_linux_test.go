package faults

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

const fewDescriptors = 64

// TestStartWithFewDescriptors: the daemon allows itself more where it may, or else lets so many clients in as it can serve,
// says so, and tells the others.
func TestStartWithFewDescriptors(t *testing.T) {
	d := sessdtest.StartWithin(t, fewDescriptors)
	var in []*servertest.Conn
	refused := 0
	for range 2 * fewDescriptors {
		c := d.Dial(t)
		c.Send(servertest.Request("PING"))
		switch reply := c.Reply(); reply {
		case "+PONG\r\n":
			in = append(in, c)
		case "-ERR max number of clients reached\r\n":
			refused++
		default:
			t.Fatalf("got %q", reply)
		}
	}
	lowered := strings.Contains(d.Log(), "maxclients is lowered")
	t.Logf("%d clients were let in and %d refused", len(in), refused)
	if len(in) < fewDescriptors/4 || lowered != (refused > 0) {
		t.Errorf("%d clients were let in and %d refused; the log tells that maxclients is lowered: %t", len(in), refused, lowered)
	}
	for _, c := range in {
		c.Want("+PONG\r\n", "PING")
	}
}

// TestLoopsTakeDescriptors: those of many event loops are not promised to clients, so that each client has an answer.
func TestLoopsTakeDescriptors(t *testing.T) {
	d := sessdtest.StartWithin(t, 200, "--maxclients", "160", "--io-threads", "16")
	if !strings.Contains(d.Log(), "maxclients is lowered") {
		t.Skip("the daemon may have as many descriptors as it likes")
	}
	for range 200 {
		c := d.Dial(t)
		c.Send(servertest.Request("PING"))
		if reply := c.Reply(); reply != "+PONG\r\n" && reply != "-ERR max number of clients reached\r\n" {
			t.Errorf("got %q", reply)
		}
	}
}

// TestDescriptorsRunOut takes from the running daemon the right to more than a few descriptors, and connects until there
// are none left.
func TestDescriptorsRunOut(t *testing.T) {
	d := sessdtest.StartEncrypted(t)
	few := unix.Rlimit{Cur: fewDescriptors, Max: fewDescriptors}
	if err := unix.Prlimit(d.ID(), unix.RLIMIT_NOFILE, &few, nil); err != nil {
		t.Fatal(err)
	}
	d.Doors(t, func(t *testing.T, addr string, dial func(string) (net.Conn, error)) {
		inside := d.Dial(t)
		inside.Want("+PONG\r\n", "PING")
		before, log := d.Figures(inside), len(d.Log())

		// The kernel completes what the daemon does not accept: those that wait in the end have no descriptor there.
		var all []net.Conn
		for range 2 * fewDescriptors {
			all = append(all, silent(t, addr))
		}
		eventually(t, "the log tells that connections are not accepted", func() bool {
			return strings.Contains(d.Log()[log:], "cannot accept a connection") && strings.Contains(d.Log()[log:], "too many open files")
		})
		inside.Want("+OK\r\n", "SET", "k", "v")

		const most = 400 * time.Millisecond
		told, begin := len(d.Log()), time.Now()
		if spent := d.Quietest(most); spent > most {
			t.Errorf("it spends %v of each second on connections that it cannot accept", spent)
		}
		if lines, seconds := strings.Count(d.Log()[told:], "\n"), time.Since(begin).Seconds(); float64(lines) > 20*seconds {
			t.Errorf("it logged %d lines in %.1f seconds", lines, seconds)
		}
		inside.Want("$1\r\nv\r\n", "GET", "k")

		for _, nc := range all {
			nc.Close()
		}
		late, err := dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		servertest.NewConn(t, late).Want("$1\r\nv\r\n", "GET", "k")
		late.Close()
		settled(t, d.Daemon, inside, before, 64<<20)
		inside.Close()
	})
}

// TestComeAndGoWhileDescriptorsAreOut: each client that goes lets another in, and the log does not tell each time that there
// is room for no more.
func TestComeAndGoWhileDescriptorsAreOut(t *testing.T) {
	d := sessdtest.Start(t)
	inside := d.Dial(t)
	inside.Want("+PONG\r\n", "PING")
	few := unix.Rlimit{Cur: fewDescriptors, Max: fewDescriptors}
	if err := unix.Prlimit(d.ID(), unix.RLIMIT_NOFILE, &few, nil); err != nil {
		t.Fatal(err)
	}
	var all []net.Conn // in the order in which they come in
	for range 2 * fewDescriptors {
		all = append(all, silent(t, d.Addr))
	}
	d.WaitFor("cannot accept a connection.*too many open files")
	next := d.Figures(inside).Clients - 1
	begin, told := time.Now(), len(d.Log())
	for range 100 {
		all[0].Close()
		servertest.NewConn(t, all[next]).Want("+PONG\r\n", "PING")
		all = append(all[1:], silent(t, d.Addr))
	}
	lines, most := strings.Count(d.Log()[told:], "\n"), 10+5*int(time.Since(begin)/time.Second)
	t.Logf("%d lines in %v", lines, time.Since(begin))
	if lines > most {
		t.Errorf("it logged %d lines in %v, want %d at most", lines, time.Since(begin), most)
	}
}

// TestResetWhileDescriptorsAreOut: clients that give up before they are accepted take nothing with them.
func TestResetWhileDescriptorsAreOut(t *testing.T) {
	d := sessdtest.Start(t)
	inside := d.Dial(t)
	inside.Want("+PONG\r\n", "PING")
	few := unix.Rlimit{Cur: 0, Max: fewDescriptors} // those that are open stay so
	if err := unix.Prlimit(d.ID(), unix.RLIMIT_NOFILE, &few, nil); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		nc := silent(t, d.Addr)
		nc.(*net.TCPConn).SetLinger(0)
		nc.Close()
	}
	patient := silent(t, d.Addr)
	if _, err := io.WriteString(patient, servertest.Request("PING")); err != nil {
		t.Fatal(err)
	}
	patient.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := patient.Read(make([]byte, 1)); n > 0 || errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a client that cannot have a descriptor read %d bytes, error %v", n, err)
	}
	few.Cur = fewDescriptors
	if err := unix.Prlimit(d.ID(), unix.RLIMIT_NOFILE, &few, nil); err != nil {
		t.Fatal(err)
	}
	if got := servertest.NewConn(t, patient).Reply(); got != "+PONG\r\n" {
		t.Errorf("once there are descriptors it got %q", got)
	}
	inside.Want("+PONG\r\n", "PING")
}
