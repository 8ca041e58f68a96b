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

// parseCreate reads what follows the id; 0 stands for a timeout that is not named.
func parseCreate(words [][]byte) (o store.CreateOptions, prefix []byte, err error) {
	rest := commands.Read(words)
	var changes changeParser
	for rest.More() {
		word, _ := rest.Next()
		taken, err := idleOption(word, &rest, &o.IdleTimeout, "sess.create")
		if !taken {
			taken, err = changes.option(word, &rest, false)
		}
		switch {
		case taken:
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
	all          bool // every bag
}

// parseGet reads what follows the id.
func parseGet(words [][]byte) (g getOptions, err error) {
	o := &g.LoadOptions
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		switch {
		case commands.Is(word, "COMPONENT") && o.Component == nil:
			o.Component, err = rest.Next()
		case commands.Is(word, "COMPONENTS"):
			g.all = true
		case commands.Is(word, "NOTOUCH"):
			o.NoTouch = true
		case commands.Is(word, "WITHREV"):
			g.withRevision = true
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
	if g.all && (o.Component != nil || o.Fields != nil) {
		return g, commands.ErrSyntax
	}
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
			taken, err = changes.option(word, &rest, true)
		}
		switch {
		case taken:
		case commands.Is(word, "IFREV") && !o.Bound:
			o.Bound = true
			if o.Revision, err = rest.Integer(); err == commands.ErrNotInteger || o.Revision < 0 {
				err = errRevision
			}
		default:
			err = commands.ErrSyntax
		}
		if err != nil {
			return o, err
		}
	}
	if !changes.any || changes.open() {
		return o, commands.ErrSyntax
	}
	o.Component, o.Unset, o.Fields, o.More = changes.first.Component, changes.first.Unset, changes.first.Fields, changes.more
	return o, nil
}

func isSaveOption(word []byte) bool {
	return commands.Is(word, "COMPONENT") || commands.Is(word, "IFREV") || commands.Is(word, "EX") || commands.Is(word, "PX") || commands.Is(word, "UNSET") || commands.Is(word, "FIELDS")
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

// parseTouch reads what follows the id.
func parseTouch(words [][]byte) (idle int64, err error) {
	rest := commands.Read(words)
	for rest.More() {
		word, _ := rest.Next()
		taken, err := idleOption(word, &rest, &idle, "sess.touch")
		if err != nil {
			return 0, err
		}
		if !taken {
			return 0, commands.ErrSyntax
		}
	}
	return idle, nil
}

// parseRotate reads what follows the new id.
func parseRotate(words [][]byte) (o store.RotateOptions, prefix []byte, err error) {
	rest := commands.Read(words)
	grace := false
	for rest.More() {
		word, _ := rest.Next()
		switch {
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
