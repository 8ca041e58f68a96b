package commands

import "bytes"

// recording is a reply that is written down, to be written to the connection later. A rewind forgets what came after it.
type recording struct{ parts []func(Reply) }

func (r *recording) add(part func(Reply)) { r.parts = append(r.parts, part) }

// writeTo writes the reply.
func (r *recording) writeTo(to Reply) {
	for _, part := range r.parts {
		part(to)
	}
}

func (r *recording) Status(text string)      { r.add(func(to Reply) { to.Status(text) }) }
func (r *recording) Error(text string)       { r.add(func(to Reply) { to.Error(text) }) }
func (r *recording) Int(n int64)             { r.add(func(to Reply) { to.Int(n) }) }
func (r *recording) BulkString(value string) { r.add(func(to Reply) { to.BulkString(value) }) }
func (r *recording) Null()                   { r.add(Reply.Null) }
func (r *recording) NullArray()              { r.add(Reply.NullArray) }
func (r *recording) Array(n int)             { r.add(func(to Reply) { to.Array(n) }) }
func (r *recording) Map(n int)               { r.add(func(to Reply) { to.Map(n) }) }
func (r *recording) Set(n int)               { r.add(func(to Reply) { to.Set(n) }) }
func (r *recording) Push(n int)              { r.add(func(to Reply) { to.Push(n) }) }
func (r *recording) Double(f float64)        { r.add(func(to Reply) { to.Double(f) }) }
func (r *recording) Bool(b bool)             { r.add(func(to Reply) { to.Bool(b) }) }
func (r *recording) BigNumber(digits string) { r.add(func(to Reply) { to.BigNumber(digits) }) }
func (r *recording) Mark() int               { return len(r.parts) }
func (r *recording) Rewind(mark int)         { r.parts = r.parts[:mark] }
func (r *recording) Verbatim(kind, text string) {
	r.add(func(to Reply) { to.Verbatim(kind, text) })
}

// Bulk copies the value, which belongs to the engine.
func (r *recording) Bulk(value []byte) {
	value = bytes.Clone(value)
	r.add(func(to Reply) { to.Bulk(value) })
}
