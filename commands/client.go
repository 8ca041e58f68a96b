package commands

import (
	"sync"
	"sync/atomic"
	"time"
)

// Client is what commands know of a connection. The connection's own loop reads and changes it; other goroutines ask
// for its Info.
type Client struct {
	ID        int64
	Addr      string // of the peer
	LocalAddr string
	CreatedAt time.Time
	Conn      Conn

	mu         sync.Mutex // guards the rest against Info; the loop reads without it what only the loop writes
	keyspace   int
	name       string
	libName    string
	libVersion string
	user       *User // nil: it has not said who it is
	noEvict    bool
	noTouch    bool
	monitor    bool      // it watches what others ask
	authWaited bool      // its AUTH has waited, and is to be checked now; of no interest to Info
	replyMode  replyMode // of no interest to Info
	gates      gates     // the same
	queue      *Queue    // the same: of its transaction; nil: there is none
	kept       *[]any    // the same: by Command.family; nil: nothing
	tracker    Tracker   // nil: its reads are not tracked

	paused      atomic.Pointer[Pending] // the call that CLIENT PAUSE holds; nil: it holds none
	lastCommand atomic.Pointer[Command]
	protocol    atomic.Int32                // 2 or 3
	gone        atomic.Bool                 // the connection has ended
	queued      atomic.Int64                // requests of its transaction, and one; 0: there is none
	queueBytes  atomic.Int64                // of memory of these
	watches     atomic.Pointer[atomic.Bool] // whether a key that it watches has changed; nil: it watches none

	steps steps // of the log, that its calls have made

	waits atomic.Pointer[waiter] // the call that waits for a key; nil: there is none

	subscriptions atomic.Pointer[Subscriptions] // nil: there are none
}

// NewClient returns a client as it is when its connection begins.
func NewClient(id int64, addr, localAddr string, conn Conn, user *User) *Client {
	c := &Client{ID: id, Addr: addr, LocalAddr: localAddr, CreatedAt: time.Now(), Conn: conn}
	c.reset(user)
	return c
}

// Protocol returns the version of RESP that the connection speaks, 2 or 3. Any goroutine may ask.
func (c *Client) Protocol() int { return int(c.protocol.Load()) }

// Gone reports whether the connection has ended. Any goroutine may ask.
func (c *Client) Gone() bool { return c.gone.Load() }

// Authenticated reports whether the connection may run every command. It is for the connection's loop.
func (c *Client) Authenticated() bool { return c.user != nil }

// Keyspace returns the number of the keyspace that the client has selected. It is for the call that runs.
func (c *Client) Keyspace() int { return c.keyspace }

// SetKeyspace selects a keyspace. It is for the call that runs.
func (c *Client) SetKeyspace(n int) {
	if c.keyspace != n {
		c.change(func() { c.keyspace = n })
	}
}

// NoTouch reports whether the client's reads leave the idle timeouts of sessions alone. It is for the connection's loop.
func (c *Client) NoTouch() bool { return c.noTouch }

// UsesKeys reports whether the client's last command, and so perhaps its next, has keys. It is for the connection's loop.
func (c *Client) UsesKeys() bool {
	last := c.lastCommand.Load()
	return last != nil && last.FirstKey > 0
}

// Subscribed reports whether the client is in pub/sub mode, so that the output limits of that class hold for it. Any goroutine
// may ask.
func (c *Client) Subscribed() bool { return c.subscriptions.Load() != nil }

// AwaitsMessages reports whether the client listens more than it asks, in MONITOR or pub/sub mode: it is never idle. It is
// for the connection's loop.
func (c *Client) AwaitsMessages() bool { return c.monitor || c.Subscribed() }

// used notes a call. What is as it was is not written again: a store that all processors see costs more than a look.
func (c *Client) used(command *Command) {
	if c.lastCommand.Load() != command {
		c.lastCommand.Store(command)
	}
}

// reset makes the client as new; what a client library says of itself stays.
func (c *Client) reset(user *User) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.protocol.Store(2)
	c.keyspace, c.name = 0, ""
	c.user = user
	c.noEvict, c.noTouch = false, false
}

// is reports whether the client has come in as a user. Any goroutine may ask.
func (c *Client) is(user *User) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.user == user
}

// userName returns the user's name; before AUTH it is the default user's, as in Redis.
func (c *Client) userName() string {
	if c.user == nil {
		return defaultUser
	}
	return c.user.Name
}

// change runs a change to what Info tells.
func (c *Client) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// Info is a client at one moment.
type Info struct {
	ID         int64
	Addr       string
	LocalAddr  string
	Name       string
	LibName    string
	LibVersion string
	User       string
	Age        time.Duration
	Idle       time.Duration
	Keyspace   int
	Protocol   int
	NoEvict    bool
	NoTouch    bool
	Monitor    bool
	Subscriptions
	Tracking
	Queued     int  // requests of its transaction; -1: there is none
	QueueBytes int  // of memory of these
	Changed    bool // a key that it watches has changed
	Blocked    bool // its reply comes later: it waits for a key, or for the end of CLIENT PAUSE
	Waiting    int  // bytes of memory of a call that waits for a key
	Descriptor int  // of its socket; -1: it has none
	Command    string
	Buffers
}

// Info describes the client; any goroutine may ask.
func (c *Client) Info() Info {
	now := time.Now()
	buffers, descriptor := c.Conn.Buffers(), c.Conn.Descriptor()
	c.mu.Lock()
	defer c.mu.Unlock()
	info := Info{
		ID: c.ID, Addr: c.Addr, LocalAddr: c.LocalAddr, Name: c.name, LibName: c.libName, LibVersion: c.libVersion,
		User: c.userName(), Age: now.Sub(c.CreatedAt), Idle: c.Conn.Idle(),
		Keyspace: c.keyspace, Protocol: c.Protocol(), NoEvict: c.noEvict, NoTouch: c.noTouch, Monitor: c.monitor,
		Subscriptions: c.Subscriptions(), Buffers: buffers, Descriptor: descriptor, Command: "NULL",
	}
	if c.tracker != nil {
		info.Tracking = c.tracker.State()
	}
	info.Queued, info.QueueBytes, info.Changed = int(c.queued.Load())-1, int(c.queueBytes.Load()), c.Changed()
	if x := c.waits.Load(); x != nil {
		info.Waiting = x.memory
	}
	info.Blocked = c.Blocked() || c.paused.Load() != nil
	if command := c.lastCommand.Load(); command != nil {
		info.Command = command.Name
	}
	return info
}
