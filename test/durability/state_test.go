package durability

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// entryState is a part of what a daemon has: a key, a field that ends by itself, or a session.
type entryState struct {
	text  string
	until int64 // when it may be gone at the earliest; 0: never
	late  int64 // a session ends so much later at most
}

// stateOf asks a daemon for everything.
func stateOf(t *testing.T, d *sessdtest.Daemon) map[string]entryState {
	t.Helper()
	state := map[string]entryState{}
	for space := range wildKeyspaces {
		c := redis.NewClient(&redis.Options{Addr: d.Addr, DB: space, Protocol: 2, PoolSize: 1, ReadTimeout: patience, DisableIdentity: true})
		s := stateReader{t, c, space, state}
		s.counted()
		keys := s.names("KEYS", "*")
		for _, key := range keys {
			s.key(key)
		}
		for i := range wildIDs {
			if id := wildID(i); slices.Contains(keys, id) {
				s.session(id)
			} else if created := s.meta(id)["created-at"]; created != nil {
				s.put("former id "+id, entryState{fmt.Sprint("of the session created at ", created), 1, 0})
			}
		}
		for i := range 3 {
			who := fmt.Sprint("who", i)
			s.principal(who)
		}
		c.Close()
	}
	return state
}

// stateReader reads a keyspace.
type stateReader struct {
	t     *testing.T
	c     *redis.Client
	space int
	state map[string]entryState
}

func (s *stateReader) do(words ...any) any {
	s.t.Helper()
	reply, err := s.c.Do(context.Background(), words...).Result()
	if err != nil && err != redis.Nil {
		if strings.HasPrefix(err.Error(), "NOSESSION") || strings.Contains(err.Error(), "no such key") {
			return nil
		}
		s.t.Fatalf("%q: %v", words, err)
	}
	return reply
}

// counted waits until the daemon counts as many keys, and as many that expire, as there are: those that have expired take a moment.
func (s *stateReader) counted() {
	s.t.Helper()
	const script = `local expire, keys = 0, redis.call('KEYS', '*')
		for _, key in ipairs(keys) do if redis.call('PEXPIRETIME', key) ~= -1 then expire = expire + 1 end end
		return {#keys, expire, redis.call('DBSIZE')}`
	for late := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		counts := s.do("EVAL", script, 0).([]any)
		want := fmt.Sprintf("db%d:keys=%d,expires=%d,", s.space, counts[0], counts[1])
		info := fmt.Sprint(s.do("INFO", "keyspace"))
		if counts[0] == counts[2] && (strings.Contains(info, want) || counts[0] == int64(0) && !strings.Contains(info, fmt.Sprintf("db%d:", s.space))) {
			return
		}
		if time.Now().After(late) {
			s.t.Fatalf("there are %d keys, %d of which expire; DBSIZE is %d, and INFO says %q", counts[0], counts[1], counts[2], info)
		}
	}
}

// names returns a list of strings, sorted.
func (s *stateReader) names(words ...any) (names []string) {
	list, _ := s.do(words...).([]any)
	for _, one := range list {
		names = append(names, fmt.Sprint(one))
	}
	slices.Sort(names)
	return names
}

func (s *stateReader) put(name string, e entryState) { s.state[fmt.Sprint(s.space, " ", name)] = e }

func (s *stateReader) key(key string) {
	typ := s.do("TYPE", key).(string)
	until, _ := s.do("PEXPIRETIME", key).(int64)
	if until == -2 {
		return
	}
	var text string
	switch typ {
	case "string":
		text = fmt.Sprintf("%q", s.do("GET", key))
	case "hash":
		text = s.hash(key, max(0, until))
	case "list":
		text = fmt.Sprintf("%q", s.do("LRANGE", key, 0, -1))
	case "set":
		text = fmt.Sprintf("%q", s.names("SMEMBERS", key))
	case "zset":
		text = fmt.Sprintf("%q", s.do("ZRANGE", key, 0, -1, "WITHSCORES"))
	case "stream":
		text = fmt.Sprintf("%q", s.do("XINFO", "STREAM", key, "FULL", "COUNT", 0))
	case "session", "none":
		return
	}
	s.put("key "+key, entryState{fmt.Sprint(typ, " ", until, " ", text), max(0, until), 0})
}

// hash puts the fields that end each for itself, and returns the others. A hash may be gone with the last of them.
func (s *stateReader) hash(key string, until int64) string {
	list, _ := s.do("HGETALL", key).([]any)
	if len(list) == 0 {
		return ""
	}
	words := []any{"HPEXPIRETIME", key, "FIELDS", len(list) / 2}
	for i := 0; i < len(list); i += 2 {
		words = append(words, list[i])
	}
	ends, _ := s.do(words...).([]any)
	if len(ends) == 0 {
		return ""
	}
	var stay []string
	for i, end := range ends {
		pair := fmt.Sprintf("%q=%q", list[2*i], list[2*i+1])
		switch end := end.(int64); {
		case end > 0 && until > 0:
			s.put("field "+key+" "+fmt.Sprint(list[2*i]), entryState{fmt.Sprint(pair, " ", end), min(end, until), 0})
		case end > 0:
			s.put("field "+key+" "+fmt.Sprint(list[2*i]), entryState{fmt.Sprint(pair, " ", end), end, 0})
		case end == -1:
			stay = append(stay, pair)
		}
	}
	slices.Sort(stay)
	return fmt.Sprint(stay)
}

// meta returns what is known of a session; nothing where there is none.
func (s *stateReader) meta(id string) map[string]any {
	list, _ := s.do("SESS.META", id).([]any)
	meta := map[string]any{}
	for i := 0; i+1 < len(list); i += 2 {
		meta[fmt.Sprint(list[i])] = list[i+1]
	}
	return meta
}

func (s *stateReader) session(id string) {
	meta := s.meta(id)
	bags, _ := s.do("SESS.GET", id, "COMPONENTS", "NOTOUCH", "WITHREV").([]any)
	if len(meta) == 0 || bags == nil {
		return
	}
	var late int64
	if idle := meta["idle-timeout"].(int64); idle > 0 {
		late = max(idle/10, 1000)
	}
	until := max(0, meta["expires-at"].(int64))
	if until > 0 {
		until = max(1, until-late)
	}
	ends := map[string]int64{}
	expiring, _ := meta["expiring"].([]any)
	for _, one := range expiring {
		field := one.([]any)
		ends[fmt.Sprintf("%v/%v", field[0], field[1])] = field[2].(int64)
	}
	var stay []string
	all := bags[1].([]any)
	for i := 0; i+1 < len(all); i += 2 {
		fields := all[i+1].([]any)
		for j := 0; j+1 < len(fields); j += 2 {
			name, pair := fmt.Sprintf("%v/%v", all[i], fields[j]), fmt.Sprintf("%v/%q=%q", all[i], fields[j], fields[j+1])
			if end := ends[name]; end > 0 {
				if until > 0 {
					end = min(end, until)
				}
				s.put("session "+id+" "+name, entryState{fmt.Sprint(pair, " ", ends[name]), end, late})
			} else {
				stay = append(stay, pair)
			}
		}
	}
	slices.Sort(stay)
	text := fmt.Sprint("rev ", meta["revision"], " ", bags[0])
	for _, name := range []string{"created-at", "idle-timeout", "absolute-timeout", "renew-after", "renew-at", "principal"} {
		text += fmt.Sprint(" ", name, " ", meta[name])
	}
	s.put("session "+id, entryState{fmt.Sprint(text, " ", stay), until, late})
}

// principal puts each session of a principal, which may be gone as the session may.
func (s *stateReader) principal(who string) {
	for _, id := range s.names("SESS.LIST", who) {
		e := entryState{"listed", 1, 0}
		if session, ok := s.state[fmt.Sprint(s.space, " session ", id)]; ok {
			e.until, e.late = session.until, session.late
		}
		s.put("principal "+who+" "+id, e)
	}
}

// compareStates says in what a state differs from one before it, but for what may be gone at a time.
func compareStates(before, after map[string]entryState, now int64) string {
	var b strings.Builder
	n := 0
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		was, wasThere := before[name]
		is, isThere := after[name]
		switch {
		case wasThere && isThere && was.text == is.text && lasts(was, is):
			continue
		case wasThere && was.until > 0 && was.until <= now && (!isThere || is.until == was.until): // it may have ended as it was read
			continue
		case wasThere && !isThere && hashMayBeGone(before, name, was, now):
			continue
		}
		if n++; n <= 5 {
			fmt.Fprintf(&b, "\n%s\n was %.1500s, may be gone at %d (%t)\n is  %.1500s (%t)", name, was.text, was.until, wasThere, is.text, isThere)
		}
	}
	if n > 0 {
		return fmt.Sprintf("%d of %d differ at %d:%s", n, len(names), now, b.String())
	}
	return ""
}

// lasts reports whether what was there ends when it did, or earlier as a session may that was used.
func lasts(was, is entryState) bool {
	return (was.until == 0) == (is.until == 0) && is.until <= was.until && is.until >= was.until-was.late
}

// hashMayBeGone reports whether a hash has no field but those that end.
func hashMayBeGone(before map[string]entryState, name string, was entryState, now int64) bool {
	space, key, ok := strings.Cut(name, " key ")
	if !ok || !strings.HasPrefix(was.text, "hash ") || !strings.HasSuffix(was.text, " []") && !strings.HasSuffix(was.text, " ") {
		return false
	}
	for other, e := range before {
		if strings.HasPrefix(other, space+" field "+key+" ") && (e.until == 0 || e.until > now) {
			return false
		}
	}
	return true
}

// TestStateOutlivesTheProcess compares everything that a daemon has before its end, of whatever kind, with what it has after the next
// start. Keys, fields and sessions end by themselves meanwhile; that no more is gone than had to be is compared too.
func TestStateOutlivesTheProcess(t *testing.T) {
	for name, flags := range map[string][]string{
		"always":   {"--appendfsync", "always"},
		"everysec": {"--appendfsync", "everysec"},
		"evicting": {"--appendfsync", "everysec", "--maxmemory", "200kb", "--maxmemory-policy", "allkeys-random"},
		"sealed":   {"--appendfsync", "no", "--encryption-key-file", keyFile(t, "a"), "--io-threads", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outlive(t, (rounds(t, 12)+3)/4, append(flags, "--auto-aof-rewrite-min-size", "200kb", "--auto-aof-rewrite-percentage", "50")...)
		})
	}
}

func outlive(t *testing.T, rounds int, flags ...string) {
	random, dir := random(t), filepath.Join(t.TempDir(), "data")
	longest := 400 // milliseconds of load
	if rounds > 20 {
		longest = 2000
	}
	for round := range rounds {
		d := start(t, dir, flags...)
		first := stateOf(t, d)
		stop, failures := make(chan struct{}), make(chan error, 8)
		var group sync.WaitGroup
		for i := range 6 {
			p, err := dial(d.Addr, i%wildKeyspaces)
			if err != nil {
				t.Fatal(err)
			}
			w := wild{rand.New(rand.NewPCG(random.Uint64(), 0)), round%3 == 2}
			group.Go(func() { failures <- w.work(p, stop) })
		}
		c := d.Dial(t)
		if random.IntN(2) == 0 {
			c.Send(servertest.Request("BGSAVE"))
		}
		time.Sleep(time.Duration(random.IntN(longest)) * time.Millisecond)
		if random.IntN(3) == 0 {
			c.Send(servertest.Request("BGSAVE"))
		}
		underLoad := random.IntN(4) == 0
		if !underLoad {
			close(stop)
			group.Wait()
		}
		var before map[string]entryState
		if !underLoad {
			before = stateOf(t, d)
			if random.IntN(2) == 0 {
				c.Send(servertest.Request("BGSAVE"))
				time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond)
			}
		}
		how := random.IntN(4)
		switch how {
		case 0:
			d.Signal(syscall.SIGTERM)
			d.Wait()
		case 1:
			d.Dial(t).Send(servertest.Request("SHUTDOWN", "NOSAVE"))
			d.Wait()
		default:
			d.Kill()
		}
		if underLoad {
			close(stop)
			group.Wait()
		}
		close(failures)
		for err := range failures {
			if err != nil {
				t.Fatal(err)
			}
		}
		checked(t, dir, flags)
		d = start(t, dir, flags...)
		after := stateOf(t, d)
		if difference := compareStates(before, after, time.Now().UnixMilli()); before != nil && difference != "" {
			t.Fatalf("round %d, end %d: %s", round, how, difference)
		}
		t.Logf("round %d: %d things at first, %d before end %d, %d after", round, len(first), len(before), how, len(after))
		d.Kill() // what the start did has to last too
		d = start(t, dir, flags...)
		if difference := compareStates(after, stateOf(t, d), time.Now().UnixMilli()); difference != "" {
			t.Fatalf("round %d, started twice: %s", round, difference)
		}
		d.Kill()
	}
}

// checked has the command check read a folder that a start loads.
func checked(t *testing.T, dir string, flags []string) {
	t.Helper()
	words := []string{"check", dir}
	if i := slices.Index(flags, "--encryption-key-file"); i >= 0 {
		words = append(words, flags[i:i+2]...)
	}
	p := sessdtest.Launch(t, nil, words...)
	if code, out := p.Wait(); code != 0 {
		t.Fatalf("check ends with %d: %s%s", code, out, p.Log())
	}
}
