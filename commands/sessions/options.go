package sessions

import (
	"slices"

	"sessd/commands"
	"sessd/store"
)

// idleOption reads EX or PX where word is one of them.
func idleOption(word []byte, rest *commands.ArgReader, idle *int64, command string) (taken bool, err error) {
	unit := int64(commands.Second)
	switch {
	case commands.Is(word, "PX"):
		unit = commands.Millisecond
	case !commands.Is(word, "EX"):
		return false, nil
	}
	if *idle != 0 {
		return true, commands.ErrSyntax
	}
	*idle, err = rest.Duration(unit, command)
	return true, err
}

// principalLimitOption reads MAXPERPRINCIPAL or EVICTOLDEST where word is one of them.
func principalLimitOption(word []byte, rest *commands.ArgReader, c *store.PrincipalLimit) (taken bool, err error) {
	switch {
	case commands.Is(word, "EVICTOLDEST"):
		c.Evict = true
	case !commands.Is(word, "MAXPERPRINCIPAL"):
		return false, nil
	case c.Max != 0:
		return true, commands.ErrSyntax
	default:
		n, err := rest.Integer()
		if err == nil && (n < 1 || n > store.MaxPrincipalLimit) {
			err = errPrincipalLimit
		}
		c.Max = int(n)
		return true, err
	}
	return true, nil
}

// parseCreate reads what follows the id; 0 stands for a timeout that is not named.
func parseCreate(words [][]byte) (o store.CreateOptions, prefix []byte, err error) {
	rest := commands.Read(words)
	var changes changeParser
	for rest.More() {
		word, _ := rest.Next()
		taken, err := idleOption(word, &rest, &o.IdleTimeout, "sess.create")
		if !taken {
			taken, err = changes.option(word, &rest, false, "sess.create")
		}
		if !taken {
			taken, err = principalLimitOption(word, &rest, &o.PrincipalLimit)
		}
		switch {
		case taken:
		case commands.Is(word, "RENEWAFTER") && o.RenewAfter == 0:
			o.RenewAfter, err = rest.Duration(commands.Second, "sess.create")
		case commands.Is(word, "MAXAGE") && o.AbsoluteTimeout == 0:
			o.AbsoluteTimeout, err = rest.Duration(commands.Second, "sess.create")
		case commands.Is(word, "PREFIX") && prefix == nil:
			prefix, err = rest.Next()
		case commands.Is(word, "PRINCIPAL") && o.Principal == nil:
			o.Principal, err = rest.Next()
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return o, nil, err
		}
	}
	if changes.open() {
		return o, nil, commands.ErrSyntax
	}
	if first := changes.first; first.Component == nil {
		o.Fields, o.More = first.Fields, changes.more
	} else {
		o.More = slices.Insert(changes.more, 0, first)
	}
	return o, prefix, nil
}

// getOptions is what SESS.GET shows, and how.
type getOptions struct {
	store.LoadOptions
	withRevision bool
	withTTL      bool
	all          bool // every bag
	lock         lockOptions
}

// parseGet reads what follows the id.
func parseGet(words [][]byte) (g getOptions, err error) {
	o := &g.LoadOptions
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		taken, err := g.lock.option(word, &rest, "sess.get")
		switch {
		case taken:
		case commands.Is(word, "COMPONENT") && o.Component == nil:
			o.Component, err = rest.Next()
		case commands.Is(word, "COMPONENTS"):
			g.all = true
		case commands.Is(word, "NOTOUCH"):
			o.NoTouch = true
		case commands.Is(word, "FRESH"):
			o.Fresh = true
		case commands.Is(word, "WITHREV"):
			g.withRevision = true
		case commands.Is(word, "WITHTTL"):
			g.withTTL = true
		case commands.Is(word, "FIELDS"):
			if o.Fields != nil {
				return g, commands.ErrSyntax
			}
			o.Fields, err = rest.Counted(1)
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return g, err
		}
	}
	if g.all && (o.Component != nil || o.Fields != nil) || g.lock.isPartial() {
		return g, commands.ErrSyntax
	}
	o.Token, o.LockFor = g.lock.token, g.lock.ms
	return g, nil
}

// parseSave reads what follows the id, in either form. The first word decides which: an option begins the full form.
func parseSave(words [][]byte) (o store.SaveOptions, err error) {
	if len(words) > 0 && !isSaveOption(words[0]) {
		if len(words)%2 != 0 {
			return o, commands.ErrArity("sess.save")
		}
		o.Fields = words
		return o, nil
	}
	rest := commands.Read(words)
	var changes changeParser
	for rest.More() {
		word, _ := rest.Next()
		taken, err := idleOption(word, &rest, &o.IdleTimeout, "sess.save")
		if !taken {
			taken, err = changes.option(word, &rest, true, "sess.save")
		}
		switch {
		case taken:
		case commands.Is(word, "IFREV") && !o.Bound:
			o.Bound = true
			if o.Revision, err = rest.Integer(); err == commands.ErrNotInteger || o.Revision < 0 {
				err = errRevision
			}
		case commands.Is(word, "LOCK") && o.Token == nil:
			o.Token, err = lockToken(&rest)
		case commands.Is(word, "UNLOCK"):
			o.Unlock = true
		case commands.Is(word, "WITHTTL"):
			o.Info = new(store.SessionInfo)
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return o, err
		}
	}
	if !changes.any || changes.open() || o.Unlock && o.Token == nil {
		return o, commands.ErrSyntax
	}
	o.Component, o.Unset, o.Fields, o.More = changes.first.Component, changes.first.Unset, changes.first.Fields, changes.more
	return o, nil
}

// plainFields returns the fields of a save that has nothing else, in either form; nil for any other.
func plainFields(words [][]byte) (fields [][]byte) {
	switch {
	case len(words) == 0:
		return nil
	case !isSaveOption(words[0]):
		fields = words
	case len(words) > 2 && commands.Is(words[0], "FIELDS"):
		if n, ok := store.ParseInt(words[1]); !ok || n != int64(len(words)/2-1) {
			return nil
		}
		fields = words[2:]
	}
	if len(fields)%2 != 0 {
		return nil
	}
	return fields
}

// saveOptions are the words that begin the full form of SESS.SAVE.
var saveOptions = [...]string{"COMPONENT", "IFREV", "EX", "PX", "UNSET", "FIELDS", "FIELDEX", "WITHTTL", "LOCK", "UNLOCK"}

func isSaveOption(word []byte) bool {
	for _, option := range saveOptions {
		if commands.Is(word, option) {
			return true
		}
	}
	return false
}

// parseClear reads what follows the id.
func parseClear(words [][]byte) (component []byte, err error) {
	if len(words) == 0 {
		return nil, nil
	}
	if len(words) != 2 || !commands.Is(words[0], "COMPONENT") {
		return nil, commands.ErrSyntax
	}
	return words[1], nil
}

// touchOptions is which sessions SESS.TOUCH uses, and how.
type touchOptions struct {
	ids     [][]byte
	idle    int64 // milliseconds; 0: as before
	withTTL bool
}

// parseTouch reads ids, of which there is at least one, and the options that follow the last.
func parseTouch(words [][]byte) (o touchOptions, err error) {
	n := 1
	for n < len(words) && !commands.Is(words[n], "EX") && !commands.Is(words[n], "PX") && !commands.Is(words[n], "WITHTTL") {
		n++
	}
	o.ids = words[:n]
	rest := commands.Read(words[n:])
	for rest.More() {
		word, _ := rest.Next()
		taken, err := idleOption(word, &rest, &o.idle, "sess.touch")
		switch {
		case err != nil:
			return o, err
		case taken:
		case commands.Is(word, "WITHTTL"):
			o.withTTL = true
		default:
			return o, commands.ErrSyntax
		}
	}
	return o, nil
}

// keysOfTouch returns the keys of SESS.TOUCH. Words that are no option where one should be are taken for keys.
func keysOfTouch(keys []commands.Key, words [][]byte) []commands.Key {
	o, err := parseTouch(words[1:])
	if err != nil {
		o.ids = words[1:]
	}
	for _, id := range o.ids {
		keys = append(keys, commands.Key{Word: id, Access: touchAccess})
	}
	return keys
}

// parseRotate reads what follows the new id.
func parseRotate(words [][]byte) (o store.RotateOptions, prefix []byte, err error) {
	rest := commands.Read(words)
	grace := false
	for rest.More() {
		word, _ := rest.Next()
		taken, err := principalLimitOption(word, &rest, &o.PrincipalLimit)
		switch {
		case taken:
		case commands.Is(word, "GRACE") && !grace:
			grace = true
			if o.Grace, err = rest.Integer(); err == nil && o.Grace < 0 {
				err = commands.ErrExpire("sess.rotate")
			} else if o.Grace > store.MaxGrace {
				err = errGrace
			}
		case commands.Is(word, "PREFIX") && prefix == nil:
			prefix, err = rest.Next()
		case commands.Is(word, "PRINCIPAL") && !o.SetPrincipal:
			o.SetPrincipal = true
			o.Principal, err = rest.Next()
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return o, nil, err
		}
	}
	return o, prefix, nil
}
