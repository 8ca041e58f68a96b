package commands_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/server/servertest"
	"sessd/test/redistest"
)

// A difference is what COMMAND INFO says otherwise than Redis's, with the reason. Reasons are shared.
const (
	likeInside = "a container is in the categories of what it contains, so that ACL CAT shows it there"
	oneRow     = "in Redis a container of subcommands, here one command that refuses them all at any time"
	longer     = "takes an option that Redis 7.2 brought"
	onDisk     = "Redis writes a file, and the server of the test has none"
	newer      = "came after the Redis that most systems have; clients that know it ask at once"
)

// differences is what sessd says otherwise on purpose: "+" what it has more, "-" what it lacks.
var differences = map[string]struct{ what, why string }{
	"object": {"+@keyspace", likeInside},
	"client": {"+@connection", likeInside},
	"script": {"+@scripting", likeInside}, "function": {"+@scripting", likeInside},
	"xinfo": {"+@stream", likeInside}, "xgroup": {"+@stream", likeInside},
	"cluster":  {"+loading +stale", oneRow},
	"lastsave": {"-@admin -@dangerous", "it tells a time alone"},
	"zrank":    {"+arity -3 -arity 3", longer}, "zrevrank": {"+arity -3 -arity 3", longer},
}

// later are the commands that Redis 7.0 does not have, with the reason.
var later = map[string]string{
	"hexpire": newer, "hpexpire": newer, "hexpireat": newer, "hpexpireat": newer, "httl": newer, "hpttl": newer, "hexpiretime": newer, "hpexpiretime": newer, "hpersist": newer, "hgetex": newer, "hsetex": newer, "hgetdel": newer,
	"waitaof": newer, "client|setinfo": newer, "client|no-touch": newer, "config|reload": "what SIGHUP does, for those who cannot send it"}

// TestRowsAgreeWithRedis compares arity, flags, keys and categories of every row with those of a real redis-server.
func TestRowsAgreeWithRedis(t *testing.T) {
	redis := servertest.Dial(t, "unix", redistest.Start(t))
	ours := servertest.Start(t).Dial(t)
	redis.Do("HELLO", "3")
	ours.Do("HELLO", "3")
	for _, c := range commands.Table(families.Of(nil)) {
		if strings.HasPrefix(c.Name, "sess.") {
			continue
		}
		theirs, found := described(t, redis, c.Name)
		if !found {
			if later[c.Name] == "" {
				t.Errorf("%s is no command of Redis, and none on sessions", c.Name)
			}
			continue
		}
		mine, _ := described(t, ours, c.Name)
		var parts []string
		for _, one := range slices.Sorted(maps.Keys(mine)) {
			if !theirs[one] {
				parts = append(parts, "+"+one)
			}
		}
		for _, one := range slices.Sorted(maps.Keys(theirs)) {
			if !mine[one] {
				parts = append(parts, "-"+one)
			}
		}
		known := differences[c.Name]
		if what := strings.Join(parts, " "); what != known.what {
			t.Errorf("COMMAND INFO %s differs from Redis by %q, on purpose only by %q: %s", c.Name, what, known.what, known.why)
		}
	}
}

// TestAbsentCommandsAreTold: every command of a real redis-server is either there or said to be absent.
func TestAbsentCommandsAreTold(t *testing.T) {
	redis := servertest.Dial(t, "unix", redistest.Start(t))
	ours := map[string]bool{}
	for _, c := range commands.Table(families.Of(nil)) {
		container, _, _ := strings.Cut(c.Name, "|")
		ours[c.Name], ours[container] = true, true
	}
	theirs := words(t, redis.Do("COMMAND", "LIST"))
	if len(theirs) < 200 {
		t.Fatalf("Redis lists %d commands", len(theirs))
	}
	for _, name := range theirs {
		there := ours[name] || strings.HasPrefix(name, "cluster|") // which is one command here
		if there == commands.IsAbsent(name) {
			t.Errorf("%s: it is there: %v, and absent: %v", name, there, !there)
		}
	}
}

// described returns what COMMAND INFO says of a command, as a set of words.
func described(t *testing.T, conn *servertest.Conn, name string) (all map[string]bool, known bool) {
	t.Helper()
	var info [][]any
	if text := asJSON(t, conn.Do("COMMAND", "INFO", name)); json.Unmarshal([]byte(text), &info) != nil {
		t.Fatalf("COMMAND INFO %s: %s", name, text)
	}
	if info[0] == nil {
		return nil, false
	}
	all = make(map[string]bool)
	for i, what := range []string{1: "arity", 3: "first key", 4: "last key", 5: "key step"} {
		if what != "" {
			all[fmt.Sprint(what, " ", info[0][i])] = true
		}
	}
	for _, set := range []any{info[0][2], info[0][6]} {
		for _, word := range set.([]any) {
			all[word.(string)] = true
		}
	}
	for _, spec := range info[0][8].([]any) {
		delete(spec.(map[string]any), "notes")
		text, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		all["keys "+string(text)] = true
	}
	return all, true
}

// TestKeyRightsAgreeWithRedis asks both servers what users may do to keys that they may only read, only write, or both.
func TestKeyRightsAgreeWithRedis(t *testing.T) {
	redis := servertest.Dial(t, "unix", redistest.Start(t))
	server := servertest.Start(t)
	rules := map[string]string{"reader": "on nopass %R~k* +@all", "writer": "on nopass %W~k* +@all", "both": "on nopass ~k* +@all", "split": "on nopass %R~k* %W~k* +@all", "apart": "on nopass %R~k* %W~k +@all"}
	var file strings.Builder
	for name, text := range rules {
		fmt.Fprintf(&file, "user %s %s\n", name, text)
		redis.Want(ok, append([]string{"ACL", "SETUSER", name}, strings.Fields(text)...)...)
	}
	path := writeUsers(t, file.String()+"user default on nopass ~* +@all\n")
	if err := server.Dispatcher.Users.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	ours := server.Dial(t)
	var requests [][]string
	for _, c := range runnable() {
		if c.FirstKey == 0 || strings.HasPrefix(c.Name, "sess.") || later[c.Name] != "" {
			continue
		}
		if c.Name == "pfmerge" { // without sources Redis finds no key in it, and lets everybody make one
			continue
		}
		for _, key := range []string{"k", "other"} {
			request := request(c, max(c.Arity, -c.Arity))
			for i := c.FirstKey; i < len(request); i += c.KeyStep {
				request[i] = key
			}
			requests = append(requests, request)
			if differences[c.Name].why != longer {
				requests = append(requests, append(request[:len(request):len(request)], "GET"))
			}
		}
	}
	for _, request := range requests {
		for name := range rules {
			words := append([]string{"ACL", "DRYRUN", name}, request...)
			if want, got := redis.Do(words...), ours.Do(words...); got != want {
				t.Errorf("%q\n got %q\nwant %q", words, got, want)
			}
		}
	}
}

// TestErrorsAgreeWithRedis compares what both servers answer to requests of every length, as far as one answers an error.
func TestErrorsAgreeWithRedis(t *testing.T) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	passed := map[string]string{"shutdown": "it ends the server", "psync": "it makes a replica of us", "sync": "it makes a replica of us", "replconf": "Redis takes it from everybody", "replicaof": "it makes Redis a replica", "slaveof": "it makes Redis a replica", "wait": "Redis waits", "save": onDisk, "bgsave": onDisk, "bgrewriteaof": onDisk, "monitor": "it shows other requests", "multi": "what follows is queued", "script|load": "a mistake in a source has other words"}
	for _, c := range runnable() {
		if strings.HasPrefix(c.Name, "sess.") || later[c.Name] != "" || passed[c.Name] != "" || differences[c.Name].why == longer {
			continue
		}
		name := strings.Split(strings.ToUpper(c.Name), "|")
		for n := len(name); n < 7; n++ {
			for _, word := range []string{"x", "1", "ON"} {
				request := slices.Clone(name)
				for len(request) < n {
					request = append(request, word)
				}
				want, got := servertest.Dial(t, "unix", socket).Do(request...), server.Dial(t).Do(request...)
				if got != want && (got[0] == '-' || want[0] == '-') {
					t.Errorf("%q\n got %q\nwant %q", request, got, want)
				}
			}
		}
	}
	for _, name := range []string{"SLOTS", "keyslot", "help", "nosuch", "SETSLOT", "reset"} {
		for n := range 4 {
			request := append([]string{"CLUSTER", name}, make([]string, n)...)
			if want, got := servertest.Dial(t, "unix", socket).Do(request...), server.Dial(t).Do(request...); got != want {
				t.Errorf("%q\n got %q\nwant %q", request, got, want)
			}
		}
	}
}
