package memory

import (
	"testing"

	"sessd/store"
	"sessd/store/memory/tree"
	"sessd/store/storetest"
)

// openTiny returns an engine whose hashes are large from a few bytes on, over trees of many nodes.
func openTiny(*testing.T) store.Engine {
	return NewChecked(Options{Keyspaces: 2, Shards: 4, smallBytes: 12, treeOrder: tree.Tiny, longElements: 4})
}

func TestTinyContract(t *testing.T) { storetest.Run(t, openTiny) }

func TestTinyRandom(t *testing.T) { storetest.Random(t, openTiny) }

func TestTinyParallel(t *testing.T) { storetest.Parallel(t, openTiny) }
