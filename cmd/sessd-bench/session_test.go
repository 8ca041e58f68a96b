package main

import (
	"encoding/json"
	"regexp"
	"testing"
)

func TestSessionsHaveTheShapeOfTheDataSet(t *testing.T) {
	shapes := map[string]*regexp.Regexp{
		"id":   regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`),
		"user": regexp.MustCompile(`^[0-9]{8}$`),
		"csrf": regexp.MustCompile(`^[0-9a-f]{32}$`),
		"seen": regexp.MustCompile(`^1[78][0-9]{11}$`),
		"lang": regexp.MustCompile(`^[a-z]{2}-[A-Z]{2}$`),
	}
	const number = 2000
	ids := map[string]bool{}
	total := 0
	for key := range uint64(number) {
		var s session
		id := string((&population{}).appendID(nil, key))
		s.fill(key)
		values := map[string]string{
			"id": id, "user": string(s.user[:]), "csrf": string(s.csrf[:]), "seen": string(s.seen[:]), "lang": string(s.lang[:]),
		}
		for name, shape := range shapes {
			if !shape.MatchString(values[name]) {
				t.Fatalf("session %d: %s is %q", key, name, values[name])
			}
		}
		if !json.Valid(s.cart) || !json.Valid(s.appendJSON(nil)) {
			t.Fatalf("session %d: no JSON in cart %q or in %q", key, s.cart, s.appendJSON(nil))
		}
		if len(s.cart) < 55 || len(s.cart) > 65 {
			t.Errorf("session %d: a cart of %d bytes", key, len(s.cart))
		}
		ids[id] = true
		total += len(id) + len("usercsrfseenlangcart") + len(s.user) + len(s.csrf) + len(s.seen) + len(s.lang) + len(s.cart)
	}
	if len(ids) != number {
		t.Errorf("%d different ids of %d", len(ids), number)
	}
	if mean := total / number; mean < 177 || mean > 183 {
		t.Errorf("a session has %d bytes of ids, names and values", mean)
	}
}

func TestASessionComesOutTheSameEveryTime(t *testing.T) {
	var a, b session
	a.fill(99)
	b.change(1)
	b.fill(99)
	if string(a.appendJSON(nil)) != string(b.appendJSON(nil)) {
		t.Errorf("%s\n%s", a.appendJSON(nil), b.appendJSON(nil))
	}
	b.change(2)
	if a.user != b.user || a.csrf != b.csrf || a.lang != b.lang {
		t.Error("a save changed more than seen and cart")
	}
	if a.seen == b.seen || string(a.cart) == string(b.cart) {
		t.Error("a save did not change both dirty fields")
	}
}
