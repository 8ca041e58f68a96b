package sortedsets

import (
	"math"
	"strings"
	"testing"
)

func TestScores(t *testing.T) {
	for text, want := range map[string]float64{
		"1": 1, "-1.5": -1.5, "+2": 2, ".5": .5, "5.": 5, "1e3": 1000, "0x10": 16, "0x1p-1": .5, "inf": math.Inf(1), "-Infinity": math.Inf(-1),
		"5e-324": 5e-324, "0e99999": 0, "0x0": 0,
	} {
		if got, err := parseScore([]byte(text)); got != want || err != nil {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", " 1", "1 ", "nan", "1_0", "0x1_0", "1e400", "1e-400", "1e", "0x", ".", "e5", "1\x00", "--1", "infinit"} {
		if got, err := parseScore([]byte(text)); err != errNotFloat {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}

// Whatever the words are, what is read of them is no NaN and has pairs.
func FuzzRequests(f *testing.F) {
	f.Add("NX CH 1 a")
	f.Add("(1 +inf LIMIT 0 -1 WITHSCORES REV BYSCORE")
	f.Fuzz(func(t *testing.T, text string) {
		var words [][]byte
		for _, word := range strings.Split(text, " ") {
			words = append(words, []byte(word))
		}
		if a, err := parseAdd(words, nil); err == nil {
			for _, m := range a.members {
				if math.IsNaN(m.Score) {
					t.Errorf("%q has a score that is no number", text)
				}
			}
			if len(a.members) == 0 {
				t.Errorf("%q adds nothing", text)
			}
		}
		if len(words) > 1 {
			if r, _, err := parseRange(words, form{}); err == nil && (math.IsNaN(r.Min.Score) || math.IsNaN(r.Max.Score)) {
				t.Errorf("%q has a bound that is no number", text)
			}
		}
	})
}
