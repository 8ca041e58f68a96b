package commands

import (
	"fmt"
	"strings"
	"time"

	"sessd/store"
)

func clientSpecs() []Spec {
	return []Spec{
		{
			Usage:   "CLIENT ID",
			Summary: "Returns the id of this connection.",
			Group:   ConnectionGroup, Flags: Loading | Stale | NoScript, Since: "1.0.0", Run: clientID,
			Example: `CLIENT ID -> ...`,
		},
		{
			Usage:   "CLIENT INFO",
			Summary: "Describes this connection in one line.",
			Group:   ConnectionGroup, Flags: Loading | Stale | NoScript, Since: "1.0.0", Run: clientInfo,
			Example: `CLIENT INFO -> "id=..."`,
		},
		{
			Usage:   "CLIENT LIST [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
			Summary: "Describes the connections, a line for each.",
			Group:   ConnectionGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: clientList,
			Example: `CLIENT LIST TYPE NORMAL -> "id=..."`,
		},
		{
			Usage:   "CLIENT GETNAME",
			Summary: "Returns the name of this connection.",
			Group:   ConnectionGroup, Flags: Loading | Stale | NoScript, Since: "1.0.0", Run: clientGetName,
			Example: `CLIENT SETNAME web; CLIENT GETNAME -> "web"`,
		},
		{
			Usage:   "CLIENT SETNAME connection-name",
			Summary: "Names this connection; an empty name removes it.",
			Group:   ConnectionGroup, Flags: Loading | Stale | NoScript, Since: "1.0.0", Run: clientSetName,
			Example: `CLIENT SETNAME web -> "OK"`,
		},
		{
			Usage:   "CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>",
			Summary: "Notes the client library of this connection.",
			Group:   ConnectionGroup, Flags: Loading | Stale | NoScript, Since: "1.0.0", Run: clientSetInfo,
			Example: `CLIENT SETINFO LIB-NAME mine -> "OK"`,
		},
		{
			Usage: "CLIENT KILL <ip:port | <ID client-id | TYPE <NORMAL | MASTER | REPLICA | PUBSUB> | USER username | " +
				"ADDR ip:port | LADDR ip:port | SKIPME <YES | NO> | MAXAGE seconds ...>>",
			Summary: "Closes one connection by its address, or all that pass every filter, which returns how many.",
			Group:   ConnectionGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: clientKill,
			Example: `CLIENT KILL ID 99999 -> 0`,
		},
		{
			Usage:   "CLIENT NO-EVICT <ON | OFF>",
			Summary: "Marks this connection as one to keep when connections take too much memory.",
			Group:   ConnectionGroup, Flags: Admin | Loading | Stale | NoScript, Since: "1.0.0", Run: clientNoEvict,
			Example: `CLIENT NO-EVICT ON -> "OK"`,
		},
		{
			Usage:   "CLIENT NO-TOUCH <ON | OFF>",
			Summary: "Says whether reads of this connection leave the idle timeouts of sessions alone.",
			Group:   ConnectionGroup, Flags: Loading | Stale | NoScript, Since: "1.0.0", Run: clientNoTouch,
			Example: `CLIENT NO-TOUCH ON -> "OK"`,
		},
	}
}

// printable reports whether a word has neither spaces nor control characters, so that it fits into a line of CLIENT LIST.
func printable(word []byte) bool {
	for _, b := range word {
		if b < '!' || b > '~' {
			return false
		}
	}
	return true
}

func clientID(c *Call) error {
	c.Reply.Int(c.Client.ID)
	return nil
}

func clientInfo(c *Call) error {
	c.Reply.Verbatim("txt", string(c.Client.Info().appendLine(nil)))
	return nil
}

// appendLine appends the client as a line of CLIENT LIST. The fields rbs and rbp are 0: a connection has no buffer for replies
// of its own, but takes memory for those that wait.
func (i Info) appendLine(b []byte) []byte {
	flags := ""
	if i.Monitor {
		flags += "O"
	}
	if i.Subscribed() {
		flags += "P"
	}
	if i.Queued >= 0 {
		flags += "x"
	}
	if i.Blocked {
		flags += "b"
	}
	redirect := int64(-1)
	if i.Tracking.On {
		flags += "t"
		redirect = i.Redirect
	}
	if i.Broken {
		flags += "R"
	}
	if i.Broadcast {
		flags += "B"
	}
	if i.Changed {
		flags += "d"
	}
	if strings.HasPrefix(i.Addr, "/") {
		flags += "U"
	}
	if i.NoEvict {
		flags += "e"
	}
	if i.NoTouch {
		flags += "T"
	}
	if flags == "" {
		flags = "N"
	}
	events := "r"
	if i.Unsent > 0 {
		events = "rw"
	}
	return fmt.Appendf(b, "id=%d addr=%s laddr=%s fd=%d name=%s age=%d idle=%d flags=%s db=%d sub=%d psub=%d ssub=%d multi=%d "+
		"qbuf=%d qbuf-free=%d argv-mem=%d multi-mem=%d rbs=0 rbp=0 obl=%d oll=%d omem=%d tot-mem=%d events=%s cmd=%s user=%s redir=%d resp=%d "+
		"lib-name=%s lib-ver=%s\n",
		i.ID, i.Addr, i.LocalAddr, i.Descriptor, i.Name, int64(i.Age/time.Second), int64(i.Idle/time.Second), flags, i.Keyspace,
		i.Channels, i.Patterns, i.ShardChannels, i.Queued,
		i.Query-i.QueryFree, i.QueryFree, i.Waiting, i.QueueBytes, i.Unsent, i.OutputPieces, i.Output, i.Query+i.Output+i.Kept, events, i.Command, i.User, redirect, i.Protocol, i.LibName, i.LibVersion)
}

func clientGetName(c *Call) error {
	if c.Client.name == "" {
		c.Reply.Null()
	} else {
		c.Reply.BulkString(c.Client.name)
	}
	return nil
}

func clientSetName(c *Call) error {
	if err := checkName(c.Args[0]); err != nil {
		return err
	}
	c.Client.change(func() { c.Client.name = string(c.Args[0]) })
	c.Reply.Status("OK")
	return nil
}

// maxNameBytes bounds what a client may have kept of its names: one of its own, and two of its library. Redis has no bound.
const maxNameBytes = 1 << 10

// checkName returns the error of a name that a client may not have.
func checkName(name []byte) error {
	switch {
	case len(name) > maxNameBytes:
		return Errorf("ERR Client names cannot be longer than %d bytes.", maxNameBytes)
	case !printable(name):
		return errClientName
	}
	return nil
}

func clientSetInfo(c *Call) error {
	attribute, value := c.Args[0], c.Args[1]
	client := c.Client
	destination := &client.libName
	switch {
	case Is(attribute, "LIB-NAME"):
	case Is(attribute, "LIB-VER"):
		destination = &client.libVersion
	default:
		return Errorf("ERR Unrecognized option '%.128s'", attribute)
	}
	if len(value) > maxNameBytes {
		return Errorf("ERR %s cannot be longer than %d bytes.", attribute, maxNameBytes)
	}
	if !printable(value) {
		return Errorf("ERR %s cannot contain spaces, newlines or special characters.", attribute)
	}
	client.change(func() { *destination = string(value) })
	c.Reply.Status("OK")
	return nil
}

// parseSwitch reads ON or OFF.
func parseSwitch(word []byte) (on bool, err error) {
	switch {
	case Is(word, "ON"):
		return true, nil
	case Is(word, "OFF"):
		return false, nil
	}
	return false, ErrSyntax
}

// clientNoEvict is shown by CLIENT LIST; nothing closes connections for the memory they take all together.
func clientNoEvict(c *Call) error { return c.flip(&c.Client.noEvict) }

func clientNoTouch(c *Call) error { return c.flip(&c.Client.noTouch) }

func (c *Call) flip(setting *bool) error {
	on, err := parseSwitch(c.Args[0])
	if err != nil {
		return err
	}
	c.Client.change(func() { *setting = on })
	c.Reply.Status("OK")
	return nil
}

// clientType is a type of connections that a filter names. There are no masters and replicas.
type clientType uint8

const (
	anyType clientType = iota
	normalType
	masterType
	replicaType
	pubsubType
)

// clientTypes are the types by their names.
var clientTypes = map[string]clientType{
	"NORMAL": normalType, "MASTER": masterType, "REPLICA": replicaType, "SLAVE": replicaType, "PUBSUB": pubsubType,
}

// parseClientType reads the name of a type.
func parseClientType(word []byte) (clientType, error) {
	t, known := clientTypes[string(upper(word))]
	if !known {
		return 0, Errorf("ERR Unknown client type '%.128s'", word)
	}
	return t, nil
}

// has reports whether a connection is of the type.
func (t clientType) has(i Info) bool {
	switch t {
	case anyType:
		return true
	case normalType:
		return !i.Subscribed()
	case pubsubType:
		return i.Subscribed()
	}
	return false
}

// parseClientList reads what follows CLIENT LIST; ids are nil where it names none.
func parseClientList(words [][]byte) (ids []int64, of clientType, err error) {
	switch {
	case len(words) == 0:
		return nil, anyType, nil
	case len(words) == 2 && Is(words[0], "TYPE"):
		of, err = parseClientType(words[1])
		return nil, of, err
	case len(words) > 1 && Is(words[0], "ID"):
		for _, word := range words[1:] {
			id, ok := store.ParseInt(word)
			if !ok {
				return nil, anyType, errClientIDs
			}
			ids = append(ids, id)
		}
		return ids, anyType, nil
	}
	return nil, anyType, ErrSyntax
}

// clients returns the connections with some ids, in their order, or all of them where ids is nil.
func (s *Dispatcher) clients(ids []int64) (clients []*Client) {
	if ids == nil {
		return s.Host.Clients()
	}
	for _, id := range ids {
		if client := s.Host.Client(id); client != nil {
			clients = append(clients, client)
		}
	}
	return clients
}

func clientList(c *Call) error {
	ids, of, err := parseClientList(c.Args)
	if err != nil {
		return err
	}
	var lines []byte
	for _, client := range c.Dispatcher.clients(ids) {
		if info := client.Info(); of.has(info) {
			lines = info.appendLine(lines)
		}
	}
	c.Reply.Verbatim("txt", string(lines))
	return nil
}

// clientFilter is which connections CLIENT KILL closes.
type clientFilter struct {
	id              int64  // 0: any
	addr, localAddr []byte // nil: any
	user            []byte // nil: any
	maxAge          int64  // seconds that a connection must have lived at least
	of              clientType
	skipMe          bool
}

// parseClientKill reads the filters of CLIENT KILL.
func parseClientKill(words [][]byte) (f clientFilter, err error) {
	f.skipMe = true
	rest := Read(words)
	for rest.More() {
		option, _ := rest.Next()
		value, err := rest.Next()
		if err != nil {
			return f, err
		}
		switch {
		case Is(option, "ID"):
			id, ok := store.ParseInt(value)
			if !ok || id < 1 {
				return f, errClientID
			}
			f.id = id
		case Is(option, "TYPE"):
			if f.of, err = parseClientType(value); err != nil {
				return f, err
			}
		case Is(option, "ADDR"):
			f.addr = nonNil(value)
		case Is(option, "LADDR"):
			f.localAddr = nonNil(value)
		case Is(option, "USER"):
			f.user = nonNil(value)
		case Is(option, "SKIPME") && Is(value, "YES"):
			f.skipMe = true
		case Is(option, "SKIPME") && Is(value, "NO"):
			f.skipMe = false
		case Is(option, "MAXAGE"):
			age, ok := store.ParseInt(value)
			switch {
			case !ok:
				return f, errMaxAgeInteger
			case age < 1:
				return f, errMaxAge
			}
			f.maxAge = age
		default:
			return f, ErrSyntax
		}
	}
	return f, nil
}

// matches reports whether a connection passes every filter but SKIPME.
func (f *clientFilter) matches(i Info) bool {
	same := func(wanted []byte, is string) bool { return wanted == nil || string(wanted) == is }
	return f.of.has(i) && (f.id == 0 || f.id == i.ID) && same(f.addr, i.Addr) && same(f.localAddr, i.LocalAddr) && same(f.user, i.User) &&
		int64(i.Age/time.Second) >= f.maxAge
}

// nonNil tells an empty word that was given from one that was not.
func nonNil(word []byte) []byte { return append([]byte{}, word...) }

// clientKill has two forms. The old one, an address alone, closes one connection, the caller's own too, and answers an
// error when there is none.
func clientKill(c *Call) error {
	byAddress := len(c.Args) == 1
	f := clientFilter{addr: nonNil(c.Args[0])}
	if !byAddress {
		var err error
		if f, err = parseClientKill(c.Args); err != nil {
			return err
		}
		if f.user != nil && c.Dispatcher.Users.named(string(f.user)) == nil {
			return Errorf("ERR No such user '%.128s'", f.user)
		}
	}
	var ids []int64
	if f.id != 0 {
		ids = []int64{f.id}
	}
	killed := 0
	for _, client := range c.Dispatcher.clients(ids) {
		if !f.matches(client.Info()) || client == c.Client && f.skipMe {
			continue
		}
		if client == c.Client { // who closes itself learns how it went
			client.Conn.CloseAfterReply()
		} else {
			c.Dispatcher.Host.Kill(client)
		}
		killed++
		if byAddress {
			break
		}
	}
	switch {
	case !byAddress:
		c.Reply.Int(int64(killed))
	case killed == 0:
		return errNoClient
	default:
		c.Reply.Status("OK")
	}
	return nil
}
