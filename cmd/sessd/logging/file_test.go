package logging

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestReopenLosesNoLine, though the file is opened again all the time.
func TestReopenLosesNoLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	f, err := OpenFile(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	const lines = 20_000
	written := make(chan struct{})
	go func() {
		defer close(written)
		for i := range lines {
			if n, err := fmt.Fprintln(f, i); err != nil {
				t.Errorf("of line %d, %d bytes: %v", i, n, err)
			}
		}
	}()
	for done := false; !done; {
		if err := f.Reopen(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-written:
			done = true
		default:
		}
	}
	text, err := os.ReadFile(path)
	if n := bytes.Count(text, []byte("\n")); n != lines || err != nil {
		t.Errorf("the file has %d lines, want %d; %v", n, lines, err)
	}
}
