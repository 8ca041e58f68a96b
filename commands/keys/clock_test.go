package keys_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"sessd/commands"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
)

// Clients count absolute times by the wall clock, also after it was set back.
func TestAbsoluteTimesAfterTheWallClockWasSetBack(t *testing.T) {
	var back atomic.Int64
	clock := store.NewClock(func() time.Time { return time.Now().Add(-time.Duration(back.Load())) })
	clock.Now()
	s := servertest.Start(t, func(_ *commands.Options, o *server.Options) { o.Clock = clock })
	c := s.Dial(t)
	c.Want("+OK\r\n", "SET", "before", "v", "EX", "1000")
	back.Store(int64(time.Hour))
	at := time.Now().Add(-time.Hour + 100*time.Second).Unix()
	c.Want("+OK\r\n", "SET", "a", "v", "EXAT", fmt.Sprint(at))
	c.Want("+OK\r\n", "SET", "b", "v", "PXAT", fmt.Sprint(at*1000))
	c.Want("+OK\r\n", "SET", "c", "v")
	c.Want(":1\r\n", "EXPIREAT", "c", fmt.Sprint(at))
	c.Want("+OK\r\n", "SET", "d", "v")
	c.Want(":1\r\n", "PEXPIREAT", "d", fmt.Sprint(at*1000))
	c.Want("+OK\r\n", "SET", "e", "v")
	c.Want("$1\r\nv\r\n", "GETEX", "e", "EXAT", fmt.Sprint(at))
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		c.Want(fmt.Sprintf(":%d\r\n", at), "EXPIRETIME", key)
		c.Want(fmt.Sprintf(":%d\r\n", at*1000), "PEXPIRETIME", key)
	}
	c.Want(":1\r\n", "EXPIREAT", "a", fmt.Sprint(at-200)) // has passed
	c.Want(":0\r\n", "EXISTS", "a")
	c.Want(":1\r\n", "EXISTS", "before")
}
