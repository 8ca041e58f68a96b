package upstream

import (
	"context"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"sessd/store"
	"sessd/store/storetest"
	"sessd/test/redistest"
)

// longest is for how long nothing takes an upstream that lives for one that does not answer, on a machine that is busy.
const longest = 30 * time.Second

// open returns a function that opens an engine over an empty redis-server of its own, for the contract's tests.
func opener(t *testing.T, change ...func(*Options)) func(t *testing.T) store.Engine {
	socket := redistest.Start(t)
	flusher, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{socket}, DisableCache: true, DialCtxFn: unixDialer,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(flusher.Close)
	return func(t *testing.T) store.Engine {
		if err := flusher.Do(context.Background(), flusher.B().Flushall().Build()).Error(); err != nil {
			t.Fatal(err)
		}
		o := Options{URL: "unix://" + socket, Timeout: longest, CallerTime: true}
		for _, one := range change {
			one(&o)
		}
		e, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Connect(); err != nil {
			t.Fatal(err)
		}
		return e
	}
}

// The reasons for which sentences of the contract do not apply.
const (
	apart     = "strings and sessions lie under different keys upstream, so neither hides the other"
	oneSpace  = "the database of the URL is the only keyspace"
	countsAll = "the upstream counts keys of principals, aliases and what has expired too"
	noEvents  = "the engine reports no events, and renames nothing"
	ownTime   = "the upstream expires strings by its own clock"
	lastTime  = "times are exact up to the year 37648"
	bags      = "a save does not count the bags"
	itsMemory = "the upstream has the memory and its limits"
	figure    = "what the upstream holds is in its own INFO"
	oneByOne  = "several keys are served one after the other"
)

// differs is what the contract says that does not apply to this engine.
var differs = map[string]string{
	"keyspaces are apart": oneSpace, "flush removes every entry of a keyspace, or of all": oneSpace,
	"memory": itsMemory, "room": itsMemory, "a string may become so long": itsMemory,
	"what is larger when a limit is set stays, and may change as long as it does not grow": itsMemory,
	"report": figure, "background": figure,
	"a lock follows rotations and renames":                                      noEvents,
	"a load locks, and a save unlocks, in one step":                             noEvents,
	"a load and a save tell when the session expires":                           bags,
	"a touch of several sessions tells when each expires":                       apart,
	"a string stored under an alias takes its place, and the session stays":     apart,
	"other string operations under an alias find a session":                     apart,
	"the value before is shown whether or not the new one is stored":            ownTime,
	"with the value before, another type is an error":                           apart,
	"several strings are set in one step, over entries of any type":             apart,
	"several strings can be set only when none of the keys is there":            apart,
	"operations on sessions find a string and leave it":                         apart,
	"operations on strings find a session and leave it":                         apart,
	"a string is set over a session, which is destroyed":                        apart,
	"an alias is not a key, but key operations go through it":                   countsAll,
	"time may go backwards between operations":                                  countsAll,
	"what has expired is gone for every operation":                              ownTime,
	"what has expired is gone though nobody asked for it":                       ownTime,
	"a time that is not after now destroys the entry, if the conditions let it": ownTime,
	"an expiry may move either way, often":                                      ownTime,
	"a string may be set with a time that has passed, and is destroyed then":    ownTime,
	"getting a string can change its expiry":                                    ownTime,
	"the greatest timeouts neither overflow nor end a session":                  lastTime,
	"times may be as great as there are":                                        lastTime,
}

// The abilities that the engine has.
var (
	_ store.Sessions      = (*Engine)(nil)
	_ store.SessionTagger = (*Engine)(nil)
	_ store.Keys          = (*Engine)(nil)
	_ store.Strings       = (*Engine)(nil)
	_ store.Reporter      = (*Engine)(nil)
	_ store.Limiter       = (*Engine)(nil)
	_ store.Prefetcher    = (*Engine)(nil)
)

func TestContract(t *testing.T) { storetest.Run(t, opener(t), differs) }

// TestContractAtHand holds the engine to the contract with a near cache.
func TestContractAtHand(t *testing.T) {
	storetest.Run(t, opener(t, func(o *Options) { o.NearCache = 1 << 20 }), differs)
}
