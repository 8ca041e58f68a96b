package server_test

import (
	"testing"
	"time"

	"sessd/server/servertest"
)

// TestIdleClients ends those who say nothing for too long, whenever they came and whoever set the time, and nobody else.
func TestIdleClients(t *testing.T) {
	servertest.Drivers(t, func(t *testing.T, driver servertest.Option) {
		t.Parallel()
		s := servertest.Start(t, driver)
		before := s.Dial(t)
		before.Want("+PONG\r\n", "PING")
		busy := s.Dial(t)
		busy.Want("+OK\r\n", "CONFIG", "SET", "timeout", "1")
		stop, stopped := make(chan bool), make(chan bool)
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
					busy.Want("+PONG\r\n", "PING")
				}
			}
		}()
		after := s.Dial(t)
		before.WantClosed()
		after.WantClosed()
		close(stop)
		<-stopped
		closed(t, s, "timeout", 2)
		busy.Want("+PONG\r\n", "PING")
		busy.Close()
		closed(t, s, "peer", 1)
		last := s.Dial(t) // nobody else is there any more
		last.WantClosed()
		closed(t, s, "timeout", 3)
	})
}
