//go:build unix

package upstream

import (
	"strings"
	"testing"

	"sessd/test/redistest"
)

// TestAdvice: at its start a daemon warns of each setting of its upstream that may lose sessions, and of nothing else.
func TestAdvice(t *testing.T) {
	const (
		evicts = "its maxmemory-policy is allkeys-lru, which evicts them when memory is short; noeviction refuses new ones instead"
		keeps  = "it keeps nothing on disk (save and appendonly), so a restart empties it"
		alone  = "min-replicas-to-write is 0, so a primary that is cut off goes on taking writes that a failover undoes"
	)
	check := func(url string, want ...string) {
		t.Helper()
		p := start(t, "--upstream", url)
		p.Dial(t).Want("+PONG\r\n", "PING")
		log := p.Log()
		if n := strings.Count(log, "the upstream may lose sessions: "); n != len(want) {
			t.Errorf("%d warnings, want %q:\n%s", n, want, log)
		}
		for _, text := range want {
			if !strings.Contains(log, "the upstream may lose sessions: "+text) {
				t.Errorf("no warning %q:\n%s", text, log)
			}
		}
	}
	s := redistest.Serve(t)
	url := "redis://" + s.Address
	check(url, keeps)
	s.Do("CONFIG", "SET", "save", "3600 1")
	check(url)
	s.Do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	check(url, evicts+" (it has no maxmemory now)")
	s.Do("CONFIG", "SET", "maxmemory", "100mb")
	s.Do("CONFIG", "SET", "save", "")
	s.Do("CONFIG", "SET", "appendonly", "yes")
	check(url, evicts)
	s.Do("ACL", "SETUSER", "default", "-config")
	check(url) // it does not tell
	s.Do("REPLICAOF", "127.0.0.1", "1")
	if log := start(t, "--upstream", url).Log(); !strings.Contains(log, "the upstream is a replica") {
		t.Errorf("nothing of a replica:\n%s", log)
	}
	sentinels := redistest.StartSentinels(t, 1)
	url = "redis-sentinel://" + sentinels.Addresses + "/" + redistest.MasterName
	sentinels.Servers[0].Do("CONFIG", "SET", "appendonly", "yes")
	check(url, alone)
	sentinels.Servers[0].Do("CONFIG", "SET", "min-replicas-to-write", "1")
	check(url)
}
