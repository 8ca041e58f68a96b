package server

import (
	"io/fs"
	"math"
	"strconv"
	"strings"
	"time"

	"sessd/commands"
)

// Settings returns the rows of the options, each bound to its field. TLS must not be nil.
func (o *Options) Settings() []commands.Setting {
	rows := append(o.listenSettings(), o.tlsSettings()...)
	rows = append(rows, o.clientSettings()...)
	return append(rows, o.timeSettings()...)
}

// listenSettings are the settings that say where and how the server listens.
func (o *Options) listenSettings() []commands.Setting {
	return []commands.Setting{
		{
			Name: "bind", Section: commands.ListenSection, Common: true, Fixed: true, Value: AddressesValue(&o.Bind),
			Help: "IP addresses to listen on; * for all of IPv4, ::* for all of IPv6; one behind a - may be absent",
		},
		{
			Name: "port", Section: commands.ListenSection, Common: true, Fixed: true, Value: PortValue(&o.Port),
			Help: "TCP port to listen on; 0 takes a free one, off takes none",
		},
		{
			Name: "unixsocket", Section: commands.ListenSection, Fixed: true, Value: commands.Text(&o.UnixSocket, "path"),
			Help: "unix socket to listen on as well",
		},
		{
			Name: "unixsocketperm", Section: commands.ListenSection, Fixed: true, Value: permissionsValue(&o.UnixSocketPerm),
			Help: "permissions of the unix socket, in octal digits",
		},
		{
			Name: "protected-mode", Section: commands.AccessSection, Value: commands.InverseSwitch(&o.Unprotected),
			Help: "without a password, refuse connections from other hosts",
		},
		{
			Name: "io-threads", Section: commands.ProcessSection, Fixed: true, Value: commands.Integer(&o.IOThreads, 1, 1024),
			Help: "event loops, each of which keeps one processor busy at most",
		},
		{
			Name: "io-uring", Section: commands.ProcessSection, Fixed: true, Value: commands.Switch(&o.IOUring),
			Help: "send the replies of many clients with one call, where the kernel supports it",
		},
	}
}

// tlsSettings are the settings for encrypted connections. The files are fixed; what they hold may be read again.
func (o *Options) tlsSettings() []commands.Setting {
	return []commands.Setting{
		{
			Name: "tls-port", Section: commands.AccessSection, Fixed: true, Value: PortValue(&o.TLS.Port),
			Help: "TCP port for TLS; 0 takes a free one, off takes none",
		},
		{
			Name: "tls-cert-file", Section: commands.AccessSection, Fixed: true, Value: commands.Text(&o.TLS.CertFile, "path"),
			Help: "the server's certificate, in PEM",
		},
		{
			Name: "tls-key-file", Section: commands.AccessSection, Fixed: true, Value: commands.Text(&o.TLS.KeyFile, "path"),
			Help: "its private key, in PEM",
		},
		{
			Name: "tls-ca-cert-file", Section: commands.AccessSection, Fixed: true, Value: commands.Text(&o.TLS.CAFile, "path"),
			Help: "authorities whose client certificates are accepted, in PEM",
		},
		{
			Name: "tls-auth-clients", Section: commands.AccessSection, Fixed: true, Value: commands.Choice(&o.TLS.AuthClients, TLSAuthClients...),
			Help: "whether a client needs a certificate; optional checks those that are given",
		},
		{
			Name: "tls-handshake-timeout", Section: commands.AccessSection, Fixed: true,
			Value: commands.Duration(&o.Limits.HandshakeTimeout, time.Millisecond), Help: "time for a client to finish the TLS handshake",
		},
	}
}

// clientSettings are the bounds of clients and requests.
func (o *Options) clientSettings() []commands.Setting {
	l := &o.Limits
	return []commands.Setting{
		{
			Name: "maxclients", Section: commands.ClientSection, Value: commands.Integer(&o.MaxClients, 1, math.MaxUint32),
			Help: "connections at the same time",
		},
		{
			Name: "maxmemory-clients", Section: commands.ClientSection, Value: clientMemoryValue(&l.ClientMemory),
			Help: "bytes of the buffers of all clients, or a percentage of maxmemory; over it those with the largest buffers are closed",
		},
		{
			Name: "client-query-buffer-limit", Section: commands.ClientSection, Value: commands.Size(&l.QueryBuffer, minQueryBuffer),
			Help: "bytes of an unfinished request",
		},
		{
			Name: "client-output-buffer-limit", Section: commands.ClientSection, Value: outputLimitsValue(&l.Output),
			Help: `bytes of replies that a client does not read, or limits as in Redis: "normal 1gb 256mb 60"; 0 for no limit`,
		},
		{
			Name: "proto-max-bulk-len", Section: commands.ClientSection, Value: commands.Size(&o.ProtoMaxBulkLen, MinProtoMaxBulkLen),
			Help: "bytes of one argument of a request, and of a string",
		},
		{
			Name: "proto-max-args", Section: commands.ClientSection, Fixed: true, Value: commands.Integer(&l.CommandWords, 1, 1<<30),
			Help: "arguments of one request, its name included",
		},
		{
			Name: "proto-inline-max-size", Section: commands.ClientSection, Fixed: true, Value: commands.Size(&l.InlineSize, 1<<10),
			Help: "bytes of an inline request",
		},
	}
}

// timeSettings are the times that clients are given.
func (o *Options) timeSettings() []commands.Setting {
	l := &o.Limits
	return []commands.Setting{
		{
			Name: "timeout", Section: commands.ClientSection, Value: commands.Seconds(&l.Timeout),
			Help: "time after which an idle client is closed",
		},
		{
			Name: "tcp-keepalive", Section: commands.ClientSection, Value: keepAliveValue(&l.KeepAlive),
			Help: "time after which an idle connection is probed",
		},
		{
			Name: "frame-timeout", Section: commands.ClientSection, Fixed: true, Value: commands.Duration(&l.FrameTimeout, time.Millisecond),
			Help: "time for a request to arrive whole",
		},
		{
			Name: "auth-timeout", Section: commands.ClientSection, Fixed: true, Value: commands.Duration(&l.AuthTimeout, time.Millisecond),
			Help: "time for a client to authenticate, where it must",
		},
		{
			Name: "write-timeout", Section: commands.ClientSection, Fixed: true, Value: commands.Duration(&l.WriteTimeout, time.Millisecond),
			Help: "time for a client to read some of its replies, or to send something",
		},
	}
}

// liveSettings are the rows of the server's own options. After a change the limits in force follow.
func (s *Server) liveSettings() []commands.Setting {
	effects := map[string]func() error{
		"maxclients":                 s.allowClients,
		"tcp-keepalive":              s.applyKeepAlive,
		"timeout":                    s.reviewDeadlines,
		"client-output-buffer-limit": s.reviewDeadlines,
		"maxmemory-clients":          s.reviewBuffers,
		"proto-max-bulk-len":         s.limitStrings,
	}
	rows := s.options.Settings()
	for i := range rows {
		effect := effects[rows[i].Name]
		rows[i].Changed = func() error {
			s.limits.apply(&s.options)
			if effect != nil {
				return effect()
			}
			return nil
		}
	}
	return rows
}

// allowClients gets descriptors for as many clients as may connect. Its error is Redis's.
func (s *Server) allowClients() error {
	most := s.options.MaxClients
	if room, _ := raiseDescriptors(int(most), s.reserved); int64(room) < most {
		return commands.Errorf("The operating system is not able to handle the specified number of clients, try with %d", room)
	}
	return nil
}

func (s *Server) applyKeepAlive() error {
	s.updateKeepAlive()
	return nil
}

// reviewDeadlines puts a change in force for the connections that there are.
func (s *Server) reviewDeadlines() error {
	for _, c := range s.snapshot() {
		c.transport.wake()
	}
	return nil
}

// reviewBuffers holds the buffers that there are to the bound.
func (s *Server) reviewBuffers() error {
	s.buffer(0)
	return nil
}

func (s *Server) limitStrings() error {
	s.dispatcher.LimitStrings(s.options.ProtoMaxBulkLen)
	return nil
}

// PortValue is a port or off. As in Redis one that is off is 0 for CONFIG GET.
func PortValue(p *int) commands.Value {
	return commands.Value{
		Kind:  "port",
		Takes: "takes a port from 0 to 65535, or off",
		Get:   func() string { return strconv.Itoa(max(0, *p)) },
		Show: func() string {
			if *p == PortOff {
				return "off"
			}
			return strconv.Itoa(*p)
		},
		Set: func(text string) error {
			n, err := strconv.ParseUint(text, 10, 16)
			switch {
			case text == "off":
				*p = PortOff
			case err != nil:
				return commands.Error("argument must be between 0 and 65535 inclusive")
			default:
				*p = int(n)
			}
			return nil
		},
	}
}

// AddressesValue is addresses as ParseBind reads them.
func AddressesValue(p *[]string) commands.Value {
	return commands.Value{
		Kind:  "address",
		List:  true,
		Takes: "takes IP addresses, *, ::* or localhost, separated by spaces or commas, such as 127.0.0.1,-::1",
		Get:   func() string { return strings.Join(*p, " ") },
		Set: func(text string) error {
			all, err := ParseBind(text)
			if err == nil {
				*p = all
			}
			return err
		},
	}
}

// permissionsValue is the permissions of a file, in octal digits.
func permissionsValue(p *fs.FileMode) commands.Value {
	return commands.Value{
		Kind:  "mode",
		Takes: "takes permissions in octal digits, such as 770",
		Get:   func() string { return strconv.FormatUint(uint64(*p), 8) },
		Set: func(text string) error {
			n, err := strconv.ParseUint(text, 8, 32)
			if err != nil || n == 0 || n > uint64(fs.ModePerm) {
				return commands.Error("argument must be permissions in octal digits")
			}
			*p = fs.FileMode(n)
			return nil
		},
	}
}

// clientMemoryValue is a size, or a percentage of maxmemory.
func clientMemoryValue(p *ClientMemory) commands.Value {
	return commands.Value{
		Kind:  "size",
		Takes: "takes a size such as 512mb or 2gb, a percentage of maxmemory from 1% to 100%, or none",
		Get:   func() string { return p.String() },
		Show: func() string {
			switch {
			case *p == NoClientMemory:
				return "none"
			case *p < 0:
				return p.String()
			}
			return commands.FormatSize(int64(*p))
		},
		Set: func(text string) error {
			if text == "none" {
				text = "0"
			}
			m, err := ParseClientMemory(text)
			if err == nil {
				*p = m
			}
			return err
		},
	}
}

// outputLimitsValue is limits as Redis writes them, or the size at which a normal client is closed.
func outputLimitsValue(p *OutputLimits) commands.Value {
	return commands.Value{
		Kind:  "size",
		List:  true,
		Takes: `takes a size such as 1gb, or limits such as "normal 1gb 256mb 60"`,
		Get:   func() string { return p.String() },
		Show: func() string {
			if rest := *p; rest[normal].Soft == 0 && rest[normal+1] == DefaultLimits.Output[normal+1] && rest[normal+2] == DefaultLimits.Output[normal+2] {
				return commands.FormatSize(p[normal].Hard)
			}
			return p.String()
		},
		Set: func(text string) error {
			if n, err := commands.ParseSize(text); err == nil {
				p[normal] = OutputLimit{Hard: n}
				return nil
			}
			limits, err := ParseOutputLimits(text, *p)
			if err == nil {
				*p = limits
			}
			return err
		},
	}
}

// keepAliveValue is a time in whole seconds. Never is negative, since 0 is the default in Limits.
func keepAliveValue(p *time.Duration) commands.Value {
	seconds := max(0, *p)
	v := commands.Seconds(&seconds)
	set := v.Set
	v.Set = func(text string) error {
		err := set(text)
		if *p = seconds; seconds == 0 {
			*p = -1
		}
		return err
	}
	return v
}
