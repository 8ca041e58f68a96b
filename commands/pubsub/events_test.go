package pubsub_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
	"sessd/store/memory"
)

// sessionEvent is the message on a channel of sessions, but for its time.
type sessionEvent struct {
	channel                                                   string
	id, former, principal, cause, id64, former64, principal64 any
	keyspace                                                  any
}

// hearSession returns the next message, which is about a session.
func (c client) hearSession(t *testing.T) sessionEvent {
	t.Helper()
	reply := c.Reply()
	words := strings.Split(reply, "\r\n")
	var members map[string]any
	if err := json.Unmarshal([]byte(words[len(words)-2]), &members); err != nil {
		t.Fatalf("%q: %v", reply, err)
	}
	if ms, ok := members["time"].(float64); !ok || ms < 1.6e12 {
		t.Errorf("%q: time %v", reply, members["time"])
	}
	for name := range maps.Keys(members) {
		if !slices.Contains([]string{"id", "id64", "former", "former64", "principal", "principal64", "cause", "keyspace", "time"}, name) {
			t.Errorf("%q: member %s", reply, name)
		}
	}
	return sessionEvent{
		words[len(words)-4], members["id"], members["former"], members["principal"], members["cause"], members["id64"], members["former64"],
		members["principal64"], members["keyspace"],
	}
}

func TestEventsOfSessions(t *testing.T) {
	s := servertest.Start(t)
	c, ear := s.Dial(t), dial(t, s, "3")
	ear.ask("PSUBSCRIBE __sess__:*", "psubscribe __sess__:* 1")
	for _, test := range []struct {
		request string
		want    []sessionEvent
	}{
		{"SESS.CREATE a PRINCIPAL ann", []sessionEvent{{channel: "created", id: "a", principal: "ann", cause: "created"}}},
		{"SESS.SAVE a x 1", []sessionEvent{{channel: "saved", id: "a", principal: "ann", cause: "saved"}}},
		{"SESS.GET a", nil},
		{"SESS.CLEAR a", []sessionEvent{{channel: "saved", id: "a", principal: "ann", cause: "cleared"}}},
		{"SESS.SAVE none x 1", nil},
		{"SESS.ROTATE a b PRINCIPAL bob", []sessionEvent{{channel: "rotated", id: "b", former: "a", principal: "bob", cause: "rotated"}}},
		{"EXPIRE b 1000", nil},
		{"SESS.DESTROY b b none", []sessionEvent{{channel: "destroyed", id: "b", principal: "bob", cause: "destroyed"}}},
		{"SESS.CREATE a", []sessionEvent{{channel: "created", id: "a", cause: "created"}}},
		{"SET a value", []sessionEvent{{channel: "destroyed", id: "a", cause: "destroyed"}}},
		{"DEL a", nil},
		{"SESS.CREATE \xff\x00 PRINCIPAL \xfe", []sessionEvent{{channel: "created", id64: "/wA=", principal64: "/g==", cause: "created"}}},
		{"DEL \xff\x00", []sessionEvent{{channel: "destroyed", id64: "/wA=", principal64: "/g==", cause: "destroyed"}}},
		{"SESS.CREATE a PX 20 PRINCIPAL ann", []sessionEvent{
			{channel: "created", id: "a", principal: "ann", cause: "created"}, {channel: "expired", id: "a", principal: "ann", cause: "expired"},
		}},
		{"SELECT 3", nil},
		{"SESS.CREATE a", []sessionEvent{{channel: "created", id: "a", cause: "created", keyspace: 3.}}},
		{"FLUSHDB", []sessionEvent{{channel: "destroyed", cause: "flushed", keyspace: 3.}}},
		{"SET a value", nil},
		{"FLUSHDB", nil},
	} {
		c.Do(strings.Fields(test.request)...)
		for _, want := range test.want {
			want.channel = "__sess__:" + want.channel
			if want.keyspace == nil {
				want.keyspace = 0.
			}
			if got := ear.hearSession(t); got != want {
				t.Errorf("%s\n got %v\nwant %v", test.request, got, want)
			}
		}
	}
	c.Want("-ERR nobody but the server publishes to channels that begin with __sess__:\r\n", "PUBLISH", "__sess__:created", "x")
	ear.Want("+PONG\r\n", "PING") // and nothing more was heard
}

// TestEveryoneOfAPrincipal: sessions that are destroyed together are told of one by one.
func TestEveryoneOfAPrincipal(t *testing.T) {
	s := servertest.Start(t)
	c, ear := s.Dial(t), dial(t, s, "3")
	const sessions = 1000
	ear.ask("SUBSCRIBE __sess__:destroyed", "subscribe __sess__:destroyed 1")
	for range sessions {
		c.Do("SESS.CREATE", "*", "PRINCIPAL", "ann")
	}
	c.Want(":1000\r\n", "SESS.DESTROYALL", "ann")
	told := make(map[any]bool)
	for range sessions {
		e := ear.hearSession(t)
		if told[e.id] || e.principal != "ann" || e.cause != "destroyed" {
			t.Fatalf("%v is told of twice, or wrongly", e)
		}
		told[e.id] = true
	}
}

// TestEvictedSessions are told of with their cause.
func TestEvictedSessions(t *testing.T) {
	engine := memory.New(memory.Options{Keyspaces: 1, Limits: store.Limits{MaxMemory: 4 << 20, Policy: store.AllKeysLRU}})
	s := servertest.Start(t, func(o *commands.Options, _ *server.Options) { o.Engine = engine })
	c, ear := s.Dial(t), dial(t, s, "3")
	ear.ask("SUBSCRIBE __sess__:evicted", "subscribe __sess__:evicted 1")
	value := strings.Repeat("v", 10<<10)
	for range 1000 {
		c.Do("SESS.CREATE", "*", "PRINCIPAL", "ann", "FIELDS", "1", "f", value)
	}
	if e := ear.hearSession(t); e.cause != "evicted" || e.principal != "ann" || e.id == nil {
		t.Errorf("got %v", e)
	}
}

// TestEventsFollowTheRights of the user who listens.
func TestEventsFollowTheRights(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	const users = "user default on nopass ~* &* +@all\nuser web on nopass ~app:* &* +@all\nuser reader on nopass %R~* &* +@all\nuser writer on nopass %W~* &* +@all\n"
	if err := os.WriteFile(path, []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	s := servertest.Start(t)
	if err := s.Dispatcher.Users.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	c := s.Dial(t)
	c.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "EA")
	const denied = "-NOPERM this user has no permissions to access one of the channels used as arguments\r\n"
	web, reader := dial(t, s, "3"), dial(t, s, "3")
	for name, one := range map[string]client{"web": web, "reader": reader} {
		one.Want("+OK\r\n", "AUTH", name, "x")
		one.ask("PSUBSCRIBE *", "psubscribe * 1")
	}
	for _, name := range []string{"web", "writer"} {
		one := dial(t, s, "3")
		one.Want("+OK\r\n", "AUTH", name, "x")
		one.Want(denied, "SUBSCRIBE", "a", "__sess__:created")
		one.Want(denied, "PSUBSCRIBE", "__sess__:*")
		one.ask("SUBSCRIBE a", "subscribe a 1")
	}
	c.Want(servertest.Bulk("This user has no permissions to access the '__sess__:saved' channel"),
		"ACL", "DRYRUN", "web", "SUBSCRIBE", "__sess__:saved")
	c.Want("+OK\r\n", "SET", "other:k", "v")
	c.Want("+OK\r\n", "SET", "app:k", "v")
	c.Want(servertest.Bulk("app:s"), "SESS.CREATE", "app:s")
	web.hear("pmessage * __keyevent@0__:set app:k")
	reader.hear("pmessage * __keyevent@0__:set other:k", "pmessage * __keyevent@0__:set app:k")
	web.hear("pmessage * __keyevent@0__:created app:s")
	reader.hear("pmessage * __keyevent@0__:created app:s")
	if e := reader.hearSession(t); e.id != "app:s" || e.channel != "__sess__:created" {
		t.Errorf("got %v", e)
	}
	web.Want("+PONG\r\n", "PING")
	if log := c.Do("ACL", "LOG"); !strings.Contains(log, "$7\r\nchannel\r\n") || strings.Contains(log, "__sess__:created") {
		t.Errorf("ACL LOG: %q", log)
	}
}

// TestEventsInOrder: events of one key come in its order, from whichever connection.
func TestEventsInOrder(t *testing.T) {
	s := servertest.Start(t)
	ear := dial(t, s, "3")
	ear.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "K$g")
	ear.ask("SUBSCRIBE __keyspace@0__:k", "subscribe __keyspace@0__:k 1")
	one, two := s.Dial(t), s.Dial(t)
	for range 100 {
		one.Want("+OK\r\n", "SET", "k", "1")
		two.Want(":2\r\n", "APPEND", "k", "1")
		one.Want(":12\r\n", "INCR", "k")
		two.Want(":1\r\n", "DEL", "k")
	}
	for range 100 {
		ear.hear("message __keyspace@0__:k set", "message __keyspace@0__:k append", "message __keyspace@0__:k incrby", "message __keyspace@0__:k del")
	}
	one.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "")
	one.Want("+OK\r\n", "SET", "k", "1")
	ear.Want("+PONG\r\n", "PING")
}
