package memory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sessd/store"
	"sessd/store/memory"
	"sessd/store/storetest"
)

// shownFields is a text of fields as they are shown.
type shownFields struct{ strings.Builder }

func (s *shownFields) Hash(n int) { fmt.Fprint(s, n, ":") }

func (s *shownFields) Field(name, value []byte, found bool) {
	fmt.Fprintf(s, " %s=%s %v", name, value, found)
}

// hashes is an engine of hashes whose fields end.
type hashes interface {
	store.Hashes
	store.FieldExpirer
}

// fieldChange is a change of very many fields.
type fieldChange struct {
	what  string
	names [][]byte
	at    int64
	how   int
}

// drawFieldChange draws names, of which some come twice, and how to change them.
func drawFieldChange(now int64) fieldChange {
	c := fieldChange{what: []string{"set", "delete", "expire", "expire", "get", "setex", "setex"}[rand.IntN(7)], how: rand.IntN(6)}
	for first, n := rand.IntN(400), rand.IntN(500); n > 0; n-- {
		c.names = append(c.names, fmt.Append(nil, "field", first+rand.IntN(300)))
	}
	if c.at = now + []int64{0, 1, 2, 5, 9, 1000}[rand.IntN(6)]; rand.IntN(4) == 0 {
		c.at = store.Never
	}
	return c
}

// do does the change, and returns what it said and what is there then.
func (c *fieldChange) do(e hashes, op store.Op) string {
	ctx, key, text := context.Background(), []byte("hash"), new(shownFields)
	var pairs [][]byte
	for i, name := range c.names {
		pairs = append(pairs, name, fmt.Append(nil, op.Now, " ", i))
	}
	switch c.what {
	case "set":
		n, err := e.SetHash(ctx, op, key, pairs, false)
		fmt.Fprintln(text, n, err)
	case "delete":
		n, err := e.DeleteFields(ctx, op, key, c.names)
		fmt.Fprintln(text, n, err)
	case "expire":
		o := []store.ExpireOptions{{}, {}, {IfNever: true}, {IfExpires: true}, {IfLater: true}, {IfEarlier: true}}[c.how]
		if o.At = c.at; o.At == store.Never {
			o = store.ExpireOptions{At: store.Never}
		}
		err := e.ExpireFields(ctx, op, key, c.names, o, func(x store.FieldOutcome) { fmt.Fprint(text, " ", x) })
		fmt.Fprintln(text, err)
	case "get":
		err := e.GetFields(ctx, op, key, store.GetFieldsOptions{Fields: c.names, Delete: c.how == 0, Expires: c.how > 1, At: c.at}, text)
		fmt.Fprintln(text, err)
	case "setex":
		o := store.SetFieldsOptions{Pairs: pairs, IfAbsent: c.how == 0, IfPresent: c.how == 1, KeepEnds: c.how == 2, At: c.at}
		set, err := e.SetFields(ctx, op, key, o)
		fmt.Fprintln(text, set, err)
	}
	var all [][]byte
	for i := range 700 {
		all = append(all, fmt.Append(nil, "field", i))
	}
	err := e.ReadHash(ctx, op, key, store.HashRead{Fields: all}, text)
	fmt.Fprintln(text, err)
	err = e.FieldEnds(ctx, op, key, all, func(at int64, found bool) { fmt.Fprint(text, " ", at, found) })
	fmt.Fprintln(text, err)
	return text.String()
}

// Changes of very many fields do what a plain model does, and what is restored from the log of them is the same.
func TestManyFieldsAreAsInAModel(t *testing.T) {
	skipRaced(t)
	for _, options := range []memory.Options{{Shards: 2}, memory.LargeSoon(memory.Options{Shards: 2})} {
		e := memory.NewMirrored(t, options)
		model := storetest.NewModel(1, store.Limits{})
		op := store.Op{Now: 1 << 41}
		for i := range 60 {
			c := drawFieldChange(op.Now)
			want, got := c.do(model, op), c.do(e.Engine, op)
			if want != got {
				t.Fatalf("change %d, %s %d of %d fields at %d of %d: %.3000s\ninstead of %.3000s", i, c.what, c.how, len(c.names), c.at, op.Now, got, want)
			}
			if difference := e.Difference(); difference != "" {
				t.Fatalf("change %d, %s %d of %d fields: %.2000s", i, c.what, c.how, len(c.names), difference)
			}
			op.Now += int64(rand.IntN(3))
		}
		e.Close()
	}
}
