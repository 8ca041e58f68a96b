package sortedsets

import (
	"sessd/commands"
	"sessd/store"
)

// The errors of commands that combine sorted sets.
const (
	errNoAlgebra commands.Error = "ERR this server's store cannot combine sorted sets"
	errWeight    commands.Error = "ERR weight value is not a float"
	errCardLimit commands.Error = "ERR LIMIT can't be negative"
)

func (f *family) combineSpecs() []commands.Spec {
	counted := []commands.KeySpec{{Access: commands.RO | commands.Access, Begin: 1, Counted: true}}
	target := []commands.KeySpec{{Access: commands.OW | commands.Update, Begin: 1}, {Access: commands.RO | commands.Access, Begin: 2, Counted: true}}
	const options = " [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]"
	return []commands.Spec{
		{
			Usage:   "ZUNION numkeys key [key ...]" + options + " [WITHSCORES]",
			Summary: "Returns the members that any of some sets or sorted sets has, in the order of their aggregated scores.",
			Flags:   commands.ReadOnly, Keys: counted, Since: "1.0.0", Run: f.combine(store.Union),
			Example: `ZADD k 1 ada; ZADD l 2 ada; ZUNION 2 k l WITHSCORES -> [["ada",3]]`,
		},
		{
			Usage:   "ZUNIONSTORE destination numkeys key [key ...]" + options,
			Summary: "Stores the members that any of some sets or sorted sets has under a key and returns how many they are.",
			Flags:   commands.Write | commands.DenyOOM, Keys: target, Since: "1.0.0", Run: f.storeCombined(store.Union),
			Example: `ZADD k 1 ada; ZADD l 2 bob; ZUNIONSTORE m 2 k l WEIGHTS 1 10 -> 2`,
		},
		{
			Usage:   "ZINTER numkeys key [key ...]" + options + " [WITHSCORES]",
			Summary: "Returns the members that all of some sets or sorted sets have, in the order of their aggregated scores.",
			Flags:   commands.ReadOnly, Keys: counted, Since: "1.0.0", Run: f.combine(store.Intersection),
			Example: `ZADD k 1 ada 2 bob; ZADD l 3 ada; ZINTER 2 k l AGGREGATE MAX WITHSCORES -> [["ada",3]]`,
		},
		{
			Usage:   "ZINTERSTORE destination numkeys key [key ...]" + options,
			Summary: "Stores the members that all of some sets or sorted sets have under a key and returns how many they are.",
			Flags:   commands.Write | commands.DenyOOM, Keys: target, Since: "1.0.0", Run: f.storeCombined(store.Intersection),
			Example: `ZADD k 1 ada 2 bob; ZADD l 3 ada; ZINTERSTORE m 2 k l -> 1`,
		},
		{
			Usage:   "ZINTERCARD numkeys key [key ...] [LIMIT limit]",
			Summary: "Returns how many members all of some sets or sorted sets have, up to a limit.",
			Flags:   commands.ReadOnly, Keys: counted, Since: "1.0.0", Run: f.intersectionSize,
			Example: `ZADD k 1 ada 2 bob; ZADD l 3 ada; ZINTERCARD 2 k l -> 1`,
		},
		{
			Usage:   "ZDIFF numkeys key [key ...] [WITHSCORES]",
			Summary: "Returns the members of the first set or sorted set that no other one has, in the order of their scores.",
			Flags:   commands.ReadOnly, Keys: counted, Since: "1.0.0", Run: f.combine(store.Difference),
			Example: `ZADD k 1 ada 2 bob; ZADD l 3 ada; ZDIFF 2 k l -> ["bob"]`,
		},
		{
			Usage:   "ZDIFFSTORE destination numkeys key [key ...]",
			Summary: "Stores the members of the first set or sorted set that no other one has under a key and returns how many they are.",
			Flags:   commands.Write | commands.DenyOOM, Keys: target, Since: "1.0.0", Run: f.storeCombined(store.Difference),
			Example: `ZADD k 1 ada 2 bob; ZADD l 3 ada; ZDIFFSTORE m 2 k l -> 1`,
		},
	}
}

// combination is a parsed command that combines.
type combination struct {
	store.Combination
	keys       [][]byte
	withScores bool
}

// combinationForm is what may follow its keys.
type combinationForm struct {
	weighted bool // WEIGHTS and AGGREGATE
	shown    bool // WITHSCORES
	limited  bool // LIMIT
}

// parseKeys reads the number of keys and the keys. name is the command's, for an error.
func parseKeys(words [][]byte, name string) (keys, rest [][]byte, err error) {
	all := commands.Read(words)
	n, err := all.Integer()
	switch {
	case err != nil:
		return nil, nil, err
	case n < 1:
		return nil, nil, commands.Errorf("ERR at least 1 input key is needed for '%s' command", name)
	case n > int64(len(words)-1):
		return nil, nil, commands.ErrSyntax
	}
	return words[1 : 1+n], words[1+n:], nil
}

// parseOptions reads what follows the keys.
func (x *combination) parseOptions(words [][]byte, form combinationForm) error {
	for len(words) > 0 {
		used := 2
		switch word := words[0]; {
		case form.weighted && len(words) > len(x.keys) && commands.Is(word, "WEIGHTS"):
			used = 1 + len(x.keys)
			x.Weights = make([]float64, len(x.keys))
			for i, word := range words[1:used] {
				weight, err := parseScore(word)
				if err != nil {
					return errWeight
				}
				x.Weights[i] = weight
			}
		case form.weighted && len(words) > 1 && commands.Is(word, "AGGREGATE"):
			switch word := words[1]; {
			case commands.Is(word, "SUM"):
				x.Aggregate = store.SumOfScores
			case commands.Is(word, "MIN"):
				x.Aggregate = store.LeastScore
			case commands.Is(word, "MAX"):
				x.Aggregate = store.GreatestScore
			default:
				return commands.ErrSyntax
			}
		case form.shown && commands.Is(word, "WITHSCORES"):
			x.withScores, used = true, 1
		case form.limited && len(words) > 1 && commands.Is(word, "LIMIT"):
			var ok bool
			if x.Limit, ok = store.ParseInt(words[1]); !ok || x.Limit < 0 {
				return errCardLimit
			}
		default:
			return commands.ErrSyntax
		}
		words = words[used:]
	}
	return nil
}

// parse reads the words of a command that combines.
func (f *family) parse(c *commands.Call, words [][]byte, how store.SetOp, form combinationForm) (x combination, err error) {
	if f.algebra == nil {
		return x, errNoAlgebra
	}
	form.weighted = form.weighted && how != store.Difference
	x.How, x.Scores = how, true
	var rest [][]byte
	if x.keys, rest, err = parseKeys(words, c.Command.Name); err != nil {
		return x, err
	}
	if err = x.parseOptions(rest, form); err != nil {
		// As in Redis, what is under the keys is looked at before the options are.
		check := store.Combination{How: store.Intersection, Scores: true, Size: true, Limit: 1}
		if wrong := f.algebra.ReadCombined(c.Context, c.Op, x.keys, check, new(sizeOf)); wrong != nil {
			err = wrong
		}
	}
	return x, err
}

// combine returns the handler of a command that answers with what combines.
func (f *family) combine(how store.SetOp) func(*commands.Call) error {
	return func(c *commands.Call) error {
		x, err := f.parse(c, c.Args, how, combinationForm{weighted: true, shown: true})
		if err != nil {
			return err
		}
		s := showMembers
		if x.withScores {
			s = showPairs
		}
		return f.algebra.ReadCombined(c.Context, c.Op, x.keys, x.Combination, replyTo(c, s))
	}
}

// storeCombined returns the handler of a command that stores what combines.
func (f *family) storeCombined(how store.SetOp) func(*commands.Call) error {
	return func(c *commands.Call) error {
		x, err := f.parse(c, c.Args[1:], how, combinationForm{weighted: true})
		if err != nil {
			return err
		}
		n, err := f.algebra.StoreCombined(c.Context, c.Op, c.Args[0], x.keys, x.Combination)
		if err == nil {
			c.Reply.Int(int64(n))
		}
		return err
	}
}

func (f *family) intersectionSize(c *commands.Call) error {
	x, err := f.parse(c, c.Args, store.Intersection, combinationForm{limited: true})
	if err != nil {
		return err
	}
	x.Size = true
	return f.algebra.ReadCombined(c.Context, c.Op, x.keys, x.Combination, replyTo(c, showSize))
}
