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

// ElementPrefetcher is the ability to have elements of collections at hand as well.
type ElementPrefetcher interface {
	Prefetcher
	// PrefetchElements is Prefetch for elements. A word of names is an element of the collection whose key has the same
	// position; nil names none. Keys that Prefetch was told of are at hand already.
	PrefetchElements(op Op, keys, names [][]byte)
}
