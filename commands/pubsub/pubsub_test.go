package pubsub_test

import (
	"fmt"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
)

// client is a connection in a version of the protocol.
type client struct {
	*servertest.Conn
	protocol string
}

func dial(t *testing.T, s *servertest.Server, protocol string) client {
	t.Helper()
	c := client{s.Dial(t), protocol}
	c.Do("HELLO", protocol)
	return c
}

// protocols runs a test in both versions of the protocol.
func protocols(t *testing.T, test func(t *testing.T, s *servertest.Server, c client)) {
	for _, protocol := range []string{"2", "3"} {
		t.Run("RESP"+protocol, func(t *testing.T) {
			s := servertest.Start(t)
			test(t, s, dial(t, s, protocol))
		})
	}
}

// push returns a message of words to a client, or what confirms a subscription: a number is an integer, - stands for null.
func (c client) push(words string) string {
	all := strings.Fields(words)
	kind, null := ">", "_\r\n"
	if c.protocol == "2" {
		kind, null = "*", "$-1\r\n"
	}
	b := fmt.Sprintf("%s%d\r\n", kind, len(all))
	for _, word := range all {
		switch {
		case word == "-":
			b += null
		case word[0] >= '0' && word[0] <= '9':
			b += ":" + word + "\r\n"
		default:
			b += servertest.Bulk(word)
		}
	}
	return b
}

// ask sends a request and fails the test unless it is answered by some pushes.
func (c client) ask(request string, pushes ...string) {
	c.Send(servertest.Request(strings.Fields(request)...))
	c.hear(pushes...)
}

// hear fails the test unless some pushes come next.
func (c client) hear(pushes ...string) {
	for _, words := range pushes {
		c.WantAll(c.push(words))
	}
}

func TestSubscribe(t *testing.T) {
	protocols(t, func(t *testing.T, s *servertest.Server, c client) {
		c.ask("SUBSCRIBE a b a", "subscribe a 1", "subscribe b 2", "subscribe a 2")
		c.ask("PSUBSCRIBE p* p*", "psubscribe p* 3", "psubscribe p* 3")
		c.ask("SSUBSCRIBE x", "ssubscribe x 1")
		c.ask("UNSUBSCRIBE none", "unsubscribe none 3")
		c.ask("PUNSUBSCRIBE", "punsubscribe p* 2")
		c.ask("UNSUBSCRIBE", "unsubscribe a 1", "unsubscribe b 0")
		c.ask("UNSUBSCRIBE", "unsubscribe - 0")
		c.ask("PUNSUBSCRIBE", "punsubscribe - 0")
		c.ask("SUNSUBSCRIBE x y x", "sunsubscribe x 0", "sunsubscribe y 0", "sunsubscribe x 0")
		c.ask("SUNSUBSCRIBE", "sunsubscribe - 0")
		c.Want("+PONG\r\n", "PING")
		c.Want("-ERR wrong number of arguments for 'subscribe' command\r\n", "SUBSCRIBE")
		c.Want("-ERR wrong number of arguments for 'publish' command\r\n", "PUBLISH", "a")
	})
}

func TestPublish(t *testing.T) {
	protocols(t, func(t *testing.T, s *servertest.Server, c client) {
		from := s.Dial(t)
		from.Want(":0\r\n", "PUBLISH", "a", "m")
		c.ask("SUBSCRIBE a", "subscribe a 1")
		c.ask("PSUBSCRIBE a* [ab] b", "psubscribe a* 2", "psubscribe [ab] 3", "psubscribe b 4")
		c.ask("SSUBSCRIBE a", "ssubscribe a 1")
		from.Want(":1\r\n", "SPUBLISH", "a", "m")
		from.Want(":1\r\n", "PUBLISH", "ax", "m")
		c.hear("smessage a m", "pmessage a* ax m")
		from.Want(":2\r\n", "PUBLISH", "b", "")
		for range 2 {
			if got := c.Reply(); !strings.HasSuffix(got, servertest.Bulk("b")+"$0\r\n\r\n") {
				t.Errorf("got %q", got)
			}
		}
		c.ask("PUNSUBSCRIBE [ab] b", "punsubscribe [ab] 3", "punsubscribe b 2")
		from.Want(":2\r\n", "PUBLISH", "a", "m")
		c.hear("message a m", "pmessage a* a m")
		from.Want("*6\r\n"+servertest.Bulk("a")+":1\r\n"+servertest.Bulk("b")+":0\r\n"+servertest.Bulk("a")+":1\r\n", "PUBSUB", "NUMSUB", "a", "b", "a")
		from.Want(servertest.Request("a"), "PUBSUB", "CHANNELS")
		from.Want("*0\r\n", "PUBSUB", "CHANNELS", "b*")
		from.Want(":1\r\n", "PUBSUB", "NUMPAT")
		from.Want(servertest.Request("a"), "PUBSUB", "SHARDCHANNELS", "a")
		from.Want("*2\r\n"+servertest.Bulk("a")+":1\r\n", "PUBSUB", "SHARDNUMSUB", "a")
		from.Want("-ERR unknown subcommand or wrong number of arguments for 'channels'. Try PUBSUB HELP.\r\n", "PUBSUB", "channels", "a", "b")
		info := from.Do("INFO", "stats")
		for _, want := range []string{"\r\npubsub_channels:1\r\n", "\r\npubsub_patterns:1\r\n", "\r\npubsubshard_channels:1\r\n"} {
			if !strings.Contains(info, want) {
				t.Errorf("INFO lacks %q", want)
			}
		}
		c.Close()
		for from.Do("PUBLISH", "a", "m") != ":0\r\n" {
		}
		from.Want("*0\r\n", "PUBSUB", "CHANNELS")
		from.Want(":0\r\n", "PUBSUB", "NUMPAT")
	})
}

// TestSubscribedModeOfRESP2 has few commands, RESP3 all of them.
func TestSubscribedModeOfRESP2(t *testing.T) {
	s := servertest.Start(t)
	c := dial(t, s, "2")
	c.ask("SUBSCRIBE a", "subscribe a 1")
	for name, words := range map[string]string{"get": "GET k", "client|id": "CLIENT ID", "publish": "PUBLISH a m", "hello": "HELLO 3", "pubsub|numpat": "PUBSUB NUMPAT"} {
		c.Want("-ERR Can't execute '"+name+"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n", strings.Fields(words)...)
	}
	c.Want("-ERR wrong number of arguments for 'get' command\r\n", "GET")
	c.Want("-ERR wrong number of arguments for 'ping' command\r\n", "PING", "a", "b")
	c.ask("PING hi", "pong hi")
	c.Want("*2\r\n"+servertest.Bulk("pong")+servertest.Bulk(""), "PING")
	c.Want("+RESET\r\n", "RESET")
	c.Want("$-1\r\n", "GET", "k")
	c.Want(":0\r\n", "PUBLISH", "a", "m")

	c.ask("SUBSCRIBE a", "subscribe a 1")
	c.Want("+OK\r\n", "QUIT")
	c.WantClosed()

	c = dial(t, s, "3")
	c.ask("SUBSCRIBE a", "subscribe a 1")
	c.Want("+PONG\r\n", "PING")
	c.Want("_\r\n", "GET", "k")
	c.Want(":1\r\n", "PUBLISH", "a", "self")
	c.hear("message a self")
	c.Send(servertest.Request("PUBLISH", "a", "self") + servertest.Request("PING"))
	c.WantAll(":1\r\n" + c.push("message a self") + "+PONG\r\n")
	c.Do("HELLO", "2")
	c.Want("-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n", "GET", "k")
}

// TestRepliesThatAreNotWanted: subscriptions are confirmed and messages arrive whatever CLIENT REPLY says.
func TestRepliesThatAreNotWanted(t *testing.T) {
	protocols(t, func(t *testing.T, s *servertest.Server, c client) {
		c.Send(servertest.Request("CLIENT", "REPLY", "OFF"))
		c.ask("SUBSCRIBE a b", "subscribe a 1", "subscribe b 2")
		s.Dial(t).Want(":1\r\n", "PUBLISH", "a", "m")
		c.hear("message a m")
		c.ask("UNSUBSCRIBE b", "unsubscribe b 1")
	})
}

func TestSubscribersInClientList(t *testing.T) {
	s := servertest.Start(t)
	c, admin := dial(t, s, "3"), s.Dial(t)
	c.ask("SUBSCRIBE a b", "subscribe a 1", "subscribe b 2")
	c.ask("PSUBSCRIBE a*", "psubscribe a* 3")
	c.ask("SSUBSCRIBE a", "ssubscribe a 1")
	for kind, want := range map[string]string{"PUBSUB": " flags=P db=0 sub=2 psub=1 ssub=1 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 tot-mem=1029 ", "NORMAL": " flags=N db=0 sub=0 psub=0 ssub=0 "} {
		if list := admin.Do("CLIENT", "LIST", "TYPE", kind); strings.Count(list, "\n") != 3 || !strings.Contains(list, want) {
			t.Errorf("CLIENT LIST TYPE %s: %q", kind, list)
		}
	}
	admin.Want(":0\r\n", "CLIENT", "KILL", "TYPE", "normal")
	admin.Want(":1\r\n", "CLIENT", "KILL", "TYPE", "pubsub")
	c.WantClosed()
}

func TestLimitOfSubscriptions(t *testing.T) {
	s := servertest.Start(t, func(o *commands.Options, _ *server.Options) { o.SubscriptionBytes = 3 * 257 })
	c := dial(t, s, "3")
	const limit = "-LIMIT subscriptions of one client may take 771 bytes (client-subscriptions-limit)\r\n"
	c.Want(limit, "SUBSCRIBE", "a", "b", "c", "d")
	c.Want(limit, "SSUBSCRIBE", strings.Repeat("a", 600))
	c.ask("SUBSCRIBE a a b", "subscribe a 1", "subscribe a 1", "subscribe b 2")
	c.ask("PSUBSCRIBE a", "psubscribe a 3")
	c.Want(limit, "PSUBSCRIBE", "b")
	c.ask("SUBSCRIBE a b", "subscribe a 3", "subscribe b 3")
	c.ask("UNSUBSCRIBE b", "unsubscribe b 2")
	c.ask("SSUBSCRIBE c", "ssubscribe c 1")
	c.Want("+OK\r\n", "CONFIG", "SET", "client-subscriptions-limit", "0")
	c.ask("SSUBSCRIBE d", "ssubscribe d 2")
}

// TestManySubscriptionsEnd with their client, which nobody waits for.
func TestManySubscriptionsEnd(t *testing.T) {
	s := servertest.Start(t)
	c, other := dial(t, s, "3"), s.Dial(t)
	request := []string{"SUBSCRIBE"}
	for i := range 3000 {
		request = append(request, fmt.Sprint("channel", i))
	}
	c.Send(servertest.Request(request...))
	for range 3000 {
		c.Reply()
	}
	c.Want("+RESET\r\n", "RESET")
	other.Want(":0\r\n", "PUBLISH", "channel7", "m")
	c.protocol = "2"
	c.ask("SUBSCRIBE channel7", "subscribe channel7 1")
	for other.Do("PUBSUB", "CHANNELS") != servertest.Request("channel7") {
	}
}
