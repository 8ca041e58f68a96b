package sessions

import (
	"slices"

	"sessd/commands"
	"sessd/store"
)

// bagReply answers with a bag: a map of the fields, or the values that were asked for.
type bagReply struct {
	reply        commands.Reply
	now          int64
	values       bool // FIELDS was given
	withRevision bool
	withTTL      bool
	headed       bool // what comes before the bag is written
	all          bool // every bag, as a map by component
	info         store.SessionInfo
}

// each begins a bag of a session that is shown whole.
func (b *bagReply) each(component []byte) {
	if b.all {
		b.all = false // the first
		b.head(b.info.Revision)
		b.reply.Map(b.info.Bags)
	}
	b.reply.Bulk(component)
}

// head writes what comes before the bag.
func (b *bagReply) head(revision int64) {
	parts := 1
	if b.withRevision {
		parts++
	}
	if b.withTTL {
		parts++
	}
	if b.tellsDue() {
		parts++
	}
	if parts > 1 {
		b.reply.Array(parts)
	}
	if b.withRevision {
		b.reply.Int(revision)
	}
	if b.withTTL {
		b.reply.Int(ttl(b.info.Expiry, b.now))
	}
	b.headed = true
}

// tellsDue reports whether the reply ends in whether the id is due for rotation.
func (b *bagReply) tellsDue() bool { return b.withRevision && b.info.RenewAt != store.Never }

// ttl returns the milliseconds from now to an expiry, which may be store.Never or store.NoExpiry and stays that.
func ttl(expiry, now int64) int64 {
	if expiry < 0 {
		return expiry
	}
	return expiry - now
}

func (b *bagReply) Bag(revision int64, fields int) {
	if (b.withRevision || b.withTTL) && !b.headed {
		b.head(revision)
	}
	if b.values {
		b.reply.Array(fields)
	} else {
		b.reply.Map(fields)
	}
}

func (b *bagReply) Field(name, value []byte, found bool) {
	if !b.values {
		b.reply.Bulk(name)
	}
	if found {
		b.reply.Bulk(value)
	} else {
		b.reply.Null()
	}
}

func (f *family) create(c *commands.Call) error {
	o, prefix, err := parseCreate(c.Args[1:])
	if err != nil {
		return err
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = c.Dispatcher.IdleTimeout.Load()
	}
	if o.AbsoluteTimeout == 0 {
		o.AbsoluteTimeout = c.Dispatcher.AbsoluteTimeout.Load()
	}
	if o.RenewAfter == 0 {
		o.RenewAfter = c.Dispatcher.RenewAfter.Load()
	}
	o.UninitializedTimeout = c.Dispatcher.UninitializedTimeout.Load()
	defaultPrincipalLimit(c, &o.PrincipalLimit)
	id, err := f.newID(c.Args[0], prefix, nil)
	if err != nil {
		return err
	}
	if err := f.sessions.CreateSession(c.Context, c.Op, id, o); err != nil {
		return err
	}
	c.Reply.Bulk(id)
	return nil
}

// defaultPrincipalLimit sets the server's limit where a request has none.
func defaultPrincipalLimit(c *commands.Call, limit *store.PrincipalLimit) {
	if limit.Max == 0 {
		limit.Max = int(c.Dispatcher.MaxSessionsPerPrincipal.Load())
	}
}

func (f *family) get(c *commands.Call) error {
	if len(c.Args) == 1 { // options that nobody gave cost more to pass on than the rest
		bag := newReply(c)
		return bag.end(c, f.sessions.LoadSession(c.Context, c.Op, c.Args[0], store.LoadOptions{NoTouch: c.Client.NoTouch()}, bag))
	}
	o, err := parseGet(c.Args[1:])
	if err != nil {
		return err
	}
	if o.Token == nil {
		return f.load(c, &o)
	}
	return f.locking(c, o.lock.wait, func(c *commands.Call) error {
		o, err := parseGet(c.Args[1:])
		if err != nil {
			return err
		}
		return f.load(c, &o)
	})
}

// load answers with a session.
func (f *family) load(c *commands.Call, o *getOptions) error {
	o.NoTouch = o.NoTouch || c.Client.NoTouch()
	bag := newReply(c)
	bag.values, bag.withRevision, bag.withTTL, bag.all = o.Fields != nil, o.withRevision, o.withTTL, o.all
	if o.all {
		o.Each, o.Info = bag.each, &bag.info
	} else if o.withTTL || o.withRevision {
		o.Info = &bag.info
	}
	return bag.end(c, f.sessions.LoadSession(c.Context, c.Op, c.Args[0], o.LoadOptions, bag))
}

// newReply returns the reply of a call that shows a map of the fields.
func newReply(c *commands.Call) *bagReply {
	b := c.Scratch().(*bagReply)
	b.reply, b.now = c.Reply, c.Op.Now
	b.values, b.withRevision, b.withTTL, b.headed, b.all = false, false, false, false, false
	return b
}

// end ends the reply of a load, and returns its error.
func (b *bagReply) end(c *commands.Call, err error) error {
	if err == store.ErrNoSession {
		c.Reply.NullArray()
		return nil
	}
	if err == nil && b.withRevision && b.tellsDue() {
		c.IntBool(b.info.RenewAt <= c.Op.Now)
	}
	return err
}

func (f *family) save(c *commands.Call) error {
	if fields := plainFields(c.Args[1:]); fields != nil { // options that nobody gave cost more to pass on than the rest
		revision, err := f.sessions.SaveSession(c.Context, c.Op, c.Args[0], store.SaveOptions{Fields: fields})
		if err == nil {
			c.Reply.Int(revision)
		}
		return err
	}
	o, err := parseSave(c.Args[1:])
	if err != nil {
		return err
	}
	revision, err := f.sessions.SaveSession(c.Context, c.Op, c.Args[0], o)
	if err != nil {
		return err
	}
	if o.Info != nil {
		c.Reply.Array(2)
		c.Reply.Int(revision)
		c.Reply.Int(ttl(o.Info.Expiry, c.Op.Now))
		return nil
	}
	c.Reply.Int(revision)
	return nil
}

func (f *family) clear(c *commands.Call) error {
	component, err := parseClear(c.Args[1:])
	if err != nil {
		return err
	}
	revision, err := f.sessions.ClearSession(c.Context, c.Op, c.Args[0], component)
	if err != nil {
		return err
	}
	c.Reply.Int(revision)
	return nil
}

func (f *family) touch(c *commands.Call) error {
	o, err := parseTouch(c.Args)
	if err != nil {
		return err
	}
	if len(o.ids) == 1 && !o.withTTL {
		found, err := f.sessions.TouchSession(c.Context, c.Op, o.ids[0], o.idle)
		if err != nil {
			return err
		}
		c.IntBool(found)
		return nil
	}
	var expiries []int64
	if o.withTTL {
		expiries = make([]int64, len(o.ids))
	}
	n, err := f.sessions.TouchSessions(c.Context, c.Op, o.ids, o.idle, expiries)
	if err != nil {
		return err
	}
	if o.withTTL {
		c.Reply.Array(1 + len(expiries))
	}
	c.Reply.Int(int64(n))
	for _, at := range expiries {
		c.Reply.Int(ttl(at, c.Op.Now))
	}
	return nil
}

func (f *family) rotate(c *commands.Call) error {
	o, prefix, err := parseRotate(c.Args[2:])
	if err != nil {
		return err
	}
	defaultPrincipalLimit(c, &o.PrincipalLimit)
	id, err := f.newID(c.Args[1], prefix, c.Args[0])
	if err != nil {
		return err
	}
	if err := f.sessions.RotateSession(c.Context, c.Op, c.Args[0], id, o); err != nil {
		return err
	}
	c.Reply.Bulk(id)
	return nil
}

func (f *family) destroy(c *commands.Call) error {
	var n int
	var err error
	if hasHandles(c.Args) {
		n, err = f.sessions.DestroyHandles(c.Context, c.Op, c.Args[1], c.Args[2:])
	} else {
		n, err = f.sessions.DestroySessions(c.Context, c.Op, c.Args)
	}
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) meta(c *commands.Call) error {
	m, err := f.sessions.SessionMeta(c.Context, c.Op, c.Args[0])
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
	c.Reply.Map(14)
	integer("created-at", c.Dispatcher.Clock.ToWall(m.CreatedAt))
	integer("accessed-at", c.Dispatcher.Clock.ToWall(m.AccessedAt))
	integer("expires-at", c.Dispatcher.Clock.ToWall(m.ExpiresAt))
	integer("idle-timeout", m.IdleTimeout)
	integer("absolute-timeout", m.AbsoluteTimeout)
	integer("renew-after", m.RenewAfter)
	integer("renew-at", c.Dispatcher.Clock.ToWall(m.RenewAt))
	integer("locked-until", lockedUntil(c, m.LockedUntil))
	integer("revision", m.Revision)
	c.Reply.BulkString("principal")
	if m.Principal == nil {
		c.Reply.Null()
	} else {
		c.Reply.Bulk(m.Principal)
	}
	c.Reply.BulkString("components")
	c.Bulks(m.Components)
	c.Reply.BulkString("expiring")
	c.Reply.Array(len(m.Expiring))
	for _, x := range m.Expiring {
		c.Reply.Array(3)
		c.Reply.Bulk(x.Component)
		c.Reply.Bulk(x.Field)
		c.Reply.Int(c.Dispatcher.Clock.ToWall(x.At))
	}
	integer("fields", int64(m.Fields))
	integer("bytes", m.Bytes)
	return nil
}

// manySessions reports whether the principal of a request has very many sessions.
func (f *family) manySessions(c *commands.Call) bool {
	return f.estimator != nil && f.estimator.ManySessions(c.Op, c.Args[0])
}

// lockedUntil returns the time of a lock by the wall clock, 0 where there is none.
func lockedUntil(c *commands.Call, at int64) int64 {
	if at == 0 {
		return 0
	}
	return c.Dispatcher.Clock.ToWall(at)
}

func (f *family) list(c *commands.Call) error {
	if len(c.Args) > 1 {
		return f.describe(c)
	}
	ids, err := f.sessions.PrincipalSessions(c.Context, c.Op, c.Args[0])
	if err != nil {
		return err
	}
	c.Bulks(slices.DeleteFunc(ids, func(id []byte) bool { return !c.MayRead(id) }))
	return nil
}

func (f *family) destroyAll(c *commands.Call) error {
	var except []byte
	switch {
	case len(c.Args) == 1:
	case len(c.Args) == 3 && commands.Is(c.Args[1], "EXCEPT"):
		except = c.Args[2]
	default:
		return commands.ErrSyntax
	}
	n, err := f.sessions.DestroyPrincipal(c.Context, c.Op, c.Args[0], except)
	if err != nil {
		return err
	}
	c.Reply.Int(int64(n))
	return nil
}

func (f *family) scan(c *commands.Call) error {
	at, o, err := commands.ParseScan(c.Args, false)
	if err != nil {
		return err
	}
	o.Type = store.TypeSession
	return c.Scan(f.keys, at, o)
}
