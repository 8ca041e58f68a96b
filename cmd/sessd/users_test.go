package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"sessd/test/sessdtest"
)

// write writes a file of a test's own and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOneOptionDecidesWhoTheDefaultUserIs(t *testing.T) {
	users := write(t, "users", "user default on >secret ~app:* +@session\n")
	password := write(t, "password", "open-sesame\n")
	empty := write(t, "empty", "\nsecond line\n")
	for _, test := range []struct {
		flags []string
		want  string
	}{
		{[]string{"--users-file", users, "--requirepass", "x"}, "a password and --users-file are both given: write the password of the default user into " + users},
		{[]string{"--users-file", users, "--requirepass-file", password}, "a password and --users-file are both given: write the password of the default user into " + users},
		{[]string{"--requirepass", "x", "--requirepass-file", password}, "--requirepass and --requirepass-file are both given: give one of them"},
		{[]string{"--requirepass-file", empty}, "--requirepass-file: " + empty + " has no password in its first line"},
		{[]string{"--requirepass-file", empty + "2"}, "--requirepass-file: open " + empty + "2: no such file or directory"},
	} {
		checkRun(t, exitError, "", "sessd: "+test.want+"\n", nil, append(test.flags, "--port", "0")...)
	}
}

func TestHangupReadsAgain(t *testing.T) {
	const wrong = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
	t.Run("password", func(t *testing.T) {
		path := write(t, "password", "first\r\nnot this\n")
		d := sessdtest.Start(t, "--requirepass-file", path)
		c := d.Dial(t)
		c.Want("+OK\r\n", "AUTH", "first")
		os.WriteFile(path, []byte("second"), 0o600)
		d.Signal(syscall.SIGHUP)
		d.WaitFor(`msg="read again" settings="" users=1 certificates=false$`)
		c.Want(wrong, "AUTH", "first")
		c.Want("+OK\r\n", "AUTH", "second")
	})
	t.Run("users", func(t *testing.T) {
		path := write(t, "users", "user ann on >first +@all\n")
		d := sessdtest.Start(t, "--users-file", path)
		c := d.Dial(t)
		c.Want("+OK\r\n", "AUTH", "ann", "first")
		os.WriteFile(path, []byte("user ann on >second +@nothing\n"), 0o600)
		d.Signal(syscall.SIGHUP)
		d.WaitFor(`level=ERROR msg="nothing read again: what was before stays in force" error="--users-file: .*users:1: rule 3 of user`)
		c.Want("+OK\r\n", "AUTH", "ann", "first")
		os.WriteFile(path, []byte("user ann on >second +@all\nuser bob on nopass +@all\n"), 0o600)
		d.Signal(syscall.SIGHUP)
		d.WaitFor(`msg="read again" settings="" users=3 certificates=false$`)
		c.WantClosed() // its user is another one now
		c = d.Dial(t)
		c.Want("+OK\r\n", "AUTH", "ann", "second")
	})
	t.Run("nothing", func(t *testing.T) {
		d := sessdtest.Start(t)
		d.Signal(syscall.SIGHUP)
		d.WaitFor(`msg="read again" settings="" users=1 certificates=false$`)
	})
}
