package pubsub_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sessd/server/servertest"
)

// TestStalledSubscriber is closed at its limit, and delays nobody until then.
func TestStalledSubscriber(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		s := servertest.Start(t, driver)
		stalled, reader, from := dial(t, s, "2"), dial(t, s, "3"), s.Dial(t)
		from.Want("+OK\r\n", "CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0")
		stalled.ask("SUBSCRIBE a", "subscribe a 1")
		reader.ask("SUBSCRIBE a", "subscribe a 1")
		message := strings.Repeat("m", 10<<10)
		for left := ":2\r\n"; left == ":2\r\n"; {
			if left = from.Do("PUBLISH", "a", message); left == ":0\r\n" {
				t.Fatal("a subscriber that reads is gone")
			}
			reader.hear("message a " + message)
		}
		for !strings.Contains(from.Do("INFO", "clients"), "connected_clients:2\r\n") {
		}
		from.Want("*2\r\n"+servertest.Bulk("a")+":1\r\n", "PUBSUB", "NUMSUB", "a")
	})
}

// TestSubscribersThatComeAndGo while others publish: whoever listens from a reply to another has every message between them,
// in order.
func TestSubscribersThatComeAndGo(t *testing.T) {
	s := servertest.Start(t)
	var done atomic.Bool
	var publishers, listeners sync.WaitGroup
	for i := range 2 {
		c := dial(t, s, "3")
		publishers.Go(func() {
			for n := 1; !done.Load(); n++ {
				c.Do("PUBLISH", fmt.Sprint("channel", i), fmt.Sprint(n))
				c.Do("SPUBLISH", fmt.Sprint("channel", i), fmt.Sprint(n))
				c.Do("PUBSUB", "CHANNELS")
			}
		})
	}
	for i := range 4 {
		c := dial(t, s, "3")
		listeners.Go(func() {
			for range 50 {
				listen(t, c, i)
			}
			c.Close()
		})
		listeners.Go(func() {
			for n := range 25 {
				gone := dial(t, s, "3")
				gone.Send(servertest.Request("SUBSCRIBE", "channel0", "channel1") + servertest.Request("PSUBSCRIBE", "*", "c*") + servertest.Request("SSUBSCRIBE", "channel0"))
				if n%2 == 0 {
					gone.Reply()
				}
				gone.Close()
			}
		})
	}
	listeners.Wait()
	done.Store(true)
	publishers.Wait()
	c := s.Dial(t)
	for !strings.Contains(c.Do("INFO", "stats"), "\r\npubsub_channels:0\r\npubsub_patterns:0\r\npubsubshard_channels:0\r\n") {
	}
}

// listen subscribes to a channel, hears some messages, and nothing after it has unsubscribed.
func listen(t *testing.T, c client, by int) {
	channel, kind, on, off := fmt.Sprint("channel", by%2), "message", "SUBSCRIBE", "UNSUBSCRIBE"
	if by >= 2 {
		kind, on, off = "smessage", "SSUBSCRIBE", "SUNSUBSCRIBE"
	}
	c.ask(on+" "+channel, strings.ToLower(on)+" "+channel+" 1")
	c.Send(servertest.Request("PING") + servertest.Request(off, channel) + servertest.Request("ECHO", "end"))
	for last := 0; ; {
		reply := c.Reply()
		switch words := strings.Split(reply, "\r\n"); {
		case strings.HasPrefix(reply, ">3\r\n") && words[2] == kind:
			var n int
			fmt.Sscan(words[6], &n)
			if last != 0 && n != last+1 {
				t.Errorf("%d after %d", n, last)
			}
			last = n
		case strings.HasPrefix(reply, ">3\r\n"):
			if end := c.Reply(); end != servertest.Bulk("end") {
				t.Errorf("%q after %q", end, reply)
			}
			return
		case reply != "+PONG\r\n":
			t.Errorf("got %q", reply)
		}
	}
}

// TestSubscribersAreNotIdle, however long nobody publishes.
func TestSubscribersAreNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.Start(t, servertest.Unbound)
		c, idle := client{s.Pipe(t), "2"}, s.Pipe(t)
		c.Want("+OK\r\n", "CONFIG", "SET", "timeout", "1")
		c.ask("SUBSCRIBE a", "subscribe a 1")
		time.Sleep(time.Minute)
		idle.WantClosed()
		s.Pipe(t).Want(":1\r\n", "PUBLISH", "a", "m")
		c.hear("message a m")
		c.ask("UNSUBSCRIBE a", "unsubscribe a 0")
		time.Sleep(time.Minute)
		c.WantClosed()
	})
}
