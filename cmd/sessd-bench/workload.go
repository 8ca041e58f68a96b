package main

import (
	"fmt"
	"slices"
	"strings"
)

// operation is one kind of thing that a workload does; it may take several commands.
type operation uint8

const (
	opPing operation = iota
	opGet
	opSet
	opCreate
	opLoad
	opSave
	opDestroy
	opClean
	opExpireAt
	opPublish
	opIncr
	opLeave
	opTake
	opLogin
	opScripts
	opMulti
	opWords
	operations
)

func (o operation) String() string {
	return [...]string{"ping", "get", "set", "create", "load", "save", "destroy", "clean", "expire at", "publish", "incr", "leave", "take", "login", "scripts", "multi", "words"}[o]
}

// want is the reply that one command of an operation must get; anything else is a failure.
type want uint8

const (
	wantPong    want = iota
	wantOK           // a simple string
	wantOne          // the integer 1
	wantInteger      // any integer that is not negative
	wantBulk         // a bulk, not null
	wantArray        // an array, not null
	wantFields       // a map, or an array of names and values, with at least one field
	wantReply        // anything but an error and null
	wantAny          // anything but an error
	wantBulkOrNull
	wantElements // an aggregate with at least one element
)

func (w want) String() string {
	return [...]string{"PONG", "OK", "1", "an integer", "a bulk", "an array", "fields", "a reply", "no error", "a bulk or null", "elements"}[w]
}

func (w want) accepts(r reply) bool {
	switch w {
	case wantPong, wantOK:
		return r.kind == '+'
	case wantOne:
		return r.kind == ':' && r.n == 1
	case wantInteger:
		return r.kind == ':' && r.n >= 0
	case wantBulk:
		return r.kind == '$' && r.n >= 0
	case wantArray:
		return r.kind == '*' && r.n >= 0
	case wantReply:
		return !r.isError() && !r.isNull()
	case wantAny:
		return !r.isError()
	case wantBulkOrNull:
		return r.kind == '$' || r.isNull()
	case wantElements:
		return (r.kind == '*' || r.kind == '%' || r.kind == '~') && r.n > 0
	}
	return (r.kind == '*' || r.kind == '%') && r.n > 0
}

// expectations lists the replies of each operation in order.
type expectations [operations][]want

// source makes the requests of one connection, in order.
type source interface {
	// next appends one operation's requests to dst. It returns false when there is nothing more to do.
	next(dst []byte) ([]byte, operation, bool)
}

// workload is what all connections do. It has requests that prepare the server, requests that are measured, and
// requests that remove what the others left behind.
type workload struct {
	expects expectations
	prepare func(connection int) source // nil: nothing to prepare
	measure func(connection int) source
	clean   func(connection int) source // nil: nothing to remove

	dialect dialect
	own     func(connection int) *population
}

// newWorkload builds the workload that the options name.
func newWorkload(o *options) *workload {
	d, own := newDialect(o.dialect, o.idleTimeout.Milliseconds()), populations(o)
	w := &workload{
		expects: d.expects(), dialect: d, own: own,
		clean: func(c int) source { return &remover{population: own(c), dialect: d} },
	}
	builders[o.workload](w, o)
	return w
}

// builders make workloads, by their names, of one that has nothing but a dialect and removes its sessions.
var builders = map[string]func(w *workload, o *options){
	"session":  (*workload).sessions,
	"shop":     (*workload).shop,
	"sess.get": (*workload).sessGets,
	"save":     (*workload).saves,
	"words":    (*workload).words,
	"incr":     (*workload).increments,
	"take":     (*workload).takes,
	"ping":     (*workload).pings,
	"get":      (*workload).gets,
	"set":      (*workload).sets,
	"multi":    func(w *workload, o *options) { w.transactions(o, 1) },
	"multi4":   func(w *workload, o *options) { w.transactions(o, 4) },
	"memory":   (*workload).creations,
	"expire":   (*workload).creations,
	"churn":    (*workload).churns,
	"publish":  (*workload).publishes,
	"idle":     (*workload).pings,
}

// create makes the sessions of a connection.
func (w *workload) create(c int) source { return &creator{population: w.own(c), dialect: w.dialect} }

// createAfterScripts makes the sessions of a connection, and before that the scripts of the dialect.
func (w *workload) createAfterScripts(c int) source { return scripts(c, w.dialect, w.create(c)) }

// payload returns a value as long as the options say.
func payload(o *options) string { return strings.Repeat("v", o.valueSize) }

func (w *workload) sessions(*options) {
	w.prepare = w.create
	w.measure = func(c int) source { return &mix{population: w.own(c), dialect: w.dialect} }
}

func (w *workload) saves(*options) {
	w.prepare = w.create
	w.measure = func(c int) source { return &saver{mix{population: w.own(c), dialect: w.dialect}} }
}

func (w *workload) creations(*options) { w.measure = w.create }

func (w *workload) shop(*options) {
	w.expects = shopExpects(w.dialect)
	w.prepare = w.createAfterScripts
	w.measure = func(c int) source { return newShop(w.own(c), w.dialect) }
}

func (w *workload) increments(*options) {
	w.prepare = w.createAfterScripts
	w.measure = func(c int) source { return &change{population: w.own(c), op: opIncr, request: w.dialect.incr} }
}

func (w *workload) takes(*options) {
	w.prepare = func(c int) source {
		leave := &change{population: w.own(c), op: opLeave, request: w.dialect.leave, once: true}
		return scripts(c, w.dialect, &inTurn{w.create(c), leave})
	}
	w.measure = func(c int) source {
		return &change{population: w.own(c), op: opTake, request: w.dialect.take, once: true}
	}
}

func (w *workload) churns(o *options) {
	timeout := o.idleTimeout.Milliseconds()
	w.prepare = func(c int) source { return &sizedCreator{newSized(w.own(c), w.dialect, timeout), 0} }
	w.measure = func(c int) source { return &churn{newSized(w.own(c), w.dialect, timeout)} }
}

func (w *workload) sessGets(o *options) {
	tail := bulks("PX", fmt.Sprint(o.idleTimeout.Milliseconds()), "FIELDS", "1", "data", payload(o))
	w.prepare = func(c int) source { return newOverAll(w.own(c), opCreate, sessCreateData, tail) }
	w.measure = func(c int) source { return newAtRandom(w.own(c), opLoad, sessGet, "") }
	w.clean = func(c int) source { return newOverAll(w.own(c), opClean, sessDestroy, "") }
}

func (w *workload) pings(*options) {
	w.expects, w.clean = expectations{opPing: {wantPong}}, nil
	w.measure = func(int) source { return pings{} }
}

func (w *workload) publishes(o *options) {
	w.expects, w.clean = expectations{opPublish: {wantInteger}}, nil
	w.measure = func(int) source { return newPublisher(o) }
}

func (w *workload) words(o *options) {
	w.expects, w.clean = expectations{opWords: {replyWants[o.reply]}, opCreate: {wantAny}}, nil
	w.prepare, w.measure = fillWords(o, w.own), wordsOf(o, w.own)
}

// onStrings makes w a workload on strings, which has yet to say what is measured. A SET is set, a key and tail.
func (w *workload) onStrings(o *options) (set, tail string) {
	w.expects = expectations{opGet: {wantBulk}, opSet: {wantOK}, opClean: {wantInteger}}
	w.clean = func(c int) source { return newOverAll(w.own(c), opClean, keyDelete, "") }
	return command(3, "SET"), bulks(payload(o))
}

func (w *workload) gets(o *options) {
	set, tail := w.onStrings(o)
	w.prepare = func(c int) source { return newOverAll(w.own(c), opSet, set, tail) }
	get := command(2, "GET")
	w.measure = func(c int) source { return newAtRandom(w.own(c), opGet, get, "") }
}

func (w *workload) sets(o *options) {
	set, tail := w.onStrings(o)
	w.measure = func(c int) source { return newAtRandom(w.own(c), opSet, set, tail) }
}

// transactions has each request be a transaction on so many keys.
func (w *workload) transactions(o *options, keys int) {
	replies := append(slices.Repeat([]want{wantOK}, 1+2*keys), wantArray)
	w.expects = expectations{opMulti: replies, opClean: {wantInteger}}
	w.clean = func(c int) source { return newOverAll(w.own(c), opClean, keyDelete, "") }
	value := payload(o)
	w.measure = func(c int) source { return newTransactions(w.own(c), keys, value) }
}

// populations returns what makes the population of a connection, once for each.
func populations(o *options) func(connection int) *population {
	all := make([]*population, o.connections)
	return func(connection int) *population {
		if all[connection] == nil {
			all[connection] = newPopulation(o, connection)
		}
		return all[connection]
	}
}

// newPopulation deals the sessions out to the connections in turn.
func newPopulation(o *options, connection int) *population {
	size := (o.sessions - connection + o.connections - 1) / o.connections
	random := newRandom(o.seed, uint64(connection))
	return &population{
		seed:       o.seed,
		suffix:     o.suffix,
		first:      uint64(connection),
		stride:     uint64(o.connections),
		generation: make([]uint32, size),
		dead:       -1,
		alive:      newPicker(o.distribution, o.zipfExponent, uint64(size), random),
		random:     random,
	}
}
