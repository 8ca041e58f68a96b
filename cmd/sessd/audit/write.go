package audit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// batchBytes is about how much is written in one call.
const batchBytes = 64 << 10

// run writes entries until the record is closed and nothing waits.
func (l *Log) run() {
	defer close(l.done)
	for {
		entries, untold, closed := l.take()
		switch {
		case len(entries) > 0:
			l.writeAll(entries, untold)
		case closed:
			return
		default:
			<-l.wake
		}
	}
}

// take empties the queue.
func (l *Log) take() (entries []entry, untold uint64, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries, untold, closed = l.waiting, l.untold, l.closed
	l.waiting, l.bytes = nil, 0
	if len(entries) > 0 {
		l.untold = 0 // else told with the next entry, as the target may still be away
	}
	return entries, untold, closed
}

// writeAll writes entries, and after them how many had no room behind them.
func (l *Log) writeAll(entries []entry, untold uint64) {
	var batch []byte
	for i := range entries {
		batch = l.append(batch, &entries[i])
		if len(batch) >= batchBytes || i == len(entries)-1 {
			untold += l.write(batch)
			batch = batch[:0]
		}
	}
	if untold > 0 && l.write(l.append(nil, &entry{time: time.Now(), event: eventLost, entries: untold})) == 0 {
		untold = 0
	}
	l.mu.Lock()
	l.untold += untold
	l.mu.Unlock()
}

// write writes lines and returns how many the target did not take. What is left of one that it took in part is ended before the next.
func (l *Log) write(lines []byte) (missed uint64) {
	all := uint64(bytes.Count(lines, []byte("\n")))
	if l.torn {
		lines = append([]byte("\n"), lines...)
	}
	n, err := l.options.Target.Write(lines)
	if n > 0 {
		l.torn = lines[n-1] != '\n'
	}
	if err != nil {
		missed = min(uint64(bytes.Count(lines[n:], []byte("\n"))), all)
		l.lost.Add(missed)
	}
	l.written.Add(all - missed)
	return missed
}

// append appends the line of an entry.
func (l *Log) append(b []byte, e *entry) []byte {
	h := l.hasher
	out := line{
		Time: e.time.UTC().Format("2006-01-02T15:04:05.000000Z"), Event: e.event, Cause: e.cause, Reason: e.reason,
		ID: h.bytes(e.id), Former: h.bytes(e.former), Principal: h.bytes(e.principal), Key: h.bytes(e.key), Subject: h.text(e.subject),
		Client: e.who.ID, User: h.text(e.who.User), Addr: h.text(e.who.Host), Name: h.text(e.who.Name), Command: e.who.Command,
		Settings: e.settings, Failures: e.failures, Failed: e.failed, Of: e.of, Entries: e.entries,
	}
	if e.session {
		out.Keyspace = &e.keyspace
	}
	if e.event == eventStarted {
		out.HashKey, out.KeyKept = h.keyName(), &l.options.KeyKept
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err) // strings and numbers
	}
	return append(append(b, text...), '\n')
}

// Close says that the server has stopped. The channel that it returns is closed once all that waits is written. It must follow
// Start.
func (l *Log) Close() (written <-chan struct{}) {
	l.mu.Lock()
	events := slices.Collect(maps.Keys(l.windows))
	l.mu.Unlock()
	for _, event := range events {
		l.finish(event)
	}
	l.add(entry{event: eventStopped})
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return l.done
}
