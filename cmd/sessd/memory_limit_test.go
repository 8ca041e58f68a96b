package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

func TestGoMemoryLimit(t *testing.T) {
	for _, test := range []struct{ available, engine, want int64 }{
		{1000, 0, 900}, {1000, 300, 600}, {1000, 800, 100}, {1000, 2000, 100},
	} {
		if got := goMemoryLimit(test.available, test.engine); got != test.want {
			t.Errorf("%+v: %d", test, got)
		}
	}
}

// memoryLimit returns what INFO tells.
func memoryLimit(t *testing.T, c *servertest.Conn) string {
	t.Helper()
	found := regexp.MustCompile(`go_memory_limit:(\d+)\r\n`).FindStringSubmatch(c.Do("INFO", "memory"))
	if found == nil {
		t.Fatal("INFO memory has no go_memory_limit")
	}
	return found[1]
}

func TestMemoryLimitFollowsTheContainer(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	c := sessdtest.Start(t).Dial(t)
	most := goMemoryLimit(availableMemory(os.DirFS("/")), 0)
	var limit int64
	fmt.Sscan(memoryLimit(t, c), &limit)
	if least := most - most/64; limit > most || limit < least {
		t.Errorf("the limit is %d, want %d to %d", limit, least, most)
	}
}

func TestMemoryLimitOfTheEnvironmentStays(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "123MiB")
	d := sessdtest.Start(t)
	if got := memoryLimit(t, d.Dial(t)); got != fmt.Sprint(123<<20) {
		t.Errorf("the limit is %s", got)
	}
	if strings.Contains(d.Log(), "GOMEMLIMIT") {
		t.Error("the log tells of a variable that is Go's")
	}
}
