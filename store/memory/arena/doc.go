// Package arena keeps entries of bytes outside the Go heap, and finds them by hash. It knows nothing of what entries hold
// but what a Layout tells. A Table is its slabs, an index over them, and a timing wheel by the deadlines of entries.
// A table has no lock: its owner has one.
//
// # Slabs
//
// What the system gives in regions of 4 MiB is cut into slabs of 16, 64, 256 or 1024 KiB. A slab has slots of one size
// and nothing else:
//
//	┌────────┬────────┬────────┬────────┬─ ─ ─┬────────┬──┐
//	│ slot 0 │ slot 1 │ slot 2 │ slot 3 │     │ slot n │  │  bytes that are left: under 2 %
//	└────────┴────────┴────────┴────────┴─ ─ ─┴────────┴──┘
//
// The slots of one size in a shard have no gap: when an entry goes, the last one of its size moves into its place. So
// there is nothing to clean later: memory is what is live plus one unfinished slab of each size. An empty slab is given
// back at once. Sizes are 8 bytes apart up to 360 bytes, and 2 to 6 % above. An entry of more than 256 KiB has a
// mapping of its own.
//
// The system may refuse memory: a process has a greatest number of mappings. So the owner reserves what an operation can
// take before it changes anything; pages.go. A mapping that the system does not take back is discarded and serves the next
// entry of its size.
//
// A ref is 32 bits: the number of the slab in its table (20) and the place in the slab in units of 1/4096 of it (12).
//
// # Index
//
// The index is extendible hashing over segments of up to 4096 slots of 8 bytes, each a hash (upper half) and a ref:
//
//	directory, by the first bits      segment: sorted by hash, each at or after its place in proportion
//	┌────┬────┬────┬────┐             ┌──────┬──────┬──────┬──────┬──────┬──────┬──────┬─ ─
//	│ 00 │ 01 │ 10 │ 11 │ ──────────▶ │ hash │ hash │      │ hash │ hash │ hash │      │
//	└────┴────┴────┴────┘             │ ref  │ ref  │ 0    │ ref  │ ref  │ ref  │ 0    │
//	                                  └──────┴──────┴──────┴──────┴──────┴──────┴──────┴─ ─
//
// A full segment grows in place by a page, and at its greatest size splits in two: no operation moves more than 4096
// slots. Since slots are in the order of hashes whatever their number, a scan's cursor is a shard and a hash.
//
// A small operation touches two places that are not in the processor's cache: a slot of the index and the beginning of
// the entry. It waits for them longer than it works. PrefetchSlot and PrefetchEntry fetch those of many operations
// together.
//
// # Wheel
//
// The timing wheel holds slabs, not entries: each in the bucket of a time before which nothing in it expires. The owner
// looks through a slab that is Due, removes what has expired, and has it rescheduled by the first of the others.
//
// # Memory
//
// Pages takes memory from the system, and every slab and segment from Pages. What an operation may take is reserved before
// it changes anything, so that a refusal of the system meets nobody half way.
//
// Bytes of an entry are of no use once another one of its table was dropped. Pages.Poison has tests find out: what a slot
// is freed of becomes garbage, and the others of its slab lie elsewhere.
package arena
