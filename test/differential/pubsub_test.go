package differential

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

var (
	channel = one("channel", "a", "b", "ab", "", "news.a\r\n\x00\xff")
	globs   = one("pattern", "a", "a*", "*", "?", "[ab]", "", "news.*", "\\a", "[^a]*")
	message = one("message", "", "m", "bin\r\n\x00\xffary", strings.Repeat("long", 40))
)

var pubsubRows = []row{
	{name: "SUBSCRIBE", args: []words{several(1, 3, channel)}},
	{name: "UNSUBSCRIBE", args: []words{several(0, 3, channel)}},
	{name: "PSUBSCRIBE", args: []words{several(1, 3, globs)}},
	{name: "PUNSUBSCRIBE", args: []words{several(0, 3, globs)}},
	{name: "SSUBSCRIBE", args: []words{several(1, 3, channel)}},
	{name: "SUNSUBSCRIBE", args: []words{several(0, 3, channel)}},
	{name: "PUBLISH", args: []words{channel, message}},
	{name: "PUBLISH", args: []words{channel, message}},
	{name: "SPUBLISH", args: []words{channel, message}},
	{name: "PUBSUB", args: []words{one("sub", "CHANNELS", "SHARDCHANNELS"), maybe(globs)}},
	{name: "PUBSUB", args: []words{one("sub", "NUMSUB", "SHARDNUMSUB"), several(0, 3, channel)}},
	{name: "PUBSUB", args: []words{one("sub", "NUMPAT", "NOSUCH")}},
	{name: "PING", args: []words{maybe(message)}},
	{name: "GET", args: []words{one("key", "k")}},
	{name: "CLIENT", args: []words{one("sub", "GETNAME", "NOSUCH")}},
	{name: "HELLO", args: []words{one("version", "2", "3")}},
	{name: "RESET"},
}

// audience is three connections to one server. Each tells after a request of any of them what it has heard.
type audience struct {
	conns [3]*servertest.Conn
	turn  int
}

// hear sends a request over one of the connections and returns the replies that each of them gets.
func (a *audience) hear(by int, request []string) (heard [3][]string) {
	a.conns[by].Send(servertest.Request(request...))
	a.listen(by, &heard)
	return heard
}

// hearAfter is hear for a request with one reply, behind which the server may push more.
func (a *audience) hearAfter(by int, request []string) (heard [3][]string) {
	reply := a.conns[by].Do(request...)
	for ; reply[0] == '>'; reply = a.conns[by].Reply() {
		heard[by] = append(heard[by], reply)
	}
	heard[by] = append(heard[by], reply)
	a.listen(by, &heard)
	return heard
}

// listen adds all that the connections are sent until they are answered once more.
func (a *audience) listen(by int, heard *[3][]string) {
	a.turn++
	marker := servertest.Bulk(fmt.Sprint("marker", a.turn))
	for step := range a.conns {
		i := (by + step) % len(a.conns) // who asks is answered first
		a.conns[i].Send(servertest.Request("PING", fmt.Sprint("marker", a.turn)))
		for {
			reply := a.conns[i].Reply()
			if strings.HasSuffix(reply, marker) {
				break
			}
			heard[i] = append(heard[i], reply)
		}
	}
}

// inNoOrder puts into a fixed order what Redis sends in an order by chance: names of channels, and who of several patterns
// is told first. A message that a client sends to itself comes before the reply in Redis 7.0, behind it in later versions and
// here.
func inNoOrder(request []string, heard [3][]string) string {
	for i, replies := range heard {
		for j, reply := range replies {
			switch {
			case strings.Contains(reply, "$6\r\nserver\r\n"):
				replies[j] = "HELLO"
			case strings.EqualFold(request[0], "PUBSUB"):
				names, rest := bulks(reply)
				slices.Sort(names)
				replies[j] = fmt.Sprintf("%q %q", names, rest)
			}
		}
		if len(request) == 1 && strings.HasSuffix(strings.ToUpper(request[0]), "UNSUBSCRIBE") {
			// Which channel ends first is by chance, how many are left is not.
			var counts []string
			for j, reply := range replies {
				at := strings.LastIndexByte(reply, ':')
				counts = append(counts, reply[at:])
				replies[j] = reply[:at]
			}
			slices.Sort(replies)
			replies = append(replies, counts...)
		} else {
			slices.Sort(replies)
		}
		heard[i] = replies
	}
	return fmt.Sprintf("%q", heard)
}

// TestPubSub lets three connections publish and subscribe at random.
func TestPubSub(t *testing.T) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	rapid.Check(t, func(r *rapid.T) {
		var redis, sessd audience
		for i := range redis.conns {
			redis.conns[i], sessd.conns[i] = servertest.Dial(check{t, r}, "unix", socket), servertest.Dial(check{t, r}, "tcp", server.Addr)
		}
		r.Cleanup(func() { // before the connections are closed, so that nobody listens when the next check begins
			for i := range redis.conns {
				redis.conns[i].Do("RESET")
				sessd.conns[i].Do("RESET")
			}
		})
		var log []string
		for step := range rapid.IntRange(1, 25).Draw(r, "steps") {
			by := rapid.IntRange(0, 2).Draw(r, "by")
			request := rapid.SampledFrom(pubsubRows).Draw(r, "row").request(r, step)
			log = append(log, fmt.Sprintf("%d: %q", by, request))
			want, got := inNoOrder(request, redis.hear(by, request)), inNoOrder(request, sessd.hear(by, request))
			if want != got {
				r.Fatalf("%s\nRedis sends %s\nsessd sends %s", strings.Join(log, "\n"), want, got)
			}
		}
	})
}
