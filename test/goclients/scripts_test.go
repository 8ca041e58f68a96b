package goclients

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"sessd/test/sessdtest"
)

// TestGoRedisScripts runs a script as go-redis does: by its SHA1, and by its source where the server does not have it.
func TestGoRedisScripts(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	unlock := goredis.NewScript(`if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) else return 0 end`)
	for _, want := range []int{1, 0} {
		if want == 1 {
			if err := db.SetNX(background, "lock", "mine", time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := unlock.Run(background, db, []string{"lock"}, "mine").Int(); n != want || err != nil {
			t.Errorf("unlock returns %d, %v, want %d", n, err, want)
		}
		if err := db.ScriptFlush(background).Err(); err != nil {
			t.Fatal(err)
		}
	}
	sha, err := unlock.Load(background, db).Result()
	if err != nil || sha != unlock.Hash() {
		t.Errorf("SCRIPT LOAD returns %q, %v", sha, err)
	}
	if there, err := db.ScriptExists(background, sha, "none").Result(); err != nil || len(there) != 2 || !there[0] || there[1] {
		t.Errorf("SCRIPT EXISTS returns %v, %v", there, err)
	}
	fails := goredis.NewScript(`return redis.call("incr", KEYS[1], 1)`)
	if err := fails.Run(background, db, []string{"k"}).Err(); !goredis.HasErrorPrefix(err, "Wrong number of args calling Redis command from script") {
		t.Errorf("a script that fails: %v", err)
	}
}
