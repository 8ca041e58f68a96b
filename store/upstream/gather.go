package upstream

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"sessd/store"
)

// gathering puts changes that are reckoned here and come while others are under way into one script call, of which a server makes less
// work. All are of sessions of that server. Nobody waits longer than the others take, or a pause. One that is alone goes at once.
type gathering struct {
	client   rueidis.Client // of the server, over the link
	part     bool           // it is one of a cluster
	replicas int            // how many have to have the changes, which are ends of sessions. Then client is not of the link
	ends     *gathering     // of the same server, of ends that wait for replicas; nil: there is none
	offUntil atomic.Int64   // the server refuses such calls: until then it gets none, in milliseconds since the Unix epoch

	mu       sync.Mutex
	waiting  []*gathered
	flights  int       // calls under way
	departed time.Time // when the last of those was sent
	last     int       // changes in that
	busy     time.Time // when a call of more than one was sent last
	paused   bool      // depart is to be called
}

// gathered is a change that waits for others, or for its answer.
type gathered struct {
	key  string
	args []string // what the script is told behind the key
	next *record  // what it leaves, without metadata where it creates; nil: nothing
	born bool     // it creates
	time int64    // a test's, for what creates
	told chan gatherWord
}

// gatherWord is what the goroutine of a gathered change is told.
type gatherWord struct {
	leads []*gathered // it has to send these, of which its own is the first
	made  bool
	err   error
}

const (
	gatherPause       = 500 * time.Microsecond // between calls, unless so many wait as fill one
	busyPause         = time.Millisecond       // likewise, where the last call had several changes
	replicaPause      = 4 * time.Millisecond   // likewise, where a call waits for replicas
	busyFor           = 10 * replicaPause      // after a call of more than one, one that is alone awaits the pause too, if it waits for replicas
	severalGathered   = 4                      // changes
	mostGathered      = 20                     // changes in one call
	mostGatheredBytes = 8 << 10                // of a change's names and values
)

// gather makes a change together with others that are under way. Where made is false without an error, nothing was done: the caller
// makes it in another way, and calls land then.
func (e *Engine) gather(ctx context.Context, change *gathered) (made bool, land func(), err error) {
	g := e.gatheringFor(change)
	if g == nil {
		return false, func() {}, nil
	}
	_, done, err := e.begin(ctx)
	if err != nil {
		return false, func() {}, err
	}
	defer done()
	leads := g.join(change)
	if leads == nil {
		word := <-change.told
		if word.leads == nil {
			return word.made, func() {}, word.err
		}
		leads = word.leads
	}
	if len(leads) == 1 && g.replicas == 0 {
		return false, g.land, nil
	}
	made, err = e.sendGathered(g, leads)
	return made, func() {}, err
}

// gatheringFor returns what gathers a change, nil where nothing does.
func (e *Engine) gatheringFor(change *gathered) *gathering {
	if e.options.SaveReplicas > 0 || e.cache == nil || !e.cache.linked.Load() {
		return nil
	}
	size := 0
	for _, text := range change.args {
		size += len(text)
	}
	if size > mostGatheredBytes {
		return nil
	}
	g := e.link.Load().gatherings.Load().of(change.key)
	if g != nil && change.next == nil && e.options.Replicas > 0 {
		g = g.ends
	}
	if g == nil || time.Now().UnixMilli() < g.offUntil.Load() {
		return nil
	}
	return g
}

// gatherSave is gather for a reckoned save.
func (e *Engine) gatherSave(ctx context.Context, key string, k known, pairs []string) (made bool, land func(), err error) {
	if k.next.state == "" {
		return false, func() {}, nil
	}
	count := strconv.Itoa(len(pairs))
	if k.stamp != "" {
		count += "|" + k.stamp
	}
	args := append(make([]string, 0, 3+len(pairs)), count, k.base.state, k.next.state)
	return e.gather(ctx, &gathered{key: key, args: append(args, pairs...), next: k.next})
}

// gatherCreate is gather for the creation of a session with fields, which has its metadata then. quick is what fresh.lua is told.
func (e *Engine) gatherCreate(ctx context.Context, op store.Op, key string, r *record, quick []string) (made bool, land func(), err error) {
	args := append(make([]string, 0, 2+len(quick)), "create", strconv.Itoa(len(quick)-freshWords))
	change := &gathered{key: key, args: append(args, quick...), next: r, born: true}
	if e.options.CallerTime {
		change.time = op.Now
	}
	return e.gather(ctx, change)
}

// sendGathered sends changes, of which the first is the caller's, and tells the others what became of theirs.
func (e *Engine) sendGathered(g *gathering, changes []*gathered) (made bool, err error) {
	words, err := e.askGathered(g, changes)
	g.land()
	var own gatherWord
	for i, change := range changes {
		word := gatherWord{made: words != "" && words[i] == '1'}
		if word.made || words == "" {
			word.err = err
		}
		if word.err != nil {
			e.cache.drop(change.key[nameFrom:])
		}
		if i == 0 {
			own = word
			continue
		}
		change.told <- word
	}
	return own.made, own.err
}

// askGathered sends changes and returns a 1 for each that was made. An error beside that is of those: too few replicas have them. What
// is left is read behind them, so that the upstream tells of the next changes by others. A server older than Redis 7.2 takes the keys of
// a script for read with each key that the script reads, so the script gets none.
func (e *Engine) askGathered(g *gathering, changes []*gathered) (words string, err error) {
	var args []string
	var left []*gathered
	for _, change := range changes {
		args = append(append(args, change.key), change.args...)
		if change.next != nil {
			left = append(left, change)
		}
	}
	ctx, text, c := e.deadlines.of(e.context), &e.scripts[gatherScript], g.client
	for _, call := range []func() rueidis.Completed{
		func() rueidis.Completed { return c.B().Evalsha().Sha1(text.sha).Numkeys(0).Arg(args...).Build() },
		func() rueidis.Completed { return c.B().Eval().Script(text.text).Numkeys(0).Arg(args...).Build() },
	} {
		ask := g.askWhole
		switch {
		case g.replicas > 0:
			ask = e.askReplicated(g)
		case g.part:
			ask = g.askPart
		}
		answer, states, err := ask(ctx, call(), left)
		few, _ := err.(*tooFewError)
		if few != nil {
			err = nil
		}
		refused, is := rueidis.IsRedisErr(err)
		switch {
		case is && strings.HasPrefix(refused.Error(), "NOSCRIPT"):
			continue
		case is:
			g.turnOff()
			fallthrough
		case errors.Is(err, rueidis.ErrClosing):
			return strings.Repeat("0", len(changes)), nil // it did nothing
		case err != nil:
			return "", e.failure(err, true)
		}
		words, err = e.readGathered(g, changes, left, answer, states)
		if few != nil && strings.Contains(words, "1") {
			err = e.uncertainOf(few)
		}
		return words, err
	}
	return strings.Repeat("0", len(changes)), nil
}

// askWhole asks the one server that has all sessions: in one step, so that nothing comes between the changes and what reads the keys.
func (g *gathering) askWhole(ctx context.Context, call rueidis.Completed, left []*gathered) (answer rueidis.RedisMessage, states []string, err error) {
	c := g.client
	if len(left) == 0 {
		answer, err = c.Do(ctx, call).ToMessage()
		return answer, nil, err
	}
	keys := make([]string, len(left))
	for i, change := range left {
		keys[i] = change.key
	}
	results := c.DoMulti(ctx, c.B().Multi().Build(), call, c.B().Exists().Key(keys...).Build(), c.B().Exec().Build())
	if refused := results[0].Error(); refused != nil {
		if _, is := rueidis.IsRedisErr(refused); is && results[1].Error() == nil {
			return answer, nil, &store.UncertainError{Reason: "the upstream refuses MULTI"}
		}
		return answer, nil, refused
	}
	answers, err := results[3].ToArray()
	if err == nil && len(answers) != 2 {
		err = errNonsense
	}
	if err != nil {
		return answer, nil, err
	}
	return answers[0], nil, answers[0].Error()
}

// askPart asks a server of a cluster, where keys of different slots share no call. What is read shows whether something came between.
func (g *gathering) askPart(ctx context.Context, call rueidis.Completed, left []*gathered) (answer rueidis.RedisMessage, states []string, err error) {
	calls := append(make(rueidis.Commands, 0, 1+len(left)), call)
	for _, change := range left {
		calls = append(calls, g.client.B().Hget().Key(change.key).Field(metaFields[0]).Build())
	}
	results := g.client.DoMulti(ctx, calls...)
	if answer, err = results[0].ToMessage(); err != nil {
		return answer, nil, err
	}
	states = make([]string, len(left))
	for i := range states {
		states[i], _ = results[1+i].ToString()
	}
	return answer, states, nil
}

// offFor is for how long a server is not asked again that has refused all changes of a call.
const offFor = time.Minute

// turnOff has the server get no calls for a while.
func (g *gathering) turnOff() { g.offUntil.Store(time.Now().Add(offFor).UnixMilli()) }

// readGathered reads what the script answered about changes. What they left has its metadata then. What the upstream has by now in
// another state, where states are told, is not at hand.
func (e *Engine) readGathered(g *gathering, changes, left []*gathered, answer rueidis.RedisMessage, states []string) (words string, err error) {
	at, micros := int64(0), int64(0)
	if answer.IsInt64() {
		words = strings.Repeat("1", len(changes))
	} else {
		text, _ := answer.ToString()
		var time, more string
		words, time, _ = strings.Cut(text, " ")
		time, more, _ = strings.Cut(time, " ")
		at, _ = strconv.ParseInt(time, 10, 64)
		micros, _ = strconv.ParseInt(more, 10, 64)
	}
	if len(words) != len(changes) {
		return "", errNonsense
	}
	for i, change := range changes {
		switch {
		case !change.born || words[i] != '1':
		case e.options.CallerTime:
			change.next.born(change.time, 0)
		case at == 0:
			return "", errNonsense
		default:
			change.next.born(at, micros)
		}
	}
	for i, state := range states {
		if state != left[i].next.state {
			e.cache.drop(left[i].key[nameFrom:])
		}
	}
	if strings.Trim(words, "x") == "" {
		g.turnOff()
	}
	return words, nil
}

// mayGather reports whether the upstream allows what gathered saves need.
func (e *Engine) mayGather() (may bool) {
	ctx := e.deadlines.of(e.context)
	e.client.Dedicated(func(c rueidis.DedicatedClient) error {
		for _, result := range c.DoMulti(ctx, c.B().Multi().Build(), c.B().Exec().Build()) {
			if err := result.Error(); err != nil {
				return err
			}
		}
		may = true
		return nil
	})
	return may
}

// join adds a change. It returns those that the caller has to send, nil where somebody else tells it what to do.
func (g *gathering) join(change *gathered) (leads []*gathered) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flights == 0 && len(g.waiting) == 0 {
		early := g.pause() - time.Since(g.departed)
		if g.replicas == 0 || early <= 0 || time.Since(g.busy) > busyFor {
			g.flights++
			g.departed, g.last = time.Now(), 1
			return []*gathered{change}
		}
		g.await(early)
	}
	change.told = make(chan gatherWord, 1)
	if g.waiting = append(g.waiting, change); len(g.waiting) >= mostGathered {
		g.depart()
	}
	return nil
}

// land notes that a call was answered. The changes that wait go next, once those of other clients had time to join.
func (g *gathering) land() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flights--
	switch early := g.pause() - time.Since(g.departed); {
	case len(g.waiting) == 0:
	case g.paused:
	case early <= 0:
		g.depart()
	default:
		g.await(early)
	}
}

// await begins a pause, unless one is under way. g is locked.
func (g *gathering) await(early time.Duration) {
	if !g.paused {
		g.paused = true
		time.AfterFunc(early, g.resume)
	}
}

// pause returns how long to wait between calls: a server spends less on few large ones. g is locked.
func (g *gathering) pause() time.Duration {
	switch {
	case g.replicas > 0:
		return replicaPause
	case g.last >= severalGathered:
		return busyPause
	}
	return gatherPause
}

// resume ends a pause.
func (g *gathering) resume() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paused = false
	if len(g.waiting) > 0 {
		g.depart()
	}
}

// depart tells the first of those who wait to send those of all of them. g is locked.
func (g *gathering) depart() {
	leads := g.waiting
	g.waiting = nil
	g.flights++
	g.departed, g.last = time.Now(), len(leads)
	if len(leads) > 1 {
		g.busy = g.departed
	}
	leads[0].told <- gatherWord{leads: leads}
}
