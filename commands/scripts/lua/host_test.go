package lua

import (
	"strconv"
	"strings"
)

// fakeHost has a map of strings and a few commands over it.
type fakeHost struct {
	data map[string]string
	log  []string
	repl int
	resp int
}

func newHost() *fakeHost { return &fakeHost{data: map[string]string{}} }

func (h *fakeHost) Log(level int, text string) { h.log = append(h.log, strconv.Itoa(level)+" "+text) }
func (h *fakeHost) Replicate(where int)        { h.repl = where }

func (h *fakeHost) Permits(words [][]byte) (permitted, known bool) {
	return string(words[0]) != "del", string(words[0]) != "nope"
}

func (h *fakeHost) Call(words [][]byte, resp int) Value {
	h.resp = resp
	if len(words) == 2 && string(words[0]) == "get" {
		v, ok := h.data[string(words[1])]
		if !ok {
			return Value{}
		}
		return Value{Kind: Bulk, Text: v}
	}
	key := func() string { return string(words[1]) }
	switch name := strings.ToLower(string(words[0])); name {
	case "set":
		h.data[key()] = string(words[2])
		return Value{Kind: Status, Text: "OK"}
	case "del", "exists":
		n := 0
		for _, word := range words[1:] {
			if _, ok := h.data[string(word)]; ok {
				n++
			}
			if name == "del" {
				delete(h.data, string(word))
			}
		}
		return Value{Kind: Int, Int: int64(n)}
	case "incr":
		n, err := strconv.Atoi(h.data[key()])
		if err != nil && h.data[key()] != "" {
			return Value{Kind: Error, Text: "ERR value is not an integer or out of range"}
		}
		h.data[key()] = strconv.Itoa(n + 1)
		return Value{Kind: Int, Int: int64(n + 1)}
	case "mget":
		v := Value{Kind: Array}
		for _, word := range words[1:] {
			if text, ok := h.data[string(word)]; ok {
				v.Items = append(v.Items, Value{Kind: Bulk, Text: text})
			} else {
				v.Items = append(v.Items, Value{})
			}
		}
		return v
	case "ping":
		return Value{Kind: Status, Text: "PONG"}
	}
	return Value{Kind: Error, Text: "ERR Unknown Redis command called from script"}
}
