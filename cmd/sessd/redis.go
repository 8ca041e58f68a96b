package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// directive is a setting of redis-server that does nothing here. Command lines written for Redis start all the same, as
// long as they do not ask for what sessd does not do.
type directive struct {
	name     string
	harmless []string // values that ask for nothing; nil: every value
	why      string   // sessd refuses another value
}

const noReplicas = "there is no replication"

// redisDirectives are those of redis-server 7.0 that programs and images write on command lines, beside commands.RedisSettings.
var redisDirectives = []directive{
	{"daemonize", []string{"no"}, "it runs in the foreground, and a service manager starts it"},
	{"supervised", []string{"no", "auto"}, "it tells no service manager that it is ready"},
	{"replicaof", []string{"", "no one"}, noReplicas},
	{"slaveof", []string{"", "no one"}, noReplicas},
	{"logfile", []string{""}, "the log goes to standard error"},
	{"syslog-enabled", []string{"no"}, "the log goes to standard error"},
	{"activedefrag", []string{"no"}, "there is nothing to defragment"},
	{"enable-debug-command", []string{"no"}, "there is no DEBUG"},
	{"enable-module-command", []string{"no"}, "there are no modules"},
	{"enable-protected-configs", []string{"no"}, "settings that are fixed stay fixed"},
	{name: "dir"}, {name: "dbfilename"}, {name: "pidfile"}, {name: "loglevel"}, {name: "always-show-logo"},
	{name: "set-proc-title"}, {name: "proc-title-template"}, {name: "crash-log-enabled"}, {name: "tcp-backlog"},
	{name: "stop-writes-on-bgsave-error"}, {name: "rdbcompression"}, {name: "rdbchecksum"}, {name: "rdb-del-sync-files"},
	{name: "appendfilename"}, {name: "appenddirname"}, {name: "appendfsync"}, {name: "no-appendfsync-on-rewrite"},
	{name: "auto-aof-rewrite-percentage"}, {name: "auto-aof-rewrite-min-size"}, {name: "aof-load-truncated"},
	{name: "aof-use-rdb-preamble"}, {name: "aof-timestamp-enabled"}, {name: "io-threads-do-reads"}, {name: "hz"},
	{name: "dynamic-hz"}, {name: "lazyfree-lazy-eviction"}, {name: "lazyfree-lazy-expire"}, {name: "lazyfree-lazy-server-del"},
	{name: "lazyfree-lazy-user-del"}, {name: "lazyfree-lazy-user-flush"}, {name: "maxmemory-samples"},
	{name: "maxmemory-eviction-tenacity"}, {name: "activerehashing"}, {name: "jemalloc-bg-thread"}, {name: "oom-score-adj"},
	{name: "disable-thp"}, {name: "slowlog-log-slower-than"}, {name: "slowlog-max-len"}, {name: "latency-monitor-threshold"},
	{name: "latency-tracking"}, {name: "shutdown-timeout"}, {name: "acllog-max-len"},
}

// ignored is a directive as the flag library sees it.
type ignored struct {
	directive *directive
	notes     *[]string
}

func (i *ignored) String() string { return "" }

func (i *ignored) Type() string { return "value" }

// Set notes a harmless value, and refuses another.
func (i *ignored) Set(text string) error {
	d := i.directive
	if d.harmless != nil && !slices.Contains(d.harmless, strings.ToLower(text)) {
		return fmt.Errorf("takes %s alone: %s", quoted(d.harmless), d.why)
	}
	*i.notes = append(*i.notes, passedOver(d.name, text))
	return nil
}

// passedOver is the note of a setting of Redis that was given.
func passedOver(name, text string) string {
	return fmt.Sprintf("--%s %q is passed over: it is a setting of Redis that does nothing here", name, text)
}

// quoted writes words as a list for people.
func quoted(words []string) string {
	var all []string
	for _, word := range words {
		all = append(all, strconv.Quote(word))
	}
	return strings.Join(all, " or ")
}
