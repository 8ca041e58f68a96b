package durability

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sessd/server/servertest"
	"sessd/store/journal"
	"sessd/test/sessdtest"
)

// TestRestartsChangeNoReply compares the replies of a daemon that is stopped now and then, in each way, with those of one that
// runs on.
func TestRestartsChangeNoReply(t *testing.T) {
	random, dir := random(t), filepath.Join(t.TempDir(), "data")
	crowd := newCrowd(t, random, 4)
	for round := range rounds(t, 8) {
		d := start(t, dir, "--auto-aof-rewrite-min-size", "50kb")
		crowd.settle(t, d)
		for range 60 {
			if err := crowd.clients[random.IntN(len(crowd.clients))].work(); err != nil {
				t.Fatal(err)
			}
		}
		switch words := []string{"", "SAVE", "NOSAVE"}[round%3]; words {
		case "":
			d.Signal(syscall.SIGTERM)
		default:
			d.Dial(t).Send(servertest.Request("SHUTDOWN", words))
		}
		if code, _ := d.Wait(); code != 0 {
			t.Fatalf("exit code %d:\n%s", code, d.Log())
		}
	}
	crowd.settle(t, start(t, dir))
}

// refused starts a daemon that has to refuse its folder, and returns why it did.
func refused(t *testing.T, flags ...string) string {
	t.Helper()
	p := sessdtest.Launch(t, nil, append([]string{"--bind", "127.0.0.1", "--port", "0"}, flags...)...)
	if code, _ := p.Wait(); code != 1 {
		t.Errorf("exit code %d:\n%s", code, p.Log())
	}
	return p.Log()
}

func TestSecondProcessIsRefusedWithThePid(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := start(t, dir)
	if log, want := refused(t, "--dir", dir), "is locked by process "+strconv.Itoa(d.ID()); !strings.Contains(log, want) {
		t.Errorf("%s\nwant %q", log, want)
	}
	d.Dial(t).Want("+OK\r\n", "SET", "k", "v")
}

func TestKeyIsNeeded(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "data"), keyFile(t, "a")
	d := start(t, dir, "--encryption-key-file", key)
	d.Dial(t).Want("+OK\r\n", "SET", "k", "a secret value")
	d.Kill()
	for _, name := range files(t, dir) {
		if text, _ := os.ReadFile(name); strings.Contains(string(text), "secret") {
			t.Errorf("%s has the value in clear text", name)
		}
	}
	for _, flags := range [][]string{{"--dir", dir}, {"--dir", dir, "--encryption-key-file", keyFile(t, "b")}} {
		if log := refused(t, flags...); !strings.Contains(log, "key") {
			t.Errorf("%q: %s", flags, log)
		}
	}
	d = start(t, dir, "--encryption-key-file", keyFile(t, "b", "a")) // another one seals from now on
	d.Dial(t).Want(servertest.Bulk("a secret value"), "GET", "k")
}

func TestDamageIsRefusedAndFixed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := start(t, dir, "--appendfsync", "always")
	c := d.Dial(t)
	for _, key := range []string{"one", "two", "three"} {
		c.Want("+OK\r\n", "SET", key, "value of "+key)
	}
	d.Kill()
	var damaged string
	for _, name := range files(t, dir) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.Index(string(text), "value of two"); i >= 0 {
			damaged = name
			text[i] ^= 1
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if log := refused(t, "--dir", dir); damaged == "" || !strings.Contains(log, damaged+" is damaged at offset ") {
		t.Fatalf("the file is %q: %s", damaged, log)
	}
	check := func(code int, text string, words ...string) {
		t.Helper()
		wantCheck(t, dir, code, text, words...)
	}
	check(1, "a start would refuse this folder: "+damaged+" is damaged at offset ")
	check(1, "sessd check --fix "+dir+" keeps copies, cuts, and leaves the state after step 1\n")
	check(0, "copies of the files as they were are in "+dir, "--fix")
	check(0, "a start would load the snapshot of step 0 and 1 steps after it\n")
	c = start(t, dir).Dial(t)
	c.Want(servertest.Bulk("value of one"), "GET", "one")
	c.Want(":0\r\n", "EXISTS", "two", "three")
}

// wantCheck runs the command check, and wants an exit code and a text.
func wantCheck(t *testing.T, dir string, code int, text string, words ...string) {
	t.Helper()
	p := sessdtest.Launch(t, nil, append([]string{"check", dir}, words...)...)
	got, stdout := p.Wait()
	if out := stdout + p.Log(); got != code || !strings.Contains(out, text) {
		t.Errorf("check %q ends with %d, want %d and %q:\n%s", words, got, code, text, out)
	}
}

// TestNothingIsFixedAway: a folder whose log has lost its beginning stays as it is, since nothing of it could be loaded.
func TestNothingIsFixedAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	for range 2 {
		d := start(t, dir, "--appendfsync", "always")
		d.Dial(t).Want(":1\r\n", "RPUSH", "k"+strconv.Itoa(d.ID()), "value")
		d.Kill()
	}
	lost := filepath.Join(dir, "log.00000001")
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	const advice = "so nothing would be left: put back what is missing from a backup, or begin with an empty folder\n"
	if log := refused(t, "--dir", dir); !strings.Contains(log, "and step 1 is missing") {
		t.Errorf("the start says %s", log)
	}
	wantCheck(t, dir, 1, advice)
	wantCheck(t, dir, 1, advice, "--fix")
	if after := files(t, dir); !slices.Equal(after, before) {
		t.Errorf("the folder has %q, and had %q", after, before)
	}
}

// TestCheckLoadsAsAStartDoes: a step that is whole, and says nothing that could be done, is refused by both.
func TestCheckLoadsAsAStartDoes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := start(t, dir)
	d.Dial(t).Want("+OK\r\n", "SET", "k", "v")
	d.Kill()
	j, err := journal.Open(journal.Disk, dir, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Recover(anyPayload{}); err != nil {
		t.Fatal(err)
	}
	j.Append([]byte("of no engine"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	const reason = "step 2: memory: records of another format"
	if log := refused(t, "--dir", dir); !strings.Contains(log, reason) {
		t.Errorf("the start says %s", log)
	}
	wantCheck(t, dir, 1, reason)
	wantCheck(t, dir, 1, reason, "--fix")
}

// anyPayload is a loader that takes everything.
type anyPayload struct{}

func (anyPayload) Chunk([]byte) error        { return nil }
func (anyPayload) Step(uint64, []byte) error { return nil }
func (anyPayload) Reset() error              { return nil }
