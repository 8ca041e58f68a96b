package server_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"sessd/server/servertest"
)

// TestManyPipelines: each of many clients that pipeline gets its own replies, in order, however their requests gather.
func TestManyPipelines(t *testing.T) {
	s := servertest.Start(t)
	var group sync.WaitGroup
	for i := range 32 {
		c := s.Dial(t)
		group.Go(func() {
			for round := range 50 {
				var requests, replies strings.Builder
				for n := range 16 {
					text := fmt.Sprintf("%d-%d-%d", i, round, n)
					requests.WriteString(servertest.Request("ECHO", text))
					replies.WriteString(servertest.Bulk(text))
				}
				c.Send(requests.String())
				c.WantAll(replies.String())
			}
		})
	}
	group.Wait()
}
