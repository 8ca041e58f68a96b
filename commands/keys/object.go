package keys

import (
	"sessd/commands"
	"sessd/store"
)

// The errors of OBJECT.
const (
	errNoFrequency commands.Error = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
	errNoIdleTime  commands.Error = "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
	errNoInspector commands.Error = "ERR this server's store cannot tell how keys are kept"
)

func (f *family) objectSpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "OBJECT ENCODING key",
			Summary: "Returns how what a key holds is kept, by Redis's name for the nearest form.",
			Flags:   commands.ReadOnly, Access: commands.RO, Since: "1.0.0", Run: f.encoding,
			Example: `SET k 1; OBJECT ENCODING k -> "int"`,
		},
		{
			Usage:   "OBJECT FREQ key",
			Summary: "Returns the logarithm of a key's uses, under a policy that counts them.",
			Flags:   commands.ReadOnly, Access: commands.RO, Since: "1.0.0", Run: f.frequency,
			Example: `OBJECT FREQ k -> null`,
		},
		{
			Usage:   "OBJECT IDLETIME key",
			Summary: "Returns the seconds since a key was last used.",
			Flags:   commands.ReadOnly, Access: commands.RO, Since: "1.0.0", Run: f.idleTime,
			Example: `OBJECT IDLETIME k -> null`,
		},
		{
			Usage:   "OBJECT REFCOUNT key",
			Summary: "Returns 1 for a key that exists: nothing is shared.",
			Flags:   commands.ReadOnly, Access: commands.RO, Since: "1.0.0", Run: f.references,
			Example: `SET k hello; OBJECT REFCOUNT k -> 1`,
		},
	}
}

// inspect answers with what answer makes of an entry, or null where there is none.
func (f *family) inspect(c *commands.Call, answer func(i *store.Inspection) error) error {
	if f.inspector == nil {
		return errNoInspector
	}
	i, found, err := f.inspector.InspectKey(c.Context, c.Op, c.Args[0])
	switch {
	case err != nil:
		return err
	case !found:
		c.Reply.Null()
		return nil
	}
	return answer(&i)
}

func (f *family) encoding(c *commands.Call) error {
	return f.inspect(c, func(i *store.Inspection) error {
		c.Reply.BulkString(i.Encoding)
		return nil
	})
}

func (f *family) references(c *commands.Call) error {
	return f.inspect(c, func(*store.Inspection) error {
		c.Reply.Int(1)
		return nil
	})
}

// countsUses reports whether the engine counts uses, and not the time since the last one, for its policy.
func (f *family) countsUses() bool { return f.limiter != nil && f.limiter.Limits().Policy.LFU() }

func (f *family) frequency(c *commands.Call) error {
	return f.inspect(c, func(i *store.Inspection) error {
		if !f.countsUses() {
			return errNoFrequency
		}
		c.Reply.Int(int64(i.Uses))
		return nil
	})
}

func (f *family) idleTime(c *commands.Call) error {
	return f.inspect(c, func(i *store.Inspection) error {
		if f.countsUses() {
			return errNoIdleTime
		}
		c.Reply.Int(i.Idle / 1000)
		return nil
	})
}
