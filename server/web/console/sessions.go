package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
)

// shownSessions is how many sessions of a principal one page has.
const shownSessions = 200

type principalData struct {
	Name                       string
	Sessions                   []sessionRow
	More                       int // that are not shown
	MayRead, MayEnd, MayEndAll bool
}

type sessionRow struct {
	Handle                     string
	Created, Accessed, Expires time.Time
	Bytes, Revision, Fields    string

	id string
}

// listAttempts bounds how often sessions are listed that change meanwhile.
const listAttempts = 5

// sessionsOf returns the sessions of a principal, each with its handle. The lists of ids and of handles have one order, so
// they belong together where the ids before and after the handles are the same.
func sessionsOf(one *login, principal string) ([]sessionRow, error) {
	for range listAttempts {
		replies, err := one.link.pipeline(words("SESS.LIST", principal), words("SESS.LIST", principal, "WITHMETA", "HANDLES"), words("SESS.LIST", principal))
		if err != nil {
			return nil, err
		}
		for _, reply := range replies {
			if failed, is := reply.(redis.Error); is {
				return nil, failed
			}
		}
		ids, described := list(replies[0]), list(replies[1])
		same := slices.EqualFunc(ids, list(replies[2]), func(a, b any) bool { return text(a) == text(b) })
		if same && len(ids) == len(described) {
			return rowsOf(ids, described), nil
		}
	}
	return nil, errors.New("the sessions change too fast to be listed: try again")
}

// rowsOf returns sessions by their ids and descriptions.
func rowsOf(ids, described []any) []sessionRow {
	rows := make([]sessionRow, len(ids))
	for i := range ids {
		of := pairs(described[i])
		rows[i] = sessionRow{
			Handle: text(of["handle"]), id: text(ids[i]),
			Created: moment(of["created-at"]), Accessed: moment(of["accessed-at"]), Expires: moment(of["expires-at"]),
		}
	}
	return rows
}

// moment returns a time in milliseconds since the Unix epoch; the zero time where there is none.
func moment(reply any) time.Time {
	n, _ := reply.(int64)
	if n <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

func (c *Console) principal(one *login, r *http.Request) (any, error) {
	name := r.FormValue("name")
	rows, err := sessionsOf(one, name)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b sessionRow) int { return b.Accessed.Compare(a.Accessed) })
	d := &principalData{
		Name: name, Sessions: rows[:min(len(rows), shownSessions)], More: max(0, len(rows)-shownSessions),
		MayRead: c.MayRun(one.user, "SESS.GET", "x"), MayEnd: c.MayRun(one.user, "SESS.DESTROY", "HANDLE", name, "x"),
		MayEndAll: c.MayRun(one.user, "SESS.DESTROYALL", name),
	}
	var calls []call
	for i := range d.Sessions {
		calls = append(calls, words("SESS.META", d.Sessions[i].id))
	}
	metas, err := one.link.pipeline(calls...)
	if err != nil {
		return nil, err
	}
	for i, reply := range metas {
		meta, row := pairs(reply), &d.Sessions[i]
		row.Bytes, row.Revision, row.Fields = text(meta["bytes"]), text(meta["revision"]), text(meta["fields"])
	}
	return d, nil
}

type sessionData struct {
	Principal, Handle string
	Values            bool
	Fields            []field
}

type field struct {
	Name, Value string
	Bytes       int
}

// session shows the fields of one session, and their values once a form asks for them.
func (c *Console) session(one *login, r *http.Request) (any, error) {
	d := &sessionData{Principal: r.FormValue("principal"), Handle: r.FormValue("handle"), Values: r.Method == http.MethodPost}
	rows, err := sessionsOf(one, d.Principal)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(rows, func(row sessionRow) bool { return row.Handle == d.Handle })
	if at < 0 {
		return nil, errors.New("NOSESSION no such session")
	}
	reply, err := one.link.do("SESS.GET", rows[at].id, "NOTOUCH")
	if err != nil {
		return nil, err
	}
	for name, value := range pairs(reply) {
		f := field{Name: name, Bytes: len(text(value))}
		if d.Values {
			f.Value = text(value)
		}
		d.Fields = append(d.Fields, f)
	}
	slices.SortFunc(d.Fields, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return d, nil
}

// end ends one session of a principal, or all of them.
func (c *Console) end(one *login, r *http.Request) (string, error) {
	principal, handle := r.PostFormValue("principal"), r.PostFormValue("handle")
	var err error
	if handle == "" {
		_, err = one.link.do("SESS.DESTROYALL", principal)
	} else {
		_, err = one.link.do("SESS.DESTROY", "HANDLE", principal, handle)
	}
	return "/principal?name=" + url.QueryEscape(principal), err
}
