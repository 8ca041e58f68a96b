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

func TestRedoOfContract(t *testing.T)      { storetest.Run(t, openMirrored) }
func TestRedoOfContractLarge(t *testing.T) { storetest.Run(t, openMirroredLarge) }
func TestRedoOfRandom(t *testing.T)        { storetest.Random(t, openMirrored) }
func TestRedoOfRandomLarge(t *testing.T)   { storetest.Random(t, openMirroredLarge) }
func TestRedoInParallel(t *testing.T)      { storetest.Parallel(t, openMirrored) }
func TestRedoInParallelLarge(t *testing.T) { storetest.Parallel(t, openMirroredLarge) }

func openPhotographed(t *testing.T) store.Engine {
	return memory.NewPhotographed(t, memory.Options{Keyspaces: 2, Shards: 2})
}

func openPhotographedLarge(t *testing.T) store.Engine {
	return memory.NewPhotographed(t, memory.LargeSoon(memory.Options{Keyspaces: 2, Shards: 2}))
}

func TestSnapshotsOfRandom(t *testing.T)      { storetest.Random(t, openPhotographed) }
func TestSnapshotsOfRandomLarge(t *testing.T) { storetest.Random(t, openPhotographedLarge) }
