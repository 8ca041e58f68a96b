package commands

import (
	"strings"
	"testing"
	"time"
)

func FuzzParseHello(f *testing.F) {
	for _, seed := range []string{
		"", "3", "2 AUTH default secret", "3 SETNAME web AUTH a b", "3 SETNAME", "3 AUTH a", "4", "03", "3 setname a setname b", "3 SETNAME \x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := splitWords(text)
		g, err := parseHello(all)
		if err != nil {
			wantKnown(t, err)
			return
		}
		if g.protocol != 0 && g.protocol != 2 && g.protocol != 3 || (g.protocol == 0) != (len(all) == 0) {
			t.Errorf("protocol %d", g.protocol)
		}
		if g.login && (g.user == nil || g.password == nil) || g.named && !printable(g.name) {
			t.Errorf("took %+v", g)
		}
		if (g.login || g.named) != (len(all) > 1) {
			t.Errorf("of %d words came %+v", len(all), g)
		}
	})
}

func FuzzParseClientKill(f *testing.F) {
	for _, seed := range []string{
		"ID 7", "ADDR 127.0.0.1:6379 LADDR x", "TYPE normal TYPE pubsub", "USER ann SKIPME no MAXAGE 10", "SKIPME maybe", "ID 0", "ADDR ", "ID", "MAXAGE 0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := splitWords(text)
		filter, err := parseClientKill(all)
		if err != nil {
			wantKnown(t, err)
			return
		}
		options := wantOptions(t, all, nil, []string{"ID", "TYPE", "USER", "ADDR", "LADDR", "SKIPME", "MAXAGE"})
		if has(options, "ID") != (filter.id > 0) || has(options, "MAXAGE") != (filter.maxAge > 0) {
			t.Errorf("id %d, maxage %d", filter.id, filter.maxAge)
		}
		if has(options, "ADDR") != (filter.addr != nil) || has(options, "LADDR") != (filter.localAddr != nil) || has(options, "USER") != (filter.user != nil) {
			t.Errorf("a filter that was given is lost: %+v", filter)
		}
		nobody := Info{ID: -1, Age: time.Hour * 24 * 365 * 200}
		if filter.matches(nobody) && (has(options, "ID") || has(options, "ADDR") && len(filter.addr) > 0) {
			t.Errorf("%q chooses a client that nothing is known of", text)
		}
	})
}

func FuzzParseClientList(f *testing.F) {
	for _, seed := range []string{"", "TYPE normal", "TYPE master", "ID 1 2 3", "ID", "ID x", "TYPE"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := splitWords(text)
		ids, every, err := parseClientList(all)
		if err != nil {
			wantKnown(t, err)
			return
		}
		if every && ids != nil || every != (len(all) == 0 || is(all[0], "TYPE") && is(all[1], "NORMAL")) {
			t.Errorf("every client: %v, and ids %v", every, ids)
		}
		if len(ids) > 0 && len(ids) != len(all)-1 {
			t.Errorf("%d ids of %d words", len(ids), len(all))
		}
	})
}

func FuzzParseCommandList(f *testing.F) {
	for _, seed := range []string{"", "FILTERBY PATTERN sess.*", "FILTERBY ACLCAT session", "filterby module x", "FILTERBY PATTERN", "FILTERBY x y"} {
		f.Add(seed)
	}
	table := mustTable(rows())
	f.Fuzz(func(t *testing.T, text string) {
		all := splitWords(text)
		filter, err := parseCommandList(all)
		if err != nil {
			wantKnown(t, err)
			return
		}
		listed := 0
		for _, c := range table.commands {
			if filter.matches(c) {
				listed++
			}
		}
		if len(all) == 0 && listed != len(table.commands) || len(all) > 0 && is(all[1], "MODULE") && listed > 0 {
			t.Errorf("%d of %d commands are listed", listed, len(table.commands))
		}
	})
}

func FuzzParseShutdown(f *testing.F) {
	for _, seed := range []string{"", "NOSAVE", "SAVE NOW FORCE", "ABORT", "ABORT NOW", "SAVE NOSAVE", "later"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := splitWords(text)
		s, err := parseShutdown(all)
		if err != nil {
			wantKnown(t, err)
			return
		}
		wantOptions(t, all, []string{"NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"}, nil)
		want := shutdownRequest{has(all, "NOSAVE"), has(all, "SAVE"), has(all, "NOW"), has(all, "FORCE"), has(all, "ABORT")}
		if s != want || s.save && s.noSave {
			t.Errorf("%+v, want %+v", s, want)
		}
	})
}

// FuzzParseUsage looks for usage lines that break the parser, or whose arity it contradicts.
func FuzzParseUsage(f *testing.F) {
	for _, row := range rows() {
		f.Add(row.Usage)
	}
	f.Add("A [b")
	f.Add("A <b | [c]> ...")
	f.Fuzz(func(t *testing.T, usage string) {
		name, args, err := parseUsage(usage)
		if err != nil {
			return
		}
		if n := arity(len(name), args); n == 0 || max(n, -n) < len(name) {
			t.Errorf("arity %d of a name of %d words", n, len(name))
		}
		first, last, step := keySpan(len(name), args)
		if first == 0 && (last != 0 || step != 0) || first != 0 && (first < len(name) || step < 1 || last != -1 && last < first) {
			t.Errorf("keys %d, %d, %d", first, last, step)
		}
	})
}

func FuzzParseSizesAndDurations(f *testing.F) {
	for _, seed := range []string{"0", "1kb", "9223372036854775807", "8gb", "-1", "30m", "1h30m", "1500ms", "1us", "kb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := ParseSize(text); err == nil && (n < 0 || n < 1024 && strings.HasSuffix(strings.ToLower(text), "kb") && n != 0) {
			t.Errorf("%q is %d bytes", text, n)
		}
		if d, err := ParseDuration(text); err == nil {
			if again, err := ParseDuration(d.String()); err != nil || again != d {
				t.Errorf("%q is %v, which reads as %v: %v", text, d, again, err)
			}
			if d < 0 || d != time.Duration(d.Milliseconds())*time.Millisecond {
				t.Errorf("%q is %v", text, d)
			}
		}
	})
}
