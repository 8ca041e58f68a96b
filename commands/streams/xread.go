package streams

import (
	"bytes"
	"time"

	"sessd/commands"
	"sessd/store"
)

// reading is a parsed XREAD.
type reading struct {
	count   int64 // of entries of each stream; 0: all
	blocks  bool
	timeout time.Duration // 0: for ever
	keys    [][]byte
	ids     [][]byte
}

// parseReading reads what follows XREAD, or the consumer of XREADGROUP.
func parseReading(c *commands.Call, words [][]byte, group bool) (r reading, err error) {
	for rest := commands.Read(words); rest.More(); {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "BLOCK") && rest.More():
			if c.InScript() {
				return r, commands.Errorf("ERR %.128s command is not allowed with BLOCK option from scripts", c.Words[0])
			}
			next, _ := rest.Next()
			r.blocks = true
			if r.timeout, err = c.MillisecondsOf(next); err != nil {
				return r, err
			}
		case commands.Is(word, "COUNT") && rest.More():
			if r.count, err = rest.Integer(); err != nil {
				return r, err
			}
			r.count = max(r.count, 0)
		case commands.Is(word, "STREAMS") && rest.More():
			var streams [][]byte
			for rest.More() {
				word, _ := rest.Next()
				streams = append(streams, word)
			}
			n := len(streams) / 2
			if len(streams)%2 != 0 {
				return r, errUnbalanced
			}
			r.keys, r.ids = streams[:n], streams[n:]
		case commands.Is(word, "GROUP") && rest.Left() > 1:
			return r, errGroupOption
		case commands.Is(word, "NOACK"):
			if !group {
				return r, errNoAck
			}
		default:
			return r, commands.ErrSyntax
		}
	}
	if r.keys == nil {
		return r, commands.ErrSyntax
	}
	return r, nil
}

// position is where a client has read a stream up to.
type position struct {
	key   []byte
	after store.StreamID
}

// positions returns where the client has read its streams up to. Errors come in the order of the streams.
func (f *family) positions(c *commands.Call, r *reading) ([]position, error) {
	all := make([]position, len(r.keys))
	for i, key := range r.keys {
		stream, _, err := f.engine.StreamInfo(c.Context, c.Op, key)
		if err != nil {
			return nil, err
		}
		all[i] = position{key: key}
		switch word := r.ids[i]; string(word) {
		case "$":
			all[i].after = stream.Last
		case ">":
			return nil, errNewID
		default:
			if all[i].after, err = wholeID(word, 0); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// serve answers with the entries after positions, and reports whether there are any. Where a stream loses its last ones
// meanwhile, it begins anew without that stream.
func (f *family) serve(c *commands.Call, positions []position, count int64) (served bool, err error) {
	mark := c.Reply.Mark()
	ready := make([]bool, len(positions))
	n := 0
	for i, p := range positions {
		stream, _, err := f.engine.StreamInfo(c.Context, c.Op, p.key)
		if err != nil {
			return false, err
		}
		if ready[i] = stream.Length > 0 && stream.Last.Compare(p.after) > 0; ready[i] {
			n++
		}
	}
	for n > 0 {
		left := f.serveReady(c, positions, ready, n, count)
		if left == n {
			return true, nil
		}
		c.Reply.Rewind(mark)
		n = left
	}
	return false, nil
}

// serveReady answers with the entries of the n streams that are ready, and returns how many of them were.
func (f *family) serveReady(c *commands.Call, positions []position, ready []bool, n int, count int64) (left int) {
	flat := c.Protocol() < 3
	if flat {
		c.Reply.Array(n)
	} else {
		c.Reply.Map(n)
	}
	for i, p := range positions {
		if !ready[i] {
			continue
		}
		first, more := p.after.Next()
		v := replyTo(c)
		v.name, v.header = p.key, func() {
			if flat {
				c.Reply.Array(2)
			}
		}
		r := store.StreamRange{First: first, Last: store.LastStreamID, Count: count}
		if err := f.show(c, p.key, r, v); err != nil || !more || v.count == 0 {
			ready[i] = false
			continue
		}
		left++
	}
	return left
}

func (f *family) read(c *commands.Call) error {
	r, err := parseReading(c, c.Args, false)
	if err != nil {
		return err
	}
	positions, err := f.positions(c, &r)
	if err != nil {
		return err
	}
	served, err := f.serve(c, positions, r.count)
	switch {
	case err != nil:
		return err
	case served:
	case r.blocks:
		return f.wait(c, &r, positions)
	default:
		c.Reply.NullArray()
	}
	return nil
}

// wait waits for entries. Each stream that has some serves all who wait for them, with its own alone.
func (f *family) wait(c *commands.Call, r *reading, positions []position) error {
	after := make([]position, len(positions)) // the words of a call that waits are others
	for i, p := range positions {
		after[i] = position{bytes.Clone(p.key), p.after}
	}
	return c.Park(&commands.Wait{
		Type: store.TypeStream, Key: len(c.Words) - 2*len(positions), Keys: len(positions), Timeout: r.timeout, Peeks: true,
		Serve: func(c *commands.Call, key []byte) (bool, error) {
			for i, p := range after {
				if !bytes.Equal(p.key, key) {
					continue
				}
				if served, err := f.serve(c, after[i:i+1], r.count); served || err != nil {
					return served, err
				}
			}
			return false, nil
		},
	})
}
