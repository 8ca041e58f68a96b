package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress tells once a second how a phase goes. On a terminal it is one line that is written anew, elsewhere line by
// line and only when asked for.
type progress struct {
	out      io.Writer
	enabled  bool
	terminal bool
	last     int64 // operations done when the last line was written
}

// newProgress writes to f when that is a terminal or always is set.
func newProgress(f *os.File, always bool) *progress {
	info, err := f.Stat()
	// Any character device counts as a terminal; on /dev/null a line too many does no harm.
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &progress{out: f, enabled: terminal || always, terminal: terminal}
}

// tick reports a phase after it has run for elapsed. A total of 0 means that its end is not known.
func (p *progress) tick(phase string, elapsed time.Duration, done, total, failed int64) {
	if !p.enabled {
		return
	}
	line := fmt.Sprintf("%-8s %4.0f s  %9d/s  %11d done", phase, elapsed.Seconds(), done-p.last, done)
	p.last = done // a tick comes once a second, so the difference is a rate
	if total > 0 {
		line += fmt.Sprintf("  %3.0f %%", 100*float64(done)/float64(total))
	}
	if failed > 0 {
		line += fmt.Sprintf("  %d FAILED", failed)
	}
	p.write(line)
}

// note reports something that is not counted.
func (p *progress) note(format string, args ...any) {
	if p.enabled {
		p.write(fmt.Sprintf(format, args...))
	}
}

func (p *progress) write(line string) {
	if p.terminal {
		fmt.Fprintf(p.out, "\r%s\x1b[K", line)
		return
	}
	fmt.Fprintln(p.out, line)
}

// done ends a phase.
func (p *progress) done() {
	p.last = 0
	if p.enabled && p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
