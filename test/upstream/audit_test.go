//go:build unix

package upstream

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sessd/test/redistest"
)

// TestAudit: a record has what its own daemon did to sessions, and nothing of another's.
func TestAudit(t *testing.T) {
	s := redistest.Serve(t)
	path := filepath.Join(t.TempDir(), "audit")
	a := start(t, "--upstream", "redis://"+s.Address, "--audit-log", path).Dial(t)
	b := start(t, "--upstream", "redis://"+s.Address).Dial(t)
	b.Want("$6\r\nothers\r\n", "SESS.CREATE", "others", "PRINCIPAL", "ann")
	a.Want("$1\r\ns\r\n", "SESS.CREATE", "s")
	a.Want("$1\r\nt\r\n", "SESS.ROTATE", "s", "t", "PRINCIPAL", "ann")
	a.Want(one, "SESS.DESTROY", "t")
	a.Want("*-1\r\n", "SESS.GET", "t")
	a.Want("$1\r\nu\r\n", "SESS.CREATE", "u", "PRINCIPAL", "ann")
	a.Want(one, "SESS.DESTROYALL", "ann", "EXCEPT", "u")
	a.Want("$1\r\nv\r\n", "SESS.CREATE", "v", "PRINCIPAL", "ann", "MAXPERPRINCIPAL", "1", "EVICTOLDEST")
	want := []string{
		"created", "rotated", "destroyed command", "created", "destroyed_all", "destroyed destroyall", "destroyed evicted", "created",
	}
	var got []string
	redistest.Until(t, "the record has it all", func() bool {
		text, _ := os.ReadFile(path)
		got = got[:0]
		for line := range bytes.Lines(text) {
			var fields struct {
				Event, Cause, ID, Former, Principal string
				Client                              int64
			}
			if json.Unmarshal(line, &fields) != nil {
				return false
			}
			if fields.Event == "started" {
				continue
			}
			if (fields.Client == 0) != (fields.Cause == "destroyall" || fields.Cause == "evicted") {
				t.Errorf("%s", line)
			}
			got = append(got, strings.TrimSpace(fields.Event+" "+fields.Cause))
		}
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
