package logging

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Of one kind of line, which is its message, floodLines are written in a floodWindow. Clients provoke lines, and whoever
// sends the most requests would else decide what the log has room for.
const (
	floodLines  = 20
	floodWindow = 10 * time.Second
)

// flood counts the lines of each kind.
type flood struct {
	summarize func(message string, lines uint64) // tells of lines that were left out
	leftOut   atomic.Uint64                      // since the start

	mu      sync.Mutex // guards windows
	windows map[string]*window
}

// window is the time in which lines of a kind are counted.
type window struct {
	lines uint64
	end   *time.Timer
}

func newFlood(summarize func(message string, lines uint64)) *flood {
	return &flood{summarize: summarize, windows: make(map[string]*window)}
}

// admits counts a line and reports whether it is written.
func (f *flood) admits(message string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.windows[message]
	if w == nil {
		w = &window{}
		w.end = time.AfterFunc(floodWindow, func() { f.finish(message) })
		f.windows[message] = w
	}
	w.lines++
	if w.lines > floodLines {
		f.leftOut.Add(1)
		return false
	}
	return true
}

// finish ends the window of a kind of line.
func (f *flood) finish(message string) {
	f.mu.Lock()
	w := f.windows[message]
	delete(f.windows, message)
	f.mu.Unlock()
	if w != nil && w.lines > floodLines {
		f.summarize(message, w.lines-floodLines)
	}
}

// close ends all windows.
func (f *flood) close() {
	f.mu.Lock()
	var messages []string
	for message, w := range f.windows {
		w.end.Stop()
		messages = append(messages, message)
	}
	f.mu.Unlock()
	for _, message := range messages {
		f.finish(message)
	}
}

// limited is a handler that leaves out what is too much of one kind. Lines for debugging all pass.
type limited struct {
	slog.Handler
	flood *flood
}

// Handle is part of slog.Handler.
func (l *limited) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo && !l.flood.admits(r.Message) {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs is part of slog.Handler.
func (l *limited) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &limited{l.Handler.WithAttrs(attrs), l.flood}
}

// WithGroup is part of slog.Handler.
func (l *limited) WithGroup(name string) slog.Handler {
	return &limited{l.Handler.WithGroup(name), l.flood}
}
