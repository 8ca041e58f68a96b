package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sessd/commands"
	"sessd/server/servertest"
	"sessd/test/sessdtest"
)

// startFile starts the daemon with a configuration file, which listens on a unix socket, and returns both.
func startFile(t *testing.T, text string, flags ...string) (d *sessdtest.Process, c *servertest.Conn, path string) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s.sock")
	path = write(t, "sessd.conf", "port 0\nunixsocket "+socket+"\n"+text)
	d = sessdtest.Launch(t, nil, append([]string{path}, flags...)...)
	return d, servertest.NewConn(t, dialWhenThere(t, socket)), path
}

func wantSetting(t *testing.T, c *servertest.Conn, name, value string) {
	t.Helper()
	c.Want(fmt.Sprintf("*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(name), name, len(value), value), "CONFIG", "GET", name)
}

func TestFileThenVariableThenFlag(t *testing.T) {
	path := write(t, "c", "maxclients 10\nmaxmemory 1mb\ntimeout 3\nclient-output-buffer-limit normal 2mb 1mb 9\nclient-output-buffer-limit pubsub 3mb 1mb 9\n")
	o, err := parseOptions([]string{path, "--maxclients", "30"}, []string{"SESSD_MAXCLIENTS=20", "SESSD_MAXMEMORY=2mb"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"maxclients": "30", "maxmemory": "2097152", "timeout": "3",
		"client-output-buffer-limit": "normal 2097152 1048576 9 slave 268435456 67108864 60 pubsub 3145728 1048576 9",
	} {
		if got := o.named(name).Value.Get(); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// TestEverySettingIsADirective writes every setting's right value into a file.
func TestEverySettingIsADirective(t *testing.T) {
	for _, row := range newOptions().settings {
		test, ok := flagCases[row.Name]
		if !ok {
			continue // of Redis, or told by another test
		}
		value := test.right
		if strings.Contains(value, " ") && !row.Value.List {
			value = `"` + value + `"`
		}
		o, err := parseOptions([]string{write(t, "c", row.Name+" "+value+"\n")}, nil)
		if err != nil {
			t.Error(err)
		} else if got := o.named(row.Name).Value.Get(); got != test.right {
			t.Errorf("%s is %q, want %q", row.Name, got, test.right)
		}
	}
}

func TestWrongFileNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"maxmemry 1gb":                         `unknown directive "maxmemry": did you mean maxmemory?`,
		"tcp-backlg 511":                       `unknown directive "tcp-backlg": did you mean tcp-backlog?`,
		strings.Repeat("x", 300_000):           `unknown directive "` + strings.Repeat("x", 64) + `": sessd --help lists the settings`,
		"something-else 1":                     `unknown directive "something-else": sessd --help lists the settings`,
		"maxclients none":                      `maxclients "none": takes a whole number from 1 to 4294967295`,
		"maxclients":                           "maxclients takes one value, not 0",
		"maxclients 1 2":                       "maxclients takes one value, not 2",
		"requirepass secret word":              "requirepass takes one value, not 2",
		"appendonly maybe":                     `appendonly "maybe": takes yes or no`,
		"replicaof host 6379":                  `replicaof "host 6379": takes "" or "no one" alone: there is no replication`,
		"loadmodule x.so":                      `loadmodule "x.so": is refused: there are no modules`,
		"tls-protocols TLSv1.1":                `tls-protocols "TLSv1.1": takes "" or "tlsv1.2" or "tlsv1.3" or "tlsv1.2 tlsv1.3" or "tlsv1.3 tlsv1.2" alone: TLS is Go's: version 1.2 or 1.3, with its choice of ciphers`,
		"user":                                 "user takes a name and rules",
		"user ann +nosuch":                     `rule 1 of user "ann", "+nosuch": Unknown command or category name in ACL`,
		"user ann >secret >x nonsense":         `rule 3 of user "ann", "nonsense": Syntax error`,
		"rename-command GET":                   "rename-command takes a command and its new name, which is empty for none",
		"rename-command NOSUCH x":              "No such command in rename-command",
		"rename-command GET set":               "Target command name already exists",
		"users-file /nosuch/file\nuser ann on": "",
	} {
		var stdout, stderr strings.Builder
		path := write(t, "c", "# first\nport 0\nunixsocket /nosuch/folder/s.sock\n"+text+"\n")
		code := run([]string{"check-config", path}, nil, &stdout, &stderr)
		line := "sessd: " + path + ":4: " + want + "\n"
		if want == "" {
			line = "sessd: " + path + ":5: " + string(errUsersTwice) + "\n"
		}
		if code != exitUsage || stderr.String() != line || stdout.String() != "" {
			t.Errorf("%q: code %d, %q\n%s\nwant %s", text, code, stdout.String(), stderr.String(), line)
		}
	}
	checkRun(t, exitUsage, "", "sessd: check-config takes a file: sessd check-config FILE\n", nil, "check-config")
}

func TestRightFile(t *testing.T) {
	path := write(t, "c", "daemonize yes\nsave 900 1\nhz 10\nmaxmemory 1gb\nuser ann on >x +@all\n")
	checkRun(t, exitOK, path+`:1: daemonize "yes" is passed over: it runs in the foreground, and a service manager starts it`+"\n"+
		path+`:2: save "900 1" is passed over: with --dir, a snapshot is written when the log has grown`+"\n"+
		path+": settings of Redis that do nothing here are passed over: hz\n"+path+" is right\n", "", nil, "check-config", path, "--tls-port", "off")
}

// TestDefaultsOfRedis reads every directive that redis-server 7.0 has, with its default.
func TestDefaultsOfRedis(t *testing.T) {
	text, err := os.ReadFile("testdata/redis-defaults.conf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseOptions([]string{"testdata/redis-defaults.conf"}, nil); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n < 190 {
		t.Errorf("%d lines", n)
	}
}

// TestFileOfDebian starts with the file that Debian's package redis-server installs.
func TestFileOfDebian(t *testing.T) {
	const path = "/etc/redis/redis.conf"
	if _, err := os.ReadFile(path); err != nil {
		t.Skipf("Debian's file of Redis is not there to be read: %v", err)
	}
	d := sessdtest.Launch(t, nil, path, "--port", "0", "--dir", t.TempDir(), "--logfile", "")
	c := servertest.Dial(t, "tcp", d.WaitFor(`listening.*addr=(127\.0\.0\.1:[0-9]+)`)[0])
	wantSetting(t, c, "tcp-keepalive", "300")
	wantSetting(t, c, "client-output-buffer-limit", "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60")
	if !strings.Contains(c.Do("INFO", "server"), "\r\nconfig_file:"+path+"\r\n") {
		t.Error("INFO does not tell the file")
	}
}

func TestRewriteKeepsWhatDidNotChange(t *testing.T) {
	_, c, path := startFile(t, "# memory\nmaxmemory 1gb\nlua-time-limit 3000\nhz 10\nmaxclients 50\n", "--idle-timeout", "45m")
	before, _ := os.ReadFile(path)
	c.Want("+OK\r\n", "CONFIG", "SET", "maxmemory", "1gb") // as the file has it
	c.Want("+OK\r\n", "CONFIG", "REWRITE")
	c.Want("+OK\r\n", "CONFIG", "SET", "busy-reply-threshold", "4000", "maxclients", "40", "requirepass", "open sesame", "client-output-buffer-limit", "pubsub 1mb 0 0")
	c.Want("+OK\r\n", "CONFIG", "REWRITE")
	after, _ := os.ReadFile(path)
	want := strings.NewReplacer("lua-time-limit 3000", "busy-reply-threshold 4000", "maxclients 50", "maxclients 40").Replace(string(before)) + "\n# Generated by CONFIG REWRITE\n"
	if !strings.HasPrefix(string(after), want) {
		t.Errorf("the file is\n%s\nand must begin with\n%s", after, want)
	}
	added := strings.Split(strings.TrimSpace(string(after[len(want):])), "\n")
	slices.Sort(added)
	if !slices.Equal(added, []string{
		"client-output-buffer-limit normal 1073741824 0 0 slave 268435456 67108864 60 pubsub 1048576 0 0", "idle-timeout 45m", `requirepass "open sesame"`,
	}) {
		t.Errorf("added %q", added)
	}
	if o, err := parseOptions([]string{path}, nil); err != nil || o.password != "open sesame" {
		t.Errorf("the file reads back as %q, %v", o.password, err)
	}
}

func TestRewriteThatFails(t *testing.T) {
	_, c, path := startFile(t, "")
	os.Remove(path)
	c.Want("+OK\r\n", "CONFIG", "SET", "maxclients", "40")
	c.Want("-ERR Rewriting config file: No such file or directory\r\n", "CONFIG", "REWRITE")
	sessdtest.Start(t).Dial(t).Want("-ERR The server is running without a config file\r\n", "CONFIG", "REWRITE")
}

func TestReloadIsAllOrNothing(t *testing.T) {
	password := write(t, "password", "first\n")
	d, c, path := startFile(t, "maxclients 50\nrequirepass-file "+password+"\nuser ann on >ann +@all\n")
	base, _ := os.ReadFile(path)
	change := func(from, to string) {
		os.WriteFile(path, []byte(strings.Replace(string(base), from, to, 1)), 0o600)
	}
	c.Want("+OK\r\n", "AUTH", "first")
	for _, wrong := range []struct{ from, to, why string }{
		{"user ann on", "user ann oh", path + `:5: rule 1 of user "ann", "oh": Syntax error`},
		{"maxclients 50", "maxclients 60\nmaxclents 3", path + `:4: unknown directive "maxclents": did you mean maxclients?`},
		{password, password + "2", "--requirepass-file: open " + password + "2: no such file or directory"},
		{"maxclients 50", "maxclients 60\ntls-port 1", ""},
	} {
		if wrong.why == "" {
			continue // a port that is fixed is no mistake
		}
		os.WriteFile(password, []byte("second\n"), 0o600)
		change(wrong.from, wrong.to)
		c.Want("-ERR Nothing is reloaded: "+wrong.why+"\r\n", "CONFIG", "RELOAD")
		wantSetting(t, c, "maxclients", "50")
		c.Want("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "second")
	}
	change("maxclients 50\n", "idle-timeout 7m\nbind 127.0.0.2\n")
	c.Want("+OK\r\n", "CONFIG", "SET", "maxclients", "70", "maxmemory", "1mb")
	d.Signal(syscall.SIGHUP)
	d.WaitFor(`msg="read again" settings="idle-timeout maxclients" users=2`)
	d.WaitFor(`msg="a setting that has changed counts from the next start on" setting=bind`)
	wantSetting(t, c, "idle-timeout", "7m")
	wantSetting(t, c, "maxclients", "10000") // its line is gone
	wantSetting(t, c, "maxmemory", "1048576")
	c.Want("+OK\r\n", "AUTH", "second")
	c.Want("+OK\r\n", "AUTH", "ann", "ann")
	change("user ann on >ann", "user bob on >bob")
	c.Want("+OK\r\n", "CONFIG", "RELOAD")
	c.WantClosed() // with its user, after the answer
	c = servertest.Dial(t, "unix", strings.Fields(string(base))[3])
	c.Want("+OK\r\n", "AUTH", "bob", "bob")
	c.Want("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "ann", "ann")
}

func TestRenamedCommands(t *testing.T) {
	_, c, _ := startFile(t, "rename-command FLUSHALL \"\"\nrename-command migrate \"\"\nrename-command Config b840-Config\n")
	c.Want("-ERR unknown command 'FLUSHALL', with args beginning with: \r\n", "FLUSHALL")
	c.Want("-ERR unknown command 'CONFIG', with args beginning with: \r\n", "CONFIG", "GET", "port")
	c.Want("*2\r\n$4\r\nport\r\n$1\r\n0\r\n", "B840-config", "GET", "port")
}

func TestRequirePassWhileItRuns(t *testing.T) {
	d := sessdtest.Start(t)
	c := d.Dial(t)
	c.Want("+OK\r\n", "CONFIG", "SET", "requirepass", "open sesame")
	c.Want("+PONG\r\n", "PING") // who is in stays in
	d.Dial(t).Want("-NOAUTH Authentication required.\r\n", "PING")
	c.Want("+OK\r\n", "AUTH", "open sesame")
	c.Want("*0\r\n", "CONFIG", "GET", "requirepass")
	c.Want("+OK\r\n", "CONFIG", "SET", "requirepass", "")
	d.Dial(t).Want("+PONG\r\n", "PING")
}

// TestUsersOfTheFileAreRewritten with what clients made of them.
func TestUsersOfTheFileAreRewritten(t *testing.T) {
	_, c, path := startFile(t, "# people\nuser ann on >ann ~a:* +@all\nuser bob off\nmaxclients 60\n")
	before, _ := os.ReadFile(path)
	c.Want("+OK\r\n", "CONFIG", "REWRITE")
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Errorf("the file is now\n%s", after)
	}
	c.Want("+OK\r\n", "ACL", "SETUSER", "bob", "on", "nopass", "%R~b", "(+get", "~c)")
	c.Want("+OK\r\n", "CONFIG", "SET", "requirepass", "x")
	c.Want("+OK\r\n", "CONFIG", "REWRITE")
	lines := c.Do("ACL", "LIST")
	o, err := parseOptions([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := assemble(o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer d.engine.Close()
	if err := d.configure(); err != nil {
		t.Fatal(err)
	}
	for _, line := range d.users.Copy().Lines() {
		if !strings.Contains(lines, "\r\n"+line+"\r\n") {
			t.Errorf("%q reads back, of %q", line, lines)
		}
	}
	text, _ := os.ReadFile(path)
	if n := strings.Count(string(text), "\nuser "); n != 2 || !strings.Contains(string(text), "\n# people\n") {
		t.Errorf("%d users in\n%s", n, text)
	}
}

func TestUsersFileSavesAndLoads(t *testing.T) {
	path := write(t, "users", "# people\nuser ann on nopass ~* +@all\nuser bob on nopass +@all\n")
	os.Chmod(path, 0o640)
	d := sessdtest.Start(t, "--aclfile", path)
	c, bob := d.Dial(t), d.Dial(t)
	c.Want("+OK\r\n", "AUTH", "ann", "x")
	bob.Want("+OK\r\n", "AUTH", "bob", "x")
	c.Want("+OK\r\n", "ACL", "SETUSER", "eve", "on", ">secret", "~e:*", "+get")
	c.Want("+OK\r\n", "ACL", "SAVE")
	const saved = "user ann on nopass ~* resetchannels +@all\nuser bob on nopass resetchannels +@all\nuser default off resetchannels -@all\n" +
		"user eve on #2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b ~e:* resetchannels -@all +get\n"
	if text, _ := os.ReadFile(path); string(text) != saved {
		t.Errorf("saved\n%s\nwant\n%s", text, saved)
	}
	if info, _ := os.Stat(path); info.Mode() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}
	os.WriteFile(path, []byte("user ann on\nuser x nonsense\n"), 0o600)
	c.Want("-ERR "+path+`:2: rule 1 of user "x", "nonsense": Syntax error. WARNING: ACL errors detected, no change to the previously active ACL rules was performed`+"\r\n", "ACL", "LOAD")
	c.Want("*4\r\n$3\r\nann\r\n$3\r\nbob\r\n$7\r\ndefault\r\n$3\r\neve\r\n", "ACL", "USERS")
	os.WriteFile(path, []byte("user ann on nopass ~* +@all\n"), 0o600)
	c.Want("+OK\r\n", "ACL", "LOAD")
	bob.WantClosed()
	c.Want("*2\r\n$3\r\nann\r\n$7\r\ndefault\r\n", "ACL", "USERS") // whose own did not change
	os.Remove(path)
	os.Mkdir(path, 0o700)
	c.Want("-ERR There was an error trying to save the ACLs. Please check the server logs for more information\r\n", "ACL", "SAVE")
	d.WaitFor("users not saved")
}

// TestAliasesNameASetting holds every other name to a setting that there is, with the same value.
func TestAliasesNameASetting(t *testing.T) {
	o := newOptions()
	for _, row := range o.settings {
		if row.Alias != "" && (o.named(row.Alias) == nil || o.named(row.Alias).Value.Get() != row.Value.Get()) {
			t.Errorf("%s is another name of %s", row.Name, row.Alias)
		}
		if row.Section == commands.RedisSection && row.Why == "" {
			t.Errorf("%s does not say why it has one value", row.Name)
		}
	}
}
