package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessd/commands"
)

// flagCases has a case for every flag that takes a value.
var flagCases = map[string]struct {
	wrong []string // values that are refused
	takes string   // what the refusal says
	right string   // a value that is taken, written as the flag shows it
}{
	"upstream":                          {[]string{"host:6379", "http://x"}, "takes redis://host:port/database, rediss://host:port, unix:///path, redis-sentinel://host,host/name or redis-cluster://host,host", "redis://127.0.0.1:6380/2"},
	"upstream-password-file":            {nil, "", "/etc/sessd/upstream"},
	"upstream-tls-ca-cert-file":         {nil, "", "/etc/sessd/ca.pem"},
	"upstream-tls-cert-file":            {nil, "", "/etc/sessd/cert.pem"},
	"upstream-tls-key-file":             {nil, "", "/etc/sessd/key.pem"},
	"upstream-timeout":                  {[]string{"", "0", "1ms"}, "takes a time such as 30m, 12h or 1500ms", "2s"},
	"upstream-connections":              {[]string{"0", "65"}, "takes a whole number from 1 to 64", "4"},
	"upstream-pending":                  {[]string{"0", "many"}, "takes a whole number from 1 to 1048576", "100"},
	"upstream-hash-ids":                 {[]string{"maybe"}, "takes yes or no", "yes"},
	"upstream-replicas":                 {[]string{"-2", "101"}, "takes a whole number from -1 to 100", "1"},
	"upstream-save-replicas":            {[]string{"-1", "101"}, "takes a whole number from 0 to 100", "1"},
	"near-cache":                        {[]string{"", "-1", "much"}, "takes a size such as 512kb or 2gb", "33554432"},
	"max-stale":                         {[]string{"", "0", "1ms"}, "takes a time such as 30m, 12h or 1500ms", "2s"},
	"stale-if-error":                    {[]string{"", "-1s"}, "takes a time such as 30m, 12h or 1500ms, or never", "1m"},
	"audit-log":                         {nil, "", "stderr"},
	"audit-key-file":                    {nil, "", "/etc/sessd/audit.key"},
	"audit-rate":                        {[]string{"", "-1", "many"}, "takes a whole number from 0 to 2147483647", "50"},
	"dir":                               {nil, "", "/var/lib/sessd"},
	"appendfsync":                       {[]string{"", "never", "1"}, "takes always, everysec or no", "always"},
	"sync-destroy":                      {[]string{"", "maybe"}, "takes yes or no", "no"},
	"auto-aof-rewrite-percentage":       {[]string{"", "-1", "x"}, "takes a whole number from 0 to 2147483647", "200"},
	"auto-aof-rewrite-min-size":         {[]string{"", "-1", "x"}, "takes a size such as 512kb or 2gb", "1048576"},
	"encryption-key-file":               {nil, "", "/etc/sessd/keys"},
	"appendonly":                        {[]string{"", "maybe"}, "takes yes or no", "no"},
	"bind":                              {[]string{"", " ", "nowhere", "--::1", "-", "127.0.0.1:6379"}, "takes IP addresses, *, ::* or localhost, separated by spaces or commas, such as 127.0.0.1,-::1", "127.0.0.2 -::1 localhost * -::*"},
	"unixsocketperm":                    {[]string{"", "0", "8", "rw", "1777"}, "takes permissions in octal digits, such as 770", "770"},
	"port":                              {[]string{"", "x", "-1", "65536", "6379.0"}, "takes a port from 0 to 65535, or off", "7000"},
	"unixsocket":                        {nil, "", "/run/sessd.sock"},
	"maxclients":                        {[]string{"0", "many", "4294967296"}, "takes a whole number from 1 to 4294967295", "100"},
	"databases":                         {[]string{"0", "1025"}, "takes a whole number from 1 to 1024", "4"},
	"idle-timeout":                      {[]string{"", "30", "-1m", "1us", "soon"}, "takes a time such as 30m, 12h or 1500ms, or never", "45m"},
	"absolute-timeout":                  {[]string{"", "12", "-12h", "999us"}, "takes a time such as 30m, 12h or 1500ms, or never", "12h"},
	"uninitialized-timeout":             {[]string{"", "1", "-1s"}, "takes a time such as 30m, 12h or 1500ms, or never", "1m"},
	"maxmemory":                         {[]string{"", "-1", "0%", "101%", "x%", "1tb"}, "takes a size such as 512mb or 2gb, a percentage from 1% to 100%, or none", "1073741824"},
	"maxmemory-policy":                  {[]string{"", "lru"}, "takes noeviction, allkeys-lru, allkeys-lfu, allkeys-random, volatile-lru, volatile-lfu, volatile-random, volatile-ttl or anonymous-first", "volatile-ttl"},
	"max-session-fields":                {[]string{"-1", "1k"}, "takes a whole number from 0 to 2147483647, or none", "10"},
	"renew-after":                       {[]string{"", "1", "-1s"}, "takes a time such as 30m, 12h or 1500ms, or never", "1h"},
	"session-profile":                   {[]string{"", "aal4"}, "takes custom, aal1, aal2 or aal3", "aal2"},
	"max-sessions-per-principal":        {[]string{"-1", "many", "1025"}, "takes a whole number from 0 to 1024, or none", "5"},
	"max-session-bytes":                 {[]string{"", "-1", "1x", "kb", "9223372036854775808", "99999999999gb"}, "takes a size such as 512kb or 2gb, or none", "4096"},
	"proto-max-bulk-len":                {[]string{"1", "1023kb"}, "takes a size such as 512kb or 2gb, at least 1mb", "2097152"},
	"requirepass":                       {nil, "", "open sesame"},
	"requirepass-file":                  {nil, "", "/etc/sessd/password"},
	"users-file":                        {nil, "", "/etc/sessd/users"},
	"aclfile":                           {nil, "", "/etc/sessd/users"},
	"busy-reply-threshold":              {[]string{"-1", "1s"}, "takes a whole number from 0 to 2147483647, or never", "100"},
	"lua-time-limit":                    {[]string{"-1", "1s"}, "takes a whole number from 0 to 2147483647, or never", "100"},
	"notify-keyspace-events":            {[]string{"KEy", "all"}, "takes letters of Ag$lshzxeKEtmdnST", "glE"},
	"tracking-table-max-keys":           {[]string{"-1", "1k"}, "takes a whole number from 0 to 9223372036854775807, or none", "100"},
	"client-transaction-limit":          {[]string{"", "-1", "1x"}, "takes a size such as 512kb or 2gb, or none", "1048576"},
	"client-subscriptions-limit":        {[]string{"", "-1", "1x"}, "takes a size such as 512kb or 2gb, or none", "1048576"},
	"slowlog-log-slower-than":           {[]string{"", "-2", "1s"}, "takes a whole number from -1 to 9223372036854775", "-1"},
	"slowlog-max-len":                   {[]string{"", "-1"}, "takes a whole number from 0 to 2147483647", "7"},
	"latency-monitor-threshold":         {[]string{"", "-1"}, "takes a whole number from 0 to 2147483647, or never", "100"},
	"latency-tracking":                  {[]string{"", "on"}, "takes yes or no", "no"},
	"latency-tracking-info-percentiles": {[]string{"x", "101", "NaN"}, "takes numbers from 0 to 100, separated by spaces", "50 99.99"},
	"acllog-max-len":                    {[]string{"", "-1"}, "takes a whole number from 0 to 2147483647", "7"},
	"acl-pubsub-default":                {[]string{"", "none"}, "takes allchannels or resetchannels", "allchannels"},
	"protected-mode":                    {[]string{"", "true"}, "takes yes or no", "no"},
	"tls-port":                          {[]string{"", "x", "-1", "65536"}, "takes a port from 0 to 65535, or off", "6380"},
	"tls-cert-file":                     {nil, "", "/etc/sessd/server.crt"},
	"tls-key-file":                      {nil, "", "/etc/sessd/server.key"},
	"tls-ca-cert-file":                  {nil, "", "/etc/sessd/ca.crt"},
	"tls-auth-clients":                  {[]string{"", "maybe"}, "takes yes, no or optional", "optional"},
	"io-threads":                        {[]string{"0", "1025"}, "takes a whole number from 1 to 1024", "3"},
	"io-uring":                          {[]string{"", "true"}, "takes yes or no", "no"},
	"client-query-buffer-limit":         {[]string{"1", "1023kb"}, "takes a size such as 512kb or 2gb, at least 1mb", "2097152"},
	"client-output-buffer-limit":        {[]string{"-1", "1gb 0 0", "clients 1gb 0 0"}, `takes a size such as 1gb, or limits such as "normal 1gb 256mb 60"`, "normal 2097152 65536 9 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
	"maxmemory-clients":                 {[]string{"", "-1", "101%", "x%", "1.5%"}, "takes a size such as 512mb or 2gb, a percentage of maxmemory from 1% to 100%, or none", "5%"},
	"proto-max-args":                    {[]string{"0", "x"}, "takes a whole number from 1 to 1073741824", "100"},
	"proto-inline-max-size":             {[]string{"1", "1023"}, "takes a size such as 512kb or 2gb, at least 1kb", "2048"},
	"timeout":                           {[]string{"", "-1", "1m"}, "takes a whole number of seconds up to 2147483647, or never", "60"},
	"tcp-keepalive":                     {[]string{"", "-1", "1m"}, "takes a whole number of seconds up to 2147483647, or never", "0"},
	"frame-timeout":                     {[]string{"", "0", "1us", "-1s"}, "takes a time such as 30m, 12h or 1500ms", "1.5s"},
	"auth-timeout":                      {[]string{"", "0", "1us", "-1s"}, "takes a time such as 30m, 12h or 1500ms", "10s"},
	"tls-handshake-timeout":             {[]string{"", "0", "1us", "-1s"}, "takes a time such as 30m, 12h or 1500ms", "2s"},
	"write-timeout":                     {[]string{"", "0", "1us", "-1s"}, "takes a time such as 30m, 12h or 1500ms", "1m"},
	"log-level":                         {[]string{"", "loud"}, "takes debug, info, warn or error", "warn"},
	"log-file":                          {nil, "", "/var/log/sessd.log"},
	"logfile":                           {nil, "", "/var/log/sessd.log"},
	"http-port":                         {[]string{"", "x", "-1", "65536"}, "takes a port from 0 to 65535, or off", "9121"},
	"http-bind":                         {[]string{"", " ", "nowhere"}, "takes IP addresses, *, ::* or localhost, separated by spaces or commas, such as 127.0.0.1,-::1", "127.0.0.2 -::1"},
	"http-names":                        {nil, "", "sessd.example.org"},
	"log-format":                        {[]string{"", "xml"}, "takes text or json", "json"},
	"enable-debug-command":              {[]string{"", "never"}, "takes no, local or yes", "local"},
}

func TestWrongValueNamesTheFlagAndWhatItTakes(t *testing.T) {
	for name, test := range flagCases {
		for _, wrong := range test.wrong {
			shown := fmt.Sprintf(" %q", wrong)
			if name == "upstream" { // a URL may have a password
				shown = ""
			}
			checkRun(t, exitUsage, "", fmt.Sprintf("sessd: --%s%s: %s\n", name, shown, test.takes), nil, "--"+name, wrong)
			if wrong != "" {
				checkRun(t, exitUsage, "", fmt.Sprintf("sessd: %s%s: %s\n", variableOf(name), shown, test.takes), []string{variableOf(name) + "=" + wrong})
			}
		}
	}
}

func TestWrongFlag(t *testing.T) {
	for _, test := range []struct {
		flags []string
		want  string
	}{
		{[]string{"--max-clients", "3"}, "unknown flag --max-clients: did you mean --maxclients?"},
		{[]string{"--idle-timout=3m"}, "unknown flag --idle-timout: did you mean --idle-timeout?"},
		{[]string{"--prot", "3"}, "unknown flag --prot: did you mean --port?"},
		{[]string{"-p", "3"}, "unknown flag -p: sessd --help lists them"},
		{[]string{"--nosuch"}, "unknown flag --nosuch: sessd --help lists them"},
		{[]string{"--port"}, "--port needs a value"},
		{[]string{"--hz"}, "--hz needs a value"},
		{[]string{"/nosuch/sessd.conf"}, "open /nosuch/sessd.conf: no such file or directory"},
		{[]string{"/nosuch/sessd.conf", "more"}, `unexpected argument "more": a configuration file is the first argument, and every setting a flag`},
		{[]string{"--max-memory-sample", "3"}, "unknown flag --max-memory-sample: did you mean --maxmemory-samples?"},
	} {
		checkRun(t, exitUsage, "", "sessd: "+test.want+"\n", nil, test.flags...)
	}
}

// checkRun runs the daemon with variables and flags that make it end before it listens.
func checkRun(t *testing.T, wantCode int, wantOut, wantErr string, environment []string, flags ...string) {
	t.Helper()
	var stdout, stderr strings.Builder
	environment = append(environment, "SESSD_TLS_PORT=0") // without a certificate it cannot serve when it should have ended
	if code := run(flags, environment, &stdout, &stderr); code != wantCode || stdout.String() != wantOut || stderr.String() != wantErr {
		t.Errorf("%q %v\n got %d %q %q\nwant %d %q %q", flags, environment, code, stdout.String(), stderr.String(), wantCode, wantOut, wantErr)
	}
}

func TestEverySettingIsAFlagAndAVariable(t *testing.T) {
	for _, row := range newOptions().settings {
		if row.Section == commands.RedisSection {
			continue
		}
		test, ok := flagCases[row.Name]
		if !ok {
			t.Errorf("flagCases lacks --%s: add what it refuses, what it then says, and a right value", row.Name)
			continue
		}
		variable := variableOf(row.Name) + "="
		for _, from := range []struct{ args, environment, want string }{
			{"--" + row.Name + "=" + test.right, "", test.right},
			{"", variable + test.right, test.right},
			{"", variable, row.Value.Get()},                                  // empty: not there
			{"--" + row.Name + "=" + test.right, variable + "?", test.right}, // the flag counts first
		} {
			o, err := parseOptions(slices.DeleteFunc([]string{from.args}, func(s string) bool { return s == "" }), []string{"HOME=x", from.environment})
			if err != nil {
				t.Error(err)
			} else if got := o.named(row.Name).Value.Get(); got != from.want {
				t.Errorf("%v: --%s is %q, want %q", from, row.Name, got, from.want)
			}
		}
	}
}

// TestWhatIsShownIsTaken sets every setting to its default as --help shows it.
func TestWhatIsShownIsTaken(t *testing.T) {
	for _, row := range newOptions().settings {
		before := row.Value.Get()
		if err := row.Value.Set(row.Value.String()); err != nil || row.Value.Get() != before {
			t.Errorf("--%s %q: %v, and it is %q, was %q", row.Name, row.Value.String(), err, row.Value.Get(), before)
		}
	}
}

func TestVariablesThatMeanNothing(t *testing.T) {
	o, err := parseOptions(nil, []string{
		"SESSD_MAX_CLIENTS=3", "SESSD_PORT=tcp://10.0.0.1:6379", "SESSD_SERVICE_HOST=10.0.0.1", "SESSD_SERVICE_PORT=6379", "SESSD_SERVICE_PORT_RESP=6379",
		"SESSD_PORT_6379_TCP=tcp://10.0.0.1:6379", "SESSD_PORT_6379_TCP_PROTO=tcp", "SESSD_PORT_6379_TCP_ADDR=10.0.0.1", "SESSD_TEST_REDIS_SERVER=x", "MAXCLIENTS=5",
		"SESSD_TLS_PORT=tcp://10.0.0.2:6380", "SESSD_TLS_SERVICE_HOST=10.0.0.2", "SESSD_TLS_PORT_6380_TCP_ADDR=10.0.0.2", "SESSD_CACHE_PORT=tcp://10.0.0.3:6379",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"SESSD_MAX_CLIENTS means nothing: there is no such setting; did you mean SESSD_MAXCLIENTS?",
		"SESSD_PORT is passed over: tcp://10.0.0.1:6379 is what Kubernetes sets for a service of this name; --port sets the port",
		"SESSD_TEST_REDIS_SERVER means nothing: there is no such setting",
		"SESSD_TLS_PORT is passed over: tcp://10.0.0.2:6380 is what Kubernetes sets for a service of this name; --tls-port sets the port",
	}
	if !slices.Equal(o.notes, want) || o.server.Port != 6379 {
		t.Errorf("port %d, notes %q\nwant %q", o.server.Port, o.notes, want)
	}
}

func TestHelpTellsEveryFlag(t *testing.T) {
	for _, flag := range []string{"--help", "-h"} {
		var stdout, stderr strings.Builder
		if code := run([]string{flag}, nil, &stdout, &stderr); code != exitOK || stderr.Len() != 0 {
			t.Errorf("%s: exit code %d, %q", flag, code, stderr.String())
		}
		for _, row := range newOptions().settings {
			if row.Section != commands.RedisSection && strings.Count(stdout.String(), "  --"+row.Name+" "+row.Value.Kind+"\n")+strings.Count(stdout.String(), "  --"+row.Name+" "+row.Value.Kind+" ") != 1 {
				t.Errorf("%s does not tell --%s once", flag, row.Name)
			}
		}
		for _, text := range []string{"SESSD_PORT", "(default 512mb)", "(default 30m)", "(default 127.0.0.1 -::1)", "\nCommon:\n", "\nSessions:\n"} {
			if !strings.Contains(stdout.String(), text) {
				t.Errorf("%s does not tell %s", flag, text)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	var stdout, stderr strings.Builder
	code := run([]string{"--version"}, nil, &stdout, &stderr)
	if code != exitOK || stderr.Len() != 0 || !strings.HasPrefix(stdout.String(), "sessd "+version+" (") {
		t.Errorf("exit code %d, %q, %q", code, stdout.String(), stderr.String())
	}
}

// TestProfileIsNotShortenedByADefault: the default idle timeout counts with no profile, one that is given with each.
func TestProfileIsNotShortenedByADefault(t *testing.T) {
	for _, test := range []struct {
		args []string
		want time.Duration
	}{
		{nil, 30 * time.Minute},
		{[]string{"--session-profile", "aal2"}, 0},
		{[]string{"--session-profile", "aal2", "--idle-timeout", "30m"}, 30 * time.Minute},
		{[]string{"--session-profile", "custom"}, 30 * time.Minute},
	} {
		o, err := parseOptions(test.args, nil)
		if err != nil || o.commands.IdleTimeout != test.want {
			t.Errorf("%q: %v, %v, want %v", test.args, o.commands.IdleTimeout, err, test.want)
		}
	}
}
