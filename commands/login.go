package commands

import (
	"math/bits"
	"time"
)

// logIn makes the client the user whose name and password it gave. Where its peer gave wrong passwords before, the check
// comes later: the call then runs again.
func (c *Call) logIn(name, password []byte) error {
	users, peer := c.Dispatcher.Users, c.Client.peer()
	if !c.Client.authWaited {
		wait, ok := users.throttle.begin(peer, c.Op.Now)
		switch {
		case !ok:
			return c.tooManyLogins()
		case wait > 0 && c.InStep():
			users.throttle.end(peer)
			return c.tooManyLogins()
		case wait > 0:
			c.Client.authWaited = true
			later := c.Client.Conn.Later()
			time.AfterFunc(wait, func() { // also if the client has hung up meanwhile
				users.throttle.end(peer)
				later.Again()
			})
			return errAgain
		}
	}
	c.Client.authWaited = false
	if user := users.authenticate(name, password); user != nil {
		users.throttle.succeeded(peer, c.Op.Now)
		c.Client.change(func() { c.Client.user = user })
		c.Dispatcher.Audit(Act{Event: ActLogin, Client: c.Client})
		return nil
	}
	failures, wait := users.throttle.failed(peer, c.Op.Now)
	c.noteFailure(name, failures)
	if wait == 0 {
		return errWrongPass
	}
	if c.InStep() { // the next check is refused in place of this refusal being late
		time.AfterFunc(wait, func() { users.throttle.end(peer) })
		return errWrongPass
	}
	c.Stats.failed(string(errWrongPass))
	later := c.Client.Conn.Later()
	time.AfterFunc(wait, func() {
		users.throttle.end(peer)
		later.Reply(func(r Reply) { r.Error(string(errWrongPass)) })
	})
	return ErrLater
}

// tooManyLogins notes a login that is refused unchecked, and returns the refusal.
func (c *Call) tooManyLogins() error {
	c.Dispatcher.Audit(Act{Event: ActLoginFailed, Client: c.Client, Reason: "too_many"})
	return errTooManyLogins
}

// noteFailure logs a wrong password. The name is logged only when there is such a user, since a password typed in its
// place would be logged too. Of many failures of one peer the log has ever fewer.
func (c *Call) noteFailure(name []byte, failures int) {
	known, act := "(unknown)", Act{Event: ActLoginFailed, Client: c.Client, Reason: "unknown_user", Failures: failures}
	if user := c.Dispatcher.Users.named(string(name)); user != nil {
		known, act.User, act.Reason = user.Name, user.Name, "password"
	}
	c.Dispatcher.Audit(act)
	if bits.OnesCount(uint(failures)) == 1 {
		c.Dispatcher.Log.Warn("authentication failed", "user", known, "addr", c.Client.Addr, "client", c.Client.ID, "failures", failures)
	}
	c.Dispatcher.Users.log.add(denialEntry{reason: "auth", context: c.context(), object: "AUTH", username: known, created: c.Op.Now, client: string(c.Client.Info().appendLine(nil))})
}
