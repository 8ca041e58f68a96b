package goclients

import (
	"errors"
	"fmt"
	"testing"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"

	"sessd/test/sessdtest"
)

func TestGoRedisTransactions(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	replies, err := db.TxPipelined(background, func(p goredis.Pipeliner) error {
		p.Set(background, "n", 1, 0)
		p.Incr(background, "n")
		p.HSet(background, "h", "f", "v")
		p.Do(background, "SESS.SAVE", "none", "x", "1")
		p.Get(background, "n")
		return nil
	})
	if !goredis.HasErrorPrefix(err, "NOSESSION") {
		t.Errorf("the transaction's first error: %v", err)
	}
	if n, err := replies[1].(*goredis.IntCmd).Result(); n != 2 || err != nil {
		t.Errorf("INCR: %d, %v", n, err)
	}
	if n, err := replies[4].(*goredis.StringCmd).Result(); n != "2" || err != nil {
		t.Errorf("GET: %q, %v", n, err)
	}
}

// TestGoRedisWatches: goroutines increment a number, and try again where another one came between.
func TestGoRedisWatches(t *testing.T) {
	db := newGoRedis(t, sessdtest.Start(t).Addr)
	increment := func(tx *goredis.Tx) error {
		n, err := tx.Get(background, "n").Int()
		if err != nil && err != goredis.Nil {
			return err
		}
		_, err = tx.TxPipelined(background, func(p goredis.Pipeliner) error {
			return p.Set(background, "n", n+1, 0).Err()
		})
		return err
	}
	errs := make(chan error)
	for range 4 {
		go func() {
			for done := 0; done < 50; {
				switch err := db.Watch(background, increment, "n"); {
				case err == nil:
					done++
				case !errors.Is(err, goredis.TxFailedErr):
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n, err := db.Get(background, "n").Int(); n != 200 || err != nil {
		t.Errorf("counted %d, %v", n, err)
	}
}

func TestRueidisTransactions(t *testing.T) {
	db := newRueidis(t, sessdtest.Start(t).Addr)
	err := db.Dedicated(func(c rueidis.DedicatedClient) error {
		for _, change := range []bool{true, false} {
			if err := c.Do(background, c.B().Watch().Key("n").Build()).Error(); err != nil {
				return err
			}
			if change {
				if err := db.Do(background, db.B().Set().Key("n").Value("1").Build()).Error(); err != nil {
					return err
				}
			}
			replies := c.DoMulti(background, c.B().Multi().Build(), c.B().Incr().Key("n").Build(), c.B().Exec().Build())
			answers, err := replies[2].ToArray()
			if change != rueidis.IsRedisNil(err) {
				return fmt.Errorf("changed: %t, EXEC: %v, %v", change, answers, err)
			}
			if !change {
				if n, err := answers[0].AsInt64(); n != 2 || err != nil {
					return fmt.Errorf("INCR: %d, %v", n, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
