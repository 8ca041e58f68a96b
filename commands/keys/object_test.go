package keys_test

import (
	"strings"
	"testing"

	"sessd/server/servertest"
)

// TestObject: how entries are kept, by Redis's names.
func TestObject(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("SET", "k", "12")
	c.Do("SESS.CREATE", "s")
	c.Want("$3\r\nint\r\n", "OBJECT", "ENCODING", "k")
	c.Want("$7\r\nsession\r\n", "OBJECT", "ENCODING", "s")
	c.Want("$-1\r\n", "OBJECT", "ENCODING", "none")
	if reply := c.Do("OBJECT", "IDLETIME", "k"); !strings.HasPrefix(reply, ":") {
		t.Errorf("OBJECT IDLETIME: %q", reply)
	}
	const tracked = " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.\r\n"
	c.Want("-ERR An LFU maxmemory policy is not selected, access frequency not tracked."+tracked, "OBJECT", "FREQ", "k")
	c.Do("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
	c.Want("-ERR An LFU maxmemory policy is selected, idle time not tracked."+tracked, "OBJECT", "IDLETIME", "k")
	if reply := c.Do("OBJECT", "FREQ", "k"); !strings.HasPrefix(reply, ":") {
		t.Errorf("OBJECT FREQ: %q", reply)
	}
}

// TestMemoryFigures: clients find the fields that they read.
func TestMemoryFigures(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("SET", "k", "hello")
	reply := c.Do("MEMORY", "STATS")
	for _, want := range []string{"*28\r\n", "$10\r\nkeys.count\r\n:1\r\n", "total.allocated", "dataset.percentage"} {
		if !strings.Contains(reply, want) {
			t.Errorf("%q is missing in %q", want, reply)
		}
	}
	c.Do("CONFIG", "SET", "maxmemory", "1gb")
	c.Want("$27\r\nMemory is below its limit.\n\r\n", "MEMORY", "DOCTOR")
}
