package commands

import (
	"math"
	"strings"
	"testing"
	"time"

	"sessd/commands/commandstest"
)

func FuzzParseHello(f *testing.F) {
	for _, seed := range []string{
		"", "3", "2 AUTH default secret", "3 SETNAME web AUTH a b", "3 SETNAME", "3 AUTH a", "4", "03", "3 setname a setname b", "3 SETNAME \x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		g, err := parseHello(all)
		if err != nil {
			commandstest.WantKnown(t, err)
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
		all := commandstest.SplitWords(text)
		filter, err := parseClientKill(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		options := commandstest.WantOptions(t, all, nil, []string{"ID", "TYPE", "USER", "ADDR", "LADDR", "SKIPME", "MAXAGE"})
		if commandstest.Has(options, "ID") != (filter.id > 0) || commandstest.Has(options, "MAXAGE") != (filter.maxAge > 0) {
			t.Errorf("id %d, maxage %d", filter.id, filter.maxAge)
		}
		if commandstest.Has(options, "ADDR") != (filter.addr != nil) || commandstest.Has(options, "LADDR") != (filter.localAddr != nil) || commandstest.Has(options, "USER") != (filter.user != nil) {
			t.Errorf("a filter that was given is lost: %+v", filter)
		}
		nobody := Info{ID: -1, Age: time.Hour * 24 * 365 * 200}
		if filter.matches(nobody) && (commandstest.Has(options, "ID") || commandstest.Has(options, "ADDR") && len(filter.addr) > 0) {
			t.Errorf("%q chooses a client that nothing is known of", text)
		}
	})
}

func FuzzParseClientList(f *testing.F) {
	for _, seed := range []string{"", "TYPE normal", "TYPE master", "ID 1 2 3", "ID", "ID x", "TYPE"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		ids, of, err := parseClientList(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		if of != anyType && ids != nil || (of != anyType) != (len(all) > 0 && Is(all[0], "TYPE")) {
			t.Errorf("clients of type %d, and ids %v", of, ids)
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
	table := sampleTable()
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		filter, err := parseCommandList(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		listed := 0
		for _, c := range table.commands {
			if filter.matches(c) {
				listed++
			}
		}
		if len(all) == 0 && listed != len(table.commands) || len(all) > 0 && Is(all[1], "MODULE") && listed > 0 {
			t.Errorf("%d of %d commands are listed", listed, len(table.commands))
		}
	})
}

func FuzzParseShutdown(f *testing.F) {
	for _, seed := range []string{"", "NOSAVE", "SAVE NOW FORCE", "ABORT", "ABORT NOW", "SAVE NOSAVE", "later"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		s, err := parseShutdown(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		commandstest.WantOptions(t, all, []string{"NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"}, nil)
		want := shutdownRequest{commandstest.Has(all, "NOSAVE"), commandstest.Has(all, "SAVE"), commandstest.Has(all, "NOW"), commandstest.Has(all, "FORCE"), commandstest.Has(all, "ABORT")}
		if s != want || s.save && s.noSave {
			t.Errorf("%+v, want %+v", s, want)
		}
	})
}

// FuzzParseUsage looks for usage lines that break the parser, or whose arity it contradicts.
func FuzzParseUsage(f *testing.F) {
	for _, c := range sampleTable().commands {
		f.Add(c.Usage)
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

func FuzzParseLog(f *testing.F) {
	f.Add("10")
	f.Add("RESET")
	f.Add("-1 x")
	f.Fuzz(func(t *testing.T, text string) {
		n, reset, err := parseLog(commandstest.SplitWords(text))
		if err != nil {
			commandstest.WantKnown(t, err)
		} else if n < 0 || n > math.MaxInt32 || reset && !commandstest.Has(commandstest.SplitWords(text), "RESET") {
			t.Errorf("ACL LOG %q gives %d, %v", text, n, reset)
		}
	})
}
