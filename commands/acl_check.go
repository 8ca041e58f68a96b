package commands

// permit returns an error where the client's user may not make the request, and notes it in the log.
func (s *Dispatcher) permit(c *Call) error {
	denied := c.denied()
	if denied == nil {
		return nil
	}
	s.noteDenied(c, denied)
	if c.step != nil && c.step.queued {
		return denied.sinceQueued()
	}
	return Error("NOPERM " + denied.Error())
}

// denied returns what the client's user may not do of the request, and nil where it may all.
func (c *Call) denied() *aclDenial {
	p := c.Client.user.permissions.Load()
	c.keys = c.keys[:0]
	if p.restricted() {
		c.keys, _ = c.Command.appendKeys(c.keys, c.Words)
	}
	return p.may(c.Command, c.Words, c.keys)
}

// noteDenied counts a denial and notes it in the log.
func (s *Dispatcher) noteDenied(c *Call, denied *aclDenial) {
	object, count := denied.object, &s.Users.deniedCommands
	switch denied.reason {
	case "key":
		object, count = redacted(object), &s.Users.deniedKeys
	case "channel":
		object, count = redacted(object), &s.Users.deniedChannels
	}
	count.Add(1)
	s.auditDenied(c, denied)
	s.Users.log.add(denialEntry{
		reason: denied.reason, context: c.context(), object: object, username: c.Client.user.Name, created: c.Op.Now, client: string(c.Client.Info().appendLine(nil)),
	})
}

// context returns where a request was denied, as ACL LOG names it: in a script, in a transaction, or neither.
func (c *Call) context() string {
	switch {
	case c.inner:
		return "lua"
	case c.Client.queue != nil:
		return "multi"
	}
	return "toplevel"
}

// restricted reports whether the client's user may use some keys only.
func (c *Call) restricted() bool {
	return c.Client.user != nil && c.Client.user.permissions.Load().restricted()
}

// mayUse reports whether the user may do to a session what the command does to any of its keys. It is for sessions to
// which an alias leads, which the request does not name.
func (c *Call) mayUse(id []byte) bool {
	c.aliased = true
	if !c.restricted() {
		return true
	}
	var access KeyFlags
	for _, key := range c.keys {
		access |= key.Access &^ AnySuffix
	}
	return c.Client.user.permissions.Load().mayUseToo(c.Command, c.Words, c.keys, id, access)
}

// MayReadAll reports whether the client's user may read every key there may be.
func (c *Call) MayReadAll() bool { return !c.restricted() || c.Client.user.ReadsAll() }

// MayRead reports whether the client's user may read a key.
func (c *Call) MayRead(key []byte) bool {
	return !c.restricted() || c.Client.user.MayRead(key)
}
