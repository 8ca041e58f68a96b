package storetest

import (
	"fmt"
	"math"

	"sessd/store"
)

// draw chooses a number from 0 to n-1, at random or from a script.
type draw func(n int) int

// of chooses one of several values.
func of[T any](d draw, choices ...T) T { return choices[d(len(choices))] }

// operation is one operation with all that it takes, to be done on any engine.
type operation struct {
	text string   // what it is, for people
	keys []string // which entries it touches; nil: any
	do   func(e store.Engine, op store.Op) string
}

// kind draws operations of one kind. Alphabets are small, so that operations meet.
type kind struct {
	name string
	draw func(d draw) operation
}

func drawKey(d draw) string    { return of(d, "a", "b", "c", "d") }
func drawKeys(d draw) []string { return drawTexts(d, 4, drawKey) }
func drawName(d draw) string   { return of(d, "x", "y", "z", "") }
func drawValue(d draw) string {
	return of(d, "", "1", "-7", "longer", "9223372036854775807", "1.5", "\x00\xff")
}
func drawTimeout(d draw) int64  { return of[int64](d, 0, 1, 10, 50, 100, 1000, math.MaxInt64) }
func drawDistance(d draw) int64 { return of[int64](d, 10, 50, 100, 1000, 1, 0, -1) }

func drawTexts(d draw, limit int, one func(d draw) string) []string {
	texts := make([]string, d(limit))
	for i := range texts {
		texts[i] = one(d)
	}
	return texts
}

func drawPairs(d draw, name func(d draw) string) []string {
	var pairs []string
	for range d(4) {
		pairs = append(pairs, name(d), drawValue(d))
	}
	return pairs
}

func drawBytes(d draw, choices ...string) []byte {
	if text := of(d, choices...); text != "" {
		return []byte(text)
	}
	return nil
}

// outcome is what an operation returned, as text to compare.
func outcome(err error, results ...any) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprint(results...)
}

// prefetchKind is what must change nothing.
func prefetchKind() kind {
	return kind{"prefetch", func(d draw) operation {
		keys, name := drawKeys(d), drawName(d)
		return operation{fmt.Sprintf("prefetch %q", keys), keys, func(e store.Engine, op store.Op) string {
			if p, ok := e.(store.Prefetcher); ok {
				p.Prefetch(op, words(keys...))
			}
			if p, ok := e.(store.ElementPrefetcher); ok {
				for _, key := range keys {
					p.PrefetchElements(op, words(key, key, key, key), words(name, key, "", "none"))
				}
			}
			return ""
		}}
	}}
}

// kindsFor returns the kinds of operations of an ability for engines that have it.
func kindsFor[A any](kinds ...kind) func(store.Engine) []kind {
	return func(e store.Engine) []kind {
		if _, ok := e.(A); ok {
			return kinds
		}
		return nil
	}
}

// setsOfBothKinds is the ability to hold sets and sorted sets.
type setsOfBothKinds interface {
	store.Sets
	store.SortedSets
}

// abilities are the kinds of operations, by the ability that an engine needs for them.
var abilities = []func(store.Engine) []kind{
	kindsFor[store.Sessions](sessionKinds()...),
	kindsFor[store.Keys](keyKinds()...),
	kindsFor[store.Keys](scanKind()),
	kindsFor[store.Strings](stringKinds()...),
	kindsFor[store.Transferrer](transferKind()),
	kindsFor[store.Swapper](swapKind()),
	kindsFor[store.Bitmaps](bitmapKinds()...),
	kindsFor[store.HyperLogLogs](hyperloglogKinds()...),
	kindsFor[store.Hashes](hashKinds()...),
	kindsFor[store.FieldExpirer](fieldDeadlineKinds()...),
	kindsFor[store.Sets](setKinds()...),
	kindsFor[store.SortedSets](sortedKinds()...),
	kindsFor[store.Algebra](algebraKinds()...),
	kindsFor[setsOfBothKinds](moveKinds()...),
	kindsFor[store.Streams](streamKinds()...),
	kindsFor[store.Lists](listKinds()...),
	kindsFor[store.Prefetcher](prefetchKind()),
}

// kindsOf returns the kinds of operations that an engine has the abilities for.
func kindsOf(e store.Engine) []kind {
	var kinds []kind
	for _, of := range abilities {
		kinds = append(kinds, of(e)...)
	}
	if _, ok := e.(store.Transactor); ok {
		kinds = append(kinds, stepKind(kinds))
	}
	return kinds
}
