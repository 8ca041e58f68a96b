// Package differential sends random sequences of commands to a real redis-server and to sessd, and compares the replies
// byte by byte. A family of commands joins by adding its rows to families.
package differential

import (
	"fmt"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"sessd/server/servertest"
)

// row is how requests of one command are made, and how replies are compared.
type row struct {
	name string
	args []words // what follows the name, in order
	// ask sends a request and returns what is compared; nil: it is sent once, and its reply is compared.
	ask func(c *servertest.Conn, request []string) string
	// same compares the two; nil: they must be the same bytes.
	same func(redis, sessd string) bool
}

// words makes some words of a request, which is number step of its sequence.
type words func(t *rapid.T, step int) []string

// families are the commands of which sequences are made, by family.
var families = map[string][]row{
	"string":      stringRows,
	"bitmap":      bitmapRows,
	"hyperloglog": hyperloglogRows,
	"generic":     genericRows,
	"connection":  connectionRows,
	"hash":        hashRows,
	"sorted-set":  sortedRows,
	"set":         setRows,
	"sort":        sortRows,
	"stream":      streamRows,
	"list":        listRows,
}

// request draws a request for the row: mostly as it should be, at times with a word too few or too many, and in any
// letter case.
func (r row) request(t *rapid.T, step int) []string {
	request := []string{anyCase(t, r.name)}
	for _, make := range r.args {
		request = append(request, make(t, step)...)
	}
	switch rapid.IntRange(0, 19).Draw(t, "arity") {
	case 18:
		request = request[:max(1, len(request)-1)]
	case 19:
		request = append(request, "surplus")
	}
	return request
}

func (r row) send(c *servertest.Conn, request []string) string {
	if r.ask == nil {
		return c.Do(request...)
	}
	return r.ask(c, request)
}

func (r row) equal(redis, sessd string) bool {
	return redis == sessd || r.same != nil && r.same(redis, sessd)
}

// anyCase draws a spelling of a word that is one in any letter case.
func anyCase(t *rapid.T, word string) string {
	switch rapid.IntRange(0, 3).Draw(t, "case") {
	case 2:
		return strings.ToLower(word)
	case 3:
		return strings.ToUpper(word[:1]) + strings.ToLower(word[1:])
	}
	return word
}

// one draws one word out of some.
func one(label string, of ...string) words {
	return func(t *rapid.T, _ int) []string {
		return []string{rapid.SampledFrom(of).Draw(t, label)}
	}
}

// maybe leaves words out half of the time.
func maybe(inner words) words {
	return func(t *rapid.T, step int) []string {
		if rapid.Bool().Draw(t, "given") {
			return inner(t, step)
		}
		return nil
	}
}

// several draws words from least to most times.
func several(least, most int, inner ...words) words {
	return func(t *rapid.T, step int) []string {
		var all []string
		for range rapid.IntRange(least, most).Draw(t, "times") {
			for _, make := range inner {
				all = append(all, make(t, step)...)
			}
		}
		return all
	}
}

// option is a literal in any letter case and the words that belong to it.
func option(literal string, inner ...words) words {
	return func(t *rapid.T, step int) []string {
		all := []string{anyCase(t, literal)}
		for _, make := range inner {
			all = append(all, make(t, step)...)
		}
		return all
	}
}

// options draws up to three of some options, in any order, so that some contradict each other or come twice.
func options(of ...words) words {
	return func(t *rapid.T, step int) []string {
		var all []string
		for range rapid.SampledFrom([]int{0, 1, 1, 1, 2, 2, 3}).Draw(t, "options") {
			all = append(all, rapid.SampledFrom(of).Draw(t, "option")(t, step)...)
		}
		return all
	}
}

// bulks takes an array of bulks apart; rest is what follows them, or all of a reply that is none.
func bulks(reply string) (elements []string, rest string) {
	var n int
	if _, err := fmt.Sscanf(reply, "*%d\r\n", &n); err != nil {
		return nil, reply
	}
	_, rest, _ = strings.Cut(reply, "\r\n")
	for range n {
		header, after, _ := strings.Cut(rest, "\r\n")
		size, err := strconv.Atoi(strings.TrimPrefix(header, "$"))
		if err != nil || size < 0 || size+2 > len(after) {
			return nil, reply
		}
		elements, rest = append(elements, after[:size]), after[size+2:]
	}
	return elements, rest
}
