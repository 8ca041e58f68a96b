package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestWordsAskForSessionsThatAreThere(t *testing.T) {
	var mu sync.Mutex
	var asked [][]string
	stub, address := newStub(t, func(request []string) string {
		if request[0] != "EVALSHA" {
			return ""
		}
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, slices.Clone(request))
		return "*1\r\n$2\r\nok\r\n"
	})
	same := []string{"--server", address, "--sessions=20", "--connections=2", "--seed=5", "--warmup=0s", "--requests=50"}
	if code, _, stderr := execute(t, append(same, "--workload=save", "--suffix=~tag", "--keep")...); code != exitOK {
		t.Fatal(stderr)
	}
	if stub.size() != 20 || stub.count("SESS.SAVE") != 50 {
		t.Fatalf("%d sessions, %d saves", stub.size(), stub.count("SESS.SAVE"))
	}
	text := ` "EVALSHA" "a\x00b" "key:{id}~tag" "{cart}" "seen={seen}." "{" `
	if code, _, stderr := execute(t, append(same, "--workload=words", "--words", text)...); code != exitOK {
		t.Fatal(stderr)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, words := range asked {
		id, ok := strings.CutPrefix(words[2], "key:")
		stub.mu.Lock()
		_, is := stub.entries[id]
		stub.mu.Unlock()
		if len(words) != 6 || words[1] != "a\x00b" || !ok || !is || !strings.HasPrefix(words[3], `{"items":`) || len(words[4]) != len("seen=.")+seenLength || words[5] != "{" {
			t.Fatalf("asked %q", words)
		}
	}
	if len(asked) != 50 {
		t.Errorf("%d requests", len(asked))
	}
}

func TestPeersHaveWordsOfTheirOwn(t *testing.T) {
	stub, address := newStub(t, nil)
	file := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(file, []byte("\"GET\" \"k\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stub.mu.Lock()
	stub.entries["k"] = map[string]string{"": "v"}
	stub.mu.Unlock()
	code, _, stderr := execute(t, "compare", "--peer=a="+address+",words="+file, "--peer=b="+address, "--runs=1", "--workload=words",
		"--words", `"PING"`, "--connections=1", "--requests=10", "--warmup=0s")
	if code != exitOK || stub.count("GET") != 10 || stub.count("PING") != 10 {
		t.Errorf("code %d, %d GET, %d PING, %s", code, stub.count("GET"), stub.count("PING"), stderr)
	}
	if code, _, stderr := execute(t, "compare", "--peer=a="+address+",words="+file+"x", "--peer=b="+address); code != exitUsage || !strings.Contains(stderr, "words in") {
		t.Errorf("code %d, %s", code, stderr)
	}
	if code, _, stderr := execute(t, "--workload=words", "--words", `GET k`); code != exitUsage || !strings.Contains(stderr, "--words GET k: it takes ") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

func TestSeveralProcesses(t *testing.T) {
	var p processIDs
	if err := p.Set("12+7"); err != nil || !slices.Equal(p, []int{12, 7}) || p.String() != "12+7" {
		t.Errorf("%v, %v", p, err)
	}
	for _, text := range []string{"", "0", "1+", "+1", "x", "1+-2"} {
		if p.Set(text) == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestSpread(t *testing.T) {
	stub, address := newStub(t, nil)
	code, stdout, stderr := execute(t, "spread", "--server", address, "--other", address, "--times=20", "--pause=0")
	if code != exitOK || !strings.Contains(stdout, "p99.9 ") || stub.count("SESS.SAVE") != 20 || stub.count("SESS.GET") < 20 || stub.size() != 0 {
		t.Errorf("code %d, %q %s, %d sessions", code, stdout, stderr, stub.size())
	}
	_, other := newStub(t, nil)
	if code, _, stderr := execute(t, "spread", "--server", address, "--other", other); code != exitFailed || !strings.Contains(stderr, "spread: the server answered: null") {
		t.Errorf("another store: code %d, %s", code, stderr)
	}
	if code, _, _ := execute(t, "spread", "--times=0"); code != exitUsage {
		t.Errorf("no times: code %d", code)
	}
}
