package main

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// flagCases has a case for every flag that takes a value.
var flagCases = map[string]struct {
	wrong []string // values that are refused
	takes string   // what the refusal says
	right string   // a value that is taken, written as the flag shows it
}{
	"bind":                       {[]string{"", " ", "nowhere", "--::1", "-", "127.0.0.1:6379"}, "takes IP addresses, *, ::* or localhost, separated by spaces or commas, such as 127.0.0.1,-::1", "127.0.0.2 -::1 localhost * -::*"},
	"unixsocketperm":             {[]string{"", "0", "8", "rw", "1777"}, "takes permissions in octal digits, such as 770", "770"},
	"port":                       {[]string{"", "x", "-1", "65536", "6379.0"}, "takes a port from 0 to 65535, or off", "7000"},
	"unixsocket":                 {nil, "", "/run/sessd.sock"},
	"maxclients":                 {[]string{"0", "many"}, "takes a whole number from 1 to 1048576", "100"},
	"databases":                  {[]string{"0", "1025"}, "takes a whole number from 1 to 1024", "4"},
	"idle-timeout":               {[]string{"", "30", "-1m", "1us", "soon"}, "takes a time such as 30m, 12h or 1500ms, or 0 for never", "45m"},
	"absolute-timeout":           {[]string{"", "12", "-12h", "999us"}, "takes a time such as 30m, 12h or 1500ms, or 0 for never", "12h"},
	"uninitialized-timeout":      {[]string{"", "1", "-1s"}, "takes a time such as 30m, 12h or 1500ms, or 0 for never", "1m"},
	"maxmemory":                  {[]string{"", "-1", "0%", "101%", "x%", "1tb"}, "takes a size such as 512mb or 2gb, or a percentage from 1% to 100%", "1073741824"},
	"maxmemory-policy":           {[]string{"", "lru"}, "takes one of noeviction, allkeys-lru, allkeys-lfu, allkeys-random, volatile-lru, volatile-lfu, volatile-random, volatile-ttl, anonymous-first", "volatile-ttl"},
	"max-session-fields":         {[]string{"-1", "1k"}, "takes a whole number from 0 to 2147483648", "10"},
	"max-session-bytes":          {[]string{"", "-1", "1x", "kb", "9223372036854775808", "99999999999gb"}, "takes a size such as 1048576, 512kb or 2gb", "4096"},
	"proto-max-bulk-len":         {[]string{"1", "1023kb"}, "takes at least 1048576", "2097152"},
	"requirepass":                {nil, "", "open sesame"},
	"requirepass-file":           {nil, "", "/etc/sessd/password"},
	"users-file":                 {nil, "", "/etc/sessd/users"},
	"protected-mode":             {[]string{"", "true"}, "takes yes or no", "no"},
	"tls-port":                   {[]string{"", "x", "-1", "65536"}, "takes a port from 0 to 65535, or off", "6380"},
	"tls-cert-file":              {nil, "", "/etc/sessd/server.crt"},
	"tls-key-file":               {nil, "", "/etc/sessd/server.key"},
	"tls-ca-cert-file":           {nil, "", "/etc/sessd/ca.crt"},
	"tls-auth-clients":           {[]string{"", "maybe"}, "takes yes, no or optional", "optional"},
	"io-threads":                 {[]string{"0", "1025"}, "takes a whole number from 1 to 1024", "3"},
	"io-uring":                   {[]string{"", "true"}, "takes yes or no", "no"},
	"client-query-buffer-limit":  {[]string{"1", "1023kb"}, "takes at least 1048576", "2097152"},
	"client-output-buffer-limit": {[]string{"", "-1", "1gb 0 0", "clients 1gb 0 0"}, `takes a size such as 1gb, or limits such as "normal 1gb 256mb 60"`, "normal 2097152 65536 9 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
	"maxmemory-clients":          {[]string{"", "-1", "101%", "x%", "1.5%"}, "takes a size such as 512mb or 2gb, a percentage of maxmemory from 1% to 100%, or 0 for no limit", "5%"},
	"proto-max-args":             {[]string{"0", "x"}, "takes a whole number from 1 to 1073741824", "100"},
	"proto-inline-max-size":      {[]string{"1", "1023"}, "takes at least 1024", "2048"},
	"timeout":                    {[]string{"", "-1", "1m"}, "takes a whole number from 0 to 2147483647", "60"},
	"tcp-keepalive":              {[]string{"", "-1", "1m"}, "takes a whole number from 0 to 2147483647", "0"},
	"frame-timeout":              {[]string{"", "0", "1us", "-1s"}, "takes a time such as 30s or 1500ms", "1.5s"},
	"auth-timeout":               {[]string{"", "0", "1us", "-1s"}, "takes a time such as 30s or 1500ms", "10s"},
	"tls-handshake-timeout":      {[]string{"", "0", "1us", "-1s"}, "takes a time such as 30s or 1500ms", "2s"},
	"write-timeout":              {[]string{"", "0", "1us", "-1s"}, "takes a time such as 30s or 1500ms", "1m0s"},
	"log-level":                  {[]string{"", "loud"}, "takes debug, info, warn or error", "warn"},
	"log-format":                 {[]string{"", "xml", "JSON"}, "takes text or json", "json"},
}

func TestWrongValueNamesTheFlagAndWhatItTakes(t *testing.T) {
	for name, test := range flagCases {
		for _, wrong := range test.wrong {
			want := `sessd: invalid argument "` + wrong + `" for "--` + name + `" flag: ` + test.takes + "\n"
			checkRun(t, exitUsage, "", want, nil, "--"+name, wrong)
			if wrong == "" {
				continue
			}
			variable := "SESSD_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
			want = `sessd: invalid value "` + wrong + `" of ` + variable + ": " + test.takes + "\n"
			checkRun(t, exitUsage, "", want, map[string]string{variable: wrong})
		}
	}
	checkRun(t, exitUsage, "", "sessd: unknown flag: --nosuch\n", nil, "--nosuch")
	checkRun(t, exitUsage, "", "sessd: flag needs an argument: --port\n", nil, "--port")
	checkRun(t, exitUsage, "", "sessd: unexpected argument \"start\": every setting is a flag\n", nil, "start")
}

// checkRun runs the daemon with variables and flags that make it end before it listens.
func checkRun(t *testing.T, wantCode int, wantOut, wantErr string, variables map[string]string, flags ...string) {
	t.Helper()
	var stdout, stderr strings.Builder
	env := func(name string) (string, bool) { text, ok := variables[name]; return text, ok }
	if code := run(flags, env, &stdout, &stderr); code != wantCode || stdout.String() != wantOut || stderr.String() != wantErr {
		t.Errorf("%q %v\n got %d %q %q\nwant %d %q %q", flags, variables, code, stdout.String(), stderr.String(), wantCode, wantOut, wantErr)
	}
}

func TestEveryFlagIsAlsoAVariable(t *testing.T) {
	newOptions().flags.VisitAll(func(f *pflag.Flag) {
		if f.Value.Type() == "bool" {
			return
		}
		test, ok := flagCases[f.Name]
		if !ok {
			t.Errorf("flagCases lacks --%s: add what it refuses, what it then says, and a right value", f.Name)
			return
		}
		variables := map[string]string{variable(f.Name): test.right}
		for _, from := range []struct {
			env  map[string]string
			args []string
			want string
		}{
			{nil, []string{"--" + f.Name, test.right}, test.right},
			{variables, nil, test.right},
			{map[string]string{variable(f.Name): ""}, nil, f.Value.String()},                            // empty: not there
			{map[string]string{variable(f.Name): "?"}, []string{"--" + f.Name, test.right}, test.right}, // the flag counts first
		} {
			o, err := parseOptions(from.args, func(name string) (string, bool) { text, ok := from.env[name]; return text, ok })
			if err != nil {
				t.Error(err)
			} else if got := o.flags.Lookup(f.Name).Value.String(); got != from.want {
				t.Errorf("%v %q: --%s is %q, want %q", from.env, from.args, f.Name, got, from.want)
			}
		}
	})
}

func TestHelpTellsEveryFlag(t *testing.T) {
	for _, flag := range []string{"--help", "-h"} {
		var stdout, stderr strings.Builder
		if code := run([]string{flag}, noVariables, &stdout, &stderr); code != exitOK || stderr.Len() != 0 {
			t.Errorf("%s: exit code %d, %q", flag, code, stderr.String())
		}
		newOptions().flags.VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(stdout.String(), "--"+f.Name) {
				t.Errorf("%s does not tell --%s", flag, f.Name)
			}
		})
		for _, text := range []string{"SESSD_PORT", "(default 30m)", "(default 127.0.0.1 -::1)"} {
			if !strings.Contains(stdout.String(), text) {
				t.Errorf("%s does not tell %s", flag, text)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	var stdout, stderr strings.Builder
	code := run([]string{"--version"}, noVariables, &stdout, &stderr)
	if code != exitOK || stderr.Len() != 0 || !strings.HasPrefix(stdout.String(), "sessd "+version+" (go") {
		t.Errorf("exit code %d, %q, %q", code, stdout.String(), stderr.String())
	}
}

func noVariables(string) (string, bool) { return "", false }
