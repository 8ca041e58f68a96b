package sessions

import (
	"sessd/commands"
	"sessd/store"
)

// maxSections bounds the sections of one request, each of which looks for its bag among all of the session.
const maxSections = 64

const errSections commands.Error = "ERR a request may change at most 64 components"

// changeParser reads the sections of a request that changes bags: [COMPONENT name] [UNSET n ...] [FIELDS n ...], again and
// again. The first needs no memory of its own. FIELDEX seconds n field value ... may come in each, again and again.
type changeParser struct {
	first store.BagChange
	more  []store.BagChange
	named bool // the section has COMPONENT
	any   bool // it has what it changes
	at    int  // of the section in more, from 1 on; 0: it is first
}

// section returns the section under way.
func (p *changeParser) section() *store.BagChange {
	if p.at == 0 {
		return &p.first
	}
	return &p.more[p.at-1]
}

// open reports whether the section under way names a component and nothing to change in it.
func (p *changeParser) open() bool { return p.named && !p.any }

// option reads an option of a section where word is one. UNSET is one where there is something to unset.
func (p *changeParser) option(word []byte, rest *commands.ArgReader, unsets bool, command string) (taken bool, err error) {
	at := p.section()
	switch {
	case commands.Is(word, "COMPONENT"):
		if p.open() {
			return true, commands.ErrSyntax
		}
		if p.named || p.any {
			if len(p.more) == maxSections-1 {
				return true, errSections
			}
			p.more, p.any = append(p.more, store.BagChange{}), false
			p.at = len(p.more)
			at = p.section()
		}
		p.named = true
		at.Component, err = rest.Next()
	case unsets && commands.Is(word, "UNSET") && at.Unset == nil:
		at.Unset, err = rest.Counted(1)
		p.any = true
	case commands.Is(word, "FIELDS") && at.Fields == nil:
		at.Fields, err = rest.Counted(2)
		p.any = true
	case commands.Is(word, "FIELDEX"):
		if len(p.more) == maxSections-1 {
			return true, errSections
		}
		timed := store.BagChange{Component: at.Component}
		if timed.TTL, err = rest.Duration(commands.Second, command); err != nil {
			return true, err
		}
		timed.Fields, err = rest.Counted(2)
		p.more, p.any = append(p.more, timed), true
	default:
		return false, nil
	}
	return true, err
}
