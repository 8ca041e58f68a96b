package commands

// Act is what somebody did that an Auditor keeps a record of.
type Act struct {
	Event    string  // one of those below
	Client   *Client // who did it; nil: nobody who is connected
	Command  string  // that was denied; empty: the client's last one
	Reason   string  // why a request was denied, or a login failed
	Key      []byte  // a key or channel that was denied; nil: none was
	User     string  // whom it is about, where that is another than the client's
	Settings []string
	Failures int  // wrong passwords of the peer so far
	Failed   bool // it came to nothing
}

// The acts.
const (
	ActLogin        = "login"
	ActLoginFailed  = "login_failed"
	ActDenied       = "denied"
	ActConfigSet    = "config_set"
	ActConfigSaved  = "config_rewritten"
	ActConfigLoaded = "config_reloaded"
	ActUserChanged  = "user_changed"
	ActUserDeleted  = "user_deleted"
	ActUsersSaved   = "users_saved"
	ActUsersLoaded  = "users_loaded"
)

// Auditor keeps a record of acts.
type Auditor interface {
	// Note must not wait. What it is given is valid during the call. Any goroutine may call it.
	Note(a *Act)
}

// Audit notes an act, where somebody keeps a record.
func (s *Dispatcher) Audit(a Act) {
	if s.Auditor != nil {
		s.Auditor.Note(&a)
	}
}

// Identity is who a client is.
type Identity struct {
	ID      int64
	Host    string // address of the peer without a port, or the path of a unix socket
	Name    string // that the connection was given
	User    string // empty: it has not said who it is
	Command string // its last one
}

// Identity returns who the client is. Any goroutine may ask.
func (c *Client) Identity() Identity {
	i := Identity{ID: c.ID, Host: hostOf(c.Addr)}
	if command := c.lastCommand.Load(); command != nil {
		i.Command = command.Name
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i.Name = c.name
	if c.user != nil {
		i.User = c.user.Name
	}
	return i
}

// auditDenied notes a request that was denied.
func (s *Dispatcher) auditDenied(c *Call, denied *aclDenial) {
	if s.Auditor == nil {
		return
	}
	act := Act{Event: ActDenied, Client: c.Client, Command: c.Command.Name, Reason: denied.reason}
	if denied.reason != "command" {
		act.Key = []byte(denied.object)
	}
	s.Audit(act)
}
