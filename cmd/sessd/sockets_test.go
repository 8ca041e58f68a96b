package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// held is a socket that this test holds open, whatever becomes of the daemon.
type held struct {
	addr string
	file *os.File
}

func hold(t *testing.T, network, at string) held {
	t.Helper()
	l, err := net.Listen(network, at)
	if err != nil {
		t.Fatal(err)
	}
	if unix, ok := l.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false)
	}
	file, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	t.Cleanup(func() { file.Close() })
	return held{l.Addr().String(), file}
}

// TestSocketsThatArePassedOn are served in place of what the settings say, each as its name wants.
func TestSocketsThatArePassedOn(t *testing.T) {
	authority := servertest.NewAuthority(t)
	authority.Issue(t, "server")
	path := filepath.Join(t.TempDir(), "s.sock")
	plain, second, encrypted, pages, unix := hold(t, "tcp", "127.0.0.1:0"), hold(t, "tcp", "127.0.0.1:0"), hold(t, "tcp", "127.0.0.1:0"), hold(t, "tcp", "127.0.0.1:0"), hold(t, "unix", path)
	p := sessdtest.LaunchWith(t, []*os.File{plain.file, second.file, encrypted.file, pages.file, unix.file}, []string{"port", "sessd.socket", "tls-port", "http-port", "sessd.socket"},
		"--port", "off", "--tls-cert-file", authority.File("server.crt"), "--tls-key-file", authority.File("server.key"), "--tls-auth-clients", "no")
	c := servertest.Dial(t, "tcp", plain.addr)
	_, port, _ := net.SplitHostPort(plain.addr)
	c.Want("*2\r\n$4\r\nport\r\n$5\r\n"+port+"\r\n", "CONFIG", "GET", "port")
	servertest.Dial(t, "tcp", second.addr).Want("+PONG\r\n", "PING")
	servertest.Dial(t, "unix", path).Want("+PONG\r\n", "PING")
	nc, err := (&sessdtest.Encrypted{Config: authority.Client(t, "")}).DialTLS(encrypted.addr)
	if err != nil {
		t.Fatal(err)
	}
	servertest.NewConn(t, nc).Want("+PONG\r\n", "PING")
	answer, err := http.Get("http://" + pages.addr + "/healthz")
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", answer, err)
	}
	answer.Body.Close()
	p.Signal(syscall.SIGTERM)
	if code, _ := p.Wait(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the socket of somebody else is gone: %v", err)
	}
}

func TestSocketsThatNobodyCanServe(t *testing.T) {
	dir := t.TempDir()
	datagrams, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer datagrams.Close()
	udp, err := datagrams.File()
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for _, test := range []struct {
		file *os.File
		name string
		want string
	}{
		{hold(t, "tcp", "127.0.0.1:0").file, "tls_port", `sessd: the socket "tls_port" that the service manager passed on: FileDescriptorName= is one of port, tls-port, unixsocket, http-port`},
		{hold(t, "unix", filepath.Join(dir, "a")).file, "tls-port", `sessd: the socket "tls-port" that the service manager passed on: it is a socket for unix, and its name wants one for tcp`},
		{hold(t, "tcp", "127.0.0.1:0").file, "tls-port", "sessd: TLS needs"},
		{udp, "port", `sessd: the socket "port" that the service manager passed on: it does not listen for connections: `},
	} {
		p := sessdtest.LaunchWith(t, []*os.File{test.file}, []string{test.name}, "--port", "off")
		if code, _ := p.Wait(); code != exitError || !strings.HasPrefix(p.Log(), test.want) {
			t.Errorf("%s: exit code %d, %q, want %q", test.name, code, p.Log(), test.want)
		}
	}
}

// TestRestartRefusesNoConnection: clients connect all the while, and a socket that is held keeps those who come while no daemon
// runs, for the next one. A connection that the stop meets before its request came is closed, as any is.
func TestRestartRefusesNoConnection(t *testing.T) {
	const clients, restarts = 8, 3
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			at := "127.0.0.1:0"
			if network == "unix" {
				at = filepath.Join(t.TempDir(), "s.sock")
			}
			socket := hold(t, network, at)
			var served, cut atomic.Int64
			var all sync.WaitGroup
			stop := make(chan struct{})
			for range clients {
				all.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
						}
						switch answered, err := pingOnce(network, socket.addr); {
						case err != nil:
							t.Error(err)
							return
						case answered:
							served.Add(1)
						default:
							cut.Add(1)
						}
					}
				})
			}
			for range restarts {
				p := sessdtest.LaunchWith(t, []*os.File{socket.file}, []string{"sessd.socket"}, "--port", "off")
				for before := served.Load(); served.Load() < before+100 && !t.Failed(); {
					time.Sleep(time.Millisecond)
				}
				p.Signal(syscall.SIGTERM)
				if code, _ := p.Wait(); code != exitOK {
					t.Errorf("exit code %d", code)
				}
			}
			p := sessdtest.LaunchWith(t, []*os.File{socket.file}, []string{"sessd.socket"}, "--port", "off")
			close(stop)
			all.Wait()
			p.Signal(syscall.SIGTERM)
			p.Wait()
			t.Logf("%d restarts: %d connections served, 0 refused, %d closed by a stop before their request came", restarts, served.Load(), cut.Load())
		})
	}
}

// pingOnce connects and waits for an answer. An error says that it was refused, or answered by something else.
func pingOnce(network, addr string) (answered bool, err error) {
	nc, err := net.DialTimeout(network, addr, time.Minute)
	if err != nil {
		return false, err
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(time.Minute))
	_, err = io.WriteString(nc, servertest.Request("PING"))
	line := ""
	if err == nil {
		line, err = bufio.NewReader(nc).ReadString('\n')
	}
	switch {
	case err == nil && line != "+PONG\r\n":
		return false, errors.New(line)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false, err
	}
	return err == nil, nil
}
