package durability

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sessd/server/servertest"
	"sessd/test/redistest"
	"sessd/test/sessdtest"
)

// dumped fills a redis-server with every type in every form that it gives them, and returns its dump and what it answers.
func dumped(t *testing.T) (file string, ask func([]string) string) {
	t.Helper()
	socket := redistest.Start(t)
	nc, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	c := servertest.NewConn(t, nc)
	large := strings.Repeat("large", 2000)
	for _, words := range [][]string{
		{"SET", "integer", "-7"}, {"SET", "compressed", large}, {"SET", "empty", ""}, {"SET", "ends", "x", "PXAT", "4102444800123"},
		{"SADD", "integers", "1", "-70000", "5000000000"}, {"SADD", "set", "a", "1", ""},
		{"HSET", "hash", "f", "v", "n", "12"}, {"HSET", "hash of long", "f", large},
		{"RPUSH", "list", "1", "-5", "127", "128", "4095", "-4096", "40000", "9000000", "3000000000", "-9223372036854775808", "abc", large}, {"RPUSH", "plain", strings.Repeat("y", 20_000)},
		{"ZADD", "sorted", "1.5", "a", "-inf", "b", "inf", "c", "3", "d"},
		{"XADD", "stream", "1-1", "f", "v"}, {"XADD", "stream", "2-0", "f", "w", "g", "12"}, {"XDEL", "stream", "1-1"}, {"XGROUP", "CREATE", "stream", "g", "0"},
		{"EVAL", "for i = 1, 600 do redis.call('hset', 'H', i, i) redis.call('zadd', 'Z', i / 3, 'm' .. i) redis.call('rpush', 'L', i) redis.call('sadd', 'S', 'm' .. i) redis.call('sadd', 'I', i) end return 1", "0"},
		{"SELECT", "5"}, {"SET", "other", "5"}, {"SELECT", "0"}, {"SAVE"},
	} {
		if reply := c.Do(words...); strings.HasPrefix(reply, "-") {
			t.Fatalf("%q: %s", words, reply)
		}
	}
	return filepath.Join(filepath.Dir(socket), "dump.rdb"), func(words []string) string { return c.Do(words...) }
}

// importQuestions are about all that is dumped but the group of consumers.
var importQuestions = [][]string{
	{"GET", "integer"}, {"GET", "compressed"}, {"GET", "empty"}, {"GET", "ends"}, {"PEXPIRETIME", "ends"}, {"PEXPIRETIME", "hash"}, {"SMEMBERS", "integers"}, {"SMEMBERS", "set"},
	{"HGETALL", "hash"}, {"HGETALL", "hash of long"}, {"LRANGE", "list", "0", "-1"}, {"LRANGE", "plain", "0", "-1"}, {"ZRANGE", "sorted", "0", "-1", "WITHSCORES"}, {"HGETALL", "H"},
	{"XRANGE", "stream", "-", "+"}, {"ZRANGE", "Z", "0", "-1", "WITHSCORES"}, {"LRANGE", "L", "0", "-1"}, {"SMEMBERS", "S"}, {"SMEMBERS", "I"}, {"SELECT", "5"}, {"GET", "other"}, {"SELECT", "0"},
}

// alike reports whether two replies are, in whatever order their lines are.
func alike(a, b string) bool {
	x, y := strings.Split(a, "\r\n"), strings.Split(b, "\r\n")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// imports runs sessd import, and returns its exit code and what it prints.
func imports(t *testing.T, words ...string) (code int, out string) {
	t.Helper()
	p := sessdtest.Launch(t, nil, append([]string{"import"}, words...)...)
	code, out = p.Wait()
	return code, out + p.Log()
}

// compare asks both servers about everything.
func compare(t *testing.T, ask func([]string) string, d *sessdtest.Daemon) {
	t.Helper()
	c := d.Dial(t)
	for _, words := range importQuestions {
		if want, got := ask(words), c.Do(words...); !alike(got, want) {
			t.Errorf("%q: %.200q, Redis says %.200q", words, got, want)
		}
	}
}

func TestImportsADumpOfRedis(t *testing.T) {
	file, ask := dumped(t)
	left := "left out since sessd does not take them from a dump: 1 consumer group\n"
	t.Run("into a folder", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		key := keyFile(t, "1")
		code, out := imports(t, file, "--to", dir, "--encryption-key-file", key)
		if code != 0 || !strings.Contains(out, " 5 strings, 4 sets, 3 hashes, 3 lists, 2 sorted sets, 1 stream\n"+left) {
			t.Errorf("exit code %d: %s", code, out)
		}
		if code, out := imports(t, file, "--to="+dir, "--encryption-key-file", key); code != 1 || !strings.Contains(out, "left as they are since they exist: 18 keys;") {
			t.Errorf("again: exit code %d: %s", code, out)
		}
		if code, out := imports(t, file, "--to", dir+"2", "--databases", "2"); code != 1 || !strings.Contains(out, `failed: 1 key, such as "other" of database 5: there are 2 databases`) {
			t.Errorf("with fewer databases: exit code %d: %s", code, out)
		}
		d := start(t, dir, "--encryption-key-file", key)
		compare(t, ask, d)
		if code, out := imports(t, file, "--to", dir, "--encryption-key-file", key); code != 1 || !strings.Contains(out, fmt.Sprint("is locked by process ", d.ID())) {
			t.Errorf("into the folder of a daemon: exit code %d: %s", code, out)
		}
	})
	t.Run("into a server", func(t *testing.T) {
		d := sessdtest.Start(t)
		d.Dial(t).Do("SET", "integer", "mine")
		code, out := imports(t, file, "--addr", d.Addr)
		if code != 1 || !strings.Contains(out, "left as they are since they exist: 1 key; --replace overwrites them\n") {
			t.Errorf("exit code %d: %s", code, out)
		}
		if got := d.Dial(t).Do("GET", "integer"); got != "$4\r\nmine\r\n" {
			t.Errorf("a key that exists is %q", got)
		}
		if code, out := imports(t, "--addr", d.Addr); code != 2 {
			t.Errorf("without a file in front: exit code %d: %s", code, out)
		}
	})
	t.Run("over TLS", func(t *testing.T) {
		d := sessdtest.StartEncrypted(t)
		for _, wrong := range [][]string{nil, {"--tls"}, {"--cacert", file}, {"--cert", file}} {
			if code, out := imports(t, append([]string{file, "--addr", d.TLSAddr}, wrong...)...); code != 1 {
				t.Errorf("%q: exit code %d: %s", wrong, code, out)
			}
		}
		if code, out := imports(t, file, "--addr", d.TLSAddr, "--tls", "--cacert", d.CAFile); code != 0 {
			t.Errorf("exit code %d: %s", code, out)
		}
		compare(t, ask, d.Daemon)
	})
	t.Run("over what is there", func(t *testing.T) {
		d := sessdtest.Start(t)
		d.Dial(t).Do("SET", "integer", "mine")
		if code, out := imports(t, file, "--addr", d.Addr, "--replace"); code != 0 || !strings.HasSuffix(out, left) {
			t.Errorf("exit code %d: %s", code, out)
		}
		compare(t, ask, d)
	})
}

// TestImportRefusesWhatIsNoDump: nothing of a file that is damaged is imported.
func TestImportRefusesWhatIsNoDump(t *testing.T) {
	file, _ := dumped(t)
	dir := filepath.Join(t.TempDir(), "data")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for text, bad := range map[string][]byte{
		"its checksum does not match": whole[:len(whole)/2], "it is no dump of Redis or Valkey": []byte("words"), "newer than": []byte("REDIS9999" + string(whole[9:])),
	} {
		name := filepath.Join(t.TempDir(), "bad.rdb")
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out := imports(t, name, "--to", dir); code != 1 || !strings.Contains(out, text) || len(files(t, dir)) > 0 {
			t.Errorf("%s: exit code %d: %s", text, code, out)
		}
	}
}
