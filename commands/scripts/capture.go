package scripts

import (
	"strconv"

	"sessd/commands/scripts/lua"
)

// capture is a commands.Reply that becomes a value for a script, in the version of the protocol that the script speaks.
// Values stand in the order in which they were written; aggregates before their elements.
type capture struct {
	resp  int
	parts []part
}

// part is a value, of which an aggregate has its elements in the n parts that follow and theirs.
type part struct {
	lua.Value
	n int
}

// begin makes room for the next reply.
func (c *capture) begin(resp int) { c.resp, c.parts = resp, c.parts[:0] }

// Protocol returns the version of the protocol, which handlers ask.
func (c *capture) Protocol() int { return c.resp }

// keepParts bounds what is kept for the next reply.
const keepParts = 1024

// forget lets go of the last reply.
func (c *capture) forget() {
	if cap(c.parts) > keepParts {
		c.parts = nil
	}
	clear(c.parts[:cap(c.parts)])
}

// value returns the reply.
func (c *capture) value() lua.Value {
	if len(c.parts) == 0 {
		return lua.Value{}
	}
	v, _ := assemble(c.parts)
	return v
}

// assemble returns the first value with its elements, and the parts behind.
func assemble(parts []part) (lua.Value, []part) {
	v, n := parts[0].Value, parts[0].n
	parts = parts[1:]
	if n > 0 {
		v.Items = make([]lua.Value, n)
		for i := range v.Items {
			v.Items[i], parts = assemble(parts)
		}
	}
	return v, parts
}

func (c *capture) add(v lua.Value) { c.parts = append(c.parts, part{Value: v}) }

func (c *capture) aggregate(kind lua.Kind, n int) {
	if c.resp == 2 {
		kind = lua.Array
	}
	c.parts = append(c.parts, part{lua.Value{Kind: kind}, n})
}

func (c *capture) Status(text string)      { c.add(lua.Value{Kind: lua.Status, Text: text}) }
func (c *capture) Error(text string)       { c.add(lua.Value{Kind: lua.Error, Text: text}) }
func (c *capture) Int(n int64)             { c.add(lua.Value{Kind: lua.Int, Int: n}) }
func (c *capture) Bulk(value []byte)       { c.add(lua.Value{Kind: lua.Bulk, Text: string(value)}) }
func (c *capture) BulkString(value string) { c.add(lua.Value{Kind: lua.Bulk, Text: value}) }
func (c *capture) Null()                   { c.add(lua.Value{}) }
func (c *capture) NullArray()              { c.add(lua.Value{}) }
func (c *capture) Array(n int)             { c.aggregate(lua.Array, n) }
func (c *capture) Map(n int)               { c.aggregate(lua.Map, 2*n) }
func (c *capture) Set(n int)               { c.aggregate(lua.Set, n) }
func (c *capture) Push(n int)              { c.aggregate(lua.Array, n) }
func (c *capture) Mark() int               { return len(c.parts) }
func (c *capture) Rewind(mark int)         { c.parts = c.parts[:mark] }

func (c *capture) Double(f float64) {
	if c.resp == 2 {
		c.BulkString(strconv.FormatFloat(f, 'g', 17, 64))
		return
	}
	c.add(lua.Value{Kind: lua.Double, Float: f})
}

func (c *capture) Bool(b bool) {
	v := lua.Value{Kind: lua.Bool}
	if c.resp == 2 {
		v.Kind = lua.Int
	}
	if b {
		v.Int = 1
	}
	c.add(v)
}

func (c *capture) Verbatim(kind, text string) {
	if c.resp == 2 {
		c.BulkString(text)
		return
	}
	c.add(lua.Value{Kind: lua.Verbatim, Format: kind, Text: text})
}

func (c *capture) BigNumber(digits string) {
	if c.resp == 2 {
		c.BulkString(digits)
		return
	}
	c.add(lua.Value{Kind: lua.BigNumber, Text: digits})
}
