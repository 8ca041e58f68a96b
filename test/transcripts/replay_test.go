package transcripts

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

var update = flag.Bool("update", false, "write the replies of redis-server, or of the daemon to session commands, into the transcripts")

func TestSessd(t *testing.T) {
	server := servertest.Start(t)
	forEach(t, "testdata/redis8/*.txt", func(t *testing.T, _ string, all []exchange) {
		check(t, all, replay(all, func() *servertest.Conn { return server.Dial(t) }))
	})
	forEach(t, "testdata/*.txt", func(t *testing.T, _ string, all []exchange) {
		check(t, all, replay(all, func() *servertest.Conn { return server.Dial(t) }))
	})
}

func TestRedis(t *testing.T) { againstRedis(t, "testdata/*.txt") }

// TestRedis8 is for what Redis 7 does not have. It needs a server of Redis 8.
func TestRedis8(t *testing.T) {
	redistest.Use8(t)
	againstRedis(t, "testdata/redis8/*.txt")
}

func againstRedis(t *testing.T, pattern string) {
	socket := redistest.Start(t)
	forEach(t, pattern, func(t *testing.T, file string, all []exchange) {
		replies := replay(all, func() *servertest.Conn { return servertest.Dial(t, "unix", socket) })
		if *update {
			if err := os.WriteFile(file, []byte(format(replies)), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		check(t, all, replies)
	})
}

// forEach runs a test for every transcript whose path matches a pattern.
func forEach(t *testing.T, pattern string, test func(t *testing.T, file string, all []exchange)) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts (%v)", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all, err := parse(string(text))
			if err != nil {
				t.Fatal(err)
			}
			test(t, file, all)
		})
	}
}

func check(t *testing.T, want, got []exchange) {
	t.Helper()
	for i := range want {
		if want[i].reply != got[i].reply {
			t.Errorf("%s\n got %q\nwant %q", want[i].line, got[i].reply, want[i].reply)
		}
	}
}

func TestFormatReadsBack(t *testing.T) {
	text := "# remark\nSET \"a b\" {\"c\":1}\n= +OK\nGET x\n= $4\n= \"\\x00\\n\\\"\\\\\"\n---\nGET \"\"\n= $0\n= \"\"\n"
	all, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := format(all); got != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
	if words := all[1].words; len(words) != 3 || words[1] != "a b" || words[2] != `{"c":1}` {
		t.Errorf("words %q", words)
	}
	if reply := all[2].reply; reply != "$4\r\n\x00\n\"\\\r\n" {
		t.Errorf("reply %q", reply)
	}
}
