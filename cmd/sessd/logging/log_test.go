package logging

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// reader is the other end of a log: it may not read, or be gone.
type reader struct {
	mu   sync.Mutex
	text bytes.Buffer
	gone bool
	busy chan struct{} // not nil: a write waits until it is closed
}

func (r *reader) Write(p []byte) (int, error) {
	r.mu.Lock()
	busy := r.busy
	r.mu.Unlock()
	if busy != nil {
		<-busy
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone {
		return 0, errors.New("broken pipe")
	}
	return r.text.Write(p)
}

func (r *reader) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// lines returns what was read, without its times.
func (r *reader) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := regexp.MustCompile(`(?m)^time=\S+ `).ReplaceAllString(r.text.String(), "")
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func check(t *testing.T, r *reader, want ...string) {
	t.Helper()
	if got := strings.Join(r.lines(), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("the log has\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestLinesWaitForTheStart(t *testing.T) {
	r := &reader{}
	l := New(r, Options{Level: slog.LevelInfo})
	l.Info("one", "n", 1)
	l.Debug("hidden")
	check(t, r, "")
	l.Start()
	l.With("client", 7).WithGroup("g").Warn("two", "n", 2)
	l.Close(time.Minute)
	check(t, r, "level=INFO msg=one n=1", "level=WARN msg=two client=7 g.n=2")
}

func TestLinesOfAReaderWhoIsGoneAreLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{gone: true}
		l := New(r, Options{Level: slog.LevelInfo})
		l.Start()
		l.Info("one")
		l.Info("two")
		synctest.Wait()
		r.set(func() { r.gone = false })
		l.Info("three")
		synctest.Wait()
		check(t, r, "level=INFO msg=three", `level=WARN msg="log lines lost: their reader was away or too slow" lines=2`)
		if l.Lost() != 2 {
			t.Errorf("%d lines lost, want 2", l.Lost())
		}
		l.Close(time.Minute)
	})
}

func TestNobodyWaitsForASlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{busy: make(chan struct{})}
		l := New(r, Options{Level: slog.LevelDebug, JSON: true})
		l.Start()
		long := strings.Repeat("x", 1<<10)
		const lines = 1000 // more than may wait
		for range lines {
			l.Debug(long)
		}
		synctest.Wait()
		lost := l.Lost()
		if lost == 0 || lost == lines {
			t.Errorf("%d lines of %d lost", lost, lines)
		}
		close(r.busy)
		r.set(func() { r.busy = nil })
		l.Close(time.Minute)
		got, told := r.lines(), 0
		for _, line := range got {
			if strings.Contains(line, "log lines lost") {
				told++
			}
		}
		if want := lines - int(lost); len(got)-told != want {
			t.Errorf("%d lines, want %d", len(got)-told, want)
		}
		if last := got[len(got)-1]; !strings.Contains(last, `"level":"WARN","msg":"log lines lost: their reader was away or too slow","lines":`) {
			t.Errorf("the last line is %s", last)
		}
	})
}

func TestCloseDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{busy: make(chan struct{})}
		l := New(r, Options{Level: slog.LevelInfo})
		l.Start()
		l.Info("one")
		l.Close(time.Second)
		l.Info("two")
		if l.Lost() != 1 {
			t.Errorf("%d lines lost, want 1", l.Lost())
		}
		close(r.busy)
	})
}

func TestAFloodIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{}
		l := New(r, Options{Level: slog.LevelDebug})
		l.Start()
		for range floodLines + 3 {
			l.Warn("refused")
		}
		l.Warn("other")
		synctest.Wait()
		if n := len(r.lines()); n != floodLines+1 {
			t.Errorf("%d lines, want %d", n, floodLines+1)
		}
		r.set(r.text.Reset)
		time.Sleep(floodWindow)
		synctest.Wait()
		left := `level=WARN msg="log lines left out: too many of one kind" kind=refused lines=`
		check(t, r, left+"3")

		r.set(r.text.Reset)
		for range floodLines + 1 {
			l.Warn("refused")
			l.Debug("all of these")
		}
		l.Close(time.Minute)
		if got := r.lines(); len(got) != 2*floodLines+2 || got[len(got)-1] != left+"1" {
			t.Errorf("%d lines, the last is %s", len(got), got[len(got)-1])
		}
		if l.LeftOut() != 4 {
			t.Errorf("%d lines left out, want 4", l.LeftOut())
		}
	})
}
