package store

// ReadAhead is the ability of a Prefetcher to gain from reads of sessions alone: what is only changed need not be at hand.
type ReadAhead interface {
	PrefetchesReads()
}

// Prefetcher is the ability to have entries at hand before they are asked for.
type Prefetcher interface {
	// Prefetch says that operations on keys follow soon. It changes nothing that any operation can tell, never waits,
	// and keeps none of the keys.
	Prefetch(op Op, keys [][]byte)
}
