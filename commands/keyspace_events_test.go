package commands

import (
	"strings"
	"testing"
)

func TestKeyspaceEvents(t *testing.T) {
	for letters, want := range map[string]string{
		"": "", "KEA": "AKE", "An": "An", "AnmT": "AnmT", "g$lshzxetd": "A", "g$lshzxet": "g$lshzxet", "SE": "ES", "nxSKTd": "xdnKST", "mmK": "Km", "AS": "A",
	} {
		k, err := parseKeyspaceEvents(letters)
		if got := k.String(); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", letters, got, err, want)
		}
		if k.Wanted() != 0 && !strings.ContainsAny(letters, "KE") {
			t.Errorf("%s: events are wanted and published nowhere", letters)
		}
	}
}

func FuzzKeyspaceEvents(f *testing.F) {
	for _, seed := range []string{"KEA", "Ag$lshzxeKEtmdn", "ST", "xyz", "K E"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, letters string) {
		k, err := parseKeyspaceEvents(letters)
		if known := strings.Trim(letters, "Ag$lshzxeKEtmdnST") == ""; known != (err == nil) {
			t.Errorf("%q: %v", letters, err)
		}
		if err != nil {
			return
		}
		if again, err := parseKeyspaceEvents(k.String()); again != k || err != nil {
			t.Errorf("%q: %+v is written as %q, which is read as %+v, %v", letters, k, k.String(), again, err)
		}
	})
}
