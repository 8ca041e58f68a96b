package server

// A long request is prepared beside its event loop: on a goroutine of their own its buffer grows and its words are found. An
// allocation of that size may have to work for the collector, on top of what it copies. The connection rests meanwhile.

// longRequest is from how many bytes on a request is a long one.
const longRequest = 256 << 10

// foundWords is the words of a complete request that were found beside the loop.
type foundWords struct {
	words  [][]byte
	length int  // of the request; 0: there is none to be split
	tried  bool // its words were looked for; none: they are found on the loop, which answers the error
}

// take returns the words and the request's length; 0: there are none.
func (f *foundWords) take() (words [][]byte, length int) {
	if f.words == nil {
		return nil, 0
	}
	words, length = f.words, f.length
	*f = foundWords{}
	return words, length
}
