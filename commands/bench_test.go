package commands_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/store"
	"sessd/store/memory"
)

// length is a Reply that counts bytes, so that a benchmark measures commands and not the protocol.
type length struct{ n int }

func (l *length) Status(text string)      { l.n += len(text) }
func (l *length) Error(text string)       { panic(text) }
func (l *length) Int(int64)               { l.n++ }
func (l *length) Bulk(value []byte)       { l.n += len(value) }
func (l *length) BulkString(value string) { l.n += len(value) }
func (l *length) Null()                   { l.n++ }
func (l *length) BigNumber(digits string) { l.n += len(digits) }
func (l *length) NullArray()              { l.n++ }
func (l *length) Array(int)               { l.n++ }
func (l *length) Map(int)                 { l.n++ }
func (l *length) Set(int)                 { l.n++ }
func (l *length) Push(int)                { l.n++ }
func (l *length) Double(float64)          { l.n++ }
func (l *length) Bool(bool)               { l.n++ }
func (l *length) Verbatim(_, text string) { l.n += len(text) }
func (l *length) Mark() int               { return l.n }
func (l *length) Rewind(mark int)         { l.n = mark }

// BenchmarkDo runs requests of two kinds in turn, so that each is resolved and none is like the one before.
func BenchmarkDo(b *testing.B) {
	engine := memory.New(memory.Options{Keyspaces: 1})
	defer engine.Close()
	d := commands.New(commands.Options{Engine: engine, Families: families.Of(engine), IdleTimeout: time.Hour})
	call := d.NewCall(context.Background(), new(length))
	call.Stats = d.NewStats()
	call.Client = commands.NewClient(1, "", "", nil, d.Users.Welcome())
	call.Op = store.Op{Now: time.Now().UnixMilli()}
	call.Begin()
	do := func(words [][]byte) {
		call.Request = commands.Request{Words: words}
		d.Do(call)
	}
	split := func(request string) (words [][]byte) {
		for _, word := range strings.Fields(request) {
			words = append(words, []byte(word))
		}
		return words
	}
	do(split("SESS.CREATE s1 FIELDS 3 lang en cart 3 user ann"))
	do(split("SET k hello"))
	ping := split("PING")
	for _, request := range []string{"PING", "GET k", "SET k hello", "SESS.GET s1", "SESS.SAVE s1 lang de"} {
		words := split(request)
		b.Run(strings.Fields(request)[0], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				do(words)
				do(ping)
			}
		})
	}
}
