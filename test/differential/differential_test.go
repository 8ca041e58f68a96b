package differential

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// A sequence that fails is made as short as it can be and kept in testdata/rapid, from where every later run repeats it.

func TestRESP2(t *testing.T) { compare(t, "2", allRows) }

func TestRESP3(t *testing.T) { compare(t, "3", allRows) }

// compare sends sequences of requests of some rows.
func compare(t *testing.T, protocol string, rows iter.Seq[row]) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	rapid.Check(t, func(r *rapid.T) {
		redis := servertest.Dial(check{t, r}, "unix", socket)
		sessd := servertest.Dial(check{t, r}, "tcp", server.Addr)
		for _, c := range []*servertest.Conn{redis, sessd} {
			c.Do("FLUSHALL")
			c.Do("HELLO", protocol)
		}
		var sent strings.Builder
		step := 0
		actions := make(map[string]func(*rapid.T))
		for row := range rows {
			name := row.name
			for n := 2; actions[name] != nil; n++ { // rows of one command
				name = fmt.Sprint(row.name, " ", n)
			}
			actions[name] = func(r *rapid.T) {
				request := row.request(r, step)
				step++
				fmt.Fprintf(&sent, "%q\n", request)
				want, got := row.send(redis, request), row.send(sessd, request)
				if !row.equal(want, got) {
					r.Fatalf("after\n%sRedis answers %q\nsessd answers %q", sent.String(), want, got)
				}
			}
		}
		r.Repeat(actions)
	})
}

// allRows yields the rows of all families.
func allRows(yield func(row) bool) {
	for _, rows := range families {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	}
}

// check makes connections part of one check, so that one that breaks is a failure which is made shorter.
type check struct {
	testing.TB
	r *rapid.T
}

func (c check) Cleanup(f func())                  { c.r.Cleanup(f) }
func (c check) Fatal(args ...any)                 { c.r.Fatal(args...) }
func (c check) Fatalf(format string, args ...any) { c.r.Fatalf(format, args...) }
