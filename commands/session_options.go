package commands

import "sessd/store"

// idleOption reads EX or PX where word is one of them.
func idleOption(word []byte, rest *argReader, idle *int64, command string) (taken bool, err error) {
	unit := int64(second)
	switch {
	case is(word, "PX"):
		unit = millisecond
	case !is(word, "EX"):
		return false, nil
	}
	if *idle != 0 {
		return true, errSyntax
	}
	*idle, err = rest.duration(unit, command)
	return true, err
}

// parseCreate reads what follows the id; 0 stands for a timeout that is not named.
func parseCreate(words [][]byte) (o store.CreateOptions, err error) {
	rest := argReader{words}
	for rest.more() {
		word, _ := rest.next()
		taken, err := idleOption(word, &rest, &o.IdleTimeout, "sess.create")
		switch {
		case taken:
		case is(word, "MAXAGE") && o.AbsoluteTimeout == 0:
			o.AbsoluteTimeout, err = rest.duration(second, "sess.create")
		case is(word, "PRINCIPAL") && o.Principal == nil:
			o.Principal, err = rest.next()
		case is(word, "FIELDS"):
			if o.Fields, err = rest.counted(2); err == nil && rest.more() {
				err = errSyntax
			}
		default:
			err = errSyntax
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// parseGet reads what follows the id.
func parseGet(words [][]byte) (o store.LoadOptions, withRevision bool, err error) {
	rest := argReader{words}
	for rest.more() {
		word, _ := rest.next()
		switch {
		case is(word, "COMPONENT") && o.Component == nil:
			o.Component, err = rest.next()
		case is(word, "NOTOUCH"):
			o.NoTouch = true
		case is(word, "WITHREV"):
			withRevision = true
		case is(word, "FIELDS"):
			if o.Fields, err = rest.counted(1); err == nil && rest.more() {
				err = errSyntax
			}
		default:
			err = errSyntax
		}
		if err != nil {
			return o, false, err
		}
	}
	return o, withRevision, nil
}

// parseSave reads what follows the id, in either form. The first word decides which: an option begins the full form.
func parseSave(words [][]byte) (o store.SaveOptions, err error) {
	if len(words) > 0 && !isSaveOption(words[0]) {
		if len(words)%2 != 0 {
			return o, errArity("sess.save")
		}
		o.Fields = words
		return o, nil
	}
	rest := argReader{words}
	changes := false // whether what was read last is UNSET or FIELDS, with which the full form must end
	for rest.more() {
		word, _ := rest.next()
		changes = false
		taken, err := idleOption(word, &rest, &o.IdleTimeout, "sess.save")
		switch {
		case taken:
		case is(word, "COMPONENT") && o.Component == nil:
			o.Component, err = rest.next()
		case is(word, "IFREV") && !o.Bound:
			o.Bound = true
			if o.Revision, err = rest.integer(); err == errNotInteger || o.Revision < 0 {
				err = errRevision
			}
		case is(word, "UNSET") && o.Unset == nil:
			o.Unset, err = rest.counted(1)
			changes = true
		case is(word, "FIELDS"):
			if o.Fields, err = rest.counted(2); err == nil && rest.more() {
				err = errSyntax
			}
			changes = true
		default:
			err = errSyntax
		}
		if err != nil {
			return o, err
		}
	}
	if !changes {
		return o, errSyntax
	}
	return o, nil
}

func isSaveOption(word []byte) bool {
	return is(word, "COMPONENT") || is(word, "IFREV") || is(word, "EX") || is(word, "PX") || is(word, "UNSET") || is(word, "FIELDS")
}

// parseClear reads what follows the id.
func parseClear(words [][]byte) (component []byte, err error) {
	if len(words) == 0 {
		return nil, nil
	}
	if len(words) != 2 || !is(words[0], "COMPONENT") {
		return nil, errSyntax
	}
	return words[1], nil
}

// parseTouch reads what follows the id.
func parseTouch(words [][]byte) (idle int64, err error) {
	rest := argReader{words}
	for rest.more() {
		word, _ := rest.next()
		taken, err := idleOption(word, &rest, &idle, "sess.touch")
		if err != nil {
			return 0, err
		}
		if !taken {
			return 0, errSyntax
		}
	}
	return idle, nil
}

// parseRotate reads what follows the new id.
func parseRotate(words [][]byte) (o store.RotateOptions, err error) {
	rest := argReader{words}
	grace := false
	for rest.more() {
		word, _ := rest.next()
		switch {
		case is(word, "GRACE") && !grace:
			grace = true
			if o.Grace, err = rest.integer(); err == nil && (o.Grace < 0 || o.Grace > maxDuration) {
				err = errExpire("sess.rotate")
			}
		case is(word, "PRINCIPAL") && !o.SetPrincipal:
			o.SetPrincipal = true
			o.Principal, err = rest.next()
		default:
			err = errSyntax
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}
