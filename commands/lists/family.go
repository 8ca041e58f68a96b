// Package lists is the commands on lists, and those that wait for one (commands.Wait).
package lists

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's ability that the handlers ask.
type family struct{ engine store.Lists }

// Family returns the commands on lists over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	missing := commands.Error("")
	var able bool
	if f.engine, able = engine.(store.Lists); !able {
		missing = "ERR this server's store holds no lists"
	}
	return commands.Family{
		Group: "list", Categories: []string{"list"}, Missing: missing, Errors: wireText,
		Values:  map[string]string{"rank": "integer", "num-matches": "integer", "len": "integer", "stop": "integer", "timeout": "double"},
		Scratch: func() any { return new(listReply) }, Specs: append(f.specs(), f.blockingSpecs()...),
	}
}

// The errors of commands on lists.
const (
	errIndex    commands.Error = "ERR index out of range"
	errRankZero commands.Error = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
	errRank     commands.Error = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
	errCount    commands.Error = "ERR COUNT can't be negative"
	errMaxLen   commands.Error = "ERR MAXLEN can't be negative"
	errNumKeys  commands.Error = "ERR numkeys should be greater than 0"
	errPopCount commands.Error = "ERR count should be greater than 0"
)

// wireText returns the text of an error that the engine has for lists.
func wireText(err error) commands.Error {
	switch {
	case errors.Is(err, store.ErrNoList):
		return commands.ErrNoKey
	case errors.Is(err, store.ErrIndex):
		return errIndex
	}
	return ""
}

// show is what a visitor answers of a list.
type show uint8

const (
	showOne   show = iota // an element alone
	showAll               // an array
	showPair              // the key and one element
	showNamed             // the key and an array
)

// listReply answers with elements.
type listReply struct {
	reply commands.Reply
	show  show
}

// replyTo returns the visitor that answers.
func replyTo(c *commands.Call, s show) *listReply {
	v := c.Scratch().(*listReply)
	*v = listReply{c.Reply, s}
	return v
}

// List implements store.ListVisitor.
func (v *listReply) List(key []byte, elements int) {
	switch v.show {
	case showAll:
		v.reply.Array(elements)
	case showPair, showNamed:
		v.reply.Array(2)
		v.reply.Bulk(key)
		if v.show == showNamed {
			v.reply.Array(elements)
		}
	}
}

// Element implements store.ListVisitor.
func (v *listReply) Element(value []byte) { v.reply.Bulk(value) }

// parseEnd reads LEFT or RIGHT.
func parseEnd(word []byte) (store.ListEnd, error) {
	switch {
	case commands.Is(word, "LEFT"):
		return store.ListHead, nil
	case commands.Is(word, "RIGHT"):
		return store.ListTail, nil
	}
	return 0, commands.ErrSyntax
}
