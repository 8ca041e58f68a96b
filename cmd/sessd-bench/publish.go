package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// publishChannel is the channel of the workload publish.
const publishChannel = "sessd-bench"

// publisher publishes one message for ever.
type publisher struct{ request string }

func newPublisher(o *options) publisher {
	return publisher{command(3, "PUBLISH", publishChannel) + bulks(string(make([]byte, o.valueSize)))}
}

func (p publisher) next(dst []byte) ([]byte, operation, bool) {
	return append(dst, p.request...), opPublish, true
}

// listen opens connections that subscribe to the channel and read what comes. close ends them.
func (r *run) listen(ctx context.Context) (close func(), err error) {
	var all []net.Conn
	close = func() {
		for _, nc := range all {
			nc.Close()
		}
	}
	network, name := splitAddress(r.options.address)
	for i := range r.options.subscribers {
		if ctx.Err() != nil {
			close()
			return nil, context.Cause(ctx)
		}
		nc, err := net.DialTimeout(network, name, dialTimeout)
		if err == nil {
			all = append(all, nc)
			err = subscribe(nc, r.options)
		}
		if err != nil {
			close()
			return nil, fmt.Errorf("subscriber %d of %d: %w", i+1, r.options.subscribers, err)
		}
		go io.Copy(io.Discard, nc) // until it is closed
	}
	return close, nil
}

// subscribe makes a connection one that listens.
func subscribe(nc net.Conn, o *options) error {
	if err := greet(nc, o); err != nil {
		return err
	}
	confirmed, err := ask(nc, "SUBSCRIBE", publishChannel)
	if err == nil && confirmed.isError() {
		err = fmt.Errorf("SUBSCRIBE: %s", confirmed.text)
	}
	if err != nil {
		return err
	}
	return nc.SetDeadline(time.Time{})
}
