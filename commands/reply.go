package commands

// Reply is how a command says what its answer is; the writer behind it says how in the connection's protocol. What
// RESP2 lacks arrives there as the nearest thing: a map as a flat array, null as a null bulk, a double as a bulk.
type Reply interface {
	Status(text string)         // a short word such as OK, without a line end
	Error(text string)          // begins with an error code; line ends in it are replaced
	Int(n int64)                //
	Bulk(value []byte)          //
	BulkString(value string)    //
	Null()                      //
	NullArray()                 // a null where an array was expected; RESP2 tells the two apart
	Array(n int)                // n replies follow
	Map(n int)                  // n pairs of replies follow
	Set(n int)                  // n replies follow, in no order
	Push(n int)                 // n replies follow, outside the order of requests and answers
	Double(f float64)           //
	Bool(b bool)                // RESP2: 1 or 0
	Verbatim(kind, text string) // text for people; kind is three letters, "txt"
	BigNumber(digits string)    // an integer of any size
	Mark() int                  // a place to come back to
	Rewind(mark int)            // drops what came after the mark
}

// Protocol returns the version of the protocol in which the call is answered: the client's, or that of a script.
func (c *Call) Protocol() int {
	if r, ok := c.Reply.(interface{ Protocol() int }); ok {
		return r.Protocol()
	}
	return c.Client.Protocol()
}

// IntBool answers 1 or 0, in every version of the protocol.
func (c *Call) IntBool(b bool) {
	if b {
		c.Reply.Int(1)
	} else {
		c.Reply.Int(0)
	}
}

// Bulks answers an array of byte strings.
func (c *Call) Bulks(all [][]byte) {
	c.Reply.Array(len(all))
	for _, one := range all {
		c.Reply.Bulk(one)
	}
}
