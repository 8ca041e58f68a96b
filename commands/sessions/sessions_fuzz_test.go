package sessions

import (
	"bytes"
	"testing"

	"sessd/commands"
	"sessd/commands/commandstest"
	"sessd/store"
)

// seedSession gives a fuzz target requests of every form.
func seedSession(f *testing.F) {
	for _, seed := range []string{
		"", "a 1", "a 1 b", "EX 10 MAXAGE 5 PRINCIPAL p FIELDS 2 a 1 b 2", "PX 9223372036854775807", "ex 1 px 1", "FIELDS 1 a", "FIELDS 2147483648 a 1",
		"COMPONENT c NOTOUCH WITHREV FIELDS 2 a b", "COMPONENT c IFREV 3 PX 5 UNSET 2 a b FIELDS 1 c 3", "UNSET 1 a", "UNSET 1 a COMPONENT c", "IFREV -1 UNSET 1 a",
		"GRACE 5 PRINCIPAL p PREFIX x", "PREFIX app: EX 5 FIELDS 1 PREFIX y", "PREFIX", "GRACE -1", "FIELDS 1 FIELDS 1", "FIELDS 1 a 1 COMPONENT c UNSET 1 b FIELDS 1 a 2 EX 5", "COMPONENTS WITHREV", "unset 1 fields fields 1 unset ex",
	} {
		f.Add(seed)
	}
}

// wantIdle fails the test unless a timeout is none or within bounds.
func wantIdle(t *testing.T, all [][]byte, milliseconds int64) {
	t.Helper()
	if milliseconds < 0 || milliseconds > commands.MaxDuration {
		t.Errorf("the timeout is %d ms", milliseconds)
	}
	if milliseconds != 0 && !commandstest.Has(all, "EX") && !commandstest.Has(all, "PX") && !commandstest.Has(all, "MAXAGE") {
		t.Errorf("the timeout of %d ms was not asked for", milliseconds)
	}
}

// wantPairs fails the test unless fields come with values, and sections change something.
func wantPairs(t *testing.T, all, fields [][]byte, more []store.BagChange) {
	t.Helper()
	if len(fields)%2 != 0 || len(more) > maxSections {
		t.Errorf("%q gives %q and %d sections", all, fields, len(more))
	}
	for _, c := range more {
		if len(c.Fields)%2 != 0 || c.TTL < 0 || c.TTL > 0 && len(c.Fields) == 0 {
			t.Errorf("%q gives the section %+v", all, c)
		}
	}
}

func sameWords(a, b [][]byte) bool {
	return bytes.Equal(bytes.Join(a, []byte{' '}), bytes.Join(b, []byte{' '})) && len(a) == len(b)
}

func FuzzParseCreate(f *testing.F) {
	seedSession(f)
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		o, prefix, err := parseCreate(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		if prefix != nil && !commandstest.Has(all, "PREFIX") {
			t.Errorf("prefix %q", prefix)
		}
		wantIdle(t, all, o.IdleTimeout)
		wantIdle(t, all, o.AbsoluteTimeout)
		wantPairs(t, all, o.Fields, o.More)
	})
}

func FuzzParseGet(f *testing.F) {
	seedSession(f)
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		o, err := parseGet(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		if o.Fields == nil {
			commandstest.WantOptions(t, all, []string{"NOTOUCH", "FRESH", "WITHREV", "WITHTTL", "COMPONENTS"}, []string{"COMPONENT"})
		}
		if o.NoTouch && !commandstest.Has(all, "NOTOUCH") || o.Fresh && !commandstest.Has(all, "FRESH") || o.withRevision && !commandstest.Has(all, "WITHREV") || o.all && (o.Component != nil || o.Fields != nil) {
			t.Errorf("%q gives %+v", all, o)
		}
	})
}

func FuzzParseSave(f *testing.F) {
	seedSession(f)
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		o, err := parseSave(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		wantIdle(t, all, o.IdleTimeout)
		if len(o.Unset) == 0 && len(o.Fields) == 0 && len(o.More) == 0 {
			t.Errorf("%q saves nothing", all)
		}
		if o.Bound && o.Revision < 0 {
			t.Errorf("%q gives %+v", all, o)
		}
		if isSaveOption(all[0]) {
			wantPairs(t, all, o.Fields, o.More)
		} else if !sameWords(all, o.Fields) || o.Unset != nil || o.Bound || o.Component != nil || o.IdleTimeout != 0 {
			t.Errorf("%q in its short form gives %+v", all, o)
		}
	})
}

func FuzzParseRotateTouchClear(f *testing.F) {
	seedSession(f)
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		if o, prefix, err := parseRotate(all); err != nil {
			commandstest.WantKnown(t, err)
		} else {
			commandstest.WantOptions(t, all, []string{"EVICTOLDEST"}, []string{"GRACE", "PRINCIPAL", "PREFIX", "MAXPERPRINCIPAL"})
			if prefix != nil && !commandstest.Has(all, "PREFIX") {
				t.Errorf("prefix %q", prefix)
			}
			if o.Grace < 0 || o.Grace > store.MaxGrace || o.SetPrincipal != (o.Principal != nil) {
				t.Errorf("ROTATE %q gives %+v", all, o)
			}
		}
		if o, err := parseTouch(append([][]byte{{'a'}}, all...)); err != nil {
			commandstest.WantKnown(t, err)
		} else {
			commandstest.WantOptions(t, all[len(o.ids)-1:], []string{"WITHTTL"}, []string{"EX", "PX"})
			wantIdle(t, all, o.idle)
		}
		if component, err := parseClear(all); err != nil {
			commandstest.WantKnown(t, err)
		} else if len(all) != 0 {
			commandstest.WantOptions(t, all, nil, []string{"COMPONENT"})
			if !bytes.Equal(component, all[1]) {
				t.Errorf("CLEAR %q gives %q", all, component)
			}
		}
	})
}
