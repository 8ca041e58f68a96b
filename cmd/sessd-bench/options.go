package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// options is what one run does. Compare sets address, pid, workload and dialect anew for each peer.
type options struct {
	address        string
	user, password string
	resp3          bool
	pids           processIDs

	workload     string
	dialect      string
	sessions     int
	valueSize    int
	distribution string
	zipfExponent float64
	idleTimeout  time.Duration
	seed         uint64
	keep         bool
	subscribers  int
	suffix       string
	words        []string
	reply        string
	first, fill  []string
	fills        int
	refill       bool

	connections int
	threads     int
	pipeline    int
	rate        float64
	duration    time.Duration
	requests    int64
	warmup      time.Duration
	settle      time.Duration
	release     time.Duration
	stall       time.Duration

	json     bool
	progress bool
	help     bool
}

var (
	workloads     = []string{"session", "shop", "sess.get", "save", "words", "incr", "take", "ping", "get", "set", "multi", "multi4", "memory", "expire", "churn", "publish", "idle"}
	dialects      = []string{"sess", "hash", "blob"}
	distributions = []string{"uniform", "zipf"}
	replies       = []string{"something", "any", "simple", "integer", "bulk", "bulk-or-null", "elements"}
)

// flagGroup is a titled part of the flags, as --help shows them.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// takes says for each flag with a value what it takes; it completes the message about a wrong one.
var takes = map[string]string{
	"server":        "HOST:PORT, or unix:PATH",
	"pid":           "process ids, numbers from 1 up, joined by +",
	"workload":      "one of " + strings.Join(workloads, ", "),
	"dialect":       "one of " + strings.Join(dialects, ", "),
	"sessions":      "a number, at least 2 for each connection",
	"value-size":    "bytes, 1 to 1048576",
	"distribution":  "one of " + strings.Join(distributions, ", "),
	"zipf-exponent": "a number above 1, at most 10",
	"idle-timeout":  "a duration of at least 1s, such as 30m",
	"seed":          "a number from 0 up; 0 draws one",
	"suffix":        "text of at most 64 bytes",
	"words":         "words in double quotes as in Go, with {id}, {seen}, {cart}, {n} and {rand:N} in them, N from 1 to 10^12",
	"reply":         "one of " + strings.Join(replies, ", "),
	"first":         "words as --words",
	"fill":          "words as --words",
	"fills":         "a number from 1 to 100000000",
	"refill":        "a --fill",
	"subscribers":   "a number from 0 to 100000",
	"connections":   "a number from 1 to 100000",
	"threads":       "a number from 1 to 64, not above the connections",
	"pipeline":      "a number from 1 to 10000",
	"rate":          "operations per second, 0 for as fast as possible",
	"duration":      "a duration above 0, such as 10s",
	"requests":      "a number from 0 up; 0 leaves the end to --duration",
	"warmup":        "a duration from 0 up, such as 1s",
	"settle":        "a duration from 0 up, such as 2s",
	"release":       "a duration from 0 up, such as 10s",
	"stall":         "a duration above 0, such as 30s",
	"peer":          "NAME=HOST:PORT[,pid=N+N...][,workload=W][,dialect=D][,words=FILE], at least twice",
	"line":          "text",
	"runs":          "a number from 1 to 1000",
	"rate-share":    "a share from 0 to 1, such as 0.5; 0 for none",
}

// register declares the flags of a run.
func (o *options) register() []flagGroup {
	// One set for each group, because pflag knows no groups within a set.
	server := pflag.NewFlagSet("", pflag.ContinueOnError)
	server.StringVarP(&o.address, "server", "s", "127.0.0.1:6379", "`address` of the server, HOST:PORT or unix:PATH")
	server.StringVar(&o.user, "user", "", "`name` to authenticate with")
	server.StringVar(&o.password, "password", "", "`password` to authenticate with")
	server.BoolVar(&o.resp3, "resp3", false, "speak RESP3 instead of RESP2")
	server.Var(&o.pids, "pid", "process `ids` of the server, joined by +, to report its CPU per operation and its memory")

	work := pflag.NewFlagSet("", pflag.ContinueOnError)
	work.StringVarP(&o.workload, "workload", "w", "session", "`name` of the workload, see above")
	work.StringVar(&o.dialect, "dialect", "sess", "how workloads with sessions speak, see above: `sess`, hash or blob")
	work.IntVarP(&o.sessions, "sessions", "n", 100_000, "`number` of sessions or keys")
	work.IntVar(&o.valueSize, "value-size", 64, "`bytes` of a value in get, set, multi, multi4, sess.get and publish")
	work.StringVar(&o.distribution, "distribution", "uniform", "how ids are drawn: `uniform` or zipf")
	work.Float64Var(&o.zipfExponent, "zipf-exponent", 1.1, "`exponent` of zipf")
	work.DurationVar(&o.idleTimeout, "idle-timeout", 30*time.Minute, "idle `timeout` of the sessions")
	work.Uint64Var(&o.seed, "seed", 0, "`seed` of ids, values and draws; 0 draws one, and the report names it")
	work.StringVar(&o.suffix, "suffix", "", "`text` that every id ends with")
	work.Var((*wordList)(&o.words), "words", "`request` of the workload words, each word in double quotes as in Go")
	work.StringVar(&o.reply, "reply", "something", "what the request of words is answered, else it fails, see above: `something` and others")
	work.Var((*wordList)(&o.first), "first", "`request` that words sends once before each run")
	work.Var((*wordList)(&o.fill), "fill", "`request` that words sends before each run, after --first")
	work.IntVar(&o.fills, "fills", 1, "`number` of times that --fill is sent")
	work.BoolVar(&o.refill, "refill", false, "send --fill again, outside the measurement, after every --fills operations")
	work.BoolVar(&o.keep, "keep", false, "leave the sessions and keys on the server instead of removing them at the end")

	work.IntVar(&o.subscribers, "subscribers", 1000, "`number` of connections that publish sends to")

	load := pflag.NewFlagSet("", pflag.ContinueOnError)
	load.IntVarP(&o.connections, "connections", "c", 50, "`number` of connections")
	load.IntVar(&o.threads, "threads", 1, "`number` of client threads")
	load.IntVarP(&o.pipeline, "pipeline", "P", 1, "operations that a connection sends `at once`")
	load.Float64VarP(&o.rate, "rate", "r", 0, "operations `per second`, open loop; 0: as fast as possible")
	load.DurationVarP(&o.duration, "duration", "d", 10*time.Second, "`time` to measure")
	load.Int64Var(&o.requests, "requests", 0, "`operations` to measure, instead of a time")
	load.DurationVar(&o.warmup, "warmup", time.Second, "`time` of load before the measurement")
	load.DurationVar(&o.settle, "settle", 2*time.Second, "`time` before idle and memory look at the server")
	load.DurationVar(&o.release, "release", 10*time.Second, "`time` in which memory lets the server give memory back")
	load.DurationVar(&o.stall, "stall", 30*time.Second, "`time` without any reply after which the server is given up")

	output := pflag.NewFlagSet("", pflag.ContinueOnError)
	output.BoolVar(&o.json, "json", false, "print the report as JSON")
	output.BoolVar(&o.progress, "progress", false, "show progress on stderr even when that is no terminal")
	output.BoolVarP(&o.help, "help", "h", false, "print this text")
	return []flagGroup{{"Server", server}, {"Workload", work}, {"Load", load}, {"Output", output}}
}

// parse reads the arguments into the variables behind the flags. A wrong value is an error that names the
// flag and says what it takes.
func parse(groups []flagGroup, args []string) error {
	all := pflag.NewFlagSet("sessd-bench", pflag.ContinueOnError)
	all.SortFlags = false
	all.Usage = func() {} // the whole help on a typing error would hide the message
	for _, g := range groups {
		all.AddFlagSet(g.flags)
	}
	err := all.Parse(args)
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &invalid):
		return wrongValue(invalid.GetFlag().Name, invalid.GetValue())
	case err != nil:
		return fmt.Errorf("%w; --help lists the flags", err)
	case all.NArg() > 0:
		return fmt.Errorf("%q is no flag; --help lists the flags", all.Arg(0))
	}
	return nil
}

// wrongValue is the one shape of message about a flag's value.
func wrongValue(flag string, value any) error {
	return fmt.Errorf("--%s %v: it takes %s", flag, value, takes[flag])
}

// check returns an error about the first value that is out of its range.
func (o *options) check() error {
	// In the order of the help, so that the first wrong value a user meets is the first one to be named.
	rules := []struct {
		ok    bool
		flag  string
		value any
	}{
		{strings.ContainsAny(o.address, ":/"), "server", o.address},
		{slices.Contains(workloads, o.workload), "workload", o.workload},
		{slices.Contains(dialects, o.dialect), "dialect", o.dialect},
		{o.workload != "words" || len(o.words) > 0, "words", ""},
		{slices.Contains(replies, o.reply), "reply", o.reply},
		{o.fills >= 1 && o.fills <= 100_000_000, "fills", o.fills},
		{!o.refill || o.workload == "words" && len(o.fill) > 0, "refill", o.refill},
		{o.dialect != "blob" || o.workload != "incr" && o.workload != "take", "dialect", o.dialect + " with " + o.workload},
		{o.connections >= 1 && o.connections <= 100_000, "connections", o.connections},
		{o.sessions >= 2*o.connections || slices.Contains([]string{"ping", "publish", "idle"}, o.workload), "sessions", o.sessions},
		{o.valueSize >= 1 && o.valueSize <= 1<<20, "value-size", o.valueSize},
		{slices.Contains(distributions, o.distribution), "distribution", o.distribution},
		{o.zipfExponent > 1 && o.zipfExponent <= 10, "zipf-exponent", o.zipfExponent},
		{len(o.suffix) <= 64, "suffix", o.suffix},
		{o.idleTimeout >= time.Second, "idle-timeout", o.idleTimeout},
		{o.subscribers >= 0 && o.subscribers <= 100_000, "subscribers", o.subscribers},
		{o.threads >= 1 && o.threads <= min(64, o.connections), "threads", o.threads},
		{o.pipeline >= 1 && o.pipeline <= 10_000, "pipeline", o.pipeline},
		{o.rate >= 0 && o.rate <= 1e9, "rate", o.rate},
		{o.duration > 0, "duration", o.duration},
		{o.requests >= 0, "requests", o.requests},
		{o.warmup >= 0, "warmup", o.warmup},
		{o.settle >= 0, "settle", o.settle},
		{o.release >= 0, "release", o.release},
		{o.stall > 0, "stall", o.stall},
	}
	for _, r := range rules {
		if !r.ok {
			return wrongValue(r.flag, r.value)
		}
	}
	if len(o.pids) == 0 && o.workload == "idle" {
		return errors.New("--workload idle looks at the server's memory and CPU: it needs --pid")
	}
	return nil
}

// helpText is what --help prints before the flags.
const helpText = `sessd-bench puts load on a server that speaks RESP and reports throughput, latency and what it cost.

Usage:
  sessd-bench [flags]            one run against one server
  sessd-bench compare [flags]    several servers in turn, several times: medians and ratios
  sessd-bench spread [flags]     how long a save on one server takes to be read on another
  sessd-bench stalls [flags]     how long others wait for requests on large collections

Workloads:
  session   82 % load, 16 % save of two dirty fields, 1 % create, 1 % destroy
  shop      pages of a shop, each of which loads its session: 70 % browse, 15 % add to the cart, 8 % leave a flash
            message or take it, 4 % log in, which rotates the id, 3 % log out or begin a session
  sess.get  SESS.GET of sessions with one field
  save      save of two dirty fields
  words     the request that --words has, with marks in it: {rand:N} is a random number below N and {n} the number of the
            request, both in 12 digits; {id} of a session, {seen} and {cart}. It makes no sessions: use those that an
            earlier run with the same --seed, --sessions, --connections and --suffix left behind with --keep. --first
            and --fill prepare the server; what they and the request store stays there. --reply is something (no error,
            not null), any (no error), simple, integer, bulk, bulk-or-null, or elements (at least one)
  incr      add 1 to a field, session by session
  take      take a flash message that was left in each session, once; ends with the last
  ping, get, set
  multi     MULTI, SET, EXPIRE and EXEC; multi4 sets four keys and their expiries in one transaction
  memory    create --sessions sessions, then destroy nine in ten, and report the resident memory (with --pid)
  expire    give --sessions sessions the same deadline; report when they and their memory are gone, and the
            latency of loading others for --duration before and after, at --rate (default 5000)
  churn     sessions of 50 bytes to 5 KiB created, grown, shrunk, destroyed and expired; report the resident
            memory for each byte that is alive (with --pid), and whether throughput falls
  publish   PUBLISH of --value-size bytes to a channel that --subscribers connections listen to
  idle      open --connections, leave them alone, report their memory and CPU (needs --pid)

Dialects of session, shop, save, incr, take, memory, expire and churn:
  sess      SESS.CREATE, SESS.GET, SESS.SAVE, SESS.INCR, SESS.TAKE, SESS.ROTATE + SESS.SAVE, SESS.DESTROY
  hash      HSET + PEXPIRE; HGETALL + PEXPIRE; EXISTS + HSET + PEXPIRE; EVALSHA; EVALSHA; RENAME + HSET + PEXPIRE; DEL
  blob      SET EX; GET + EXPIRE; SET EX; the same; the same; SET EX + DEL; DEL; not for incr and take

A rate is an open loop: each operation has the time when it is due, is sent then or as soon as a connection is
free, is never left out, and its latency counts from when it was due. A stall of the server thus shows in full.

Sessions belong to one connection each, and a draw is made among the sessions of the connection. Every reply is
checked; one that is not what a right server answers is a failure, is printed, and makes the exit code 1.
`

// help returns the text of --help.
func help(groups []flagGroup) string {
	var b strings.Builder
	b.WriteString(helpText)
	for _, g := range groups {
		g.flags.SortFlags = false
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, g.flags.FlagUsages())
	}
	return b.String()
}
