package storetest

import (
	"slices"
	"strings"

	"sessd/store"
)

// describe returns the descriptions of a principal's sessions by id.
func (f *fixture) describe(principal string, fields ...string) map[string]store.SessionDescription {
	f.Helper()
	all, err := f.sessions().DescribeSessions(background, f.op, []byte(principal), words(fields...))
	f.ok(err)
	byID := map[string]store.SessionDescription{}
	for _, d := range all {
		byID[string(d.ID)] = d
	}
	return byID
}

func (f *fixture) destroyHandles(principal string, handles ...[]byte) int {
	f.Helper()
	n, err := f.sessions().DestroyHandles(background, f.op, []byte(principal), handles)
	f.ok(err)
	return n
}

// handleCases are of what people are shown of their sessions.
func handleCases() []testCase {
	p := []byte("p")
	return []testCase{
		{"a description has times, and the fields that were asked for", func(f *fixture) {
			f.create("a", store.CreateOptions{IdleTimeout: 100, Principal: p, Fields: words("x", "1", "y", "")})
			f.create("b", store.CreateOptions{Principal: []byte("q")})
			f.pass(5)
			f.save("a", "z", "2")
			f.pass(1)
			all := f.describe("p", "y", "none", "z")
			d := all["a"]
			f.want("sessions", len(all), 1)
			f.want("times", []int64{d.CreatedAt, d.AccessedAt, d.ExpiresAt}, []int64{start, start + 5, start + 105})
			f.want("values", d.Values, [][]byte{{}, nil, []byte("2")})
			f.want("nobody's", len(f.describe("")), 0)
		}},
		{"a description has no field that has ended", func(f *fixture) {
			more := []store.BagChange{{Fields: words("code", "1", "none", ""), TTL: 1}}
			f.create("a", store.CreateOptions{Principal: p, Fields: words("x", "2"), More: more})
			f.want("before", f.describe("p", "code", "none", "x")["a"].Values, [][]byte{[]byte("1"), {}, []byte("2")})
			f.pass(1)
			f.want("after", f.describe("p", "code", "none", "x")["a"].Values, [][]byte{nil, nil, []byte("2")})
		}},
		{"a handle names one session of its principal, as long as it lives", func(f *fixture) {
			f.create("a", store.CreateOptions{Principal: p})
			f.create("b", store.CreateOptions{Principal: p})
			f.create("c", store.CreateOptions{Principal: []byte("q")})
			a, b, c := f.describe("p")["a"].Handle, f.describe("p")["b"].Handle, f.describe("q")["c"].Handle
			f.want("handles", len(a) > 0 && len(b) > 0 && !slices.Equal(a, b) && !slices.Equal(a, c), true)
			f.pass(5)
			f.save("a", "x", "1")
			f.rotate("a", "a2", 10)
			f.rotate("a2", strings.Repeat("long", 100), 0)
			f.want("handle after rotations", f.describe("p")[strings.Repeat("long", 100)].Handle, a)
			f.want("handle of another principal's", f.destroyHandles("p", c), 0)
			f.want("parts and texts like it", f.destroyHandles("p", a[1:], append(slices.Clone(a), 'x'), nil, []byte("a")), 0)
			f.want("without a principal", f.destroyHandles("", a), 0)
			f.want("destroyed", f.destroyHandles("p", a, a), 1)
			f.want("of p", f.of("p"), "b")
			f.want("again", f.destroyHandles("p", a), 0)
			f.create("a", store.CreateOptions{Principal: p})
			f.want("another session of the id", f.destroyHandles("p", a), 0)
		}},
		{"a session that moves keeps its handle, and a copy has its own", func(f *fixture) {
			t := ability[store.Transferrer](f)
			f.create("a", store.CreateOptions{Principal: p})
			handle := f.describe("p")["a"].Handle
			_, _, err := t.TransferKey(background, f.op, []byte("a"), store.TransferOptions{Key: []byte("b")})
			f.ok(err)
			f.want("after a move", f.describe("p")["b"].Handle, handle)
			_, _, err = t.TransferKey(background, f.op, []byte("b"), store.TransferOptions{Key: []byte("c"), Copies: true})
			f.ok(err)
			f.want("destroyed", f.destroyHandles("p", handle), 1)
			f.want("of p", f.of("p"), "c")
		}},
		{"of many sessions the one with the handle ends", func(f *fixture) {
			for i := range 500 {
				f.create(strings.Repeat("i", i+1), store.CreateOptions{Principal: p})
			}
			f.rotate("iii", "r", 0)
			all := f.describe("p")
			f.want("sessions", len(all), 500)
			f.want("destroyed", f.destroyHandles("p", all["r"].Handle, all["i"].Handle), 2)
			f.want("left", f.exists("r", "i", "ii"), 1)
			f.want("of p", len(f.describe("p")), 498)
		}},
		{"an id is due for another after its time", func(f *fixture) {
			f.create("a", store.CreateOptions{RenewAfter: 10})
			f.create("b", store.CreateOptions{})
			at := func(id string) int64 {
				var info store.SessionInfo
				f.load(id, store.LoadOptions{Info: &info})
				f.want("META", f.meta(id).RenewAt, info.RenewAt)
				return info.RenewAt
			}
			f.want("due", at("a"), int64(start+10))
			f.want("never due", at("b"), store.Never)
			f.pass(7)
			f.save("a", "x", "1")
			f.want("due after a save", at("a"), int64(start+10))
			f.rotate("a", "c", 0)
			f.want("due after a rotation", at("c"), int64(start+17))
			f.want("META", f.meta("c").RenewAfter, int64(10))
			f.rotate("b", "d", 0)
			f.want("never due", at("d"), store.Never)
		}},
	}
}
