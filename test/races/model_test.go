package races

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// session is a session as the model knows it. It has two fields at most, x and y; a field that is not there is empty.
type session struct {
	principal string
	revision  int
	x, y      string
}

// state is the sessions by id. It is not changed once it is made.
type state map[string]session

const (
	noSession     = "-NOSESSION no such session\r\n"
	sessionExists = "-SESSEXISTS session already exists\r\n"
)

func integer(n int) string { return fmt.Sprintf(":%d\r\n", n) }

// value returns the reply for a field.
func value(text string) string {
	if text == "" {
		return "$-1\r\n"
	}
	return bulk(text)
}

// answer returns what a server without any other client answers to a request, and the state after it. The requests are
// those that draw makes.
func (s state) answer(request string) (reply string, after state) {
	words := strings.Fields(request)
	id := words[1]
	was, found := s[id]
	// with returns the state with that session changed.
	with := func(now session) state {
		after := maps.Clone(s)
		after[id] = now
		return after
	}
	switch words[0] {
	case "SESS.CREATE": // id PRINCIPAL name FIELDS 1 x value
		if found {
			return sessionExists, s
		}
		return bulk(id), with(session{principal: words[3], x: words[7]})
	case "SESS.GET": // id WITHREV FIELDS 2 x y
		if !found {
			return "*-1\r\n", s
		}
		return "*2\r\n" + integer(was.revision) + "*2\r\n" + value(was.x) + value(was.y), s
	case "SESS.SAVE": // id x value | id IFREV revision UNSET 1 x FIELDS 1 y value
		if !found {
			return noSession, s
		}
		now := was
		now.revision++
		if words[2] == "x" {
			now.x = words[3]
			return integer(now.revision), with(now)
		}
		if words[3] != fmt.Sprint(was.revision) {
			return fmt.Sprintf("-REVISION session is at revision %d\r\n", was.revision), s
		}
		now.x, now.y = "", words[10]
		return integer(now.revision), with(now)
	case "SESS.CLEAR": // id
		if !found {
			return noSession, s
		}
		now := session{principal: was.principal, revision: was.revision + 1}
		return integer(now.revision), with(now)
	case "SESS.ROTATE": // id newid
		if !found {
			return noSession, s
		}
		if _, taken := s[words[2]]; taken {
			return sessionExists, s
		}
		after := maps.Clone(s)
		delete(after, id)
		after[words[2]] = was
		return bulk(words[2]), after
	case "SESS.DESTROY", "EXISTS": // id id, two different ones
		n, after := 0, maps.Clone(s)
		for _, id := range words[1:] {
			if _, found := s[id]; found {
				n++
				delete(after, id)
			}
		}
		if words[0] == "EXISTS" {
			after = s
		}
		return integer(n), after
	case "SESS.LIST": // principal
		ids := s.of(words[1])
		reply := fmt.Sprintf("*%d\r\n", len(ids))
		for _, id := range ids {
			reply += bulk(id)
		}
		return reply, s
	case "SESS.DESTROYALL": // principal EXCEPT id
		n, after := 0, maps.Clone(s)
		for _, id := range s.of(words[1]) {
			if id != words[3] {
				n++
				delete(after, id)
			}
		}
		return integer(n), after
	}
	panic("no such request: " + request)
}

// of returns the ids of a principal's sessions in order.
func (s state) of(principal string) []string {
	var ids []string
	for id, one := range s {
		if one.principal == principal {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// inOrder sorts the ids in a reply to SESS.LIST, which come in no order. They are one byte each.
func inOrder(reply string) string {
	ids := strings.Split(reply, "$1\r\n")
	slices.Sort(ids[1:])
	return strings.Join(ids, "$1\r\n")
}
