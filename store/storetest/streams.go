package storetest

import (
	"fmt"
	"math"
	"strings"

	"sessd/store"
)

// streamText collects entries as text: how many, and each id with its fields.
type streamText struct {
	count   int
	entries []string
}

// Entries implements store.StreamVisitor.
func (s *streamText) Entries(n int) { s.count, s.entries = n, nil }

// Entry implements store.StreamVisitor.
func (s *streamText) Entry(id store.StreamID, pairs [][]byte) {
	text := id.String()
	for i, word := range pairs {
		text += [...]string{" ", "="}[i%2] + string(word)
	}
	s.entries = append(s.entries, text)
}

// String implements fmt.Stringer.
func (s *streamText) String() string {
	return strings.TrimSpace(fmt.Sprint(s.count, " ", strings.Join(s.entries, ", ")))
}

func (f *fixture) streams() store.Streams { f.Helper(); return ability[store.Streams](f) }

// at is an id as short as it can be written.
func at(time, seq uint64) store.StreamID { return store.StreamID{Time: time, Seq: seq} }

// xadd appends an entry with an id.
func (f *fixture) xadd(key string, id store.StreamID, pairs ...string) {
	f.Helper()
	_, _, err := f.streams().AppendToStream(background, f.op, []byte(key), store.StreamAppend{ID: id, Pairs: words(pairs...)})
	f.ok(err)
}

// xaddMany appends entries with ids 1-0, 2-0 ...
func (f *fixture) xaddMany(key string, from, to int) {
	f.Helper()
	for i := from; i <= to; i++ {
		f.xadd(key, at(uint64(i), 0), "n", fmt.Sprint(i))
	}
}

func (f *fixture) xtrim(key string, t store.StreamTrim) int {
	f.Helper()
	n, err := f.streams().TrimStream(background, f.op, []byte(key), t)
	f.ok(err)
	return n
}

func (f *fixture) xdel(key string, ids ...store.StreamID) int {
	f.Helper()
	n, err := f.streams().DeleteEntries(background, f.op, []byte(key), ids)
	f.ok(err)
	return n
}

// stream returns entries as text.
func (f *fixture) stream(key string, r store.StreamRange) string {
	f.Helper()
	var s streamText
	if err := f.streams().RangeStream(background, f.op, []byte(key), r, &s); err != nil {
		return "error: " + err.Error()
	}
	f.want("shown", len(s.entries), s.count)
	return s.String()
}

func (f *fixture) streamInfo(key string) store.StreamInfo {
	f.Helper()
	i, _, err := f.streams().StreamInfo(background, f.op, []byte(key))
	f.ok(err)
	i.Nodes = 0
	return i
}

var wholeStream = store.StreamRange{Last: store.LastStreamID}

func streamCases() []testCase {
	return []testCase{
		{"entries are shown in the order of their ids", func(f *fixture) {
			f.want("of nothing", f.stream("a", wholeStream), "0")
			f.xadd("a", at(1, 1), "x", "1", "x", "2")
			f.xadd("a", at(1, 300), "x", "3", "y", "")
			f.xadd("a", at(2, 0), "x", "4", "y", "\x00")
			f.xadd("a", at(2, 1<<63), "x", "5", "y", "6")
			f.want("all", f.stream("a", wholeStream), "4 1-1 x=1 x=2, 1-300 x=3 y=, 2-0 x=4 y=\x00, 2-9223372036854775808 x=5 y=6")
			f.want("from the end", f.stream("a", store.StreamRange{Last: at(2, 0), Count: 2, FromEnd: true}), "2 2-0 x=4 y=\x00, 1-300 x=3 y=")
			f.want("some", f.stream("a", store.StreamRange{First: at(1, 2), Last: at(1, 300)}), "1 1-300 x=3 y=")
			f.want("none", f.stream("a", store.StreamRange{First: at(2, 1), Last: at(1, 0)}), "0")
			f.want("type", f.kind("a"), "stream")
			f.want("info", f.streamInfo("a"), store.StreamInfo{Length: 4, First: at(1, 1), Last: at(2, 1<<63), Added: 4})
		}},
		{"an id that is not given follows the last one", func(f *fixture) {
			s := f.streams()
			add := func(a store.StreamAppend) string {
				a.Pairs = words("x", "1")
				id, done, err := s.AppendToStream(background, f.op, []byte("a"), a)
				return outcome(err, id, " ", done)
			}
			f.want("to no stream", add(store.StreamAppend{Form: store.NoID, IfPresent: true}), "0-0 false")
			f.want("type", f.kind("a"), "none")
			f.want("time 0", add(store.StreamAppend{Form: store.GivenTime}), "0-1 true")
			f.want("time", add(store.StreamAppend{Form: store.GivenTime, ID: at(7, 5)}), "7-0 true")
			f.want("time again", add(store.StreamAppend{Form: store.GivenTime, ID: at(7, 0)}), "7-1 true")
			f.want("time before", add(store.StreamAppend{Form: store.GivenTime, ID: at(6, 0)}), "error: "+store.ErrStreamID.Error())
			f.want("the same", add(store.StreamAppend{ID: at(7, 1)}), "error: "+store.ErrStreamID.Error())
			f.want("now", add(store.StreamAppend{Form: store.NoID}), fmt.Sprintf("%d-0 true", int64(start)))
			f.want("now again", add(store.StreamAppend{Form: store.NoID, IfPresent: true}), fmt.Sprintf("%d-1 true", int64(start)))
			f.want("the last of a time", add(store.StreamAppend{ID: at(start+5, math.MaxUint64)}), fmt.Sprintf("%d-18446744073709551615 true", int64(start+5)))
			f.want("after it", add(store.StreamAppend{Form: store.NoID}), fmt.Sprintf("%d-0 true", int64(start+6)))
			f.want("the last", add(store.StreamAppend{ID: store.LastStreamID}), "18446744073709551615-18446744073709551615 true")
			f.want("after the last", add(store.StreamAppend{Form: store.NoID}), "error: "+store.ErrStreamFull.Error())
		}},
		{"a stream may have very many entries, and loses the first ones in one trim", func(f *fixture) {
			f.xaddMany("a", 1, 3000)
			f.want("some", f.stream("a", store.StreamRange{First: at(2999, 0), Last: store.LastStreamID}), "2 2999-0 n=2999, 3000-0 n=3000")
			all := new(streamText)
			f.ok(f.streams().RangeStream(background, f.op, []byte("a"), wholeStream, all))
			backwards := new(streamText)
			f.ok(f.streams().RangeStream(background, f.op, []byte("a"), store.StreamRange{Last: store.LastStreamID, FromEnd: true}, backwards))
			for i := range 3000 {
				f.want("forwards", all.entries[i], fmt.Sprintf("%d-0 n=%d", i+1, i+1))
				f.want("backwards", backwards.entries[i], all.entries[2999-i])
			}
			f.want("trimmed", f.xtrim("a", store.StreamTrim{By: store.ByLength, Keep: 2000}), 1000)
			f.want("first", f.streamInfo("a").First, at(1001, 0))
			f.want("trimmed", f.xtrim("a", store.StreamTrim{By: store.ByID, First: at(2900, 0)}), 1899)
			f.want("first", f.streamInfo("a").First, at(2900, 0))
			_, _, err := f.streams().AppendToStream(background, f.op, []byte("a"), store.StreamAppend{
				ID: at(4000, 0), Pairs: words("x", "1"), Trim: store.StreamTrim{By: store.ByLength, Keep: 2},
			})
			f.ok(err)
			f.want("left", f.stream("a", wholeStream), "2 3000-0 n=3000, 4000-0 x=1")
			f.want("trimmed", f.xtrim("a", store.StreamTrim{By: store.ByLength}), 2)
			f.want("info", f.streamInfo("a"), store.StreamInfo{Last: at(4000, 0), Added: 3001})
			f.xadd("a", at(4000, 1), "x", "2")
			f.want("again", f.stream("a", wholeStream), "1 4000-1 x=2")
		}},
		{"an approximate trim removes whole blocks", func(f *fixture) {
			f.xaddMany("a", 1, 350)
			t := store.StreamTrim{By: store.ByLength, Keep: 120, Approximate: true, Limit: 150}
			f.want("limited", f.xtrim("a", t), 100)
			t.Limit = 0
			f.want("blocks", f.xtrim("a", t), 100)
			f.want("less than a block", f.xtrim("a", t), 0)
			f.want("by id", f.xtrim("a", store.StreamTrim{By: store.ByID, First: at(320, 0), Approximate: true}), 100)
			f.want("length", f.streamInfo("a").Length, 50)
			f.want("all", f.xtrim("a", store.StreamTrim{By: store.ByLength, Approximate: true}), 50)
		}},
		{"entries that are deleted leave the greatest of their ids", func(f *fixture) {
			for _, n := range []int{5, 500} {
				key := fmt.Sprint("s", n)
				f.xaddMany(key, 1, n)
				f.want("deleted", f.xdel(key, at(2, 0), at(4, 0), at(2, 0), at(9999, 0), at(2, 1)), 2)
				f.want("nothing", f.xdel(key), 0)
				i := f.streamInfo(key)
				f.want("info", i, store.StreamInfo{Length: n - 2, First: at(1, 0), Last: at(uint64(n), 0), MaxDeleted: at(4, 0), Added: int64(n)})
				f.want("left", f.stream(key, store.StreamRange{Last: at(5, 0)}), "3 1-0 n=1, 3-0 n=3, 5-0 n=5")
				var all []store.StreamID
				for j := range n {
					all = append(all, at(uint64(j+1), 0))
				}
				f.want("deleted", f.xdel(key, all...), n-2)
				f.want("type", f.kind(key)+f.stream(key, wholeStream), "stream0")
			}
		}},
		{"entries are any bytes of any length, with any names", func(f *fixture) {
			var want []string
			for i := range 200 {
				pairs := []string{fmt.Sprint("name", i), "", "", strings.Repeat("\x00\r\n\xff", i*i)}
				f.xadd("a", at(uint64(i+1), uint64(i)), pairs...)
				want = append(want, fmt.Sprintf("%d-%d %s= =%s", i+1, i, pairs[0], pairs[3]))
			}
			f.want("entries", f.stream("a", wholeStream) == "200 "+strings.Join(want, ", "), true)
		}},
		{"what is known of entries can be set", func(f *fixture) {
			set := func(key string, m store.StreamMark) error {
				_, err := f.streams().SetStream(background, f.op, []byte(key), m)
				return err
			}
			found, err := f.streams().SetStream(background, f.op, []byte("none"), store.StreamMark{})
			f.want("none", fmt.Sprint(found, err), "false <nil>")
			for _, n := range []int{5, 500} {
				key := fmt.Sprint("s", n)
				f.xaddMany(key, 1, n)
				f.want("too few", set(key, store.StreamMark{Last: at(900, 0), Added: 1}), store.ErrStreamAdded)
				f.want("below an entry", set(key, store.StreamMark{Last: at(2, 0), Added: -1}), store.ErrStreamTop)
				f.ok(set(key, store.StreamMark{Last: at(900, 1), Added: 1000, MaxDeleted: at(900, 0)}))
				f.ok(set(key, store.StreamMark{Last: at(901, 1), Added: -1}))
				f.want("info", f.streamInfo(key), store.StreamInfo{Length: n, First: at(1, 0), Last: at(901, 1), MaxDeleted: at(900, 0), Added: 1000})
			}
		}},
		{"streams expire, persist, move and are copied, whatever their size", func(f *fixture) {
			for _, n := range []int{3, 600} {
				f.xaddMany("a", 1, n)
				f.xdel("a", at(2, 0))
				want, info := f.stream("a", wholeStream), f.streamInfo("a")
				_, err := f.keys().Expire(background, f.op, []byte("a"), store.ExpireOptions{At: f.op.Now + 10})
				f.ok(err)
				_, err = f.keys().Persist(background, f.op, []byte("a"))
				f.ok(err)
				f.want("entries", f.stream("a", wholeStream), want)
				for key, move := range map[string]bool{"copy": false, "moved": true} {
					_, err = f.keys().Expire(background, f.op, []byte("a"), store.ExpireOptions{At: f.op.Now + 10})
					f.ok(err)
					_, done, err := ability[store.Transferrer](f).TransferKey(background, f.op, []byte("a"), store.TransferOptions{Key: []byte(key), Replaces: true, Copies: !move, Keyspace: f.op.Keyspace})
					f.ok(err)
					f.want("done", done, true)
					f.want("entries", f.stream(key, wholeStream), want)
					f.want("info", f.streamInfo(key), info)
					f.xadd(key, at(10_000, 0), "n", "new")
					f.xadd("a", at(1<<40, 0), "n", "new")
					_, err = f.keys().Delete(background, f.op, words("a"))
					f.ok(err)
					f.xaddMany("a", 1, n)
					f.xdel("a", at(2, 0))
				}
				f.pass(10)
				f.want("gone", f.kind("copy")+f.kind("moved"), "nonenone")
				_, err = f.keys().Delete(background, f.op, words("a"))
				f.ok(err)
			}
		}},
		{"operations on streams find other types and leave them, and the others a stream", func(f *fixture) {
			f.set("s", "text")
			f.create("id", store.CreateOptions{})
			s := f.streams()
			for _, key := range words("s", "id") {
				_, _, add := s.AppendToStream(background, f.op, key, store.StreamAppend{Form: store.NoID, Pairs: words("x", "1")})
				_, trim := s.TrimStream(background, f.op, key, store.StreamTrim{})
				_, del := s.DeleteEntries(background, f.op, key, nil)
				_, _, info := s.StreamInfo(background, f.op, key)
				_, set := s.SetStream(background, f.op, key, store.StreamMark{})
				v := new(streamText)
				for name, err := range map[string]error{
					"AppendToStream": add, "TrimStream": trim, "DeleteEntries": del, "StreamInfo": info, "SetStream": set,
					"RangeStream": s.RangeStream(background, f.op, key, wholeStream, v),
				} {
					f.want(name, err, store.ErrWrongType)
				}
			}
			f.xadd("a", at(1, 0), "x", "1")
			f.wantWrongTypeForStrings("a")
			f.want("stream", f.stream("a", wholeStream), "1 1-0 x=1")
		}},
		{"a visitor that panics leaves the stream as it is", func(f *fixture) {
			for _, n := range []int{9, 300} {
				key := fmt.Sprint("a", n)
				f.xaddMany(key, 1, n)
				func() {
					defer func() { f.want("recovered", recover(), "stream") }()
					_ = f.streams().RangeStream(background, f.op, []byte(key), wholeStream, panickingStream{})
				}()
				f.xadd(key, at(1000, 0), "x", "1")
				f.want("length", f.streamInfo(key).Length, n+1)
			}
		}},
		{"every change of a stream is one event, with Redis's name", func(f *fixture) {
			r := f.observe(store.ChangeEvents | store.NewEvents)
			f.xadd("a", at(1, 0), "x", "1")
			f.xadd("a", at(2, 0), "x", "1")
			f.want("add", r.take(), "| new a, xadd a, | xadd a")
			f.xdel("a", at(1, 0), at(9, 0))
			f.xdel("a", at(1, 0))
			f.want("del", r.take(), "| xdel a")
			f.xtrim("a", store.StreamTrim{By: store.ByLength, Keep: 1})
			f.xtrim("a", store.StreamTrim{By: store.ByLength})
			f.want("trim", r.take(), "| xtrim a")
			_, _, err := f.streams().AppendToStream(background, f.op, []byte("a"), store.StreamAppend{
				ID: at(3, 0), Pairs: words("x", "1"), Trim: store.StreamTrim{By: store.ByLength},
			})
			f.ok(err)
			f.want("add and trim", r.take(), "| xadd a, xtrim a")
			_, err = f.streams().SetStream(background, f.op, []byte("a"), store.StreamMark{Last: at(3, 0), Added: -1})
			f.ok(err)
			f.want("set", r.take(), "| xsetid a")
		}},
		{"a stream that does not fit is not changed", func(f *fixture) {
			f.xaddMany("a", 1, 300)
			f.xaddMany("b", 1, 1)
			a, b := f.stream("a", wholeStream), f.stream("b", wholeStream)
			f.limit(store.Limits{MaxMemory: 1})
			for _, key := range words("a", "b", "c") {
				for _, length := range []int{3000, 5000, 100_000} {
					_, _, err := f.streams().AppendToStream(background, f.op, key, store.StreamAppend{Form: store.NoID, Pairs: words("new", strings.Repeat("v", length))})
					f.want("error", err, store.ErrNoMemory)
				}
			}
			f.want("streams", f.stream("a", wholeStream) == a && f.stream("b", wholeStream) == b && f.kind("c") == "none", true)
		}},
	}
}

type panickingStream struct{}

func (panickingStream) Entries(int)                    { panic("stream") }
func (panickingStream) Entry(store.StreamID, [][]byte) { panic("entry") }

// streamRaces are operations on streams at the same time.
func streamRaces() []testCase {
	return []testCase{
		{"appended entries get different ids, and ranges are whole while others append, trim and delete", func(f *fixture) {
			s := f.streams()
			f.xaddMany("a", 1, 2000)
			together(6, func(i int) {
				for n := range 200 {
					switch i {
					case 0, 1, 2:
						if _, _, err := s.AppendToStream(background, f.op, []byte("a"), store.StreamAppend{Form: store.NoID, Pairs: words("n", fmt.Sprint(n))}); err != nil {
							f.Errorf("append: %v", err)
						}
					case 3:
						if _, err := s.DeleteEntries(background, f.op, []byte("a"), []store.StreamID{at(uint64(n*10+5), 0)}); err != nil {
							f.Errorf("delete: %v", err)
						}
					default:
						v, before := new(streamText), 0
						if err := s.RangeStream(background, f.op, []byte("a"), store.StreamRange{Last: at(2000, 0), FromEnd: i == 5}, v); err != nil || len(v.entries) != v.count {
							f.Errorf("range: %d of %d, %v", len(v.entries), v.count, err)
						}
						for j, text := range v.entries {
							var id int
							_, _ = fmt.Sscan(text, &id)
							if i == 5 {
								id = 3000 - id
							}
							if id <= before {
								f.Errorf("entry %d is out of order: %s", j, text)
							}
							before = id
						}
					}
				}
			})
			f.want("length", f.streamInfo("a").Length, 2000+600-200)
			f.want("added", f.streamInfo("a").Added, int64(2600))
		}},
	}
}
