package sortedsets

import (
	"bytes"
	"strconv"

	"sessd/commands"
	"sessd/store"
)

// show is what a visitor answers of a sorted set.
type show uint8

const (
	showScore   show = iota // of one member, or null
	showScores              // of the members asked for, or null
	showMembers             // in order
	showPairs               // members and scores
	showOne                 // a member and its score, or nothing
	showSize
	showAny    // a member, or null
	showNested // a key, and pairs in arrays
	showFlat   // a key, and a member and its score
)

// sortedReply answers with a sorted set, or a part of it.
type sortedReply struct {
	reply commands.Reply
	show  show
	flat  bool // pairs one after the other
	asked int  // members asked for
	key   []byte
}

// scratch is the visitors of a Call, and where a single member lies that gets a score.
type scratch struct {
	sorted sortedReply
	one    [1]store.Scored
}

// replyTo returns the visitor that answers.
func replyTo(c *commands.Call, s show) *sortedReply {
	v := &c.Scratch().(*scratch).sorted
	*v = sortedReply{reply: c.Reply, show: s, flat: s != showNested && (c.Protocol() < 3 || s == showOne || s == showFlat)}
	return v
}

// Members implements store.SortedVisitor.
func (v *sortedReply) Members(n int) {
	switch v.show {
	case showScores:
		v.reply.Array(v.asked)
	case showMembers:
		v.reply.Array(n)
	case showPairs, showOne:
		if v.flat {
			n *= 2
		}
		v.reply.Array(n)
	case showSize:
		v.reply.Int(int64(n))
	case showAny:
		if n == 0 {
			v.reply.Null()
		}
	case showNested:
		v.reply.Array(2)
		v.reply.Bulk(v.key)
		v.reply.Array(n)
	case showFlat:
		v.reply.Array(3)
		v.reply.Bulk(v.key)
	}
}

// Member implements store.SortedVisitor.
func (v *sortedReply) Member(member []byte, score float64, found bool) {
	switch v.show {
	case showScore, showScores:
		if found {
			v.reply.Double(score)
		} else {
			v.reply.Null()
		}
	case showMembers, showAny:
		v.reply.Bulk(member)
	case showPairs, showOne, showNested, showFlat:
		if !v.flat {
			v.reply.Array(2)
		}
		v.reply.Bulk(member)
		v.reply.Double(score)
	}
}

// read answers with what a visitor makes of members that are asked for.
func (f *family) read(c *commands.Call, s show, members [][]byte) error {
	v := replyTo(c, s)
	v.asked = len(members)
	return f.engine.ReadMembers(c.Context, c.Op, c.Args[0], members, v)
}

func (f *family) size(c *commands.Call) error   { return f.read(c, showSize, nil) }
func (f *family) score(c *commands.Call) error  { return f.read(c, showScore, c.Args[1:2]) }
func (f *family) scores(c *commands.Call) error { return f.read(c, showScores, c.Args[1:]) }

func (f *family) rank(c *commands.Call) error    { return f.rankFrom(c, false) }
func (f *family) revRank(c *commands.Call) error { return f.rankFrom(c, true) }

func (f *family) rankFrom(c *commands.Call, end bool) error {
	withScore := len(c.Args) > 2
	if len(c.Args) > 3 {
		return commands.ErrArity(c.Command.Name)
	}
	if withScore && !commands.Is(c.Args[2], "WITHSCORE") {
		return commands.ErrSyntax
	}
	rank, score, found, err := f.engine.RankOf(c.Context, c.Op, c.Args[0], c.Args[1], end)
	switch {
	case err != nil:
		return err
	case found && withScore:
		c.Reply.Array(2)
		c.Reply.Int(int64(rank))
		c.Reply.Double(score)
	case found:
		c.Reply.Int(int64(rank))
	case withScore:
		c.Reply.NullArray()
	default:
		c.Reply.Null()
	}
	return nil
}

// sizeOf is the number of members of a sorted set.
type sizeOf int

// Members implements store.SortedVisitor.
func (n *sizeOf) Members(members int) { *n = sizeOf(members) }

// Member implements store.SortedVisitor.
func (*sizeOf) Member([]byte, float64, bool) {}

func (f *family) scan(c *commands.Call) error {
	at, _, err := commands.ParseScan(c.Args[1:2], false)
	if err != nil {
		return err
	}
	// As in Redis, options are looked at once there is a sorted set.
	var size sizeOf
	if err := f.engine.ReadMembers(c.Context, c.Op, c.Args[0], nil, &size); err != nil {
		return err
	}
	var found [][]byte
	if size > 0 {
		var o store.ScanOptions
		if _, o, err = commands.ParseScan(c.Args[1:], false); err != nil {
			return err
		}
		at, err = f.engine.ScanMembers(c.Context, c.Op, c.Args[0], at, o.Count, func(member []byte, score float64) {
			if o.Match == nil || o.Match.Match(member) {
				found = append(found, bytes.Clone(member), scanText(score))
			}
		})
		if err != nil {
			return err
		}
	} else {
		at = 0
	}
	c.Reply.Array(2)
	c.Reply.BulkString(strconv.FormatUint(at, 10))
	c.Bulks(found)
	return nil
}
