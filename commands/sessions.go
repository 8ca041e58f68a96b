package commands

import (
	"crypto/rand"
	"encoding/base64"

	"sessd/store"
)

func sessionRows() []Spec {
	return []Spec{
		{
			Usage:   "SESS.CREATE id|* [EX seconds | PX ms] [MAXAGE seconds] [PRINCIPAL name] [FIELDS n field value [field value ...]]",
			Summary: "Creates a session and returns its id; with * the server makes one.",
			Group:   SessionGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: sessCreate,
			Example: `SESS.CREATE s1 EX 600 MAXAGE 86400 PRINCIPAL ann FIELDS 1 lang en -> "s1"`,
		},
		{
			Usage:   "SESS.GET id [COMPONENT name] [NOTOUCH] [WITHREV] [FIELDS n field [field ...]]",
			Summary: "Returns the fields of a session, or of one of its components, and renews the idle timeout.",
			Group:   SessionGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: sessGet,
			Example: `SESS.CREATE s1 FIELDS 1 lang en; SESS.GET s1 WITHREV -> [0,{"lang":"en"}]`,
		},
		{
			Usage: "SESS.SAVE id <field value [field value ...] | [COMPONENT name] [IFREV revision] [EX seconds | PX ms] " +
				"<UNSET n field [field ...] | [UNSET n field [field ...]] FIELDS n field value [field value ...]>>",
			Summary: "Saves the dirty fields of a session that exists, all or nothing, and returns the new revision.",
			Group:   SessionGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: sessSave,
			Example: `SESS.CREATE s1 FIELDS 2 lang en cart 3; SESS.SAVE s1 IFREV 0 UNSET 1 cart FIELDS 1 lang de -> 1`,
		},
		{
			Usage:   "SESS.CLEAR id [COMPONENT name]",
			Summary: "Removes every field of a session's global bag, or of one component, and returns the new revision.",
			Group:   SessionGroup, Flags: Write | Fast, Since: "1.0.0", Run: sessClear,
			Example: `SESS.CREATE s1 FIELDS 1 lang en; SESS.CLEAR s1 -> 1`,
		},
		{
			Usage:   "SESS.TOUCH id [EX seconds | PX ms]",
			Summary: "Renews a session's idle timeout without reading it.",
			Group:   SessionGroup, Flags: Write | Fast, Since: "1.0.0", Run: sessTouch,
			Example: `SESS.CREATE s1; SESS.TOUCH s1 EX 600 -> 1`,
		},
		{
			Usage:   "SESS.ROTATE id newid|* [GRACE ms] [PRINCIPAL name]",
			Summary: "Gives a session a new id, which it returns; the old one is dead, at once or after the grace.",
			Group:   SessionGroup, Flags: Write | DenyOOM | Fast, Since: "1.0.0", Run: sessRotate,
			Example: `SESS.CREATE s1; SESS.ROTATE s1 s2 GRACE 5000 PRINCIPAL ann -> "s2"`,
		},
		{
			Usage:   "SESS.DESTROY id [id ...]",
			Summary: "Destroys sessions and returns how many there were.",
			Group:   SessionGroup, Flags: Write | Fast, Since: "1.0.0", Run: sessDestroy,
			Example: `SESS.CREATE s1; SESS.DESTROY s1 s2 -> 1`,
		},
		{
			Usage:   "SESS.META id",
			Summary: "Describes a session: its times in milliseconds, revision, principal, components and size.",
			Group:   SessionGroup, Flags: ReadOnly | Fast, Since: "1.0.0", Run: sessMeta,
			Example: `SESS.CREATE s1 PX 5000 PRINCIPAL ann FIELDS 1 lang en; SESS.META s1 -> ` +
				`{"created-at":...,"accessed-at":...,"expires-at":...,"idle-timeout":5000,"absolute-timeout":0,"revision":0,"principal":"ann","components":[],"fields":1,"bytes":...}`,
		},
		{
			Usage:   "SESS.LIST principal",
			Summary: "Lists the ids of a principal's live sessions.",
			Group:   SessionGroup, Flags: ReadOnly | AnyKey, Since: "1.0.0", Run: sessList,
			Example: `SESS.CREATE s1 PRINCIPAL ann; SESS.LIST ann -> ["s1"]`,
		},
		{
			Usage:   "SESS.DESTROYALL principal [EXCEPT id]",
			Summary: "Destroys every session of a principal, or all but one, and returns how many there were.",
			Group:   SessionGroup, Flags: Write | AnyKey, Since: "1.0.0", Run: sessDestroyAll,
			Example: `SESS.CREATE s1 PRINCIPAL ann; SESS.CREATE s2 PRINCIPAL ann; SESS.DESTROYALL ann EXCEPT s1 -> 1`,
		},
		{
			Usage:   "SESS.SCAN cursor [MATCH pattern] [COUNT n]",
			Summary: "Iterates over the ids of sessions, with the guarantees of SCAN.",
			Group:   SessionGroup, Flags: ReadOnly | Keyspace, Since: "1.0.0", Run: sessScan,
			Example: `SESS.CREATE s1; SESS.SCAN 0 MATCH s* COUNT 1000 -> ["0",["s1"]]`,
		},
	}
}

func sessCreate(c *Call) error {
	o, err := parseCreate(c.Args[1:])
	if err != nil {
		return err
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = c.System.IdleTimeout.Load()
	}
	if o.AbsoluteTimeout == 0 {
		o.AbsoluteTimeout = c.System.AbsoluteTimeout.Load()
	}
	o.UninitializedTimeout = c.System.UninitializedTimeout.Load()
	id, err := newID(c.Args[0])
	if err != nil {
		return err
	}
	if err := c.System.sessions.CreateSession(c.Context, c.Op, id, o); err != nil {
		return err
	}
	c.Reply.Bulk(id)
	return nil
}

// newID returns the id that a client chose, or a new one for *: 32 random bytes in base64url.
func newID(word []byte) ([]byte, error) {
	if string(word) == "*" {
		var secret [32]byte
		rand.Read(secret[:]) // never fails: it ends the process instead
		return base64.RawURLEncoding.AppendEncode(nil, secret[:]), nil
	}
	if len(word) == 0 || len(word) > store.MaxSessionID {
		return nil, errSessionID
	}
	return word, nil
}

func sessGet(c *Call) error {
	o, withRevision, err := parseGet(c.Args[1:])
	if err != nil {
		return err
	}
	o.NoTouch = o.NoTouch || c.Client.noTouch
	c.bag = bagReply{reply: c.Reply, values: o.Fields != nil, withRevision: withRevision}
	err = c.System.sessions.LoadSession(c.Context, c.Op, c.Args[0], o, &c.bag)
	if err == store.ErrNoSession {
		c.Reply.NullArray()
		return nil
	}
	return err
}

func sessSave(c *Call) error {
	o, err := parseSave(c.Args[1:])
	if err != nil {
		return err
	}
	revision, err := c.System.sessions.SaveSession(c.Context, c.Op, c.Args[0], o)
	if err != nil {
		return err
	}
	c.Reply.Int(revision)
	return nil
}

func sessClear(c *Call) error {
	component, err := parseClear(c.Args[1:])
	if err != nil {
		return err
	}
	revision, err := c.System.sessions.ClearSession(c.Context, c.Op, c.Args[0], component)
	if err != nil {
		return err
	}
	c.Reply.Int(revision)
	return nil
}

func sessTouch(c *Call) error {
	idle, err := parseTouch(c.Args[1:])
	if err != nil {
		return err
	}
	found, err := c.System.sessions.TouchSession(c.Context, c.Op, c.Args[0], idle)
	if err != nil {
		return err
	}
	c.intBool(found)
	return nil
}

func sessRotate(c *Call) error {
	o, err := parseRotate(c.Args[2:])
	if err != nil {
		return err
	}
	id, err := newID(c.Args[1])
	if err != nil {
		return err
	}
	if err := c.System.sessions.RotateSession(c.Context, c.Op, c.Args[0], id, o); err != nil {
		return err
	}
	c.Reply.Bulk(id)
	return nil
}

func sessDestroy(c *Call) error {
	n, err := c.System.sessions.DestroySessions(c.Context, c.Op, c.Args)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func sessMeta(c *Call) error {
	m, err := c.System.sessions.SessionMeta(c.Context, c.Op, c.Args[0])
	if err == store.ErrNoSession {
		c.Reply.NullArray()
		return nil
	}
	if err != nil {
		return err
	}
	integer := func(name string, n int64) {
		c.Reply.BulkString(name)
		c.Reply.Int(n)
	}
	c.Reply.Map(10)
	integer("created-at", m.CreatedAt)
	integer("accessed-at", m.AccessedAt)
	integer("expires-at", m.ExpiresAt)
	integer("idle-timeout", m.IdleTimeout)
	integer("absolute-timeout", m.AbsoluteTimeout)
	integer("revision", m.Revision)
	c.Reply.BulkString("principal")
	if m.Principal == nil {
		c.Reply.Null()
	} else {
		c.Reply.Bulk(m.Principal)
	}
	c.Reply.BulkString("components")
	c.bulks(m.Components)
	integer("fields", int64(m.Fields))
	integer("bytes", m.Bytes)
	return nil
}

func sessList(c *Call) error {
	ids, err := c.System.sessions.PrincipalSessions(c.Context, c.Op, c.Args[0])
	if err != nil {
		return err
	}
	c.bulks(ids)
	return nil
}

func sessDestroyAll(c *Call) error {
	var except []byte
	switch {
	case len(c.Args) == 1:
	case len(c.Args) == 3 && is(c.Args[1], "EXCEPT"):
		except = c.Args[2]
	default:
		return errSyntax
	}
	n, err := c.System.sessions.DestroyPrincipal(c.Context, c.Op, c.Args[0], except)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func sessScan(c *Call) error {
	at, o, err := parseScan(c.Args, false)
	if err != nil {
		return err
	}
	o.Type = store.TypeSession
	return c.scan(at, o)
}
