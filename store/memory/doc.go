// Package memory is the engine in this process, made for sessions: many, small, short-lived and alike. Entries are bytes
// outside the Go heap, found by an index without pointers, so that neither the collector nor the allocator knows of them.
//
// # Shards
//
// A key's hash is seeded anew in each process. Its upper bits say which shard of the keyspace has the key, its lower 32
// where in the shard's index it is. A shard is one lock over a table (slabs and an index), the timing wheel of those
// slabs, and the tables of shapes and timeouts. A keyspace is made when something is stored in it; flushing it replaces
// its tables. Operations on several keys lock their shards in ascending order; what knows principals and aliases has
// locks of its own, which are taken last.
//
// # Slabs and index
//
// Entries lie in gapless slabs outside the Go heap, and are found by an index without pointers: package arena tells how.
// An entry moves when another of its size goes, so it is never referred to by its place for longer than a lock is held.
//
// No request can make the background panic. A panic there means that a table is not as it should be, and ends the process
// with its stack. Going on could answer with somebody else's session.
//
// # Entries
//
// An entry begins with a byte of which three bits are its kind and five are flags; entry.go draws the layouts. Names of
// fields that come a second time in a shard are stored once, as a shape (shape.go), and timeouts once, in a table.
//
// # Expiry
//
// The timing wheel holds slabs, not entries: each in the bucket of a time before which nothing in it expires. When that
// time comes its entries are looked at and those that have expired go. The slab moves to where the first of the others
// belongs. So an entry costs nothing to keep and nothing to touch. A slab is looked at only when the entry that was its
// first has expired or been touched. An entry that has expired is gone for every operation before that.
//
// # Collections
//
// A hash, and what else has elements under a key, is a collection. A small one is an entry: a header, a key, and a body
// as its type has it. Above a limit it becomes large, and stays so. A large one is a root under the key, and the nodes
// of a counted B+tree (package tree). Nodes are entries of their own in the root's shard. The index has nodes under a
// hash of the collection's token and the node's number. They are no keys: scans, counts and eviction pass them over,
// and their bytes count for the root. An operation obtains the memory for the nodes that it may make before it changes
// anything. Most changes of one element need none: they are made in place (tree.InPlace), where no node moves.
//
// A large collection that ends, for whatever cause, is gone at once. Its nodes wait in a list of the shard, and the
// background, or whoever needs the memory, frees some at a time (orphan.go). A long range that is cut off an end of
// a list goes the same way. Its subtrees leave the tree, and count for the list until they are freed.
//
// A type of collections is one implementation of collectionType in a file of its own, and a line in kindRows. Sets and
// sorted sets that are combined are read in one order, that of the trees in which members are found by name. So a union
// of many is one merge (operand.go).
//
// # Long operations
//
// Nobody waits for somebody else's big request. An operation on many entries or elements is one step for everybody, or
// says that it is not, and holds no lock for long.
//
//   - A scan, a list of a principal's sessions, and DEL of many keys let go of the locks after some hundred entries.
//   - The sessions of a principal with many are condemned together: one step takes the set of their hashes from it. The
//     background takes them out of their shards, as does whoever needs the memory (condemned.go).
//   - What reads many elements opens a view: the tree as it was at that moment, read some elements at a time. Others copy
//     a node before they change it while a view needs it (view.go).
//   - What stores many elements makes them as a collection without a key (staged.go). What copies a large collection into
//     another shard copies its nodes there (transplant.go). What adds or removes many elements, or has many fields end,
//     does so to a copy (revision.go).
//   - Strings that are set at once, if they are very many, are handed to their shards while all are locked, and stored in
//     steps. Whoever looks for a key takes its string from there first (string_batch.go). With a log, observers or aliases
//     they are stored under the locks.
//   - Bytes of long strings are read in steps. A shard counts how often one that it had ends or is changed
//     (long_string.go). Memory for a result is filled before it gets its key (long_bits.go).
//
// A last step looks whether what the operation began with is the same still, and gives the result its key; else the
// operation begins anew. After some tries, and within a step of several operations, it holds its locks until it is
// done. That takes about 0.2 µs for each member that it looks at, 0.1 µs for each copy and 0.75 µs for each that it
// stores. So does what changes less than one in 256 elements of a collection, or would have to evict for a copy. An
// event loop is told to come again from elsewhere (store.ErrLong).
//
// # The way of an operation
//
// An exported method of Engine is an operation. SetString calls withRoom, which calls setString until there is room:
//
//  1. lockKeys locks the shards of the keys and of the sessions to which they lead as aliases; lockEntry does for one key.
//     An operation of a step (Op.Tx) locks nothing: its step has the locks.
//  2. An entryRef says where the key's entry is. What has expired, or was destroyed with its principal, is taken out here.
//  3. The operation decides: type, conditions, limits. So far nothing has changed.
//  4. room claims bytes of maxmemory and reserve obtains pages from the system. What is short goes back to withRoom,
//     which evicts with no lock held, claims, and begins anew.
//  5. place gives the entry its slot and moves nothing else; tally counts it; noteDeadline tells the timing wheel.
//  6. emit reports the change.
//  7. unlock settles: what the memory has grown by replaces what was claimed.
//
// What the engine asks of an entry, whatever its type, it asks its kind (kind.go). The background worker (expiry.go)
// takes out what has expired, was condemned, or is above a lowered limit. It takes a batch under one lock at a time.
//
// # Changes
//
// Every change of an entry passes entryRef.emit or emitEnd under the shard's lock and reaches the observers who want its
// class. They are told absolute times, the number of the step, and the entry after it. That is made whole on demand: with
// the wide header and its names inline.
//
// A log is told of changes apart from that (store.Durable): where entries are put, changed and removed (shard.go,
// redo.go), and where trees change (redo_element.go). The records of a step are one payload, given under the step's locks.
// A small entry is told of by a delta of its form, an element of a large collection by itself. What changes an entry in
// its place tells of it with beginChange and endChange, or a record of its own.
//
// A snapshot walks each shard in steps. A record has a mark where the walk had yet to meet its entry, and a restore from
// that snapshot leaves it out (snapshot.go, restore.go).
package memory
