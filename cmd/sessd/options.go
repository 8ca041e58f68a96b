package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"sessd/cmd/sessd/logging"
	"sessd/commands"
	"sessd/server"
	"sessd/store"
)

// options is what flags and environment decide.
type options struct {
	flags        *pflag.FlagSet
	showHelp     bool
	showVersion  bool
	logLevel     slog.Level
	logFormat    string
	databases    int
	limits       store.Limits
	password     string
	passwordFile string
	usersFile    string
	protected    bool
	tls          server.TLSOptions
	commands     commands.Options
	server       server.Options
}

// parseOptions reads the flags, and for each that is not given the variable SESSD_ and its name in capitals. A variable
// that is empty counts as not there: deployment tools leave such ones.
func parseOptions(args []string, env func(string) (string, bool)) (*options, error) {
	o := newOptions()
	if err := o.flags.Parse(args); err != nil {
		return o, err
	}
	if o.flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q: every setting is a flag", o.flags.Arg(0))
	}
	var err error
	o.flags.VisitAll(func(f *pflag.Flag) {
		if text, _ := env(variable(f.Name)); text != "" && !f.Changed && err == nil {
			if wrong := f.Value.Set(text); wrong != nil {
				err = fmt.Errorf("invalid value %q of %s: %w", text, variable(f.Name), wrong)
			}
		}
	})
	return o, err
}

// variable returns the name of the environment variable that stands for a flag.
func variable(flag string) string {
	return "SESSD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func newOptions() *options {
	o := &options{flags: pflag.NewFlagSet("sessd", pflag.ContinueOnError)}
	o.flags.SortFlags = false
	o.flags.Usage = func() {}
	o.server.Bind, o.server.UnixSocketPerm = server.DefaultBind, server.DefaultUnixSocketPerm
	o.server.Port, o.server.MaxClients, o.server.ProtoMaxBulkLen = server.DefaultPort, server.DefaultMaxClients, server.DefaultProtoMaxBulkLen
	o.server.IOThreads, o.server.IOUring = runtime.GOMAXPROCS(0), true
	o.commands.IdleTimeout = 30 * time.Minute
	o.limits = store.Limits{SessionFields: 1024, SessionBytes: 1 << 20}
	o.databases, o.logFormat = 16, "text"
	o.protected, o.tls = true, server.TLSOptions{Port: server.PortOff, AuthClients: "yes"}

	o.value("bind", "address", "IP addresses to listen on, separated by spaces or commas; * for all of IPv4, ::* for all of IPv6; one behind a - may be absent", addresses(&o.server.Bind))
	o.value("port", "port", "TCP port to listen on; 0 takes a free one, off takes none", port(&o.server.Port))
	o.value("unixsocket", "path", "unix socket to listen on as well", text(&o.server.UnixSocket))
	o.value("unixsocketperm", "mode", "permissions of the unix socket, in octal digits", permissions(&o.server.UnixSocketPerm))
	o.value("maxclients", "n", "connections at the same time", number(&o.server.MaxClients, 1, 1<<20))
	o.value("io-threads", "n", "event loops, each of which keeps one processor busy at most", number(&o.server.IOThreads, 1, 1024))
	o.value("io-uring", "yes|no", "send the replies of many clients with one call, where the kernel lets it", yesNo(&o.server.IOUring))
	o.flags.Lookup("io-threads").DefValue = "one for each processor" // so that the help is the same on every machine
	o.value("databases", "n", "keyspaces that SELECT chooses from", number(&o.databases, 1, 1024))
	o.value("idle-timeout", "time", "time since its last use after which a session expires; 0 for never", duration(&o.commands.IdleTimeout))
	o.value("absolute-timeout", "time", "time since its creation after which a session expires; 0 for never", duration(&o.commands.AbsoluteTimeout))
	o.value("uninitialized-timeout", "time", "time since its creation after which a session expires that was never saved and has no principal; 0 for none", duration(&o.commands.UninitializedTimeout))
	o.value("maxmemory", "size", "bytes of all entries, or a percentage of the memory of this machine or container; 0 for no limit", memorySize(&o.limits.MaxMemory))
	o.value("maxmemory-policy", "policy", "what is evicted to stay below it: "+strings.Join(store.Policies(), ", "), policy(&o.limits.Policy))
	o.value("max-session-fields", "n", "fields of one session, of all its components; 0 for no limit", number(&o.limits.SessionFields, 0, 1<<31))
	o.value("max-session-bytes", "size", "bytes of one session's names and values; 0 for no limit", size(&o.limits.SessionBytes, 0))
	o.value("proto-max-bulk-len", "size", "bytes of one argument of a request, and of a string", size(&o.server.ProtoMaxBulkLen, server.MinProtoMaxBulkLen))
	o.limitFlags()
	o.value("requirepass", "password", "password of the default user", text(&o.password))
	o.value("requirepass-file", "path", "file whose first line is the password of the default user", text(&o.passwordFile))
	o.value("users-file", "path", "users, one a line: user NAME RULE ..., with rules as in Redis's ACL", text(&o.usersFile))
	o.value("protected-mode", "yes|no", "without a password, let nobody in from other machines", yesNo(&o.protected))
	o.value("tls-port", "port", "TCP port for TLS; 0 takes a free one, off takes none", port(&o.tls.Port))
	o.value("tls-cert-file", "path", "the server's certificate, in PEM", text(&o.tls.CertFile))
	o.value("tls-key-file", "path", "its private key, in PEM", text(&o.tls.KeyFile))
	o.value("tls-ca-cert-file", "path", "authorities whose client certificates are believed, in PEM", text(&o.tls.CAFile))
	o.value("tls-auth-clients", "yes|no|optional", "whether a client needs a certificate", choice(&o.tls.AuthClients, "yes", "no", "optional"))
	o.value("log-level", "level", "least level that is logged: debug, info, warn or error", level(&o.logLevel))
	o.value("log-format", "format", "text or json", choice(&o.logFormat, "text", "json"))
	o.flags.BoolVar(&o.showVersion, "version", false, "print the version and exit")
	o.flags.BoolVarP(&o.showHelp, "help", "h", false, "print this help and exit")
	return o
}

// value adds a flag; kind names what it takes in the help.
func (o *options) value(name, kind, usage string, v *value) {
	o.flags.Var(v, name, usage)
	v.kind = kind
}

// help returns what --help prints.
func (o *options) help() string {
	return "sessd is a session daemon that speaks the Redis protocol.\n\nUsage: sessd [flags]\n\n" + o.flags.FlagUsagesWrapped(100) +
		"\nEvery flag is also an environment variable: SESSD_PORT stands for --port, SESSD_IDLE_TIMEOUT for --idle-timeout.\n" +
		"A flag counts before its variable.\n"
}

// logger returns the log that the options ask for.
func (o *options) logger(w io.Writer) *logging.Log {
	return logging.New(w, logging.Options{Level: o.logLevel, JSON: o.logFormat == "json"})
}

// value is a flag whose errors say what it takes.
type value struct {
	kind string
	get  func() string
	set  func(string) error
}

func (v *value) String() string {
	if v.get == nil { // the zero value, which the flag library compares with
		return ""
	}
	return v.get()
}
func (v *value) Set(text string) error { return v.set(text) }
func (v *value) Type() string          { return v.kind }

func text(p *string) *value {
	return &value{get: func() string { return *p }, set: func(s string) error { *p = s; return nil }}
}

func addresses(p *[]string) *value {
	return &value{
		get: func() string { return strings.Join(*p, " ") },
		set: func(s string) error {
			all, err := server.ParseBind(s)
			if err == nil {
				*p = all
			}
			return err
		},
	}
}

// permissions are of a file, in octal digits.
func permissions(p *fs.FileMode) *value {
	return &value{
		get: func() string { return strconv.FormatUint(uint64(*p), 8) },
		set: func(s string) error {
			n, err := strconv.ParseUint(s, 8, 32)
			if err != nil || n == 0 || n > uint64(fs.ModePerm) {
				return errors.New("takes permissions in octal digits, such as 770")
			}
			*p = fs.FileMode(n)
			return nil
		},
	}
}

func number[N int | int64](p *N, least, most N) *value {
	return &value{
		get: func() string { return fmt.Sprint(*p) },
		set: func(s string) error {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil || n < int64(least) || n > int64(most) {
				return fmt.Errorf("takes a whole number from %d to %d", least, most)
			}
			*p = N(n)
			return nil
		},
	}
}

func size(p *int64, least int64) *value {
	return &value{
		get: func() string { return strconv.FormatInt(*p, 10) },
		set: func(s string) error {
			n, err := commands.ParseSize(s)
			if err != nil {
				return err
			}
			if n < least {
				return fmt.Errorf("takes at least %d", least)
			}
			*p = n
			return nil
		},
	}
}

func duration(p *time.Duration) *value {
	return &value{
		get: func() string {
			text := p.String()
			if strings.HasSuffix(text, "m0s") {
				text = strings.TrimSuffix(text, "0s")
			}
			if strings.HasSuffix(text, "h0m") {
				text = strings.TrimSuffix(text, "0m")
			}
			return text
		},
		set: func(s string) error {
			d, err := commands.ParseDuration(s)
			if err == nil {
				*p = d
			}
			return err
		},
	}
}

func level(p *slog.Level) *value {
	return &value{
		get: func() string { return strings.ToLower(p.String()) },
		set: func(s string) error {
			if err := p.UnmarshalText([]byte(s)); err != nil {
				return errors.New("takes debug, info, warn or error")
			}
			return nil
		},
	}
}

func policy(p *store.Policy) *value {
	return &value{
		get: func() string { return p.String() },
		set: func(s string) error {
			found, ok := store.ParsePolicy(s)
			if !ok {
				return fmt.Errorf("takes one of %s", strings.Join(store.Policies(), ", "))
			}
			*p = found
			return nil
		},
	}
}

func choice(p *string, names ...string) *value {
	return &value{
		get: func() string { return *p },
		set: func(s string) error {
			for _, name := range names {
				if s == name {
					*p = s
					return nil
				}
			}
			return fmt.Errorf("takes %s", strings.Join(names[:len(names)-1], ", ")+" or "+names[len(names)-1])
		},
	}
}

func port(p *int) *value {
	return &value{
		get: func() string {
			if *p == server.PortOff {
				return "off"
			}
			return strconv.Itoa(*p)
		},
		set: func(s string) error {
			n, err := strconv.ParseUint(s, 10, 16)
			switch {
			case s == "off":
				*p = server.PortOff
			case err != nil:
				return fmt.Errorf("takes a port from 0 to 65535, or off")
			default:
				*p = int(n)
			}
			return nil
		},
	}
}

func yesNo(p *bool) *value {
	word := map[bool]string{true: "yes", false: "no"}[*p]
	v := choice(&word, "yes", "no")
	check := v.set
	v.set = func(s string) error {
		err := check(s)
		*p = word == "yes"
		return err
	}
	return v
}
