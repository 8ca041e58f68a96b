package main

import (
	"math"
	"strings"
	"testing"
)

func TestShopDialects(t *testing.T) {
	var s session
	s.fill(5)
	user, blob := string(s.user[:]), string(s.appendJSON(nil))
	save := "SET ID " + blob + " EX 1800"
	for _, test := range []struct{ dialect, incr, leave, take, login string }{
		{
			"sess", "SESS.INCR ID count 1", "SESS.SAVE ID FIELDS 1 flash " + flashText, "SESS.TAKE ID FIELDS 1 flash",
			"SESS.ROTATE ID NEW GRACE 1000 PRINCIPAL " + user + "|SESS.SAVE NEW FIELDS 1 user " + user,
		},
		{
			"hash", "EVALSHA " + digest(incrScript) + " 1 ID count 1800000",
			"EXISTS ID|HSET ID flash " + flashText + "|PEXPIRE ID 1800000", "EVALSHA " + digest(takeScript) + " 1 ID flash 1800000",
			"RENAME ID NEW|HSET NEW user " + user + "|PEXPIRE NEW 1800000",
		},
		{"blob", save, save, save, "SET NEW " + blob + " EX 1800|DEL ID"},
	} {
		d := newDialect(test.dialect, 1_800_000)
		expects := d.expects()
		id := []byte("ID")
		for op, c := range map[operation]struct {
			got  []byte
			want string
		}{
			opIncr:  {d.incr(nil, id, &s), test.incr},
			opLeave: {d.leave(nil, id, &s), test.leave},
			opTake:  {d.take(nil, id, &s), test.take},
			opLogin: {d.login(nil, id, []byte("NEW"), &s), test.login},
		} {
			requests := words(t, c.got)
			if strings.Join(requests, "|") != c.want {
				t.Errorf("%s %v: got %q, want %q", test.dialect, op, requests, c.want)
			}
			if len(expects[op]) != len(requests) {
				t.Errorf("%s %v: %d requests, %d replies expected", test.dialect, op, len(requests), len(expects[op]))
			}
		}
		if n := len(words(t, d.scripts(nil))); n != len(expects[opScripts]) {
			t.Errorf("%s: %d scripts, %d replies expected", test.dialect, n, len(expects[opScripts]))
		}
	}
}

// TestShopWorkload follows the pages with the ids that live and the messages that wait: no page names another id, and
// none takes a message that is not there.
func TestShopWorkload(t *testing.T) {
	o := testOptions("shop")
	w := newWorkload(o)
	alive, flashed := map[string]bool{}, map[string]bool{}
	const each = 15_000
	var counts [operations]float64
	for c := range o.connections {
		requests, _ := drain(t, w.prepare(c), o.sessions)
		for _, r := range requests {
			alive[id(r)] = true
		}
		pages := w.measure(c)
		for range each {
			b, op, _ := pages.next(nil)
			counts[op]++
			requests := words(t, b)
			if len(requests) != len(w.expects[op]) {
				t.Fatalf("%v: %d requests, %d replies expected", op, len(requests), len(w.expects[op]))
			}
			for _, r := range requests {
				if alive[id(r)] == strings.HasPrefix(r, "SESS.CREATE") {
					t.Fatalf("%v: %s", op, r)
				}
				switch word := strings.Fields(r); word[0] {
				case "SESS.CREATE":
					alive[word[1]] = true
				case "SESS.DESTROY":
					delete(alive, word[1])
				case "SESS.ROTATE":
					delete(alive, word[1])
					alive[word[2]] = true
					flashed[word[2]] = flashed[word[1]]
				case "SESS.TAKE":
					if !flashed[word[1]] {
						t.Fatalf("nothing to take: %s", r)
					}
					delete(flashed, word[1])
				case "SESS.SAVE":
					if op == opLeave {
						flashed[word[1]] = true
					}
				}
			}
		}
	}
	if len(alive) < o.sessions-o.connections || len(alive) > o.sessions {
		t.Errorf("%d sessions at the end", len(alive))
	}
	total := float64(each * o.connections)
	for op, want := range map[operation]float64{
		opLoad: 0.70, opIncr: 0.15, opLeave: 0.04, opTake: 0.04, opLogin: 0.04, opDestroy: 0.015, opCreate: 0.015,
	} {
		if got := counts[op] / total; math.Abs(got-want) > 0.006 {
			t.Errorf("%v has a share of %.4f, want %.3f", op, got, want)
		}
	}
}

func TestEachMessageIsTakenOnce(t *testing.T) {
	o := testOptions("take")
	w := newWorkload(o)
	left := map[string]bool{}
	for c := range o.connections {
		requests, ops := drain(t, w.prepare(c), 3*o.sessions)
		for i, r := range requests {
			if ops[i] == opLeave {
				left[id(r)] = true
			}
		}
	}
	if len(left) != o.sessions {
		t.Fatalf("messages in %d sessions", len(left))
	}
	for c := range o.connections {
		requests, _ := drain(t, w.measure(c), 3*o.sessions)
		for _, r := range requests {
			if !left[id(r)] {
				t.Fatalf("nothing to take: %s", r)
			}
			delete(left, id(r))
		}
	}
	if len(left) != 0 {
		t.Errorf("%d messages are not taken", len(left))
	}
}
