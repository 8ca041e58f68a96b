package upstream

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"sessd/store"
)

// gathering puts reckoned saves that come while others are under way into one script call, of which a server makes less work. All are
// of sessions of that server. Nobody waits longer than the others take, or gatherPause. A save that is alone goes at once.
type gathering struct {
	client rueidis.Client // of the server, over the link

	mu       sync.Mutex
	waiting  []*gathered
	flights  int       // calls under way
	departed time.Time // when the last of those was sent
	paused   bool      // depart is to be called
}

// gathered is a save that waits for others, or for its answer.
type gathered struct {
	key   string
	known known
	pairs []string
	told  chan gatherWord
}

// gatherWord is what the goroutine of a gathered save is told.
type gatherWord struct {
	leads []*gathered // it has to send these, of which its own is the first
	made  bool
	err   error
}

const (
	gatherPause       = 500 * time.Microsecond // between calls, unless so many wait as fill one
	mostGathered      = 32                     // saves in one call
	mostGatheredBytes = 8 << 10                // of a save's names and values
)

// gather makes a reckoned save together with others that are under way. Where made is false without an error, nothing was done: the caller
// makes the save in another way, and calls land then.
func (e *Engine) gather(ctx context.Context, key string, k known, pairs []string) (made bool, land func(), err error) {
	g := e.gatheringFor(k, pairs)
	if g == nil {
		return false, func() {}, nil
	}
	_, done, err := e.begin(ctx)
	if err != nil {
		return false, func() {}, err
	}
	defer done()
	save := &gathered{key: key, known: k, pairs: pairs}
	leads := g.join(save)
	if leads == nil {
		word := <-save.told
		if word.leads == nil {
			return word.made, func() {}, word.err
		}
		leads = word.leads
	}
	if len(leads) == 1 {
		return false, g.land, nil
	}
	made, err = e.sendGathered(g, leads)
	return made, func() {}, err
}

// gatheringFor returns what gathers a save, nil where nothing does.
func (e *Engine) gatheringFor(k known, pairs []string) *gathering {
	if k.next.state == "" || e.options.SaveReplicas > 0 {
		return nil
	}
	size := 0
	for _, text := range pairs {
		size += len(text)
	}
	if size > mostGatheredBytes || !e.cache.linked.Load() {
		return nil
	}
	return e.link.Load().gathering
}

// sendGathered sends saves, of which the first is the caller's, and tells the others what became of theirs.
func (e *Engine) sendGathered(g *gathering, saves []*gathered) (made bool, err error) {
	flags, err := e.askGathered(g.client, saves)
	g.land()
	for i, save := range saves {
		if err != nil {
			e.cache.drop(save.key[nameFrom:])
		}
		word := gatherWord{made: err == nil && flags[i] == '1', err: err}
		if i == 0 {
			made = word.made
			continue
		}
		save.told <- word
	}
	return made, err
}

// askGathered sends saves and returns a 1 for each that was made. EXISTS reads all keys behind the saves and in one step with them, so
// that the upstream tells of the next changes by others. A server older than Redis 7.2 takes the keys of a script for read with each
// key that the script reads, so the script gets none.
func (e *Engine) askGathered(client rueidis.Client, saves []*gathered) (flags string, err error) {
	var keys, args []string
	for _, save := range saves {
		keys = append(keys, save.key)
		args = append(args, save.key, save.known.base.state, save.known.stamp, strconv.Itoa(len(save.pairs)), save.known.next.state)
		args = append(args, save.pairs...)
	}
	ctx, text := e.deadlines.of(e.context), &e.scripts[gatherScript]
	for _, call := range []func() rueidis.Completed{
		func() rueidis.Completed { return client.B().Evalsha().Sha1(text.sha).Numkeys(0).Arg(args...).Build() },
		func() rueidis.Completed { return client.B().Eval().Script(text.text).Numkeys(0).Arg(args...).Build() },
	} {
		results := client.DoMulti(ctx, client.B().Multi().Build(), call(), client.B().Exists().Key(keys...).Build(), client.B().Exec().Build())
		if _, refused := rueidis.IsRedisErr(results[0].Error()); refused {
			if results[1].Error() == nil {
				return "", &store.UncertainError{Reason: "the upstream refuses MULTI"}
			}
			break
		}
		answers, err := results[3].ToArray()
		if _, refused := rueidis.IsRedisErr(err); refused {
			break // it did nothing
		}
		if err != nil || len(answers) != 2 {
			return "", e.failure(err, true)
		}
		if err = answers[0].Error(); err == nil {
			flags, err := answers[0].ToString()
			if answers[0].IsInt64() {
				return strings.Repeat("1", len(saves)), nil
			}
			if err == nil && len(flags) == len(saves) {
				return flags, nil
			}
			return "", errNonsense
		}
		if !strings.HasPrefix(err.Error(), "NOSCRIPT") {
			break
		}
	}
	return strings.Repeat("0", len(saves)), nil
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

// join adds a save. It returns those that the caller has to send, nil where somebody else tells it what to do.
func (g *gathering) join(save *gathered) (leads []*gathered) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flights == 0 && len(g.waiting) == 0 {
		g.flights++
		g.departed = time.Now()
		return []*gathered{save}
	}
	save.told = make(chan gatherWord, 1)
	if g.waiting = append(g.waiting, save); len(g.waiting) >= mostGathered {
		g.depart()
	}
	return nil
}

// land notes that a call was answered. The saves that wait go next, once those of other clients had time to join.
func (g *gathering) land() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flights--
	switch early := gatherPause - time.Since(g.departed); {
	case len(g.waiting) == 0 || g.paused:
	case early <= 0:
		g.depart()
	default:
		g.paused = true
		time.AfterFunc(early, g.resume)
	}
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

// depart tells the first of those who wait to send the saves of all of them. g is locked.
func (g *gathering) depart() {
	leads := g.waiting
	g.waiting = nil
	g.flights++
	g.departed = time.Now()
	leads[0].told <- gatherWord{leads: leads}
}
