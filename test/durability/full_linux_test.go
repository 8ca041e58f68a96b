package durability

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessd/server/servertest"
)

// TestFullFileSystem: writes are refused while there is no room, reads are not, and the daemon goes on by itself once there is.
func TestFullFileSystem(t *testing.T) {
	room := t.TempDir()
	if err := syscall.Mount("tmpfs", room, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("NOT TESTED: what a full disk does, because no small file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(room, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	dir, filler := filepath.Join(room, "data"), filepath.Join(room, "filler")
	d := start(t, dir)
	if err := os.WriteFile(filler, make([]byte, 700<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	c := d.Dial(t)
	value := strings.Repeat("v", 10_000)
	acknowledged := 0
	set := func() string { return c.Do("SET", fmt.Sprint("k", acknowledged), value) }
	c.Want("+OK\r\n", "SET", "first", "1")
	fill := func() {
		for {
			// Whose write meets the full disk gets no answer, since nobody knows what is there.
			p, err := dial(d.Addr, 0)
			if err != nil {
				t.Fatal(err)
			}
			replies, err := p.exchange([][]string{{"SET", fmt.Sprint("k", acknowledged), value}})
			p.nc.Close()
			if err != nil || replies[0] != "+OK\r\n" {
				return
			}
			acknowledged++
		}
	}
	fill()
	if reply := set(); !strings.HasPrefix(reply, "-MISCONF ") {
		t.Errorf("a write without room: %q", reply)
	}
	c.Want(servertest.Bulk("1"), "GET", "first")
	if info := c.Do("INFO", "persistence"); !strings.Contains(info, "aof_last_write_status:err") {
		t.Error(info)
	}
	d.Kill()
	d = start(t, dir) // where there is room for no more
	c = d.Dial(t)
	fill()
	c.Want(servertest.Bulk("1"), "GET", "first")
	if reply := set(); !strings.HasPrefix(reply, "-MISCONF ") {
		t.Errorf("a write to a daemon that began without room: %q", reply)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for late := time.Now().Add(patience); set() != "+OK\r\n"; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("writes are refused though there is room")
		}
	}
	acknowledged++
	if info := c.Do("INFO", "persistence"); !strings.Contains(info, "aof_last_write_status:ok") {
		t.Error(info)
	}
	d.WaitFor(`the log is written again`)
	d.Kill()
	c = start(t, dir).Dial(t)
	for i := range acknowledged {
		c.Want(servertest.Bulk(value), "GET", fmt.Sprint("k", i))
	}
	if acknowledged < 10 {
		t.Errorf("%d writes", acknowledged)
	}
}
