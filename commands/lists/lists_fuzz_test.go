package lists

import (
	"math"
	"testing"

	"sessd/commands"
	"sessd/commands/commandstest"
)

func FuzzParsePopping(f *testing.F) {
	for _, seed := range []string{"1 k LEFT", "2 k l RIGHT COUNT 3", "1 k LEFT COUNT 0", "9223372036854775807 k LEFT", "-1 k LEFT", "1 k", "1 k UP", "1 k LEFT COUNT", "1 k LEFT COUNT 1 COUNT 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		if len(all) < 3 {
			return // the arity refuses it
		}
		p, err := parsePopping(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		if p.keys < 1 || p.keys > len(all)-2 || p.count < 1 {
			t.Errorf("%d keys, count %d", p.keys, p.count)
		}
		rest := all[1+p.keys:]
		if !commands.Is(rest[0], "LEFT") && !commands.Is(rest[0], "RIGHT") || len(rest) != 1 && (len(rest) != 3 || !commands.Is(rest[1], "COUNT")) {
			t.Errorf("took %q", rest)
		}
	})
}

func FuzzParseSearch(f *testing.F) {
	for _, seed := range []string{"", "RANK 1", "RANK -9223372036854775808", "RANK 0", "COUNT 0 MAXLEN 9223372036854775807", "COUNT -1", "RANK", "MINLEN 1", "RANK 1 RANK -2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := commandstest.SplitWords(text)
		s, many, err := parseSearch(all)
		if err != nil {
			commandstest.WantKnown(t, err)
			return
		}
		options := commandstest.WantOptions(t, all, nil, []string{"RANK", "COUNT", "MAXLEN"})
		if s.Rank == 0 || s.Rank == math.MinInt64 || s.Count < 0 || s.MaxSeen < 0 || many != commandstest.Has(options, "COUNT") || !many && s.Count != 1 {
			t.Errorf("%+v, several: %v", s, many)
		}
	})
}
