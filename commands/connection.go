package commands

import (
	"bytes"
	"math"

	"sessd/store"
)

// redisVersion is the Redis whose behaviour clients may expect, for those that choose their commands by it.
const redisVersion = "7.0.15"

func connectionSpecs() []Spec {
	return []Spec{
		{
			Usage:   "PING [message]",
			Summary: "Answers PONG, or the message.",
			Group:   ConnectionGroup, Flags: Fast | Listening, Since: "1.0.0", Run: ping,
			Example: `PING -> "PONG"`,
		},
		{
			Usage:   "ECHO message",
			Summary: "Answers the message.",
			Group:   ConnectionGroup, Flags: Fast | Loading | Stale, Since: "1.0.0", Run: echo,
			Example: `ECHO hi -> "hi"`,
		},
		{
			Usage:   "HELLO [protover [AUTH username password] [SETNAME clientname]]",
			Summary: "Describes the server; chooses RESP2 or RESP3, authenticates and names the connection on the way.",
			Group:   ConnectionGroup, Flags: NoAuth | Fast | Loading | Stale | NoScript | AllowBusy, Since: "1.0.0", Run: hello,
			Example: `HELLO 3 -> {"server":"redis","version":"` + redisVersion + `","proto":3,"id":...,"mode":"standalone","role":"master","modules":[]}`,
		},
		{
			Usage:   "AUTH [username] password",
			Summary: "Authenticates the connection.",
			Group:   ConnectionGroup, Flags: NoAuth | Fast | Loading | Stale | NoScript | AllowBusy, Since: "1.0.0", Run: auth,
			Example: `AUTH default any -> "OK"`,
		},
		{
			Usage:   "SELECT index",
			Summary: "Chooses the keyspace that the connection's commands act on.",
			Group:   ConnectionGroup, Flags: Fast | Loading | Stale, Since: "1.0.0", Run: selectKeyspace,
			Example: `SELECT 1 -> "OK"`,
		},
		{
			Usage:   "RESET",
			Summary: "Makes the connection as new: RESP2, the first keyspace, no name.",
			Group:   ConnectionGroup, Flags: NoAuth | Fast | Loading | Stale | NoScript | AllowBusy | Listening | Unqueued, Since: "1.0.0", Run: reset,
			Example: `SELECT 1; RESET -> "RESET"`,
		},
		{
			Usage:   "QUIT",
			Summary: "Closes the connection after the reply.",
			Group:   ConnectionGroup, Flags: NoAuth | Fast | Loading | Stale | NoScript | AllowBusy | Listening | Unqueued, Since: "1.0.0", Run: quit, Arity: -1, // what follows is passed over
			Example: `QUIT -> "OK"`,
		},
	}
}

func ping(c *Call) error {
	switch {
	case len(c.Args) > 1:
		return ErrArity(c.Command.Name)
	case c.Client.limited():
		c.Reply.Array(2)
		c.Reply.BulkString("pong")
		c.Reply.BulkString(string(bytes.Join(c.Args, nil)))
	case len(c.Args) == 0:
		c.Reply.Status("PONG")
	default:
		c.Reply.Bulk(c.Args[0])
	}
	return nil
}

func echo(c *Call) error {
	c.Reply.Bulk(c.Args[0])
	return nil
}

// helloRequest is what HELLO asks for.
type helloRequest struct {
	protocol       int // 0: the one in use
	user, password []byte
	login          bool // AUTH was given
	name           []byte
	named          bool // SETNAME was given
}

// parseHello reads what follows HELLO.
func parseHello(words [][]byte) (g helloRequest, err error) {
	rest := Read(words)
	if !rest.More() {
		return g, nil
	}
	word, _ := rest.Next()
	version, ok := store.ParseInt(word)
	switch {
	case !ok:
		return g, errProtocol
	case version != 2 && version != 3:
		return g, errNoProto
	}
	g.protocol = int(version)
	for rest.More() {
		word, _ := rest.Next()
		switch {
		case Is(word, "AUTH") && len(rest.rest) >= 2:
			g.user, _ = rest.Next()
			g.password, _ = rest.Next()
			g.login = true
		case Is(word, "SETNAME") && rest.More():
			g.name, _ = rest.Next()
			g.named = true
			if err := checkName(g.name); err != nil {
				return g, err
			}
		default:
			return g, Errorf("ERR Syntax error in HELLO option '%.128s'", word)
		}
	}
	return g, nil
}

// hello changes nothing unless all that was asked can be done. Its reply is in the protocol that it chose.
func hello(c *Call) error {
	g, err := parseHello(c.Args)
	if err != nil {
		return err
	}
	if g.login {
		if err := c.logIn(g.user, g.password); err != nil {
			return err
		}
	}
	client := c.Client
	if client.user == nil {
		return errHelloNoAuth
	}
	if g.protocol != 0 && g.protocol != client.Protocol() {
		c.Deliver() // what was sent before has the form of the version before
	}
	client.change(func() {
		if g.named {
			client.name = string(g.name)
		}
		if g.protocol != 0 {
			client.protocol.Store(int32(g.protocol))
		}
	})
	c.Reply.Map(7)
	// A client decides by server and version what it may send, so they name the Redis that sessd stands in for.
	c.Pair("server", "redis")
	c.Pair("version", redisVersion)
	c.Reply.BulkString("proto")
	c.Reply.Int(int64(client.Protocol()))
	c.Reply.BulkString("id")
	c.Reply.Int(client.ID)
	c.Pair("mode", "standalone")
	c.Pair("role", "master")
	c.Reply.BulkString("modules")
	c.Reply.Array(0)
	return nil
}

// Pair answers a key of a map and its value.
func (c *Call) Pair(key, value string) {
	c.Reply.BulkString(key)
	c.Reply.BulkString(value)
}

func auth(c *Call) error {
	var err error
	switch len(c.Args) {
	case 1:
		if c.Dispatcher.Users.named(defaultUser).permissions.Load().noPass {
			err = errNoPassword
		} else {
			err = c.logIn([]byte(defaultUser), c.Args[0])
		}
	case 2:
		err = c.logIn(c.Args[0], c.Args[1])
	default:
		err = ErrSyntax
	}
	if err == nil {
		c.Reply.Status("OK")
	}
	return err
}

func selectKeyspace(c *Call) error {
	index, err := c.Dispatcher.keyspaceIndex(c.Args[0])
	if err != nil {
		return err
	}
	c.Client.change(func() { c.Client.keyspace = index })
	c.admitted = false
	c.Reply.Status("OK")
	return nil
}

// selectName is the one command that changes in which keyspace those that follow run.
const selectName = "select"

// keyspaceIndex reads the number of a keyspace.
func (s *Dispatcher) keyspaceIndex(word []byte) (int, error) {
	index, ok := store.ParseInt(word)
	switch {
	case !ok:
		return 0, ErrNotInteger
	case index < math.MinInt32 || index > math.MaxInt32:
		return 0, errNotInt32
	case index < 0 || index >= int64(s.engine.Keyspaces()):
		return 0, errDatabase
	}
	return int(index), nil
}

// reset keeps what the client library said of itself: it will not say it again.
func reset(c *Call) error {
	c.Dispatcher.forget(c.Client)
	c.Deliver() // what was sent to it before
	c.Client.reset(c.Dispatcher.Users.Welcome())
	c.admitted = false
	c.Reply.Status("RESET")
	return nil
}

func quit(c *Call) error {
	c.Client.Conn.CloseAfterReply()
	c.Reply.Status("OK")
	return nil
}
