package main

import (
	"bufio"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// requestsOf returns what a source sends for n operations, parsed.
func requestsOf(t *testing.T, s source, n int) (all [][]string) {
	t.Helper()
	var text []byte
	for range n {
		var ok bool
		if text, _, ok = s.next(text); !ok {
			break
		}
	}
	for r := bufio.NewReader(strings.NewReader(string(text))); ; {
		if _, err := r.Peek(1); err != nil {
			return all
		}
		words, err := readRequest(r)
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		all = append(all, words)
	}
}

func TestMarksOfARequest(t *testing.T) {
	o := &options{connections: 2, sessions: 10, seed: 7, suffix: "~x"}
	words := []string{"HSET", "{rand:100000}", "", "a{rand:1}b{n}", "{cart}:{rand:1000000000000}{cart}", "{id}{seen}", "{rand", "{N}"}
	digits := regexp.MustCompile(`^\d{12}$`)
	seen := map[string]bool{}
	all := requestsOf(t, newWordSource(o, populations(o), 1, words, opWords, 9), 50)
	for i, got := range all {
		cart, rest, _ := strings.Cut(got[4], ":")
		number := rest[:max(0, len(rest)-len(cart))]
		if len(number) > 12 { // the cart itself has colons: cut where it ends
			end := strings.Index(got[4], "}:") + 1
			cart, number = got[4][:end], got[4][end+1:len(got[4])-end]
		}
		serial := string(rune('1' + 2*i))
		if len(got) != len(words) || got[0] != "HSET" || !digits.MatchString(got[1]) || got[1] >= "000000100000" || got[2] != "" ||
			got[3] != "a000000000000b00000000000"+serial || !digits.MatchString(number) || got[4] != cart+":"+number+cart ||
			len(got[5]) != idLength+2+seenLength || got[5][idLength:idLength+2] != "~x" || got[6] != "{rand" || got[7] != "{N}" {
			t.Errorf("request %d: %q", i, got)
		}
		seen[got[1]], seen[number] = true, true
	}
	if len(all) != 4 || len(seen) != 8 {
		t.Errorf("%d requests with %d numbers: those of connection 1 of 2 are 1, 3, 5 and 7", len(all), len(seen))
	}
}

func TestNumbersAreDrawnFromTheWholeRange(t *testing.T) {
	o := &options{connections: 1, sessions: 2, seed: 7}
	own := func(int) *population { t.Fatal("sessions for a request without them"); return nil }
	counts := map[string]int{}
	for _, got := range requestsOf(t, newWordSource(o, own, 0, []string{"{rand:3}"}, opWords, 3000), 4000) {
		counts[got[0]]++
	}
	if len(counts) != 3 || min(counts["000000000000"], counts["000000000001"], counts["000000000002"]) < 800 {
		t.Errorf("%v", counts)
	}
}

func TestMarksThatMakeNoSense(t *testing.T) {
	for _, word := range []string{"{rand:}", "{rand:0}", "{rand:x}", "{rand:-1}", "{rand:1000000000001}", "{rand:5"} {
		if code, _, stderr := execute(t, "--workload=words", "--words", `"GET" "`+word+`"`); code != exitUsage || !strings.Contains(stderr, "--words ") {
			t.Errorf("%s: code %d, %s", word, code, stderr)
		}
	}
	for _, args := range [][]string{{"--reply=nothing"}, {"--fills=0"}, {"--refill"}} {
		code, _, stderr := execute(t, append(args, "--workload=words", "--words", `"PING"`)...)
		if code != exitUsage || !strings.Contains(stderr, ": it takes ") {
			t.Errorf("%v: code %d, %s", args, code, stderr)
		}
	}
}

func TestRepliesOfWords(t *testing.T) {
	for text, kinds := range map[string]string{
		"+OK\r\n":        "something any simple",
		":3\r\n":         "something any integer",
		":-3\r\n":        "something any",
		"$1\r\nx\r\n":    "something any bulk bulk-or-null",
		"$-1\r\n":        "any bulk-or-null",
		"_\r\n":          "any bulk-or-null",
		"*1\r\n:1\r\n":   "something any elements",
		"~1\r\n:1\r\n":   "something any elements",
		"*0\r\n":         "something any",
		"-ERR wrong\r\n": "",
	} {
		var s scanner
		if _, complete, err := s.next([]byte(text)); !complete || err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var accepted []string
		for _, kind := range replies {
			if replyWants[kind].accepts(s.result()) {
				accepted = append(accepted, kind)
			}
		}
		if want := strings.Fields(kinds); !slices.Equal(accepted, want) {
			t.Errorf("%q is taken as %v, want %v", text, accepted, want)
		}
	}
}

// A stub whose list has as many elements as were pushed: a pop of an empty one is a failure.
func TestRefillKeepsElementsThere(t *testing.T) {
	for _, args := range []string{
		"--requests=1000 --warmup=10ms", "--requests=1000 --warmup=0s --threads=3 --pipeline=16", "--duration=50ms --warmup=0s", "--requests=250 --warmup=0s --rate=20000",
	} {
		var mu sync.Mutex
		elements, cleared := 0, false
		stub, address := newStub(t, func(request []string) string {
			mu.Lock()
			defer mu.Unlock()
			switch request[0] {
			case "FLUSHALL":
				cleared = true
				return "+OK\r\n"
			case "RPUSH":
				elements++
				return ":1\r\n"
			case "LPOP":
				if elements--; elements < 0 {
					return "$-1\r\n"
				}
				return "$1\r\nx\r\n"
			}
			return ""
		})
		code, stdout, stderr := execute(t, append(strings.Fields(args), "--server", address, "--workload=words", "--connections=5", "--reply=bulk",
			"--first", `"FLUSHALL"`, "--fill", `"RPUSH" "k" "{n}"`, "--fills=90", "--refill", "--words", `"LPOP" "k"`)...)
		if code != exitOK || !cleared || stub.size() != 0 {
			t.Errorf("%s: code %d, %s%s", args, code, stdout, stderr)
		}
		if strings.HasPrefix(args, "--requests=1000 --warmup=10ms") && !strings.Contains(stdout, "(1000 in ") {
			t.Errorf("%s: %s", args, stdout)
		}
	}
	_, address := newStub(t, nil)
	if code, _, stderr := execute(t, "--server", address, "--workload=words", "--words", `"PING"`, "--first", `"NONE" "k"`); code != exitFailed || !strings.Contains(stderr, "--first NONE: ERR unknown") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

func TestLinesStandUnderTheirHeading(t *testing.T) {
	code, heading, stderr := execute(t, "compare", "--peer=one=h:1", "--peer=two=h:2", "--heading")
	if code != exitOK {
		t.Fatal(stderr)
	}
	run := func(perSecond, cpuEach float64) *result {
		return &result{Operations: 1, PerSecond: perSecond, ServerCPU: &cpu{PerOperation: cpuEach}, ClientCPU: &cpu{PerOperation: 3}, Latency: &latency{P50: 30, P99: 99}}
	}
	c := &comparison{Reference: "two", Runs: 2, line: "PING pipeline 1", names: []string{"one", "two"}, Results: map[string][]*result{
		"one": {run(100, 4), run(300, 5)}, "two": {run(100, 8), run(100, 10)},
	}}
	c.tabulate()
	var line strings.Builder
	c.writeText(&line)
	text := strings.Join(strings.Fields(line.String()), " ")
	if text != "PING pipeline 1 200 100 2.00 (1.00 to 3.00) 4.50 9.00 0.50 (0.50 to 0.50) 30 30 99 99 3.00 3.00" {
		t.Errorf("%s", text)
	}
	if len([]rune(heading)) != len([]rune(line.String())) || strings.Join(strings.Fields(heading), " ") !=
		"median (single runs) one/s two/s ratio one µs two µs ratio one p50 two p50 one p99 two p99 one client two client" {
		t.Errorf("\n%s%s", heading, line.String())
	}
}

func TestACompareOfOneLine(t *testing.T) {
	_, address := newStub(t, nil)
	code, stdout, stderr := execute(t, "compare", "--peer=one="+address, "--peer=two="+address, "--workload=ping", "--connections=1",
		"--requests=10", "--warmup=0s", "--runs=2", "--line=PING")
	if code != exitOK || strings.Count(stdout, "\n") != 1 || !strings.HasPrefix(stdout, "PING  ") {
		t.Errorf("code %d, %s%s", code, stdout, stderr)
	}
	_, address = newStub(t, func([]string) string { return "-ERR no\r\n" })
	code, stdout, _ = execute(t, "compare", "--peer=one="+address, "--peer=two="+address, "--workload=ping", "--connections=1",
		"--requests=10", "--warmup=0s", "--runs=1", "--line=PING")
	if code != exitFailed || !strings.Contains(stdout, "FAILURES 20") {
		t.Errorf("code %d, %s", code, stdout)
	}
}
