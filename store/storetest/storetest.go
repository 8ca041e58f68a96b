// Package storetest is the contract of package store as tests, which every engine has to pass. Run tests the contract
// sentence by sentence, and Random compares random operations with a model. Parallel runs operations at the same time,
// and Fuzz makes sequences of operations from bytes.
package storetest

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"

	"sessd/store"
)

// Run tests an engine sentence by sentence. open returns an empty engine with at least two keyspaces and no limits.
// Abilities that the engine lacks are skipped, and the log says so. So is what does not apply to the engine: a sentence, or a
// group of them, with the reason. A reason that is not needed is an error.
func Run(t *testing.T, open func(t *testing.T) store.Engine, except ...map[string]string) {
	reasons, unused := make(map[string]string), make(map[string]bool)
	for _, some := range except {
		for name, reason := range some {
			reasons[name], unused[name] = reason, true
		}
	}
	applies := func(t *testing.T, name string) {
		if reason := reasons[name]; reason != "" {
			delete(unused, name)
			t.Skip("DOES NOT APPLY: " + reason)
		}
	}
	for _, g := range []group{
		{"sessions", sessionCases()},
		{"session fields", sessionFieldCases()},
		{"rotation", rotationCases()},
		{"principals", principalCases()},
		{"limits of sessions per principal", principalLimitCases()},
		{"handles", handleCases()},
		{"locks", lockCases()},
		{"fields that expire", fieldExpiryCases()},
		{"timeouts", timeoutCases()},
		{"keys", keyCases()},
		{"expire", expireCases()},
		{"scan", scanCases()},
		{"strings", stringCases()},
		{"string writes", stringWriteCases()},
		{"bitmaps", bitmapCases()},
		{"transfers", transferCases()},
		{"swaps", swapCases()},
		{"inspection", inspectionCases()},
		{"hyperloglogs", hyperloglogCases()},
		{"hashes", hashCases()},
		{"fields of hashes that end", fieldDeadlineCases()},
		{"sets", setCases()},
		{"sorted sets", sortedCases()},
		{"algebra", algebraCases()},
		{"streams", streamCases()},
		{"lists", listCases()},
		{"types", typeCases()},
		{"visitors", visitorCases()},
		{"limits", limitCases()},
		{"memory", memoryCases()},
		{"room", roomCases()},
		{"report", reportCases()},
		{"changes", changeCases()},
		{"steps", stepCases()},
	} {
		t.Run(g.name, func(t *testing.T) {
			applies(t, g.name)
			for _, c := range g.cases {
				t.Run(c.sentence, func(t *testing.T) {
					applies(t, c.sentence)
					c.test(newFixture(t, open))
				})
			}
		})
	}
	t.Run("background", func(t *testing.T) {
		applies(t, "background")
		runBackground(t, open)
	})
	for name := range unused {
		if !t.Failed() && flag.Lookup("test.run").Value.String() == "" {
			t.Errorf("no sentence and no group is %q", name)
		}
	}
}

type group struct {
	name  string
	cases []testCase
}

// testCase is one sentence of the contract.
type testCase struct {
	sentence string
	test     func(f *fixture)
}

// start is the time at which every case begins, in milliseconds. It lies so far ahead that an engine's own clock, which
// drives what it does in the background, cannot interfere.
const start = 4102444800000

// fixture is an engine, the time and the keyspace in which a case acts, and short ways to act and to expect.
// What acts ends the case when it fails unexpectedly.
type fixture struct {
	*testing.T
	engine store.Engine
	op     store.Op
}

var background = context.Background()

func newFixture(t *testing.T, open func(t *testing.T) store.Engine) *fixture {
	e := open(t)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &fixture{t, e, store.Op{Now: start}}
}

// ability returns an engine as one of its abilities, and ends a case that needs one which it lacks.
func ability[A any](f *fixture) A {
	f.Helper()
	a, ok := f.engine.(A)
	if !ok {
		f.Skipf("SKIPPED: %T is no %v", f.engine, reflect.TypeFor[A]())
	}
	return a
}

func (f *fixture) sessions() store.Sessions { f.Helper(); return ability[store.Sessions](f) }
func (f *fixture) keys() store.Keys         { f.Helper(); return ability[store.Keys](f) }
func (f *fixture) strings() store.Strings   { f.Helper(); return ability[store.Strings](f) }
func (f *fixture) bitmaps() store.Bitmaps   { f.Helper(); return ability[store.Bitmaps](f) }
func (f *fixture) logs() store.HyperLogLogs { f.Helper(); return ability[store.HyperLogLogs](f) }
func (f *fixture) report() store.Report {
	f.Helper()
	return ability[store.Reporter](f).Report(f.op)
}

func (f *fixture) limit(l store.Limits) { f.Helper(); ability[store.Limiter](f).SetLimits(l) }

// pass lets time go by.
func (f *fixture) pass(milliseconds int64) { f.op.Now += milliseconds }

// words turns texts into what operations take.
func words(texts ...string) [][]byte {
	b := make([][]byte, len(texts))
	for i, text := range texts {
		b[i] = []byte(text)
	}
	return b
}

// want compares what an operation made of the store with what the contract says.
func (f *fixture) want(what string, got, want any) {
	f.Helper()
	if !reflect.DeepEqual(got, want) {
		f.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("unexpected error: %v", err)
	}
}

// bagText collects a bag as text: "name=value name=value". All fields are sorted; those that were asked for stand in
// order, with - for one that is not there.
type bagText struct {
	revision int64
	shown    bool
	sorted   bool
	left     int
	fields   []string
}

// Bag implements store.BagVisitor.
func (b *bagText) Bag(revision int64, fields int) {
	b.revision, b.left, b.shown = revision, fields, true
}

// Field implements store.BagVisitor.
func (b *bagText) Field(name, value []byte, found bool) {
	b.left--
	text := string(name) + "=" + string(value)
	if !found {
		text = string(name) + "-"
	}
	b.fields = append(b.fields, text)
}

// String returns the fields, and what was wrong about the calls.
func (b *bagText) String() string {
	if b.sorted {
		sort.Strings(b.fields)
	}
	text := strings.Join(b.fields, " ")
	if b.left != 0 {
		text += fmt.Sprintf(" (and announced %d more)", b.left)
	}
	return text
}

// bagsText collects all bags of a session as text.
type bagsText struct {
	*bagText
	bags map[string]*bagText
}

func (b *bagsText) each(component []byte) {
	b.bagText = &bagText{sorted: true}
	b.bags[string(component)] = b.bagText
}

// String returns the bags by component.
func (b *bagsText) String() string { return fmt.Sprint(b.bags) }

// valueText collects values as text, with - for one that is not there.
type valueText struct{ values []string }

// Value implements store.ValueVisitor.
func (v *valueText) Value(value []byte, found bool) {
	text := string(value)
	switch {
	case !found && value == nil:
		text = "-"
	case !found:
		text = "a value that is not there"
	}
	v.values = append(v.values, text)
}

// String returns the values.
func (v *valueText) String() string { return strings.Join(v.values, " ") }

func (f *fixture) create(id string, c store.CreateOptions) {
	f.Helper()
	f.ok(f.sessions().CreateSession(background, f.op, []byte(id), c))
}

// load returns a bag as text, or the error.
func (f *fixture) load(id string, l store.LoadOptions) string {
	f.Helper()
	b := bagText{sorted: l.Fields == nil}
	if err := f.sessions().LoadSession(background, f.op, []byte(id), l, &b); err != nil {
		if b.shown {
			f.Errorf("the visitor was called, and %v returned", err)
		}
		return "error: " + err.Error()
	}
	if !b.shown {
		f.Errorf("the visitor was not called")
	}
	return b.String()
}

// global returns the global bag without touching the session.
func (f *fixture) global(id string) string {
	f.Helper()
	return f.load(id, store.LoadOptions{NoTouch: true})
}

// save changes the global bag and returns the revision.
func (f *fixture) save(id string, pairs ...string) int64 {
	f.Helper()
	return f.saveAs(id, store.SaveOptions{Fields: words(pairs...)})
}

func (f *fixture) saveAs(id string, s store.SaveOptions) int64 {
	f.Helper()
	revision, err := f.sessions().SaveSession(background, f.op, []byte(id), s)
	f.ok(err)
	return revision
}

func (f *fixture) wantSaveError(id string, s store.SaveOptions, want error) {
	f.Helper()
	revision, err := f.sessions().SaveSession(background, f.op, []byte(id), s)
	if !reflect.DeepEqual(err, want) {
		f.Errorf("save: got revision %d and error %v, want error %v", revision, err, want)
	}
}

func (f *fixture) rotate(id, newid string, grace int64) {
	f.Helper()
	f.ok(f.sessions().RotateSession(background, f.op, []byte(id), []byte(newid), store.RotateOptions{Grace: grace}))
}

// meta describes a session, without what depends on the engine.
func (f *fixture) meta(id string) store.Meta {
	f.Helper()
	m, err := f.sessions().SessionMeta(background, f.op, []byte(id))
	f.ok(err)
	if m.Bytes <= 0 {
		f.Errorf("a session of %d bytes", m.Bytes)
	}
	m.Bytes = 0
	return m
}

func (f *fixture) destroy(ids ...string) int {
	f.Helper()
	n, err := f.sessions().DestroySessions(background, f.op, words(ids...))
	f.ok(err)
	return n
}

// of returns the sessions of a principal, sorted, as one text.
func (f *fixture) of(principal string) string {
	f.Helper()
	ids, err := f.sessions().PrincipalSessions(background, f.op, []byte(principal))
	f.ok(err)
	return sorted(ids)
}

func sorted(names [][]byte) string {
	texts := strings.Split(string(bytes.Join(names, []byte("\n"))), "\n")
	sort.Strings(texts)
	return strings.Join(texts, " ")
}

func (f *fixture) set(key, value string) {
	f.Helper()
	f.setAs(key, value, store.SetOptions{ExpireAt: store.Never})
}

func (f *fixture) setAs(key, value string, s store.SetOptions) bool {
	f.Helper()
	stored, err := f.strings().SetString(background, f.op, []byte(key), []byte(value), s)
	f.ok(err)
	return stored
}

// get returns values as text, or the error.
func (f *fixture) get(keys ...string) string {
	f.Helper()
	var v valueText
	var err error
	if len(keys) == 1 {
		err = f.strings().GetString(background, f.op, []byte(keys[0]), &v)
	} else {
		err = f.strings().GetStrings(background, f.op, words(keys...), &v)
	}
	if err != nil {
		if v.values != nil {
			f.Errorf("the visitor was called, and %v returned", err)
		}
		return "error: " + err.Error()
	}
	return v.String()
}

// kind returns the name of a key's type.
func (f *fixture) kind(key string) string {
	f.Helper()
	kind, err := f.keys().KeyType(background, f.op, []byte(key))
	f.ok(err)
	return kind.String()
}

// expiry returns how many milliseconds after the start of the case an entry expires, never, or gone.
func (f *fixture) expiry(key string) string {
	f.Helper()
	at, found, err := f.keys().Expiry(background, f.op, []byte(key))
	f.ok(err)
	switch {
	case !found:
		return "gone"
	case at == store.Never:
		return "never"
	}
	return fmt.Sprint(at - start)
}

func (f *fixture) exists(keys ...string) int {
	f.Helper()
	n, err := f.keys().Exists(background, f.op, words(keys...))
	f.ok(err)
	return n
}

func (f *fixture) size() int {
	f.Helper()
	n, err := f.keys().Size(background, f.op)
	f.ok(err)
	return n
}

// scan goes one round and returns what it visited, sorted; a key that was visited twice is there twice.
func (f *fixture) scan(s store.ScanOptions) string {
	f.Helper()
	var keys [][]byte
	for cursor, steps := uint64(0), 0; steps == 0 || cursor != 0; steps++ {
		if steps > 100_000 {
			f.Fatal("the round does not end")
		}
		next, err := f.keys().Scan(background, f.op, cursor, s, func(key []byte) { keys = append(keys, bytes.Clone(key)) })
		f.ok(err)
		cursor = next
	}
	return sorted(keys)
}
