package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"sessd/commands"
	"sessd/server"
)

// limitFlags adds the flags for the limits at the door.
func (o *options) limitFlags() {
	l := &o.server.Limits
	*l = server.DefaultLimits
	o.value("client-query-buffer-limit", "size", "bytes of an unfinished request", size(&l.QueryBuffer, 1<<20))
	o.value("client-output-buffer-limit", "size", "bytes of replies that a client does not read; 0 for no limit; or limits as in Redis, such as \"normal 1gb 256mb 60\"", outputLimits(&l.Output))
	o.flags.Lookup("client-output-buffer-limit").DefValue = strconv.FormatInt(l.Output[0].Hard, 10) // the others have no clients
	o.value("maxmemory-clients", "size", "bytes of all these buffers together, or a percentage of maxmemory; over it the fattest clients are closed; 0 for no limit", clientMemory(&l.ClientMemory))
	o.value("proto-max-args", "n", "words of one request", number(&l.CommandWords, 1, 1<<30))
	o.value("proto-inline-max-size", "size", "bytes of an inline request", size(&l.InlineSize, 1<<10))
	o.value("timeout", "seconds", "time after which a client that says nothing is closed; 0 for never", seconds(&l.Timeout, 0))
	o.value("tcp-keepalive", "seconds", "time after which a connection that says nothing is probed; 0 for never", probes(&l.KeepAlive))
	o.value("frame-timeout", "time", "time for a request to arrive whole", positive(&l.FrameTimeout))
	o.value("auth-timeout", "time", "time for a client to authenticate, where it must", positive(&l.AuthTimeout))
	o.value("write-timeout", "time", "time for a client to take some of its replies", positive(&l.WriteTimeout))
	o.value("tls-handshake-timeout", "time", "time for a client to finish the TLS handshake", positive(&l.HandshakeTimeout))
}

// outputLimits are limits as Redis writes them, or the size at which a normal client is closed.
func outputLimits(p *server.OutputLimits) *value {
	return &value{
		get: func() string { return p.String() },
		set: func(s string) error {
			if n, err := commands.ParseSize(s); err == nil {
				p[0] = server.OutputLimit{Hard: n}
				return nil
			}
			limits, err := server.ParseOutputLimits(s, *p)
			if err != nil || s == "" {
				return errors.New(`takes a size such as 1gb, or limits such as "normal 1gb 256mb 60"`)
			}
			*p = limits
			return nil
		},
	}
}

// clientMemory is a size, or a percentage of maxmemory.
func clientMemory(p *server.ClientMemory) *value {
	return &value{
		get: func() string { return p.String() },
		set: func(s string) error {
			m, err := server.ParseClientMemory(s)
			if err != nil {
				return errors.New("takes a size such as 512mb or 2gb, a percentage of maxmemory from 1% to 100%, or 0 for no limit")
			}
			*p = m
			return nil
		},
	}
}

// seconds is a time in whole seconds, as Redis has it.
func seconds(p *time.Duration, least int) *value {
	n := int(p.Seconds())
	v := number(&n, least, 1<<31-1)
	return &value{
		get: func() string { return strconv.Itoa(int(p.Seconds())) },
		set: func(s string) error {
			err := v.set(s)
			*p = time.Duration(n) * time.Second
			return err
		},
	}
}

// probes is a time in whole seconds of which 0 is none, for which the server has a negative one.
func probes(p *time.Duration) *value {
	v := seconds(p, 0)
	set := v.set
	v.set = func(s string) error {
		err := set(s)
		if *p == 0 {
			*p = -1
		}
		return err
	}
	return v
}

// positive is a time that may not be 0.
func positive(p *time.Duration) *value {
	d := *p
	v := duration(&d)
	return &value{
		get: func() string { return p.String() },
		set: func(s string) error {
			if err := v.set(s); err != nil || d == 0 {
				return fmt.Errorf("takes a time such as 30s or 1500ms")
			}
			*p = d
			return nil
		},
	}
}
