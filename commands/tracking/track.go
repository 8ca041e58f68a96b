package tracking

import (
	"sessd/commands"
	"sessd/store"
)

const (
	errTwoRedirects  commands.Error = "ERR A client can only redirect to a single other client"
	errNoRedirect    commands.Error = "ERR The client ID you want redirect to does not exist"
	errPrefix        commands.Error = "ERR PREFIX option requires BCAST mode to be enabled"
	errBroadcast     commands.Error = "ERR OPTIN and OPTOUT are not compatible with BCAST"
	errOptInAndOut   commands.Error = "ERR You can't specify both OPTIN mode and OPTOUT mode"
	errSwitch        commands.Error = "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
	errSwitchOpt     commands.Error = "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
	errCaching       commands.Error = "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
	errCachingOptIn  commands.Error = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
	errCachingOptOut commands.Error = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
)

func errOverlap(prefix, what, other string) commands.Error {
	return commands.Errorf("ERR Prefix '%s' overlaps with %s '%s'. Prefixes for a single client must not overlap.", prefix, what, other)
}

// request is what CLIENT TRACKING asks for.
type request struct {
	mode
	prefixes []string
}

// parse reads what follows ON or OFF.
func parse(c *commands.Call, words [][]byte) (r request, err error) {
	for rest := commands.Read(words); rest.More(); {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "REDIRECT") && rest.More():
			id, _ := rest.Next()
			n, isInt := store.ParseInt(id)
			switch {
			case r.redirect != nil:
				return r, errTwoRedirects
			case !isInt:
				return r, commands.ErrNotInteger
			}
			if r.redirect = c.Dispatcher.Host.Client(n); r.redirect == nil {
				return r, errNoRedirect
			}
		case commands.Is(word, "PREFIX") && rest.More():
			prefix, _ := rest.Next()
			r.prefixes = append(r.prefixes, string(prefix))
		case commands.Is(word, "BCAST"):
			r.broadcast = true
		case commands.Is(word, "OPTIN"):
			r.optIn = true
		case commands.Is(word, "OPTOUT"):
			r.optOut = true
		case commands.Is(word, "NOLOOP"):
			r.noLoop = true
		default:
			return r, commands.ErrSyntax
		}
	}
	return r, nil
}

// check returns the error of a request that contradicts itself, or how the client is told of changes until now.
func (r *request) check(t *tracker) error {
	before := t.mode.Load()
	switch {
	case !r.broadcast && len(r.prefixes) > 0:
		return errPrefix
	case before != nil && before.broadcast != r.broadcast:
		return errSwitch
	case r.broadcast && (r.optIn || r.optOut):
		return errBroadcast
	case r.optIn && r.optOut:
		return errOptInAndOut
	case before != nil && (r.optIn && before.optOut || r.optOut && before.optIn):
		return errSwitchOpt
	}
	return t.overlap(r.prefixes)
}

// kept returns the client's tracker.
func (h *hub) kept(c *commands.Call) *tracker {
	kept := c.Kept()
	if *kept == nil {
		*kept = &tracker{hub: h, client: c.Client}
	}
	return (*kept).(*tracker)
}

func (h *hub) track(c *commands.Call) error {
	on := commands.Is(c.Args[0], "ON")
	r, err := parse(c, c.Args[1:])
	t := h.kept(c)
	switch {
	case err != nil:
		return err
	case on:
		err = r.check(t)
	case !commands.Is(c.Args[0], "OFF"):
		err = commands.ErrSyntax
	}
	switch {
	case err != nil:
		return err
	case on:
		h.start(c, t, r)
	default:
		h.end(t)
		c.Deliver()
		c.Client.SetTracker(nil)
	}
	c.Reply.Status("OK")
	return nil
}

// start makes the client be told as it asks.
func (h *hub) start(c *commands.Call, t *tracker, r request) {
	if r.broadcast {
		r.reader = c.Reader()
		if len(r.prefixes) == 0 {
			r.prefixes = []string{""}
		}
	}
	t.broken.Store(false)
	h.begin(t, &r.mode, c.Op.Tx != nil)
	t.hears(r.prefixes)
	c.Client.SetTracker(t)
}

func (h *hub) cache(c *commands.Call) error {
	t := h.kept(c)
	m := t.mode.Load()
	switch yes := commands.Is(c.Args[0], "YES"); {
	case m == nil:
		return errCaching
	case !yes && !commands.Is(c.Args[0], "NO"):
		return commands.ErrSyntax
	case yes && !m.optIn:
		return errCachingOptIn
	case !yes && !m.optOut:
		return errCachingOptOut
	}
	t.caching.Store(true)
	c.Reply.Status("OK")
	return nil
}

func (h *hub) info(c *commands.Call) error {
	t := h.kept(c)
	m := t.mode.Load()
	flags, redirect := []string{"off"}, int64(-1)
	if m != nil {
		flags, redirect = t.flags(m), m.redirectID()
	}
	c.Reply.Map(3)
	c.Reply.BulkString("flags")
	c.Reply.Set(len(flags))
	for _, flag := range flags {
		c.Reply.BulkString(flag)
	}
	c.Reply.BulkString("redirect")
	c.Reply.Int(redirect)
	c.Reply.BulkString("prefixes")
	c.Reply.Array(len(t.prefixes))
	for _, prefix := range t.prefixes {
		c.Reply.BulkString(prefix)
	}
	return nil
}

// flags returns the words of CLIENT TRACKINGINFO, in Redis's order.
func (t *tracker) flags(m *mode) []string {
	flags := []string{"on"}
	for _, one := range []struct {
		name string
		is   bool
	}{
		{"bcast", m.broadcast},
		{"optin", m.optIn},
		{"caching-yes", m.optIn && t.caching.Load()},
		{"optout", m.optOut},
		{"caching-no", m.optOut && t.caching.Load()},
		{"noloop", m.noLoop},
		{"broken_redirect", t.broken.Load()},
	} {
		if one.is {
			flags = append(flags, one.name)
		}
	}
	return flags
}

func (h *hub) redirect(c *commands.Call) error {
	redirect := int64(-1)
	if m := h.kept(c).mode.Load(); m != nil {
		redirect = m.redirectID()
	}
	c.Reply.Int(redirect)
	return nil
}
