package store

// Observable is the ability to report every change of an entry.
type Observable interface {
	// Observe reports the changes that follow to o, until stop is called. A step is reported whole or not at all, and
	// nothing is reported once stop has returned. Neither may be called by an observer, nor during a step of the caller's.
	Observe(o Observer) (stop func())
}

// Observer is told of changes. Several observers of an engine are told in the order in which they began.
type Observer interface {
	// Wants returns the classes of events that are reported to it. It is asked once, when it begins.
	Wants() Events
	// Changed reports a change, under the lock of its entry and in the order of the entry's changes. It must be quick,
	// and must not call the engine. Several goroutines may call it at once for entries that no step has in common. What
	// it is given is valid during the call. e is the entry after the change, or nil where none is left.
	Changed(c *Change, e Entry)
}

// Entry is an entry as an observer may store it.
type Entry interface {
	// AppendTo appends the whole entry, in a form of the engine's that depends on nothing else.
	AppendTo(dst []byte) []byte
}

// Change is one change of one entry. Changes that were one step for everybody share its number. Such are those of an
// operation on several keys, of a transaction, and the events that one operation makes of an entry.
type Change struct {
	Event       Event
	Type        Type // of the entry, before the change where it is gone; TypeNone for a key that is not there; see EventFlushed
	Keyspace    int
	Client      int64  // of the operation (Op.Client); 0: no client's, or not known
	Key         []byte // nil with EventFlushed and EventSwapped
	Former      []byte // with EventRotated and EventRenameTo: the key before
	Principal   []byte // of a session, before the change where it is gone; nil: it has none
	FormerUntil int64  // with EventRotated: until when Former leads to the session, in ms since the Unix epoch; 0: it is dead
	Expiry      int64  // of the entry after the change, in ms since the Unix epoch, or Never
	Swap        *Swap  // with EventSwapped
	Step        uint64 // greater than those of all steps before that changed one of the same entries
}

// Swap is what two keyspaces have come to hold.
type Swap struct {
	With int // the other keyspace
	// Exists reports whether a key of one of the two exists now.
	Exists func(keyspace int, key []byte) bool
}

// Event is what happened to an entry. Where Redis has an event for it, the name is Redis's.
type Event uint8

// The events. An entry that is replaced has the event of the operation that did it; a session among them has
// EventDestroyed before.
const (
	EventNew          Event = iota // a key begins to exist; the event that says how follows
	EventMiss                      // a read of a key that is not there
	EventDel                       // ended by a client, unless it is a session
	EventExpired                   // ended by time
	EventEvicted                   // ended to make room
	EventFlushed                   // every entry of the keyspace was ended by a client; TypeSession where some were sessions
	EventSwapped                   // the keyspace and another one have each other's entries; nothing else tells of them
	EventExpire                    // has another expiry
	EventPersist                   // has no expiry any more, or a session no idle timeout
	EventRenameFrom                // has another key from now on, which EventRenameTo reports
	EventRenameTo                  // has this key from now on
	EventMoveFrom                  // has gone to another keyspace
	EventMoveTo                    // has come from another keyspace
	EventCopyTo                    // is a copy of another
	EventRestore                   // is what was dumped before
	EventSet                       // a string has a value
	EventSetRange                  // a part of a string has a value
	EventAppend                    // a string has grown at its end
	EventIncrBy                    // a string has a greater or lesser integer
	EventIncrByFloat               // a string has a greater or lesser number
	EventSetBit                    // bits of a string have a value
	EventPFAdd                     // a HyperLogLog counts more elements
	EventHSet                      // a hash has fields with new values
	EventHDel                      // a hash has lost fields
	EventHIncrBy                   // a field has a greater or lesser integer
	EventHIncrByFloat              // a field has a greater or lesser number
	EventHExpire                   // fields of a hash have another end of their own
	EventHExpired                  // a hash has lost fields whose time is over
	EventHPersist                  // fields of a hash have no end of their own any more
	EventZAdd                      // members of a sorted set have scores
	EventZIncr                     // a member has a greater or lesser score
	EventZRem                      // a sorted set has lost members
	EventZRemByRank                // a sorted set has lost members of some ranks
	EventZRemByScore               // a sorted set has lost members of some scores
	EventZRemByLex                 // a sorted set has lost members between two names
	EventZPopMin                   // a sorted set has lost its first members
	EventZPopMax                   // a sorted set has lost its last members
	EventSAdd                      // a set has new members
	EventSRem                      // a set has lost members
	EventSPop                      // a set has lost members at random
	EventLPush                     // a list has new elements at its head
	EventRPush                     // a list has new elements at its tail
	EventLPop                      // a list has lost elements at its head
	EventRPop                      // a list has lost elements at its tail
	EventLSet                      // an element of a list is another
	EventLInsert                   // a list has a new element between others
	EventLRem                      // a list has lost equal elements
	EventLTrim                     // a list has lost what was outside of a range
	EventSortStore                 // a list is what was sorted
	EventZRangeStore               // a sorted set is a range of another
	EventZUnionStore               // a sorted set is the union of others
	EventZInterStore               // a sorted set is the intersection of others
	EventZDiffStore                // a sorted set is the difference of others
	EventSUnionStore               // a set is the union of others
	EventSInterStore               // a set is the intersection of others
	EventSDiffStore                // a set is the difference of others
	EventXAdd                      // a stream has another entry
	EventXDel                      // a stream has lost entries by their ids
	EventXTrim                     // a stream has lost its first entries
	EventXSetID                    // a stream has another last id
	EventCreated                   // a session begins
	EventSaved                     // a session has new fields, and a new revision
	EventCleared                   // a session's bag is empty, and it has a new revision
	EventRotated                   // a session has another id
	EventDestroyed                 // a session was ended by a client
	EventTouched                   // a session was used, which renews its idle timeout
	EventFieldExpired              // a session has lost fields whose time is over, and keeps its revision
	EventUnlocked                  // a session can be locked again
	EventDestroyedAll              // the many sessions of a principal, which is Key, were ended but Former; EventDestroyed follows for each
)

var eventRows = [...]struct {
	name  string
	class Events
}{
	EventNew:          {"new", NewEvents},
	EventMiss:         {"keymiss", MissEvents},
	EventDel:          {"del", GenericEvents},
	EventExpired:      {"expired", ExpiredEvents},
	EventEvicted:      {"evicted", EvictedEvents},
	EventFlushed:      {"flushed", FlushEvents},
	EventSwapped:      {"swapped", FlushEvents},
	EventExpire:       {"expire", GenericEvents},
	EventPersist:      {"persist", GenericEvents},
	EventRenameFrom:   {"rename_from", GenericEvents},
	EventRenameTo:     {"rename_to", GenericEvents},
	EventMoveFrom:     {"move_from", GenericEvents},
	EventMoveTo:       {"move_to", GenericEvents},
	EventCopyTo:       {"copy_to", GenericEvents},
	EventRestore:      {"restore", GenericEvents},
	EventSet:          {"set", StringEvents},
	EventSetRange:     {"setrange", StringEvents},
	EventAppend:       {"append", StringEvents},
	EventIncrBy:       {"incrby", StringEvents},
	EventIncrByFloat:  {"incrbyfloat", StringEvents},
	EventSetBit:       {"setbit", StringEvents},
	EventPFAdd:        {"pfadd", StringEvents},
	EventHSet:         {"hset", HashEvents},
	EventHDel:         {"hdel", HashEvents},
	EventHIncrBy:      {"hincrby", HashEvents},
	EventHIncrByFloat: {"hincrbyfloat", HashEvents},
	EventHExpire:      {"hexpire", HashEvents},
	EventHExpired:     {"hexpired", HashEvents},
	EventHPersist:     {"hpersist", HashEvents},
	EventZAdd:         {"zadd", SortedSetEvents},
	EventZIncr:        {"zincr", SortedSetEvents},
	EventZRem:         {"zrem", SortedSetEvents},
	EventZRemByRank:   {"zremrangebyrank", SortedSetEvents},
	EventZRemByScore:  {"zremrangebyscore", SortedSetEvents},
	EventZRemByLex:    {"zremrangebylex", SortedSetEvents},
	EventZPopMin:      {"zpopmin", SortedSetEvents},
	EventZPopMax:      {"zpopmax", SortedSetEvents},
	EventSAdd:         {"sadd", SetEvents},
	EventSRem:         {"srem", SetEvents},
	EventSPop:         {"spop", SetEvents},
	EventLPush:        {"lpush", ListEvents},
	EventRPush:        {"rpush", ListEvents},
	EventLPop:         {"lpop", ListEvents},
	EventRPop:         {"rpop", ListEvents},
	EventLSet:         {"lset", ListEvents},
	EventLInsert:      {"linsert", ListEvents},
	EventLRem:         {"lrem", ListEvents},
	EventLTrim:        {"ltrim", ListEvents},
	EventSortStore:    {"sortstore", ListEvents},
	EventZRangeStore:  {"zrangestore", SortedSetEvents},
	EventZUnionStore:  {"zunionstore", SortedSetEvents},
	EventZInterStore:  {"zinterstore", SortedSetEvents},
	EventZDiffStore:   {"zdiffstore", SortedSetEvents},
	EventSUnionStore:  {"sunionstore", SetEvents},
	EventSInterStore:  {"sinterstore", SetEvents},
	EventSDiffStore:   {"sdiffstore", SetEvents},
	EventXAdd:         {"xadd", StreamEvents},
	EventXDel:         {"xdel", StreamEvents},
	EventXTrim:        {"xtrim", StreamEvents},
	EventXSetID:       {"xsetid", StreamEvents},
	EventCreated:      {"created", SessionEvents},
	EventSaved:        {"saved", SessionEvents},
	EventCleared:      {"cleared", SessionEvents},
	EventRotated:      {"rotated", SessionEvents},
	EventDestroyed:    {"destroyed", SessionEvents},
	EventTouched:      {"touched", TouchEvents},
	EventFieldExpired: {"field_expired", SessionEvents},
	EventUnlocked:     {"unlocked", LockEvents},
	EventDestroyedAll: {"destroyed_all", PrincipalEvents},
}

// String returns the name of the event.
func (e Event) String() string { return eventRows[e].name }

// Class returns the class that the event belongs to.
func (e Event) Class() Events { return eventRows[e].class }

// Events is a set of classes of events.
type Events uint32

// The classes of events. Those of collections are here so that all letters are in one place.
const (
	GenericEvents Events = 1 << iota
	StringEvents
	ListEvents
	SetEvents
	HashEvents
	SortedSetEvents
	StreamEvents
	ExpiredEvents
	EvictedEvents
	NewEvents
	MissEvents
	SessionEvents
	TouchEvents
	FlushEvents
	LockEvents      // of locks, which nothing keeps; for those who wait for them
	PrincipalEvents // of principals, which are no keys; for observers that have to know at once what ends later
)

// ChangeEvents are the classes of all events that change what an entry holds or when it expires by more than its use.
const ChangeEvents = GenericEvents | StringEvents | ListEvents | SetEvents | HashEvents | SortedSetEvents |
	StreamEvents | ExpiredEvents | EvictedEvents | SessionEvents | FlushEvents

// eventLetters are the letters of classes in notify-keyspace-events, as Redis has them; S and T are of sessions alone.
var eventLetters = [...]struct {
	letter byte
	class  Events
}{
	{'g', GenericEvents}, {'$', StringEvents}, {'l', ListEvents}, {'s', SetEvents}, {'h', HashEvents},
	{'z', SortedSetEvents}, {'x', ExpiredEvents}, {'e', EvictedEvents}, {'t', StreamEvents}, {'n', NewEvents},
	{'m', MissEvents}, {'S', SessionEvents}, {'T', TouchEvents},
}

// EventClass returns the class that a letter of notify-keyspace-events stands for, and reports whether there is one.
func EventClass(letter byte) (Events, bool) {
	for _, row := range eventLetters {
		if row.letter == letter {
			return row.class, true
		}
	}
	return 0, false
}

// String returns the letters of the classes.
func (e Events) String() string {
	var letters []byte
	for _, row := range eventLetters {
		if e&row.class != 0 {
			letters = append(letters, row.letter)
		}
	}
	return string(letters)
}
