package durability

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessd/server/servertest"
)

// TestGoRedisThroughRestarts: a client that connects again by itself loses nothing that was acknowledged, and gets through.
func TestGoRedisThroughRestarts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := start(t, dir)
	_, port, err := net.SplitHostPort(d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: d.Addr, MaxRetries: 1000, MinRetryBackoff: time.Millisecond, MaxRetryBackoff: 20 * time.Millisecond})
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	acknowledged, stop := 0, make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			key := fmt.Sprint("k", acknowledged)
			if err := client.Set(ctx, key, acknowledged, 0).Err(); err != nil {
				t.Error(err)
				return
			}
			if got, err := client.Get(ctx, key).Int(); err != nil || got != acknowledged {
				t.Errorf("%s is %d, %v", key, got, err)
			}
			acknowledged++
		}
	})
	for round := range 4 {
		for before := client.DBSize(ctx).Val(); client.DBSize(ctx).Val() < before+20 && ctx.Err() == nil; {
		}
		if round%2 == 0 {
			d.Kill()
		} else {
			d.Signal(syscall.SIGTERM)
			if code, _ := d.Wait(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		}
		d = start(t, dir, "--port", port)
	}
	close(stop)
	work.Wait()
	c := d.Dial(t)
	for i := range acknowledged {
		c.Want(servertest.Bulk(fmt.Sprint(i)), "GET", fmt.Sprint("k", i))
	}
}
