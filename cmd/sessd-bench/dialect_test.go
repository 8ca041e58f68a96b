package main

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
)

// words reads all requests in b and returns each as its words joined by spaces.
func words(t *testing.T, b []byte) (requests []string) {
	t.Helper()
	r := bufio.NewReader(bytes.NewReader(b))
	for {
		request, err := readRequest(r)
		if err == io.EOF {
			return requests
		}
		if err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		requests = append(requests, strings.Join(request, " "))
	}
}

func TestDialects(t *testing.T) {
	var s session
	s.fill(5)
	id := []byte("ID")
	fields := "user " + string(s.user[:]) + " csrf " + string(s.csrf[:]) + " lang " + string(s.lang[:])
	dirty := "seen " + string(s.seen[:]) + " cart " + string(s.cart)
	blob := string(s.appendJSON(nil))
	for _, test := range []struct {
		dialect                     string
		create, load, save, destroy string
		createData, saveData        string
	}{
		{
			"sess",
			"SESS.CREATE ID PX 1800000 FIELDS 5 " + fields + " " + dirty,
			"SESS.GET ID",
			"SESS.SAVE ID FIELDS 2 " + dirty,
			"SESS.DESTROY ID",
			"SESS.CREATE ID PX 500 FIELDS 1 data DATA",
			"SESS.SAVE ID FIELDS 1 data DATA",
		},
		{
			"hash",
			"HSET ID " + fields + " " + dirty + "|PEXPIRE ID 1800000",
			"HGETALL ID|PEXPIRE ID 1800000",
			"EXISTS ID|HSET ID " + dirty + "|PEXPIRE ID 1800000",
			"DEL ID",
			"HSET ID data DATA|PEXPIRE ID 500",
			"EXISTS ID|HSET ID data DATA|PEXPIRE ID 1800000",
		},
		{
			"blob",
			"SET ID " + blob + " EX 1800",
			"GET ID|EXPIRE ID 1800",
			"SET ID " + blob + " EX 1800",
			"DEL ID",
			"SET ID DATA PX 500",
			"SET ID DATA EX 1800",
		},
	} {
		d := newDialect(test.dialect, 1_800_000)
		expects := d.expects()
		check := func(op operation, got []byte, want string) {
			t.Helper()
			requests := words(t, got)
			if strings.Join(requests, "|") != want {
				t.Errorf("%s %v: got %q, want %q", test.dialect, op, requests, want)
			}
			if len(expects[op]) != len(requests) {
				t.Errorf("%s %v: %d requests, %d replies expected", test.dialect, op, len(requests), len(expects[op]))
			}
		}
		check(opCreate, d.create(nil, id, &s), test.create)
		check(opLoad, d.load(nil, id), test.load)
		check(opSave, d.save(nil, id, &s), test.save)
		check(opDestroy, d.destroy(nil, id), test.destroy)
		check(opClean, d.destroy(nil, id), test.destroy)
		check(opCreate, d.createData(nil, id, []byte("DATA"), 500), test.createData)
		check(opSave, d.saveData(nil, id, []byte("DATA")), test.saveData)
	}
}
