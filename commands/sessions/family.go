// Package sessions is the commands on sessions.
package sessions

import (
	"errors"

	"sessd/commands"
	"sessd/store"
)

// family is the engine's abilities that the handlers ask.
type family struct {
	sessions  store.Sessions
	keys      store.Keys
	estimator store.Estimator     // nil: the engine estimates nothing
	tagger    store.SessionTagger // nil: ids need no tag
}

// Family returns the commands on sessions over an engine.
func Family(engine store.Engine) commands.Family {
	f := new(family)
	var has, scans bool
	f.sessions, has = engine.(store.Sessions)
	f.keys, scans = engine.(store.Keys)
	f.estimator, _ = engine.(store.Estimator)
	f.tagger, _ = engine.(store.SessionTagger)
	missing := commands.Error("")
	if !has || !scans {
		missing = "ERR this server's store holds no sessions"
	}
	return commands.Family{
		Group: "session", Categories: []string{"session"}, Missing: missing, Errors: wireText, Scratch: func() any { return new(bagReply) },
		Values: map[string]string{"id": "key", "newid": "key", "id|*": "key", "newid|*": "key", "revision": "integer"},
		Specs:  f.specs(),
	}
}

// The errors of commands on sessions.
const (
	errNoSession      commands.Error = "NOSESSION no such session"
	errSessionExists  commands.Error = "SESSEXISTS session already exists"
	errSessionID      commands.Error = "ERR session id must be 1 to 512 bytes long"
	errGrace          commands.Error = "ERR grace is at most 3600000 milliseconds"
	errOverflow       commands.Error = "ERR increment or decrement would overflow"
	errPrincipalLimit commands.Error = "ERR sessions per principal are 1 to 1024"
	errToken          commands.Error = "ERR lock token must be 1 to 512 bytes long"
	errRevision       commands.Error = "ERR revision is not an integer or out of range"
)

// wireText returns the text of an error that the engine has for sessions.
func wireText(err error) commands.Error {
	var (
		revision *store.RevisionError
		limit    *store.LimitError
		locked   *store.LockedError
	)
	switch {
	case errors.Is(err, store.ErrNoSession):
		return errNoSession
	case errors.Is(err, store.ErrSessionExists):
		return errSessionExists
	case errors.Is(err, store.ErrNotInteger):
		return commands.ErrNotInteger
	case errors.Is(err, store.ErrOverflow):
		return errOverflow
	case errors.Is(err, store.ErrNotLocked):
		return commands.Error("UNLOCKED " + store.ErrNotLocked.Error())
	case errors.As(err, &locked):
		return commands.Error("LOCKED " + locked.Error())
	case errors.As(err, &revision):
		return commands.Error("REVISION " + revision.Error())
	case errors.As(err, &limit):
		return commands.Error("LIMIT " + limit.Error())
	}
	return ""
}

// touchAccess is what SESS.TOUCH does to its keys.
const touchAccess = commands.RW | commands.Update

func (f *family) specs() []commands.Spec {
	return []commands.Spec{
		{
			Usage: "SESS.CREATE id|* [PREFIX prefix] [EX seconds | PX ms] [MAXAGE seconds] [RENEWAFTER seconds] [PRINCIPAL name] [MAXPERPRINCIPAL n] [EVICTOLDEST] " +
				"[[COMPONENT name] [FIELDS n field value [field value ...]] [FIELDEX seconds n field value [field value ...]] ...]",
			Summary: "Creates a session and returns its id; with * the server makes one, which begins with the prefix.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Access: commands.OW | commands.Insert, Since: "1.0.0", Run: f.create, KeysOf: keysOfCreate,
			Example: `SESS.CREATE s1 EX 600 MAXAGE 86400 PRINCIPAL ann FIELDS 1 lang en -> "s1"`,
		},
		{
			Usage:   "SESS.GET id [COMPONENT name | COMPONENTS] [NOTOUCH] [FRESH] [WITHREV] [WITHTTL] [LOCK token <EX seconds | PX ms> [WAIT ms]] [FIELDS n field [field ...]]",
			Summary: "Returns the fields of a session, of one of its components, or of each by its name (the global one's is empty), and renews the idle timeout.",
			Flags:   commands.ReadOnly | commands.Fast, Access: commands.RO | commands.Access | commands.VariableFlags, Since: "1.0.0", Run: f.get, KeysOf: keysOfGet,
			Example: `SESS.CREATE s1 FIELDS 1 lang en; SESS.GET s1 WITHREV -> [0,{"lang":"en"}]`,
		},
		{
			Usage: "SESS.SAVE id <field value [field value ...] | [IFREV revision] [EX seconds | PX ms] [WITHTTL] [LOCK token [UNLOCK]] " +
				"<[COMPONENT name] [UNSET n field [field ...]] [FIELDS n field value [field value ...]] [FIELDEX seconds n field value [field value ...]] ...>>",
			Summary: "Saves the dirty fields of a session that exists, of one component or more, all or nothing, and returns the new revision.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Since: "1.0.0", Run: f.save, Arity: -4,
			Example: `SESS.CREATE s1 FIELDS 2 lang en cart 3; SESS.SAVE s1 IFREV 0 UNSET 1 cart FIELDS 1 lang de -> 1`,
		},
		{
			Usage:   "SESS.INCR id field delta [COMPONENT name] [MIN n] [MAX n]",
			Summary: "Adds to the integer in a field, 0 if there is none, and returns the sum; out of MIN to MAX is an error.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Since: "1.0.0", Run: f.incr,
			Example: `SESS.CREATE s1 FIELDS 1 attempts 2; SESS.INCR s1 attempts 1 MAX 5 -> 3`,
		},
		{
			Usage:   "SESS.TAKE id [COMPONENT name] FIELDS n field [field ...]",
			Summary: "Returns the values of fields and removes them, in one step: of two requests one gets them.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.take,
			Example: `SESS.CREATE s1 FIELDS 1 flash saved; SESS.TAKE s1 FIELDS 2 flash none -> ["saved",null]`,
		},
		{
			Usage:   "SESS.APPEND id field value [COMPONENT name] [MAXLEN bytes]",
			Summary: "Adds to the end of a field, of which the last MAXLEN bytes stay, and returns how long it is then.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast, Since: "1.0.0", Run: f.append,
			Example: `SESS.CREATE s1 FIELDS 1 log ab; SESS.APPEND s1 log cd MAXLEN 3 -> 3`,
		},
		{
			Usage:   "SESS.CLEAR id [COMPONENT name]",
			Summary: "Removes every field of a session's global bag, or of one component, and returns the new revision.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.clear,
			Example: `SESS.CREATE s1 FIELDS 1 lang en; SESS.CLEAR s1 -> 1`,
		},
		{
			Usage:   "SESS.LOCK id token <EX seconds | PX ms> [WAIT ms]",
			Summary: "Locks a session for some time with a token, without which no other client may save it, and waits its turn.",
			Flags:   commands.Write | commands.DenyOOM | commands.Fast | commands.Blocking, Since: "1.0.0", Run: f.lock,
			Example: `SESS.CREATE s1; SESS.LOCK s1 secret PX 5000 WAIT 1000 -> "OK"`,
		},
		{
			Usage:   "SESS.UNLOCK id token",
			Summary: "Ends the lock of a session, and returns 1, or 0 where it is not locked with the token.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.unlock,
			Example: `SESS.CREATE s1; SESS.LOCK s1 secret EX 5; SESS.UNLOCK s1 secret -> 1`,
		},
		{
			Usage:   "SESS.TOUCH id [id ...] [EX seconds | PX ms] [WITHTTL]",
			Summary: "Renews the idle timeout of sessions without reading them, and returns how many there were.",
			Flags:   commands.Write | commands.Fast, Since: "1.0.0", Run: f.touch, KeysOf: keysOfTouch,
			Keys:    []commands.KeySpec{{Access: touchAccess | commands.Incomplete, Begin: 1}},
			Example: `SESS.CREATE s1; SESS.TOUCH s1 EX 600 -> 1`,
		},
		{
			Usage:   "SESS.ROTATE id newid|* [PREFIX prefix] [GRACE ms] [PRINCIPAL name] [MAXPERPRINCIPAL n] [EVICTOLDEST]",
			Summary: "Gives a session a new id, which it returns; the old one is dead, at once or after the grace.",
			Flags:   commands.Write | commands.EndsSessions | commands.DenyOOM | commands.Fast, Since: "1.0.0", Run: f.rotate, KeysOf: keysOfRotate,
			Keys: []commands.KeySpec{
				{Access: commands.RW | commands.Access | commands.Delete, Begin: 1},
				{Access: commands.OW | commands.Insert, Begin: 2},
			},
			Example: `SESS.CREATE s1; SESS.ROTATE s1 s2 GRACE 5000 PRINCIPAL ann -> "s2"`,
		},
		{
			Usage:   "SESS.DESTROY <id [id ...] | HANDLE principal handle [handle ...]>",
			Summary: "Destroys sessions, by their ids or by the handles that SESS.LIST shows, and returns how many there were.",
			Flags:   commands.Write | commands.EndsSessions | commands.Fast, Since: "1.0.0", Run: f.destroy, KeysOf: keysOfDestroy,
			Keys:    []commands.KeySpec{{Access: destroyAccess | commands.VariableFlags, Begin: 1, Last: -1}},
			Example: `SESS.CREATE s1; SESS.DESTROY s1 s2 -> 1`,
		},
		{
			Usage:   "SESS.META id",
			Summary: "Describes a session: its times in milliseconds, revision, principal, components and size.",
			Flags:   commands.ReadOnly | commands.Fast, Since: "1.0.0", Run: f.meta,
			Example: `SESS.CREATE s1 PX 5000 PRINCIPAL ann FIELDS 1 lang en; SESS.META s1 -> ` +
				`{"created-at":...,"accessed-at":...,"expires-at":...,"idle-timeout":5000,"absolute-timeout":0,"renew-after":0,"renew-at":-1,"locked-until":0,"revision":0,"principal":"ann","components":[],"expiring":[],"fields":1,"bytes":...}`,
		},
		{
			Usage:   "SESS.LIST principal [WITHMETA] [HANDLES] [FIELDS n field [field ...]]",
			Summary: "Lists the ids of a principal's live sessions, or handles in place of ids, with times and fields.",
			Flags:   commands.ReadOnly | commands.AnyKey | commands.Filtered, Since: "1.0.0", Run: f.list, Heavy: f.manySessions,
			Example: `SESS.CREATE s1 PRINCIPAL ann; SESS.LIST ann -> ["s1"]`,
		},
		{
			Usage:   "SESS.DESTROYALL principal [EXCEPT id]",
			Summary: "Destroys every session of a principal, or all but one, and returns how many there were.",
			Flags:   commands.Write | commands.EndsSessions | commands.AnyKey, Since: "1.0.0", Run: f.destroyAll,
			Example: `SESS.CREATE s1 PRINCIPAL ann; SESS.CREATE s2 PRINCIPAL ann; SESS.DESTROYALL ann EXCEPT s1 -> 1`,
		},
		{
			Usage:   "SESS.SCAN cursor [MATCH pattern] [COUNT n]",
			Summary: "Iterates over the ids of sessions, with the guarantees of SCAN.",
			Flags:   commands.ReadOnly | commands.Keyspace, Since: "1.0.0", Run: f.scan, Heavy: commands.HeavyScan,
			Example: `SESS.CREATE s1; SESS.SCAN 0 MATCH s* COUNT 1000 -> ["0",["s1"]]`,
		},
	}
}
