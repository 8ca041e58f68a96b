package streams

import (
	"math"

	"sessd/commands"
	"sessd/store"
)

// groupSpecs are the commands on consumer groups, of which a stream has none.
func (f *family) groupSpecs() []commands.Spec {
	return []commands.Spec{
		{
			Usage:   "XINFO GROUPS key",
			Summary: "Returns the consumer groups of a stream, of which there are none.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.groups,
			Example: `XADD k 5-1 name ada; XINFO GROUPS k -> []`,
		},
		{
			Usage:   "XINFO CONSUMERS key group",
			Summary: "Is refused, as for a group that is not there.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.consumers,
			Example: `XADD k 5-1 name ada; XINFO CONSUMERS k g -> error:"NOGROUP No such consumer group 'g' for key name 'k'"`,
		},
		{
			Usage:   "XGROUP CREATE key group id|$ [MKSTREAM] [ENTRIESREAD entries-read]",
			Summary: "Is refused: this server has no consumer groups.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.RW | commands.Insert, Since: "1.0.0", Run: f.createGroup,
			Example: `XGROUP CREATE k g 0 MKSTREAM -> error:"ERR this server has no consumer groups"`,
		},
		{
			Usage:   "XGROUP SETID key group id|$ [ENTRIESREAD entries-read]",
			Summary: "Is refused, as for a group that is not there.",
			Flags:   commands.Write, Access: commands.RW | commands.Update, Since: "1.0.0", Run: f.setGroup,
			Example: `XADD k 5-1 name ada; XGROUP SETID k g 0 -> error:"NOGROUP No such consumer group 'g' for key name 'k'"`,
		},
		{
			Usage:   "XGROUP DESTROY key group",
			Summary: "Returns 0: there is no such group.",
			Flags:   commands.Write, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.destroyGroup,
			Example: `XADD k 5-1 name ada; XGROUP DESTROY k g -> 0`,
		},
		{
			Usage:   "XGROUP CREATECONSUMER key group consumer",
			Summary: "Is refused, as for a group that is not there.",
			Flags:   commands.Write | commands.DenyOOM, Access: commands.RW | commands.Insert, Since: "1.0.0", Run: f.noGroup,
			Example: `XADD k 5-1 name ada; XGROUP CREATECONSUMER k g c -> error:"NOGROUP No such consumer group 'g' for key name 'k'"`,
		},
		{
			Usage:   "XGROUP DELCONSUMER key group consumer",
			Summary: "Is refused, as for a group that is not there.",
			Flags:   commands.Write, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.noGroup,
			Example: `XADD k 5-1 name ada; XGROUP DELCONSUMER k g c -> error:"NOGROUP No such consumer group 'g' for key name 'k'"`,
		},
		{
			Usage:   "XREADGROUP <GROUP group consumer> [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
			Summary: "Is refused, as for a group that is not there.",
			Flags:   commands.Write | commands.Blocking, Since: "1.0.0", Run: f.readGroup, Arity: -7,
			Keys:    []commands.KeySpec{{Access: commands.RO | commands.Access, Begin: 4, Keyword: "STREAMS", Last: -1, Limit: 2}},
			Example: `XREADGROUP GROUP g c STREAMS k > -> error:"NOGROUP No such key 'k' or consumer group 'g' in XREADGROUP with GROUP option"`,
		},
		{
			Usage:   "XACK key group id [id ...]",
			Summary: "Returns 0: there is no such group.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Update, Since: "1.0.0", Run: f.acknowledge,
			Example: `XACK k g 5-1 -> 0`,
		},
		{
			Usage:   "XPENDING key group [[IDLE min-idle-time] start end count [consumer]]",
			Summary: "Is refused, as for a group that is not there.",
			Flags:   commands.ReadOnly, Since: "1.0.0", Run: f.pending,
			Example: `XPENDING k g -> error:"NOGROUP No such key 'k' or consumer group 'g'"`,
		},
		{
			Usage:   "XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
			Summary: "Is refused, as for a group that is not there.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Update, Since: "1.0.0", Run: f.noPending,
			Example: `XCLAIM k g c 0 5-1 -> error:"NOGROUP No such key 'k' or consumer group 'g'"`,
		},
		{
			Usage:   "XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]",
			Summary: "Is refused, as for a group that is not there.",
			Flags:   commands.Write | commands.Fast, Access: commands.RW | commands.Delete, Since: "1.0.0", Run: f.autoClaim,
			Example: `XAUTOCLAIM k g c 0 0 -> error:"NOGROUP No such key 'k' or consumer group 'g'"`,
		},
	}
}

// stream returns whether a key holds a stream. Another type is an error.
func (f *family) stream(c *commands.Call, key []byte) (found bool, err error) {
	_, found, err = f.engine.StreamInfo(c.Context, c.Op, key)
	return found, err
}

// orElse is the error of looking a stream up, or the one where there is none, or another one.
func orElse(found bool, err error, none, otherwise commands.Error) error {
	switch {
	case err != nil:
		return err
	case !found:
		return none
	}
	return otherwise
}

func (f *family) groups(c *commands.Call) error {
	found, err := f.stream(c, c.Args[0])
	if err = orElse(found, err, commands.ErrNoKey, ""); err != commands.Error("") {
		return err
	}
	c.Reply.Array(0)
	return nil
}

func (f *family) consumers(c *commands.Call) error {
	found, err := f.stream(c, c.Args[0])
	return orElse(found, err, commands.ErrNoKey, errNoGroup(c.Args[0], c.Args[1]))
}

// createGroup refuses to make a group. What Redis refuses too is refused in its words.
func (f *family) createGroup(c *commands.Call) error {
	makes, err := checkGroupOptions(c, true)
	if err != nil {
		return err
	}
	found, err := f.stream(c, c.Args[0])
	return orElse(found || makes, err, errGroupKey, errNoGroups)
}

// checkGroupOptions checks what follows the id of XGROUP CREATE and SETID, and returns whether the stream is made where
// there is none.
func checkGroupOptions(c *commands.Call, mayMake bool) (makes bool, err error) {
	for rest := commands.Read(c.Args[3:]); rest.More(); {
		word, _ := rest.Next()
		switch {
		case mayMake && commands.Is(word, "MKSTREAM"):
			makes = true
		case commands.Is(word, "ENTRIESREAD") && rest.More():
			n, err := rest.Integer()
			if err != nil {
				return false, err
			}
			if n < -1 {
				return false, errEntriesRead
			}
		default:
			return false, commands.ErrSubcommandWords(c.Words)
		}
	}
	return makes, nil
}

func (f *family) setGroup(c *commands.Call) error {
	if _, err := checkGroupOptions(c, false); err != nil {
		return err
	}
	return f.noGroup(c)
}

func (f *family) noGroup(c *commands.Call) error {
	found, err := f.stream(c, c.Args[0])
	return orElse(found, err, errGroupKey, errNoGroup(c.Args[0], c.Args[1]))
}

func (f *family) destroyGroup(c *commands.Call) error {
	found, err := f.stream(c, c.Args[0])
	if err = orElse(found, err, errGroupKey, ""); err != commands.Error("") {
		return err
	}
	c.Reply.Int(0)
	return nil
}

func (f *family) readGroup(c *commands.Call) error {
	words := c.Args
	if !commands.Is(words[0], "GROUP") {
		return commands.ErrSyntax
	}
	r, err := parseReading(c, words[3:], true)
	if err != nil {
		return err
	}
	found, err := f.stream(c, r.keys[0])
	none := commands.Errorf("%s in XREADGROUP with GROUP option", errNoPending(r.keys[0], words[1]))
	return orElse(found, err, none, none)
}

func (f *family) acknowledge(c *commands.Call) error {
	if _, err := f.stream(c, c.Args[0]); err != nil {
		return err
	}
	c.Reply.Int(0)
	return nil
}

// noPending refuses what is asked of a group that is not there.
func (f *family) noPending(c *commands.Call) error {
	found, err := f.stream(c, c.Args[0])
	none := errNoPending(c.Args[0], c.Args[1])
	return orElse(found, err, none, none)
}

// checkPending checks what follows the group of XPENDING.
func checkPending(words [][]byte) error {
	switch {
	case len(words) == 0:
		return nil
	case len(words) < 3 || len(words) > 6:
		return commands.ErrSyntax
	}
	rest := commands.Read(words)
	if commands.Is(words[0], "IDLE") {
		rest.Next()
		if _, err := rest.Integer(); err != nil {
			return err
		}
		if rest.Left() < 3 {
			return commands.ErrSyntax
		}
	}
	first, _ := rest.Next()
	last, _ := rest.Next()
	if _, err := rest.Integer(); err != nil {
		return err
	}
	if _, err := parseFirst(first); err != nil {
		return err
	}
	_, err := parseLast(last)
	return err
}

func (f *family) pending(c *commands.Call) error {
	if err := checkPending(c.Args[2:]); err != nil {
		return err
	}
	return f.noPending(c)
}

// checkAutoClaim checks what follows the consumer of XAUTOCLAIM.
func checkAutoClaim(words [][]byte) error {
	if _, ok := store.ParseInt(words[0]); !ok {
		return errMinIdle
	}
	if _, err := parseFirst(words[1]); err != nil {
		return err
	}
	for rest := commands.Read(words[2:]); rest.More(); {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "COUNT") && rest.More():
			if n, err := rest.Integer(); err != nil || n < 1 || n > math.MaxInt64/16 {
				return errClaimCount
			}
		case commands.Is(word, "JUSTID"):
		default:
			return commands.ErrSyntax
		}
	}
	return nil
}

func (f *family) autoClaim(c *commands.Call) error {
	if err := checkAutoClaim(c.Args[3:]); err != nil {
		return err
	}
	return f.noPending(c)
}

var _ store.StreamVisitor = (*entryReply)(nil)
