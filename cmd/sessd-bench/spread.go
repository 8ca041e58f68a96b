//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/spf13/pflag"
)

// spreadLimit is how long one save may take to be read elsewhere.
const spreadLimit = 10 * time.Second

// spreadClient is a connection that asks one request at a time and keeps the reply.
type spreadClient struct {
	conn    net.Conn
	scanner scanner
	buf     []byte
}

func newSpreadClient(address string) (*spreadClient, error) {
	network, name := splitAddress(address)
	conn, err := net.DialTimeout(network, name, dialTimeout)
	if err != nil {
		return nil, err
	}
	return &spreadClient{conn: conn, buf: make([]byte, 0, 4096)}, nil
}

// ask returns the bytes of one reply, until the next call.
func (c *spreadClient) ask(request string) ([]byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(spreadLimit)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c.conn, request); err != nil {
		return nil, err
	}
	c.buf = c.buf[:0]
	for seen := 0; ; {
		if len(c.buf) == cap(c.buf) {
			return nil, fmt.Errorf("a reply longer than %d bytes", cap(c.buf))
		}
		n, err := c.conn.Read(c.buf[len(c.buf):cap(c.buf)])
		if err != nil {
			return nil, err
		}
		c.buf = c.buf[:len(c.buf)+n]
		_, complete, err := c.scanner.next(c.buf[seen:])
		if err != nil {
			return nil, err
		}
		if seen = len(c.buf); !complete {
			continue
		}
		if r := c.scanner.result(); r.isError() || r.isNull() {
			return nil, fmt.Errorf("the server answered: %v", r)
		}
		return c.buf, nil
	}
}

// spread saves a number in a session on one server, and reads the session on another until it has that number, again and again.
// Counted is the time from the reply to the save until the reply with the number.
func spread(ctx context.Context, from, to string, times int, pause time.Duration) (*latency, error) {
	writer, err := newSpreadClient(from)
	if err != nil {
		return nil, err
	}
	defer writer.conn.Close()
	reader, err := newSpreadClient(to)
	if err != nil {
		return nil, err
	}
	defer reader.conn.Close()
	id := "spread-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	if _, err := writer.ask(command(8, "SESS.CREATE", id, "PX", "600000", "FIELDS", "1", "n", "0")); err != nil {
		return nil, err
	}
	defer writer.ask(command(2, "SESS.DESTROY", id))
	h := hdrhistogram.New(1, int64(spreadLimit), 3)
	get := command(2, "SESS.GET", id)
	for n := 1; n <= times && ctx.Err() == nil; n++ {
		number := strconv.Itoa(n)
		if _, err := writer.ask(command(6, "SESS.SAVE", id, "FIELDS", "1", "n", number)); err != nil {
			return nil, err
		}
		saved, wanted := time.Now(), []byte(bulks(number))
		for {
			got, err := reader.ask(get)
			if err != nil {
				return nil, err
			}
			if bytes.HasSuffix(got, wanted) {
				break
			}
			if time.Since(saved) > spreadLimit {
				return nil, fmt.Errorf("the save of %s was not read within %v", number, spreadLimit)
			}
		}
		h.RecordValue(int64(time.Since(saved)))
		time.Sleep(pause)
	}
	return newLatency(h), context.Cause(ctx)
}

// startSpread runs the command line of spread, and returns the exit code.
func startSpread(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := pflag.NewFlagSet("sessd-bench spread", pflag.ContinueOnError)
	flags.SetOutput(stderr)
	from := flags.String("server", "127.0.0.1:6379", "`address` of the server that is saved to")
	to := flags.String("other", "127.0.0.1:6380", "`address` of the one that is read")
	times := flags.Int("times", 5000, "`number` of saves")
	pause := flags.Duration("pause", 200*time.Microsecond, "`time` between a read and the next save")
	if err := flags.Parse(args); err != nil || *times < 1 {
		return exitUsage
	}
	l, err := spread(ctx, *from, *to, *times, *pause)
	if err != nil {
		fmt.Fprintf(stderr, "sessd-bench: spread: %v\n", err)
		return exitFailed
	}
	fmt.Fprintf(stdout, "from one to the other, µs: p50 %.0f p99 %.0f p99.9 %.0f longest %.0f\n", l.P50, l.P99, l.P999, l.Max)
	return exitOK
}
