package main

import (
	"bytes"
	"fmt"
	"slices"
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
	d := newDialect(o.dialect, o.idleTimeout.Milliseconds())
	own := populations(o)
	w := &workload{
		expects: d.expects(), dialect: d, own: own,
		clean: func(c int) source { return &remover{population: own(c), dialect: d} },
	}
	create := func(c int) source { return &creator{population: own(c), dialect: d} }
	value := bytes.Repeat([]byte("v"), o.valueSize)

	switch o.workload {
	case "ping", "idle":
		w.expects, w.clean = expectations{opPing: {wantPong}}, nil
		w.measure = func(int) source { return pings{} }
	case "publish":
		w.expects, w.clean = expectations{opPublish: {wantInteger}}, nil
		w.measure = func(int) source { return newPublisher(o) }
	case "get", "set":
		w.expects = expectations{opGet: {wantBulk}, opSet: {wantOK}, opClean: {wantInteger}}
		w.clean = func(c int) source { return newOverAll(own(c), opClean, keyDelete, "") }
		get, set, tail := command(2, "GET"), command(3, "SET"), bulks(string(value))
		if o.workload == "get" {
			w.prepare = func(c int) source { return newOverAll(own(c), opSet, set, tail) }
			w.measure = func(c int) source { return newAtRandom(own(c), opGet, get, "") }
		} else {
			w.measure = func(c int) source { return newAtRandom(own(c), opSet, set, tail) }
		}
	case "multi", "multi4":
		keys := 1
		if o.workload == "multi4" {
			keys = 4
		}
		replies := append(slices.Repeat([]want{wantOK}, 1+2*keys), wantArray)
		w.expects = expectations{opMulti: replies, opClean: {wantInteger}}
		w.clean = func(c int) source { return newOverAll(own(c), opClean, keyDelete, "") }
		w.measure = func(c int) source { return newTransactions(own(c), keys, string(value)) }
	case "sess.get":
		tail := bulks("PX", fmt.Sprint(o.idleTimeout.Milliseconds()), "FIELDS", "1", "data", string(value))
		w.prepare = func(c int) source { return newOverAll(own(c), opCreate, sessCreateData, tail) }
		w.measure = func(c int) source { return newAtRandom(own(c), opLoad, sessGet, "") }
		w.clean = func(c int) source { return newOverAll(own(c), opClean, sessDestroy, "") }
	case "save":
		w.prepare = create
		w.measure = func(c int) source { return &saver{mix{population: own(c), dialect: d}} }
	case "words":
		w.expects, w.clean = expectations{opWords: {replyWants[o.reply]}, opCreate: {wantAny}}, nil
		w.prepare, w.measure = fillWords(o, own), wordsOf(o, own)
	case "shop":
		w.expects = shopExpects(d)
		w.prepare = func(c int) source { return scripts(c, d, create(c)) }
		w.measure = func(c int) source { return newShop(own(c), d) }
	case "incr":
		w.prepare = func(c int) source { return scripts(c, d, create(c)) }
		w.measure = func(c int) source { return &change{population: own(c), op: opIncr, request: d.incr} }
	case "take":
		w.prepare = func(c int) source {
			return scripts(c, d, &inTurn{create(c), &change{population: own(c), op: opLeave, request: d.leave, once: true}})
		}
		w.measure = func(c int) source { return &change{population: own(c), op: opTake, request: d.take, once: true} }
	case "churn":
		timeout := o.idleTimeout.Milliseconds()
		w.prepare = func(c int) source { return &sizedCreator{newSized(own(c), d, timeout), 0} }
		w.measure = func(c int) source { return &churn{newSized(own(c), d, timeout)} }
	case "memory", "expire":
		w.measure = create
	default:
		w.prepare = create
		w.measure = func(c int) source { return &mix{population: own(c), dialect: d} }
	}
	return w
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
