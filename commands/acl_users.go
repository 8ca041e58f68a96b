package commands

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"sessd/store"
)

// The errors of commands on users, as Redis words them.
const (
	// ErrNoUsersFile is for a server whose users are in no file of their own.
	ErrNoUsersFile Error = "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration."

	errUserName    Error = "ERR Usernames can't contain spaces or null characters"
	errDefaultUser Error = "ERR The 'default' user cannot be removed"
	errSaveUsers   Error = "ERR There was an error trying to save the ACLs. Please check the server logs for more information"
	errGenPass     Error = "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096"
)

// maxPasswordBits bounds a password of GENPASS, and passwordBits is the length of one by default.
const (
	maxPasswordBits = 4096
	passwordBits    = 256
)

func aclUsers(c *Call) error {
	users := c.Dispatcher.Users.sorted()
	c.Reply.Array(len(users))
	for _, u := range users {
		c.Reply.BulkString(u.Name)
	}
	return nil
}

func aclList(c *Call) error {
	users := c.Dispatcher.Users.sorted()
	c.Reply.Array(len(users))
	for _, u := range users {
		c.Reply.BulkString(u.permissions.Load().describe(u.Name))
	}
	return nil
}

func aclGetUser(c *Call) error {
	u := c.Dispatcher.Users.named(string(c.Args[0]))
	if u == nil {
		c.Reply.Null()
		return nil
	}
	p := u.permissions.Load()
	c.Reply.Map(6)
	c.Reply.BulkString("flags")
	flags := p.flags()
	c.Reply.Set(len(flags))
	for _, flag := range flags {
		c.Reply.BulkString(flag)
	}
	c.Reply.BulkString("passwords")
	c.Reply.Array(len(p.passwords))
	for _, hash := range p.passwords {
		c.Reply.BulkString(hex.EncodeToString(hash[:]))
	}
	c.describe(&p.selector)
	c.Reply.BulkString("selectors")
	c.Reply.Array(len(p.others))
	for _, s := range p.others {
		c.Reply.Map(3)
		c.describe(s)
	}
	return nil
}

// describe answers three pairs on a selector.
func (c *Call) describe(s *selector) {
	c.Pair("commands", strings.Join(s.commands, " "))
	c.Pair("keys", strings.Join(s.keyRules(), " "))
	c.Pair("channels", strings.Join(s.channelRules(), " "))
}

func aclSetUser(c *Call) error {
	name := string(c.Args[0])
	if strings.ContainsAny(name, " \t\n\v\f\r\x00") {
		return errUserName
	}
	rules := make([]string, 0, len(c.Args)-1)
	for _, rule := range c.Args[1:] {
		rules = append(rules, string(rule))
	}
	if err := c.Dispatcher.modifyUser(name, rules, c.Client); err != nil {
		return err
	}
	c.Dispatcher.Log.Info("user changed", "user", name, "client", c.Client.ID)
	c.Dispatcher.Audit(Act{Event: ActUserChanged, Client: c.Client, User: name})
	c.Reply.Status("OK")
	return nil
}

func aclDelUser(c *Call) error {
	for _, name := range c.Args {
		if string(name) == defaultUser {
			return errDefaultUser
		}
	}
	deleted := 0
	for _, name := range c.Args {
		if c.Dispatcher.Users.delete(string(name), c.Client) {
			c.Dispatcher.Log.Info("user deleted", "user", string(name), "client", c.Client.ID)
			c.Dispatcher.Audit(Act{Event: ActUserDeleted, Client: c.Client, User: string(name)})
			deleted++
		}
	}
	c.Reply.Int(int64(deleted))
	closeWithUser(c.Dispatcher.Users, c.Client)
	return nil
}

// closeWithUser closes a client after its reply where its user is no more. It is for the client's loop.
func closeWithUser(users *Users, client *Client) {
	if user := client.user; user != nil && users.named(user.Name) != user {
		client.Conn.CloseAfterReply()
	}
}

func aclGenPass(c *Call) error {
	bits := int64(passwordBits)
	switch len(c.Args) {
	case 0:
	case 1:
		var ok bool
		if bits, ok = store.ParseInt(c.Args[0]); !ok {
			return ErrNotInteger
		}
	default:
		return ErrSubcommandWords(c.Words)
	}
	if bits <= 0 || bits > maxPasswordBits {
		return errGenPass
	}
	digits := int(bits+3) / 4
	random := make([]byte, (digits+1)/2)
	rand.Read(random)
	c.Reply.BulkString(hex.EncodeToString(random)[:digits])
	return nil
}

func aclSave(c *Call) error {
	file := c.Dispatcher.ConfigFile
	if file == nil {
		return ErrNoUsersFile
	}
	s, by := c.Dispatcher, c.Client
	lines, log := s.Users.Copy().Lines(), s.Log
	return c.beside(func() error {
		err := file.SaveUsers(lines)
		s.Audit(Act{Event: ActUsersSaved, Client: by, Failed: err != nil})
		if err == nil || err == error(ErrNoUsersFile) {
			return err
		}
		log.Error("users not saved", "error", err)
		return errSaveUsers
	})
}

func aclLoad(c *Call) error {
	file := c.Dispatcher.ConfigFile
	if file == nil {
		return ErrNoUsersFile
	}
	s, by := c.Dispatcher, c.Client
	return c.beside(func() error {
		err := file.LoadUsers(by)
		s.Audit(Act{Event: ActUsersLoaded, Client: by, Failed: err != nil})
		if err == nil || err == error(ErrNoUsersFile) {
			return err
		}
		return Errorf("ERR %s. WARNING: ACL errors detected, no change to the previously active ACL rules was performed", err)
	})
}

// modifyUser changes a user, or makes one, and closes those of its clients that listen to channels which it may not hear
// any more. The client that asks is closed after its reply.
func (s *Dispatcher) modifyUser(name string, rules []string, by *Client) error {
	u := s.Users
	before := u.named(name)
	var old *permissions
	if before != nil {
		old = before.permissions.Load()
	}
	err := u.update(func(all *UserSet) error { return all.modify(name, rules) })
	if err != nil || before == nil {
		return err
	}
	now := before.permissions.Load()
	if now.hearsAll() || !old.hears() {
		return nil
	}
	deaf := make(map[*Client]bool)
	for _, f := range s.table.families {
		if f.Listeners == nil {
			continue
		}
		f.Listeners(func(client *Client, name string, pattern bool) {
			if client.is(before) && !now.mayHear(name, pattern) {
				deaf[client] = true
			}
		})
	}
	for client := range deaf {
		if client == by {
			by.Conn.CloseAfterReply()
		} else {
			s.Host.Kill(client)
		}
	}
	return nil
}
