// Package logging writes the daemon's log without making anybody wait. Lines go to a bounded queue, a flood of one kind
// of line is cut short, and what is lost is counted.
package logging

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"time"
)

// Options is how a log is written.
type Options struct {
	Level slog.Leveler // the least that is logged
	JSON  bool         // JSON lines in place of text
}

// Log is a logger and the queue behind it.
type Log struct {
	*slog.Logger
	queue *queue
	flood *flood
}

// New returns a log that keeps its lines until Start.
func New(w io.Writer, o Options) *Log {
	l := &Log{}
	l.queue = newQueue(w, func(lost uint64) []byte {
		return o.line(slog.LevelWarn, "log lines lost: their reader was away or too slow", slog.Uint64("lines", lost))
	})
	handler := o.handler(l.queue)
	l.flood = newFlood(func(message string, lines uint64) {
		r := slog.NewRecord(time.Now(), slog.LevelWarn, "log lines left out: too many of one kind", 0)
		r.AddAttrs(slog.String("kind", message), slog.Uint64("lines", lines))
		handler.Handle(context.Background(), r)
	})
	l.Logger = slog.New(&limited{handler, l.flood})
	return l
}

// Start begins to write the lines, in the background.
func (l *Log) Start() { go l.queue.run() }

// Lost returns how many lines were not written because the reader was away or too slow.
func (l *Log) Lost() uint64 { return l.queue.lost.Load() }

// LeftOut returns how many lines were not written because there were too many of their kind.
func (l *Log) LeftOut() uint64 { return l.flood.leftOut.Load() }

// Close writes what waits, for no longer than patience. It must follow Start.
func (l *Log) Close(patience time.Duration) {
	l.flood.close()
	l.queue.close(patience)
}

// handler returns what formats lines and writes each by one call.
func (o Options) handler(w io.Writer) slog.Handler {
	how := &slog.HandlerOptions{Level: o.Level}
	if o.JSON {
		return slog.NewJSONHandler(w, how)
	}
	return slog.NewTextHandler(w, how)
}

// line returns one line of the log.
func (o Options) line(level slog.Level, message string, attrs ...slog.Attr) []byte {
	var b bytes.Buffer
	r := slog.NewRecord(time.Now(), level, message, 0)
	r.AddAttrs(attrs...)
	o.handler(&b).Handle(context.Background(), r)
	return b.Bytes()
}
