package memory

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"sessd/store"
)

// counter counts what it is given.
type counter struct{ bytes, steps int }

func (c *counter) Append(redo []byte) { c.bytes, c.steps = c.bytes+len(redo), c.steps+1 }

// requestBytes is the length of a request with these words.
func requestBytes(words ...string) int {
	n := len(fmt.Sprintf("*%d\r\n", len(words)))
	for _, word := range words {
		n += len(fmt.Sprintf("$%d\r\n%s\r\n", len(word), word))
	}
	return n
}

func manyPairs(n int) (pairs [][]byte) {
	for i := range n {
		pairs = append(pairs, fmt.Appendf(nil, "field%05d", i), fmt.Appendf(nil, "%0100d", i))
	}
	return pairs
}

// A step takes in the log at most twice the bytes of its request and 40, however large the entry is.
func TestRedoIsAsLongAsTheChange(t *testing.T) {
	e := NewChecked(Options{Keyspaces: 2})
	defer e.Close()
	ctx, op := context.Background(), store.Op{Now: 4102444800000, Keyspace: 1}
	b := func(s string) []byte { return []byte(s) }
	all := func(words ...string) (w [][]byte) {
		for _, word := range words {
			w = append(w, b(word))
		}
		return w
	}
	id := strings.Repeat("AbCd01_-", 5) + "abA"
	text := strings.Repeat("x", 1<<20)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(e.CreateSession(ctx, op, b(id), store.CreateOptions{IdleTimeout: 1800_000, Principal: b("p"), Fields: manyPairs(1000)}))
	_, err := e.SetHash(ctx, op, b("hash"), manyPairs(20_000), false)
	must(err)
	_, err = e.SetHash(ctx, op, b("small"), manyPairs(30), false)
	must(err)
	_, err = e.SetString(ctx, op, b("string"), b(text), store.SetOptions{ExpireAt: store.Never})
	must(err)
	var scored []store.Scored
	var members [][]byte
	for i := range 5000 {
		members = append(members, fmt.Appendf(nil, "%060d", i))
		scored = append(scored, store.Scored{Member: members[i], Score: float64(i)})
	}
	_, err = e.AddScores(ctx, op, b("scores"), scored, store.ScoreOptions{})
	must(err)
	_, err = e.AddToSet(ctx, op, b("set"), members)
	must(err)
	_, err = e.AddElements(ctx, op, b("hll"), members)
	must(err)

	_, err = e.PushList(ctx, op, b("list"), members, store.ListTail, false)
	must(err)

	var c counter
	defer e.Record(&c)()
	for _, x := range []struct {
		request []string
		do      func() error
	}{
		{[]string{"SESS.SAVE", id, "field00001", "1", "field00998", "2"}, func() error {
			_, err := e.SaveSession(ctx, op, b(id), store.SaveOptions{Fields: all("field00001", "1", "field00998", "2")})
			return err
		}},
		{[]string{"SESS.CLEAR", id, "COMPONENT", "x"}, func() error {
			_, err := e.ClearSession(ctx, op, b(id), b("x"))
			return err
		}},
		{[]string{"EXPIRE", id, "100"}, func() error {
			_, err := e.Expire(ctx, op, b(id), store.ExpireOptions{At: op.Now + 100_000})
			return err
		}},
		{[]string{"PERSIST", id}, func() error { _, err := e.Persist(ctx, op, b(id)); return err }},
		{[]string{"SESS.ROTATE", id, id[1:] + "A", "GRACE", "1000"}, func() error {
			return e.RotateSession(ctx, op, b(id), b(id[1:]+"A"), store.RotateOptions{Grace: 1000})
		}},
		{[]string{"HSET", "hash", "field00001", "1"}, func() error {
			_, err := e.SetHash(ctx, op, b("hash"), all("field00001", "1"), false)
			return err
		}},
		{[]string{"HDEL", "hash", "field00001", "field00002"}, func() error {
			_, err := e.DeleteFields(ctx, op, b("hash"), all("field00001", "field00002"))
			return err
		}},
		{[]string{"HSET", "small", "field00001", "1", "field00028", "2"}, func() error {
			_, err := e.SetHash(ctx, op, b("small"), all("field00001", "1", "field00028", "2"), false)
			return err
		}},
		{[]string{"HDEL", "small", "field00001"}, func() error {
			_, err := e.DeleteFields(ctx, op, b("small"), all("field00001"))
			return err
		}},
		{[]string{"EXPIRE", "hash", "100"}, func() error {
			_, err := e.Expire(ctx, op, b("hash"), store.ExpireOptions{At: op.Now + 100_000})
			return err
		}},
		{[]string{"PERSIST", "hash"}, func() error { _, err := e.Persist(ctx, op, b("hash")); return err }},
		{[]string{"EXPIRE", "small", "100"}, func() error {
			_, err := e.Expire(ctx, op, b("small"), store.ExpireOptions{At: op.Now + 100_000})
			return err
		}},
		{[]string{"APPEND", "string", "abc"}, func() error { _, err := e.AppendString(ctx, op, b("string"), b("abc")); return err }},
		{[]string{"SETRANGE", "string", "1000", "abc"}, func() error {
			_, err := e.SetStringRange(ctx, op, b("string"), 1000, b("abc"))
			return err
		}},
		{[]string{"SETBIT", "string", "80000", "1"}, func() error { _, err := e.SetBit(ctx, op, b("string"), 80000, true); return err }},
		{[]string{"EXPIRE", "string", "100"}, func() error {
			_, err := e.Expire(ctx, op, b("string"), store.ExpireOptions{At: op.Now + 100_000})
			return err
		}},
		{[]string{"PFADD", "hll", "a", "b"}, func() error { _, err := e.AddElements(ctx, op, b("hll"), all("a", "b")); return err }},
		{[]string{"ZADD", "scores", "7.5", string(members[100])}, func() error {
			_, err := e.AddScores(ctx, op, b("scores"), []store.Scored{{Member: members[100], Score: 7.5}}, store.ScoreOptions{})
			return err
		}},
		{[]string{"SADD", "set", "new", string(members[0])}, func() error {
			_, err := e.AddToSet(ctx, op, b("set"), all("new", string(members[0])))
			return err
		}},
		{[]string{"SREM", "set", string(members[1])}, func() error {
			_, err := e.RemoveFromSet(ctx, op, b("set"), members[1:2])
			return err
		}},
		{[]string{"LPUSH", "list", "a", "b"}, func() error {
			_, err := e.PushList(ctx, op, b("list"), all("a", "b"), store.ListHead, false)
			return err
		}},
		{[]string{"LREM", "list", "1", string(members[2000])}, func() error {
			_, err := e.RemoveElements(ctx, op, b("list"), members[2000], 1)
			return err
		}},
		{[]string{"LTRIM", "list", "10", "4000"}, func() error { return e.TrimList(ctx, op, b("list"), 10, 4000) }},
		{[]string{"RENAME", "hash", "other"}, func() error {
			_, _, err := e.TransferKey(ctx, op, b("hash"), store.TransferOptions{Keyspace: 1, Key: b("other"), Replaces: true})
			return err
		}},
		{[]string{"MOVE", "string", "0"}, func() error {
			_, _, err := e.TransferKey(ctx, op, b("string"), store.TransferOptions{Keyspace: 0, Key: b("string")})
			return err
		}},
		{[]string{"DEL", "set", "scores"}, func() error { _, err := e.Delete(ctx, op, all("set", "scores")); return err }},
		{[]string{"MSET", "a", "1", "b", "2"}, func() error { _, err := e.SetStrings(ctx, op, all("a", "1", "b", "2"), false); return err }},
		{[]string{"FLUSHALL"}, func() error { return e.Flush(ctx, op, true) }},
	} {
		c = counter{}
		if err := x.do(); err != nil {
			t.Errorf("%v: %v", x.request[0], err)
		}
		most := 2*requestBytes(x.request...) + 40
		t.Logf("%-12s %d bytes, at most %d", x.request[0], c.bytes, most)
		if c.bytes == 0 || c.bytes > most || c.steps != 1 {
			t.Errorf("%v: %d bytes in %d steps, want at most %d in one", bytes.Join(all(x.request...), b(" ")), c.bytes, c.steps, most)
		}
	}
}
