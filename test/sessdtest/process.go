package sessdtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
)

// patience is how long a process may take to start or to stop before the test gives it up.
const patience = time.Minute

// Process is a run of the daemon.
type Process struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdout strings.Builder
	lines  chan string   // of the log, as they come
	ended  chan struct{} // closed when the process has ended and its log is complete
	killed bool          // by Kill

	mu  sync.Mutex // guards log
	log strings.Builder
}

// Launch starts the daemon with variables beside those of this process ("SESSD_PORT=0") and with flags. The test's end
// kills it if it still runs.
func Launch(t testing.TB, variables []string, flags ...string) *Process {
	t.Helper()
	return launch(t, exec.Command(Binary(t), flags...), variables)
}

// environment returns the variables of this process but those that a daemon would take for its settings: some steer tests.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "SESSD_") })
}

// launch starts the daemon by a command, which may be another program's that becomes it.
func launch(t testing.TB, cmd *exec.Cmd, variables []string) *Process {
	t.Helper()
	p := &Process{t: t, cmd: cmd, lines: make(chan string, 1024), ended: make(chan struct{})}
	p.cmd.Env = append(environment(), variables...)
	p.cmd.Stdout = &p.stdout
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.read(stderr)
		p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("%q:\n%s", p.cmd.Args, p.Log())
		}
	})
	return p
}

// read takes the log line by line until the process closes it. Lines that nobody waits for are dropped from the channel,
// never from the log.
func (p *Process) read(r io.Reader) {
	defer close(p.lines)
	for in := bufio.NewScanner(r); in.Scan(); {
		p.mu.Lock()
		p.log.WriteString(in.Text() + "\n")
		p.mu.Unlock()
		select {
		case p.lines <- in.Text():
		default:
		}
	}
}

// Log returns what the process wrote to standard error so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// WaitFor waits until a line of the log matches and returns what its groups matched.
func (p *Process) WaitFor(pattern string) []string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(patience)
	for {
		select {
		case line, more := <-p.lines:
			if groups := re.FindStringSubmatch(line); groups != nil {
				return groups[1:]
			}
			if !more {
				p.t.Fatalf("the daemon ended before its log had %q:\n%s", pattern, p.Log())
			}
		case <-late:
			p.t.Fatalf("the log has no %q:\n%s", pattern, p.Log())
		}
	}
}

// ID returns the process id.
func (p *Process) ID() int { return p.cmd.Process.Pid }

// Signal sends the process a signal.
func (p *Process) Signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// Kill ends the process as the kernel does when memory is out, and waits until it is gone.
func (p *Process) Kill() {
	p.t.Helper()
	p.killed = true
	p.Signal(syscall.SIGKILL)
	p.Wait()
}

// Wait waits for the end of the process and returns its exit code, and what it wrote to standard output.
func (p *Process) Wait() (code int, stdout string) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("the daemon does not end:\n%s", p.Log())
	}
	return p.cmd.ProcessState.ExitCode(), p.stdout.String()
}

// LaunchWith is Launch with sockets that are open, as a service manager passes them on, and their names.
func LaunchWith(t testing.TB, sockets []*os.File, names []string, flags ...string) *Process {
	t.Helper()
	words := append([]string{"-c", `export LISTEN_PID=$$; exec "$0" "$@"`, Binary(t)}, flags...)
	cmd := exec.Command("/bin/sh", words...)
	cmd.ExtraFiles = sockets
	return launch(t, cmd, []string{fmt.Sprintf("LISTEN_FDS=%d", len(sockets)), "LISTEN_FDNAMES=" + strings.Join(names, ":")})
}

// Daemon is a daemon that accepts connections.
type Daemon struct {
	*Process
	Addr string // host and port
}

// Start starts the daemon on a free port of the loopback, with flags beside that, and returns when it accepts. The end of
// the test stops it by SIGTERM; a daemon that then does not exit with 0 fails the test.
func Start(t testing.TB, flags ...string) *Daemon {
	t.Helper()
	return accepting(t, Launch(t, nil, append(loopback(), flags...)...))
}

// StartWithin is Start with no more file descriptors than these. Root loses the right to allow itself more, where setpriv
// is there.
func StartWithin(t testing.TB, descriptors int, flags ...string) *Daemon {
	t.Helper()
	limit := fmt.Sprintf(`ulimit -n %d
		if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then exec setpriv --bounding-set=-sys_resource "$0" "$@"; fi
		exec "$0" "$@"`, descriptors)
	words := append([]string{"-c", limit, Binary(t)}, append(loopback(), flags...)...)
	return accepting(t, launch(t, exec.Command("/bin/sh", words...), nil))
}

// StartUnder is Start by the words of another program, which becomes the daemon.
func StartUnder(t testing.TB, program []string, flags ...string) *Daemon {
	t.Helper()
	words := append(append(program[1:len(program):len(program)], Binary(t)), append(loopback(), flags...)...)
	return accepting(t, launch(t, exec.Command(program[0], words...), nil))
}

// loopback returns the flags for a free port.
func loopback() []string { return []string{"--bind", "127.0.0.1", "--port", "0"} }

// accepting waits until a daemon accepts connections, and stops it at the end of the test.
func accepting(t testing.TB, p *Process) *Daemon {
	t.Helper()
	addr := p.WaitFor(`listening.*network"?[=:]"?tcp.*addr"?[=:]"?([0-9.]+:[0-9]+)`)[0]
	t.Cleanup(func() {
		if p.killed {
			return
		}
		p.Signal(syscall.SIGTERM)
		if code, _ := p.Wait(); code != 0 {
			t.Errorf("the daemon ended with exit code %d:\n%s", code, p.Log())
		}
	})
	return &Daemon{Process: p, Addr: addr}
}

// Dial returns a new connection to the daemon, which is closed when the test ends.
func (d *Daemon) Dial(t testing.TB) *servertest.Conn {
	t.Helper()
	return servertest.Dial(t, "tcp", d.Addr)
}
