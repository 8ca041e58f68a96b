package storetest

import (
	"fmt"
	"math"
	"strings"

	"sessd/store"
)

func drawStreamID(d draw) store.StreamID {
	return of(d, store.StreamID{}, store.StreamID{Time: 1}, store.StreamID{Time: 1, Seq: 1}, store.StreamID{Time: 2},
		store.StreamID{Time: 5, Seq: 300}, store.StreamID{Time: start, Seq: 1}, store.StreamID{Time: start + 50, Seq: uint64(d(20))},
		store.StreamID{Time: 5, Seq: math.MaxUint64}, store.LastStreamID)
}

// drawTrim draws a trim, most often none.
func drawTrim(d draw) store.StreamTrim {
	t := store.StreamTrim{By: of(d, store.NoTrim, store.NoTrim, store.ByLength, store.ByID), Keep: int64(of(d, 0, 1, 3, 10, 100)), First: drawStreamID(d)}
	if t.Approximate = d(4) == 1; t.Approximate {
		t.Limit = int64(of(d, 0, 50, 100, 10_000))
	}
	return t
}

// appendMany is the name of a kind that is many steps.
const appendMany = "append many to a stream"

// streamKinds are the operations on streams.
func streamKinds() []kind {
	on := func(e store.Engine) store.Streams { return e.(store.Streams) }
	return []kind{
		{"append to a stream", func(d draw) operation {
			key := drawKey(d)
			a := store.StreamAppend{ID: drawStreamID(d), Form: of(d, store.NoID, store.NoID, store.GivenTime, store.GivenID), IfPresent: d(8) == 1, Trim: drawTrim(d)}
			pairs := append(drawPairs(d, drawName), "n", of(d, "v", "w", strings.Repeat("long", 30)))
			a.Pairs = words(pairs...)
			return operation{fmt.Sprintf("append %q %+v", key, a), []string{key}, func(e store.Engine, op store.Op) string {
				id, done, err := on(e).AppendToStream(background, op, []byte(key), a)
				return outcome(err, id, done)
			}}
		}},
		{appendMany, func(d draw) operation {
			key, n := drawKey(d), of(d, 20, 150, 300)
			return operation{fmt.Sprintf("append %d to %q", n, key), []string{key}, func(e store.Engine, op store.Op) string {
				for i := range n {
					a := store.StreamAppend{Form: store.NoID, Pairs: words("n", fmt.Sprint(i))}
					if id, _, err := on(e).AppendToStream(background, op, []byte(key), a); err != nil {
						return outcome(err, id)
					}
				}
				return ""
			}}
		}},
		{"trim a stream", func(d draw) operation {
			key, t := drawKey(d), drawTrim(d)
			return operation{fmt.Sprintf("trim %q %+v", key, t), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).TrimStream(background, op, []byte(key), t)
				return outcome(err, n)
			}}
		}},
		{"delete entries", func(d draw) operation {
			key, ids := drawKey(d), []store.StreamID{drawStreamID(d), drawStreamID(d)}
			return operation{fmt.Sprintf("delete %q %v", key, ids), []string{key}, func(e store.Engine, op store.Op) string {
				n, err := on(e).DeleteEntries(background, op, []byte(key), ids)
				return outcome(err, n)
			}}
		}},
		{"show a range", func(d draw) operation {
			key := drawKey(d)
			r := store.StreamRange{First: drawStreamID(d), Last: of(d, store.LastStreamID, drawStreamID(d)), Count: int64(of(d, 0, 1, 5)), FromEnd: d(2) == 1}
			return operation{fmt.Sprintf("range %q %+v", key, r), []string{key}, func(e store.Engine, op store.Op) string {
				var s streamText
				return outcome(on(e).RangeStream(background, op, []byte(key), r, &s), &s)
			}}
		}},
		{"information on a stream", func(d draw) operation {
			key := drawKey(d)
			return operation{fmt.Sprintf("stream info %q", key), []string{key}, func(e store.Engine, op store.Op) string {
				i, found, err := on(e).StreamInfo(background, op, []byte(key))
				i.Nodes = 0
				return outcome(err, fmt.Sprintf("%+v", i), found)
			}}
		}},
		{"set a stream", func(d draw) operation {
			key, m := drawKey(d), store.StreamMark{Last: drawStreamID(d), Added: int64(of(d, -1, 0, 1, 100)), MaxDeleted: drawStreamID(d)}
			return operation{fmt.Sprintf("set stream %q %+v", key, m), []string{key}, func(e store.Engine, op store.Op) string {
				found, err := on(e).SetStream(background, op, []byte(key), m)
				return outcome(err, found)
			}}
		}},
	}
}
