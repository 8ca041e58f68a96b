//go:build unix

package redistest

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a run of redis-server on a port of the loopback interface. It keeps its data on disk in its own folder.
type Server struct {
	Address string // host:port

	t       testing.TB
	program string
	flags   []string
	dir     string
	port    int
	cmd     *exec.Cmd
	ended   chan struct{}
}

// Program returns the redis-server to test with, and skips the test where there is none.
func Program(t testing.TB) string {
	t.Helper()
	if program := os.Getenv("SESSD_TEST_REDIS_SERVER"); program != "" {
		return program
	}
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("NOT TESTED against Redis: no redis-server in PATH; install it, or name one in SESSD_TEST_REDIS_SERVER")
	}
	return program
}

// Serve starts a server with further flags on a free port, which it keeps when it is started again. It ends with the test.
func Serve(t testing.TB, flags ...string) *Server {
	t.Helper()
	return ServeProgram(t, Program(t), flags...)
}

// ServeProgram is Serve with another server that takes the same flags.
func ServeProgram(t testing.TB, program string, flags ...string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "redistest")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, program: program, flags: flags, dir: dir, port: FreePort(t)}
	s.Address = fmt.Sprintf("127.0.0.1:%d", s.port)
	t.Cleanup(func() {
		s.Kill()
		os.RemoveAll(dir)
	})
	s.Start()
	return s
}

// FreePort returns a port that nobody listens on, and whose cluster bus neither, which is 10000 above. Both are below those that the
// system gives to connections, so that nobody has it when the server is started again.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 10000 + rand.IntN(10000)
		if bindable(port) && bindable(port+10000) {
			return port
		}
	}
	t.Fatal("of a thousand ports none is free")
	return 0
}

func bindable(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		l.Close()
	}
	return err == nil
}

// Start starts the server again after it was killed, and waits until it listens.
func (s *Server) Start() {
	s.t.Helper()
	args := append([]string{"--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--dir", s.dir, "--save", "", "--logfile", filepath.Join(s.dir, "log")}, s.flags...)
	if len(s.flags) > 0 && !strings.HasPrefix(s.flags[0], "--") { // a configuration file comes first
		args = append([]string{s.flags[0], "--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--dir", s.dir, "--logfile", filepath.Join(s.dir, "log")}, s.flags[1:]...)
	}
	s.cmd = exec.Command(s.program, args...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	s.ended = ended
	go func(cmd *exec.Cmd) {
		cmd.Wait()
		close(ended)
	}(s.cmd)
	Until(s.t, "redis-server listens on "+s.Address, func() bool {
		nc, err := net.Dial("tcp", s.Address)
		if err == nil {
			nc.Close()
		}
		return err == nil
	})
}

// Kill ends the server at once, as kill -9 does.
func (s *Server) Kill() {
	s.cmd.Process.Kill()
	<-s.ended
}

// Stop makes the server stand still until Continue.
func (s *Server) Stop() { s.cmd.Process.Signal(syscall.SIGSTOP) }

// Continue ends Stop.
func (s *Server) Continue() { s.cmd.Process.Signal(syscall.SIGCONT) }

// Do runs redis-cli against the server and returns what it prints.
func (s *Server) Do(words ...string) string {
	s.t.Helper()
	host, port, _ := net.SplitHostPort(s.Address)
	out, err := exec.Command("redis-cli", append([]string{"-h", host, "-p", port}, words...)...).CombinedOutput()
	if err != nil {
		return "error: " + err.Error() + " " + string(out)
	}
	return strings.TrimSpace(string(out))
}

// Until waits until something is so.
func Until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for begin := time.Now(); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begin) > 2*time.Minute {
			t.Fatalf("it did not come to be that %s", what)
		}
	}
}

// Sentinels is a primary with replicas and those who watch them.
type Sentinels struct {
	Servers   []*Server // the first begins as the primary
	Watchers  []*Server
	Addresses string // of the watchers, separated by commas
}

// MasterName is what Sentinel calls the primary.
const MasterName = "sessions"

// A server that lives may not answer for a while on a machine that is busy. Those who watch it are calm, which is to say that they take
// none for dead because of that, but while a test wants a failover.
const (
	calm         = "30000" // milliseconds
	hasty        = "500"
	hastyCluster = "1000"
)

// Hasty has the sentinels fail over after half a second, until Calm.
func (s *Sentinels) Hasty() { s.downAfter(hasty) }

// Calm ends Hasty.
func (s *Sentinels) Calm() { s.downAfter(calm) }

func (s *Sentinels) downAfter(ms string) {
	for _, w := range s.Watchers {
		w.must("SENTINEL", "SET", MasterName, "down-after-milliseconds", ms)
	}
}

// Hasty has the servers that live take another for dead after a second, until Calm.
func (c *Cluster) Hasty() { c.nodeTimeout(hastyCluster) }

// Calm ends Hasty.
func (c *Cluster) Calm() { c.nodeTimeout(calm) }

func (c *Cluster) nodeTimeout(ms string) {
	for _, s := range c.Servers {
		select {
		case <-s.ended:
		default:
			s.must("CONFIG", "SET", "cluster-node-timeout", ms)
		}
	}
}

// must runs redis-cli against the server, whose answer has to be OK.
func (s *Server) must(words ...string) {
	s.t.Helper()
	if got := s.Do(words...); got != "OK" {
		s.t.Fatalf("%q: %q", words, got)
	}
}

// StartSentinels starts a primary, replicas and three sentinels, which are calm.
func StartSentinels(t testing.TB, replicas int) *Sentinels {
	t.Helper()
	all := &Sentinels{Servers: []*Server{Serve(t, "--repl-diskless-sync-delay", "0")}}
	host, port, _ := net.SplitHostPort(all.Servers[0].Address)
	for range replicas {
		all.Servers = append(all.Servers, Serve(t, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0"))
	}
	Until(t, "the replicas follow", func() bool {
		return strings.Count(all.Servers[0].Do("INFO", "replication"), "state=online") == replicas
	})
	var addresses []string
	for range 3 {
		file := filepath.Join(t.TempDir(), "sentinel.conf")
		text := fmt.Sprintf("sentinel monitor %s %s %s 2\nsentinel down-after-milliseconds %[1]s %[4]s\nsentinel failover-timeout %[1]s 3000\n", MasterName, host, port, calm)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w := Serve(t, file, "--sentinel")
		// One that stood still for longer than the trigger does nothing for half a minute. Servers before 7.0 have no such words.
		w.Do("SENTINEL", "DEBUG", "TILT-TRIGGER", "60000", "INFO-PERIOD", "1000")
		all.Watchers, addresses = append(all.Watchers, w), append(addresses, w.Address)
	}
	all.Addresses = strings.Join(addresses, ",")
	Until(t, "the sentinels know each other and the replicas", func() bool {
		for _, w := range all.Watchers {
			text := w.Do("INFO", "sentinel")
			if !strings.Contains(text, fmt.Sprintf("slaves=%d,sentinels=3", replicas)) {
				return false
			}
		}
		return true
	})
	return all
}

// Primary returns the server that the sentinels call the primary.
func (s *Sentinels) Primary() *Server {
	fields := strings.Fields(s.Watchers[0].Do("SENTINEL", "get-master-addr-by-name", MasterName))
	for _, one := range s.Servers {
		if len(fields) == 2 && one.Address == fields[0]+":"+fields[1] {
			return one
		}
	}
	return nil
}

// Cluster is servers that share the slots.
type Cluster struct {
	Servers   []*Server // primaries first, then a replica of each in the same order
	Addresses string    // separated by commas
}

// StartCluster starts a cluster of primaries with a replica each, which is calm.
func StartCluster(t testing.TB, primaries int) *Cluster {
	t.Helper()
	c := new(Cluster)
	var addresses []string
	for range 2 * primaries {
		s := Serve(t, "--cluster-enabled", "yes", "--cluster-node-timeout", calm, "--repl-diskless-sync-delay", "0")
		c.Servers, addresses = append(c.Servers, s), append(addresses, s.Address)
	}
	c.Addresses = strings.Join(addresses, ",")
	for _, s := range c.Servers[1:] {
		host, port, _ := net.SplitHostPort(s.Address)
		c.Servers[0].Do("CLUSTER", "MEET", host, port)
	}
	const slots = 16384
	for i := range primaries {
		c.Servers[i].Do("CLUSTER", "ADDSLOTSRANGE", fmt.Sprint(i*slots/primaries), fmt.Sprint((i+1)*slots/primaries-1))
		c.Servers[i].Do("CLUSTER", "SET-CONFIG-EPOCH", fmt.Sprint(i+1))
	}
	for i := range primaries {
		id := c.Servers[i].Do("CLUSTER", "MYID")
		Until(t, "a replica knows its primary", func() bool {
			return strings.HasPrefix(c.Servers[primaries+i].Do("CLUSTER", "REPLICATE", id), "OK")
		})
	}
	Until(t, "the cluster is whole", func() bool {
		for i, s := range c.Servers {
			if !strings.Contains(s.Do("CLUSTER", "INFO"), "cluster_state:ok") || i < primaries && !strings.Contains(s.Do("INFO", "replication"), "state=online") {
				return false
			}
		}
		return true
	})
	return c
}

// Monitor returns what the server is asked to do from now on, as MONITOR shows it, until stop is called.
func (s *Server) Monitor() (lines <-chan string, stop func()) {
	s.t.Helper()
	nc, err := net.Dial("tcp", s.Address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { nc.Close() })
	fmt.Fprint(nc, "MONITOR\r\n")
	in := bufio.NewScanner(nc)
	in.Buffer(nil, 1<<20)
	if !in.Scan() || in.Text() != "+OK" {
		s.t.Fatalf("MONITOR answers %q, %v", in.Text(), in.Err())
	}
	shown := make(chan string, 1<<20)
	go func() {
		defer close(shown)
		for in.Scan() {
			shown <- in.Text()
		}
	}()
	return shown, func() { nc.Close() }
}
