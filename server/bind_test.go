package server_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

func bound(words ...string) servertest.Option {
	return func(_ *commands.Options, o *server.Options) { o.Bind = words }
}

// hasIPv6 reports whether this machine has the loopback of IPv6.
func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		l.Close()
	}
	return err == nil
}

func TestBind(t *testing.T) {
	for _, test := range []struct {
		bind []string
		v4   string   // of the first listener
		v6   []string // of the second one, where there is IPv6
	}{
		{server.DefaultBind, "127.0.0.1", []string{"::1"}},
		{[]string{"0.0.0.0", "::"}, "0.0.0.0", []string{"::"}},
		{[]string{"*", "-::*"}, "0.0.0.0", []string{"::"}},
		{[]string{"localhost"}, "127.0.0.1", []string{"::1"}},
		{[]string{"localhost", "127.0.0.1", "-::1", "::ffff:127.0.0.1"}, "127.0.0.1", []string{"::1"}},
		{[]string{"127.0.0.2", "-192.0.2.1", "-2001:db8::1"}, "127.0.0.2", nil},
	} {
		t.Run(strings.Join(test.bind, " "), func(t *testing.T) {
			s := servertest.Start(t, bound(test.bind...))
			addrs := s.Server.Addrs()
			_, port, _ := net.SplitHostPort(s.Addr)
			want := []string{net.JoinHostPort(test.v4, port)}
			if hasIPv6() {
				for _, ip := range test.v6 {
					want = append(want, net.JoinHostPort(ip, port))
				}
			}
			var got []string
			for _, a := range addrs {
				got = append(got, a.String())
				servertest.Dial(t, "tcp", a.String()).Want("+PONG\r\n", "PING")
			}
			if !slices.Equal(got, want) {
				t.Errorf("listens on %q, want %q", got, want)
			}
			wantSetting(t, servertest.Dial(t, "tcp", got[0]), "bind", strings.Join(test.bind, " "))
		})
	}
}

// TestListenErrors: an address that cannot be listened on is told with its true reason.
func TestListenErrors(t *testing.T) {
	other, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	taken := other.Addr().(*net.TCPAddr).Port
	for _, test := range []struct {
		bind []string
		port int
		want string
	}{
		{[]string{"127.0.0.1"}, taken, other.Addr().String() + " is in use by another program: stop that one, or choose another port with --port"},
		{[]string{"-127.0.0.1"}, taken, "is in use by another program"},
		{[]string{"127.0.0.2", "0.0.0.0"}, 0, "is in use by this server, as 127.0.0.2:"},
		{[]string{"192.0.2.1"}, 0, "192.0.2.1 is not an address of this machine: choose another with --bind, or let it be absent with --bind -192.0.2.1"},
		{[]string{"-192.0.2.1"}, 0, "this machine has none of the addresses: choose others with --bind"},
		{[]string{"nowhere"}, 0, `"nowhere" is no address to listen on`},
	} {
		s := server.New(servertest.Start(t).Dispatcher, server.Options{Bind: test.bind, Port: test.port, MaxClients: 1})
		if err := s.Listen(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q, port %d: %v, want %q", test.bind, test.port, err, test.want)
		}
	}
}

func TestParseBind(t *testing.T) {
	for text, want := range map[string][]string{
		"127.0.0.1 -::1":      {"127.0.0.1", "-::1"},
		"0.0.0.0,::":          {"0.0.0.0", "::"},
		" *,  -::* localhost": {"*", "-::*", "localhost"},
		"fe80::1%lo":          {"fe80::1%lo"},
		"":                    nil, " , ": nil, "example.org": nil, "127.0.0.1:1": nil, "-": nil, "--::1": nil, "[::1]": nil,
	} {
		got, err := server.ParseBind(text)
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}
