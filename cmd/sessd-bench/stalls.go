//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// What stalls asks for beside the requests that it measures.
const (
	probes     = 4                      // connections that others have
	probeKeys  = 450                    // that each of their requests reads, other ones each: enough to meet every shard
	probeEvery = 300 * time.Microsecond // from the end of one to the next
	stallBar   = time.Millisecond
	busyFor    = 300 * time.Millisecond
)

// A stallCase is a request on collections of n elements, or a string. Those that it needs are made before, and what it leaves goes.
type stallCase struct {
	make  []string // types of the collections: key is the type, and a number behind it from the second one on
	words func(n int) []string
	busy  bool // beside it this process keeps a thread busy, as a server does, and one of low priority, as who reads a long reply
}

func fixedWords(line string) func(int) []string {
	return func(int) []string { return strings.Fields(line) }
}

// half replaces HALF in a line by half of n.
func half(line string) func(int) []string {
	return func(n int) []string { return strings.Fields(strings.ReplaceAll(line, "HALF", strconv.Itoa(n/2))) }
}

// manyWords makes a request with a fifth of n elements.
func manyWords(line string, element func(i int) []string) func(int) []string {
	return func(n int) []string {
		words := strings.Fields(line)
		for i := range n / 5 {
			words = append(words, element(i)...)
		}
		return words
	}
}

var stallCases = []stallCase{
	{words: fixedWords("PING")},             // what the machine itself adds
	{words: fixedWords("PING"), busy: true}, // what the kernel makes others wait where processors are few
	{make: []string{"hash"}, words: fixedWords("HGETALL hash")},
	{make: []string{"set"}, words: fixedWords("SMEMBERS set")},
	{make: []string{"list"}, words: fixedWords("LRANGE list 0 -1")},
	{make: []string{"zset"}, words: fixedWords("ZRANGE zset 0 -1 WITHSCORES")},
	{make: []string{"zset"}, words: fixedWords("ZRANGEBYSCORE zset -inf +inf")},
	{make: []string{"set"}, words: half("SRANDMEMBER set HALF")},
	{make: []string{"list"}, words: fixedWords("LPOS list none")},
	{make: []string{"list"}, words: fixedWords("SORT list ALPHA LIMIT 0 10")},
	{make: []string{"set", "set2"}, words: fixedWords("SINTER set set2")},
	{make: []string{"set", "set2"}, words: fixedWords("SUNION set set2")},
	{make: []string{"set", "set2"}, words: fixedWords("SDIFF set set2")},
	{make: []string{"set", "set2"}, words: fixedWords("SINTERCARD 2 set set2")},
	{make: []string{"zset", "zset2"}, words: fixedWords("ZUNION 2 zset zset2")},
	{make: []string{"set", "set2"}, words: fixedWords("SINTERSTORE target set set2")},
	{make: []string{"set", "set2"}, words: fixedWords("SUNIONSTORE target set set2")},
	{make: []string{"zset", "zset2"}, words: fixedWords("ZUNIONSTORE target 2 zset zset2")},
	{make: []string{"zset"}, words: fixedWords("ZRANGESTORE target zset 0 -1")},
	{make: []string{"hash"}, words: fixedWords("RENAME hash target")},
	{make: []string{"zset"}, words: fixedWords("RENAME zset target")},
	{make: []string{"hash"}, words: fixedWords("COPY hash target")},
	{make: []string{"list"}, words: fixedWords("COPY list target")},
	{make: []string{"list"}, words: half("LTRIM list 0 HALF")},
	{make: []string{"list"}, words: half("LPOP list HALF")},
	{make: []string{"list"}, words: fixedWords("LREM list 0 none")},
	{make: []string{"list"}, words: fixedWords("LREM list 0 element:000000000")},
	{make: []string{"list"}, words: fixedWords("LINSERT list BEFORE none x")},
	{make: []string{"zset"}, words: half("ZREMRANGEBYRANK zset 0 HALF")},
	{make: []string{"zset"}, words: half("ZPOPMIN zset HALF")},
	{make: []string{"set"}, words: half("SPOP set HALF")},
	{make: []string{"list"}, words: fixedWords("SORT list ALPHA STORE target")},
	{make: []string{"string"}, words: fixedWords("APPEND string x")},
	{make: []string{"string"}, words: fixedWords("GETRANGE string 0 -1")},
	{make: []string{"string"}, words: fixedWords("BITOP NOT target string")},
	{make: []string{"hash"}, words: fixedWords("UNLINK hash")},
	{make: []string{"zset"}, words: fixedWords("DEL zset")},
	{make: []string{"zset"}, words: fixedWords("PEXPIRE zset 1")},
	{make: []string{"hash", "set", "list", "zset"}, words: fixedWords("FLUSHALL")},
	{words: manyWords("TOUCH", func(i int) []string { return []string{elementName(i)} })}, // what reading a long request adds
	{words: manyWords("MSET", func(i int) []string { return []string{"m:" + strconv.Itoa(i), "x"} })},
	{words: manyWords("SADD target", func(i int) []string { return []string{elementName(i)} })},
	{words: manyWords("RPUSH target", func(i int) []string { return []string{elementName(i)} })},
	{words: manyWords("HSET target", func(i int) []string { return []string{elementName(i), "x"} })},
	{words: manyWords("ZADD target", func(i int) []string { return []string{strconv.Itoa(i), elementName(i)} })},
}

func elementName(i int) string { return fmt.Sprintf("element:%09d", i) }

// fill appends the requests that make a collection of n elements, a thousand at a time.
func fill(dst []byte, key string, n int) (requests []byte, count int) {
	kind := strings.TrimRight(key, "2")
	if kind == "string" { // of 64 bytes for each element
		return append(dst, command(4, "SETRANGE", key, strconv.Itoa(64*n-1), "x")...), 1
	}
	verb := map[string]string{"hash": "HSET", "set": "SADD", "list": "RPUSH", "zset": "ZADD"}[kind]
	first := 0
	if kind != key {
		first = n / 2 // a second one shares half of its elements
	}
	const each = 1000
	for from := 0; from < n; from += each {
		words := []string{verb, key}
		for i := from; i < min(n, from+each); i++ {
			switch kind {
			case "hash":
				words = append(words, elementName(first+i), "value")
			case "zset":
				words = append(words, strconv.Itoa(i), elementName(first+i))
			default:
				words = append(words, elementName(first+i))
			}
		}
		dst = append(dst, command(len(words), words...)...)
		count++
	}
	return dst, count
}

// stallClient is a connection that asks one request at a time. Its reads and writes block a thread: Go's scheduler has no part
// in what is measured.
type stallClient struct {
	conn   *os.File
	reader *bufio.Reader
}

func newStallClient(address string) (*stallClient, error) {
	network, name := splitAddress(address)
	conn, err := net.DialTimeout(network, name, dialTimeout)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	file, err := blockingFile(conn)
	if err != nil {
		return nil, err
	}
	return &stallClient{file, bufio.NewReaderSize(file, 1<<16)}, nil
}

// blockingFile returns another descriptor of a connection, which blocks.
func blockingFile(conn net.Conn) (file *os.File, err error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, err
	}
	controlled := raw.Control(func(fd uintptr) {
		var other int
		if other, err = unix.Dup(int(fd)); err == nil {
			err = unix.SetNonblock(other, false)
			file = os.NewFile(uintptr(other), "connection")
		}
	})
	return file, errors.Join(controlled, err)
}

// ask sends requests that are encoded, and passes over as many replies.
func (c *stallClient) ask(requests []byte, replies int) error {
	if replies == 1 {
		if _, err := c.conn.Write(requests); err != nil {
			return err
		}
		return c.skip()
	}
	sent := make(chan error, 1)
	go func() {
		_, err := c.conn.Write(requests)
		sent <- err
	}()
	for range replies {
		if err := c.skip(); err != nil {
			return err
		}
	}
	return <-sent
}

// skip passes over a reply.
func (c *stallClient) skip() error {
	for left := 1; left > 0; left-- {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		kind, text := line[0], strings.TrimSpace(string(line[1:]))
		switch kind {
		case '-':
			return fmt.Errorf("the server answered: %s", text)
		case '$', '*':
			n, err := strconv.Atoi(text)
			switch {
			case err != nil:
				return err
			case kind == '*':
				left += max(n, 0)
			case n >= 0:
				if _, err := c.reader.Discard(n + 2); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// askQuietly sends a request, and returns how long it takes. Its thread takes only what others leave of the processors, so that
// nobody waits for who reads the reply. With busy, another thread is busy meanwhile.
func (c *stallClient) askQuietly(request []byte, busy bool) (took time.Duration, err error) {
	began := time.Now()
	var all sync.WaitGroup
	spin := func() {
		for time.Since(began) < busyFor {
		}
	}
	if busy {
		all.Go(spin)
	}
	all.Go(func() {
		runtime.LockOSThread() // and ends the thread
		lowerPriority()
		if busy {
			spin()
		}
		err = c.ask(request, 1)
		took = time.Since(began)
	})
	all.Wait()
	return took, err
}

// stallOf returns how long a request takes, and the longest that others wait meanwhile.
func stallOf(address string, c *stallClient, words []string, busy bool) (took, stall time.Duration, err error) {
	request := []byte(command(len(words), words...))
	var all sync.WaitGroup
	done, worst, failed := make(chan struct{}), make([]time.Duration, probes), make([]error, probes)
	for i := range probes {
		other, err := newStallClient(address)
		if err != nil {
			close(done)
			return 0, 0, err
		}
		read := []string{"MGET"}
		for k := range probeKeys {
			read = append(read, fmt.Sprintf("probe:%d:%d", i, k))
		}
		probe := []byte(command(len(read), read...))
		all.Go(func() {
			defer other.conn.Close()
			for failed[i] == nil {
				began := time.Now()
				failed[i] = other.ask(probe, 1)
				worst[i] = max(worst[i], time.Since(began))
				select {
				case <-done:
					return
				case <-time.After(probeEvery):
				}
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // all probes are under way
	took, err = c.askQuietly(request, busy)
	time.Sleep(20 * time.Millisecond) // what the request leaves to the background
	close(done)
	all.Wait()
	for i := range probes {
		stall = max(stall, worst[i])
		if err == nil {
			err = failed[i]
		}
	}
	return took, stall, err
}

// stalls measures each case some times, and prints the least of the stalls. What else runs on the machine adds to a
// stall, and never takes away.
func stalls(ctx context.Context, address string, n, rounds int, only string, w io.Writer) error {
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), probes+4)) // each thread that is busy or returns from the kernel finds one
	c, err := newStallClient(address)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	fmt.Fprintf(w, "%-34s %12s %12s\n", fmt.Sprintf("%d elements, least of %d", n, rounds), "takes ms", "stalls ms")
	for _, one := range stallCases {
		words := one.words(n)
		label := strings.Join(words[:min(len(words), 6)], " ")
		if len(words) > 100 {
			label = fmt.Sprintf("%s of %d", words[0], n/5)
		}
		if one.busy {
			label += " beside a busy thread"
		}
		if !strings.Contains(label, only) {
			continue
		}
		var took, stall time.Duration
		for round := range rounds {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			requests, replies := []byte(command(1, "FLUSHALL")), 1
			for _, key := range one.make {
				var more int
				requests, more = fill(requests, key, n)
				replies += more
			}
			if err := c.ask(requests, replies); err != nil {
				return err
			}
			t, s, err := stallOf(address, c, words, one.busy)
			if err != nil {
				return fmt.Errorf("%s: %w", label, err)
			}
			if round == 0 || s < stall {
				took, stall = t, s
			}
		}
		mark := ""
		if stall > stallBar {
			mark = "  above the bar of 1 ms"
		}
		fmt.Fprintf(w, "%-34s %12.1f %12.2f%s\n", label, ms(took), ms(stall), mark)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// startStalls runs the command line of stalls, and returns the exit code.
func startStalls(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := pflag.NewFlagSet("sessd-bench stalls", pflag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("server", "127.0.0.1:6379", "`ADDRESS` of the server, whose data goes")
	n := flags.Int("elements", 1_000_000, "of each collection")
	rounds := flags.Int("rounds", 3, "of each request")
	only := flags.String("only", "", "measure requests that contain this `TEXT`")
	if err := flags.Parse(args); err != nil || *n < 10 || *rounds < 1 {
		return exitUsage
	}
	if err := stalls(ctx, *address, *n, *rounds, *only, stdout); err != nil {
		fmt.Fprintf(stderr, "sessd-bench: stalls: %v\n", err)
		return exitFailed
	}
	return exitOK
}
