package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sessd/commands"
)

// directive is a setting of redis-server that does nothing here. Command lines and files written for Redis are taken all the
// same, as long as they do not ask for what sessd does not do.
type directive struct {
	name     string
	harmless []string // values that ask for nothing; nil: every value
	why      string   // sessd does nothing for another value
	lenient  bool     // a file may have other values too: they are written for a machine, not asked for at the moment
}

const (
	noReplicas = "there is no replication"
	goTLS      = "TLS is Go's: version 1.2 or 1.3, with its choice of ciphers"
)

// redisDirectives are those of redis-server 7.0 beside those of commands.RedisSettings.
var redisDirectives = append([]directive{
	{"daemonize", []string{"no"}, "it runs in the foreground, and a service manager starts it", true},
	{"supervised", []string{"no", "auto", "systemd"}, "a service manager that wants to know is told, whatever it says", true},
	{"replicaof", []string{"", "no one"}, noReplicas, false},
	{"slaveof", []string{"", "no one"}, noReplicas, false},
	{"syslog-enabled", []string{"no"}, "the log goes to standard error or a file", true},
	{"activedefrag", []string{"no"}, "there is nothing to defragment", true},
	{"enable-module-command", []string{"no"}, "there are no modules", true},
	{"enable-protected-configs", []string{"no"}, "settings that are fixed stay fixed", true},
	{"loadmodule", []string{}, "there are no modules", false},
	{"tls-protocols", []string{"", "tlsv1.2", "tlsv1.3", "tlsv1.2 tlsv1.3", "tlsv1.3 tlsv1.2"}, goTLS, false},
	{"tls-ciphers", []string{""}, goTLS, false},
	{"tls-ciphersuites", []string{""}, goTLS, false},
	{"tls-key-file-pass", []string{""}, "the key must not be encrypted", false},
	{"tls-ca-cert-dir", []string{""}, "give --tls-ca-cert-file", false},
	{"cluster-announce-ip", []string{""}, "there is no cluster", true},
}, meaningless(`
	active-defrag-cycle-max active-defrag-cycle-min active-defrag-ignore-bytes active-defrag-max-scan-fields
	active-defrag-threshold-lower active-defrag-threshold-upper active-expire-effort activerehashing always-show-logo aof-disable-auto-gc
	aof-load-truncated aof-rewrite-incremental-fsync aof-timestamp-enabled aof-use-rdb-preamble aof_rewrite_cpulist appenddirname
	appendfilename bgsave_cpulist bind-source-addr bio_cpulist
	cluster-allow-pubsubshard-when-down cluster-allow-reads-when-down cluster-allow-replica-migration cluster-announce-bus-port
	cluster-announce-hostname cluster-announce-port cluster-announce-tls-port cluster-config-file cluster-link-sendbuf-limit
	cluster-migration-barrier cluster-node-timeout cluster-port cluster-preferred-endpoint-type cluster-replica-no-failover
	cluster-replica-validity-factor cluster-require-full-coverage cluster-slave-no-failover cluster-slave-validity-factor
	crash-log-enabled crash-memcheck-enabled dbfilename disable-thp dynamic-hz hash-max-listpack-entries hash-max-listpack-value
	hash-max-ziplist-entries hash-max-ziplist-value hll-sparse-max-bytes hz ignore-warnings io-threads-do-reads jemalloc-bg-thread
	lazyfree-lazy-eviction lazyfree-lazy-expire
	lazyfree-lazy-server-del lazyfree-lazy-user-del lazyfree-lazy-user-flush lfu-decay-time lfu-log-factor list-compress-depth
	list-max-listpack-size list-max-ziplist-entries list-max-ziplist-size list-max-ziplist-value locale-collate loglevel masterauth masteruser
	maxmemory-eviction-tenacity maxmemory-samples min-replicas-max-lag min-replicas-to-write min-slaves-max-lag
	min-slaves-to-write no-appendfsync-on-rewrite oom-score-adj oom-score-adj-values pidfile proc-title-template
	propagation-error-behavior rdb-del-sync-files rdb-save-incremental-fsync rdbchecksum rdbcompression repl-backlog-size
	repl-backlog-ttl repl-disable-tcp-nodelay repl-diskless-load repl-diskless-sync repl-diskless-sync-delay
	repl-diskless-sync-max-replicas repl-diskless-sync-period repl-ping-replica-period repl-ping-slave-period repl-timeout
	replica-announce-ip replica-announce-port replica-announced replica-ignore-disk-write-errors replica-ignore-maxmemory
	replica-lazy-flush replica-priority replica-serve-stale-data sanitize-dump-payload server_cpulist set-max-intset-entries
	set-max-listpack-entries set-max-listpack-value set-proc-title shutdown-on-sigint shutdown-on-sigterm shutdown-timeout slave-announce-ip
	slave-announce-port slave-ignore-maxmemory slave-lazy-flush slave-priority slave-serve-stale-data 	socket-mark-id stop-writes-on-bgsave-error stream-node-max-bytes stream-node-max-entries syslog-facility
	syslog-ident tcp-backlog tls-client-cert-file tls-client-key-file tls-client-key-file-pass tls-cluster tls-dh-params-file
	tls-prefer-server-ciphers tls-replication tls-session-cache-size tls-session-cache-timeout tls-session-caching
	zset-max-listpack-entries zset-max-listpack-value zset-max-ziplist-entries zset-max-ziplist-value`)...)

// meaningless returns directives of which every value asks for nothing.
func meaningless(names string) []directive {
	var all []directive
	for name := range strings.FieldsSeq(names) {
		all = append(all, directive{name: name})
	}
	return all
}

// lenientSettings are the rows of commands.RedisSettings of which a file may have any value.
var lenientSettings = []string{"save", "replica-read-only", "slave-read-only"}

// directiveOf returns the directive of Redis with a name in a file, or nil.
func (o *options) directiveOf(name string) *directive {
	for i := range redisDirectives {
		if redisDirectives[i].name == name {
			return &redisDirectives[i]
		}
	}
	if row := o.named(name); row != nil && row.Section == commands.RedisSection {
		return &directive{name, []string{row.Value.Get()}, row.Why, slices.Contains(lenientSettings, name)}
	}
	return nil
}

// asks reports whether a value asks for what sessd does not do.
func (d *directive) asks(text string) bool {
	return d.harmless != nil && !slices.Contains(d.harmless, strings.ToLower(text))
}

// refusal returns what is wrong with a value that asks for something.
func (d *directive) refusal() error {
	if len(d.harmless) == 0 {
		return errors.New("is refused: " + d.why)
	}
	return fmt.Errorf("takes %s alone: %s", quoted(d.harmless), d.why)
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
	if d.asks(text) {
		return d.refusal()
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
