//go:build unix

package upstream

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sessd/store"
	"sessd/test/redistest"
)

func TestEndsAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ends := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) fieldEnd {
			return fieldEnd{rapid.StringMatching(`[ :0-9a]{0,5}`).Draw(t, "name"), rapid.Int64Range(0, 1<<50).Draw(t, "at")}
		}), 0, 5).Draw(t, "ends")
		got := parseEnds(formatEnds(ends))
		slices.SortFunc(ends, compareEnds)
		if fmt.Sprint(got) != fmt.Sprint(ends) {
			t.Fatalf("got %v, want %v", got, ends)
		}
	})
	for _, broken := range []string{"x", "1", "1 2", "1 -1:a", "1 3:ab", "1 99999999999999999999:a", ":", " :"} {
		if got := parseEnds(broken); got != nil {
			t.Errorf("%q: %v", broken, got)
		}
	}
}

// TestFieldsEndForAll: a field ends for every engine, whoever saved it and has it at hand, and saves of others count right after that.
func TestFieldsEndForAll(t *testing.T) {
	s := redistest.Serve(t)
	url := "redis://" + s.Address
	a, b, bare := connect(t, url), connect(t, url), connect(t, url, func(o *Options) { o.NearCache = 0 })
	linked(t, a, b)
	create(t, a, "s", "x", "1")
	atHand(t, a, "s")
	c := []byte("a b:c")
	_, err := a.SaveSession(background, now(), []byte("s"), store.SaveOptions{More: []store.BagChange{
		{TTL: 600_000, Fields: words("long", "1", "kept", "1", "summed", "1")},
		{Component: c, TTL: 300, Fields: words("\x00\xff 1:", "1", "y", "1")},
		{TTL: 300, Fields: words("short", "123456")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := save(b, "s", "kept", "2"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.IncrSession(background, now(), []byte("s"), store.IncrOptions{Field: []byte("summed"), Delta: 1, Max: 9}); err != nil {
		t.Fatal(err)
	}
	atHand(t, a, "s")
	atHand(t, b, "s")
	for _, e := range []*Engine{a, b, bare} {
		redistest.Until(t, "they end", func() bool { return value(e, "s", "short") == "" })
		m, err := e.SessionMeta(background, now(), []byte("s"))
		if err != nil {
			t.Fatal(err)
		}
		var ends []string
		for _, one := range m.Expiring {
			ends = append(ends, fmt.Sprintf("%q", one.Field))
		}
		want(t, "what ends later", strings.Join(ends, " "), `"long" "summed"`)
		want(t, "fields, components, revision", fmt.Sprint(m.Fields, len(m.Components), m.Revision), "4 0 3")
	}
	for _, e := range []*Engine{a, b, a, bare, b, a} {
		if err := save(e, "s", "x", "2"); err != nil {
			t.Fatal(err)
		}
		atHand(t, a, "s")
		atHand(t, b, "s")
	}
	state := strings.Fields(s.Do("HGET", a.names.key([]byte("s")), "@state"))
	want(t, "fields and bytes upstream", strings.Join(state[4:6], " "), fmt.Sprint(4, len("x2long1kept2summed2")+len("p")))
	want(t, "ends upstream", len(parseEnds(s.Do("HGET", a.names.key([]byte("s")), "@ends"))), 2)
	all, err := b.DescribeSessions(background, now(), []byte("p"), words("short", "long"))
	if err != nil || len(all) != 1 || all[0].Values[0] != nil || string(all[0].Values[1]) != "1" {
		t.Errorf("described: %v, %v", all, err)
	}
	if _, err := b.ClearSession(background, now(), []byte("s"), nil); err != nil {
		t.Fatal(err)
	}
	want(t, "ends upstream", s.Do("HEXISTS", a.names.key([]byte("s")), "@ends"), "0")
}

// TestFieldsEndThroughRotations, in one slot of a cluster and between two.
func TestFieldsEndThroughRotations(t *testing.T) {
	c := redistest.StartCluster(t, 3)
	e := connect(t, "redis-cluster://"+c.Addresses, func(o *Options) { o.Replicas = 0 })
	linked(t, e)
	for _, ids := range [][2]string{{"one~abcdef", "two~abcdef"}, {"one", "two"}} {
		begun := time.Now().UnixMilli()
		create(t, e, ids[0], "x", "1")
		if _, err := e.SaveSession(background, now(), []byte(ids[0]), store.SaveOptions{More: []store.BagChange{
			{TTL: 600_000, Fields: words("y", "1")}, {Component: []byte("soon"), TTL: 500, Fields: words("z", "1")},
		}}); err != nil {
			t.Fatal(err)
		}
		if err := e.RotateSession(background, now(), []byte(ids[0]), []byte(ids[1]), store.RotateOptions{}); err != nil {
			t.Fatal(err)
		}
		m, err := e.SessionMeta(background, now(), []byte(ids[1]))
		if err != nil || len(m.Expiring) == 0 {
			t.Fatalf("%s: %+v, %v", ids[1], m, err)
		}
		if last := m.Expiring[len(m.Expiring)-1]; last.At < begun+600_000 || last.At > time.Now().UnixMilli()+600_000 || string(last.Field) != "y" {
			t.Errorf("%s: %+v", ids[1], m)
		}
		redistest.Until(t, "one ends", func() bool {
			m, err := e.SessionMeta(background, now(), []byte(ids[1]))
			return err == nil && len(m.Expiring) == 1 && m.Fields == 2
		})
		want(t, "the other", value(e, ids[1], "y"), "1")
		want(t, "the rest", value(e, ids[1], "x"), "1")
	}
}
