package sessions

import (
	"slices"

	"sessd/commands"
	"sessd/store"
)

// destroyAccess is what SESS.DESTROY does to its keys.
const destroyAccess = commands.RM | commands.Delete

// hasHandles reports whether what follows SESS.DESTROY is a principal and handles of its sessions.
func hasHandles(words [][]byte) bool { return len(words) >= 3 && commands.Is(words[0], "HANDLE") }

// keysOfDestroy returns the keys of SESS.DESTROY. Handles may lead to any key.
func keysOfDestroy(keys []commands.Key, words [][]byte) []commands.Key {
	if hasHandles(words[1:]) {
		return append(keys, commands.Key{Access: destroyAccess | commands.AnySuffix})
	}
	for _, id := range words[1:] {
		keys = append(keys, commands.Key{Word: id, Access: destroyAccess})
	}
	return keys
}

// listOptions is what SESS.LIST shows of each session.
type listOptions struct {
	meta    bool
	handles bool // in place of ids
	fields  [][]byte
}

// parseList reads what follows the principal.
func parseList(words [][]byte) (o listOptions, err error) {
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "WITHMETA"):
			o.meta = true
		case commands.Is(word, "HANDLES"):
			o.handles = true
		case commands.Is(word, "FIELDS") && o.fields == nil:
			o.fields, err = rest.Counted(1)
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return o, err
		}
	}
	if o.fields != nil && !o.meta {
		return o, commands.ErrSyntax
	}
	return o, nil
}

// describe answers SESS.LIST with more than ids.
func (f *family) describe(c *commands.Call) error {
	o, err := parseList(c.Args[1:])
	if err != nil {
		return err
	}
	all, err := f.sessions.DescribeSessions(c.Context, c.Op, c.Args[0], o.fields)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(d store.SessionDescription) bool { return !c.MayRead(d.ID) })
	c.Reply.Array(len(all))
	for i := range all {
		o.show(c, &all[i])
	}
	return nil
}

// show writes a session.
func (o *listOptions) show(c *commands.Call, d *store.SessionDescription) {
	label, name := "id", d.ID
	if o.handles {
		label, name = "handle", d.Handle
	}
	if !o.meta {
		c.Reply.Bulk(name)
		return
	}
	entries := 4
	if o.fields != nil {
		entries++
	}
	c.Reply.Map(entries)
	c.Reply.BulkString(label)
	c.Reply.Bulk(name)
	for _, time := range []struct {
		label string
		at    int64
	}{{"created-at", d.CreatedAt}, {"accessed-at", d.AccessedAt}, {"expires-at", d.ExpiresAt}} {
		c.Reply.BulkString(time.label)
		c.Reply.Int(c.Dispatcher.Clock.ToWall(time.at))
	}
	if o.fields == nil {
		return
	}
	c.Reply.BulkString("values")
	c.Reply.Array(len(d.Values))
	for _, value := range d.Values {
		if value == nil {
			c.Reply.Null()
		} else {
			c.Reply.Bulk(value)
		}
	}
}
