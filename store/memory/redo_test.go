package memory_test

import (
	"testing"

	"sessd/store"
	"sessd/store/memory"
	"sessd/store/storetest"
)

// The suites are run once more on an engine beside which another one is restored from its redo: what changes an entry of
// any type without telling of it fails here.

func openMirrored(t *testing.T) store.Engine {
	return memory.NewMirrored(t, memory.Options{Keyspaces: 2, Shards: 4})
}

func openMirroredLarge(t *testing.T) store.Engine {
	return memory.NewMirrored(t, memory.LargeSoon(memory.Options{Keyspaces: 2, Shards: 4}))
}

func TestRedoOfContract(t *testing.T)      { alone(t, contract, openMirrored) }
func TestRedoOfContractLarge(t *testing.T) { alone(t, contract, openMirroredLarge) }
func TestRedoOfRandom(t *testing.T)        { alone(t, storetest.Random, openMirrored) }
func TestRedoOfRandomLarge(t *testing.T)   { alone(t, storetest.Random, openMirroredLarge) }
func TestRedoInParallel(t *testing.T)      { storetest.Parallel(t, openMirrored) }
func TestRedoInParallelLarge(t *testing.T) { storetest.Parallel(t, openMirroredLarge) }

func openPhotographed(t *testing.T) store.Engine {
	return memory.NewPhotographed(t, memory.Options{Keyspaces: 2, Shards: 2})
}

func openPhotographedLarge(t *testing.T) store.Engine {
	return memory.NewPhotographed(t, memory.LargeSoon(memory.Options{Keyspaces: 2, Shards: 2}))
}

func TestSnapshotsOfRandom(t *testing.T)      { alone(t, storetest.Random, openPhotographed) }
func TestSnapshotsOfRandomLarge(t *testing.T) { alone(t, storetest.Random, openPhotographedLarge) }

// skipRaced skips a test of one goroutine under the race detector, which would learn nothing of it in many minutes.
func skipRaced(t *testing.T) {
	if memory.Raced {
		t.Skip("one goroutine runs it")
	}
}

func alone(t *testing.T, suite func(*testing.T, func(*testing.T) store.Engine), open func(*testing.T) store.Engine) {
	skipRaced(t)
	suite(t, open)
}

func contract(t *testing.T, open func(*testing.T) store.Engine) { storetest.Run(t, open) }
