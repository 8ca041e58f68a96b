package main

import (
	"strings"
	"testing"

	"sessd/test/sessdtest"
)

// TestCommandLineOfRedis starts with what people and images give redis-server.
func TestCommandLineOfRedis(t *testing.T) {
	d := sessdtest.Start(t, "--save", "", "--appendonly", "no", "--daemonize", "no", "--protected-mode", "no", "--tcp-backlog", "511",
		"--dir", "/data", "--loglevel", "notice", "--replica-read-only", "yes", "--maxmemory-samples", "5", "--replicaof", "no", "one", "--client-output-buffer-limit", "normal", "1gb", "0", "0", "--bind", "127.0.0.1", "-::1")
	d.Dial(t).Want("+PONG\r\n", "PING")
	for _, want := range []string{
		`level=WARN msg="--save \"\" is passed over: it is a setting of Redis that does nothing here"`,
		`level=WARN msg="--daemonize \"no\" is passed over: it is a setting of Redis that does nothing here"`,
	} {
		if !strings.Contains(d.Log(), want) {
			t.Errorf("the log lacks\n%s", want)
		}
	}
}

func TestRedisSettingsThatAskForSomething(t *testing.T) {
	for _, test := range [][3]string{
		{"save", "3600 1", `takes "" alone: with --dir, a snapshot is written when the log has grown`},
		{"save", "3600", `takes "" alone: with --dir, a snapshot is written when the log has grown`},
		{"daemonize", "yes", `takes "no" alone: it runs in the foreground, and a service manager starts it`},
		{"replicaof", "host 6379", `takes "" or "no one" alone: there is no replication`},
		{"cluster-enabled", "yes", `takes "no" alone: there is no cluster`},
	} {
		checkRun(t, exitUsage, "", "sessd: --"+test[0]+` "`+test[1]+`": `+test[2]+"\n", nil, "--"+test[0], test[1])
	}
}
