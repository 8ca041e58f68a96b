// Package upstream is an engine that keeps sessions and strings in a Redis or Valkey server, alone, behind Sentinel or a
// Cluster. That server has the truth; this package has a near cache of it.
//
// # Data
//
// A session is one hash under sess:{TAG}:ID, which people read with HGETALL. Its fields are
//
//	:NAME              a field of the global bag
//	N:COMPONENT:NAME   a field of a component, whose name has N bytes
//	@state             revision, number of the change, last use, expiry, number of fields, bytes, end of the lock
//	@times             creation, idle timeout, absolute expiry, expiry unless it is saved, renewal, creation of the id
//	@handle            what people see in place of the id
//	@principal         generation and name of the principal, if there is one
//	@lock              the token of its lock, until the time in the metadata
//	@ends              when fields end by themselves: the time, the length of the name, and the name of each
//	@aliases           the keys that lead to it, packed
//	@moved             without @state: the key is an alias of a rotated session, and leads to this key
//
// Whatever changes a session changes its state too: where that is the same, so is the session. The names of all metadata are in meta.go.
//
// Times are milliseconds since the Unix epoch, 0 for never, by the server's clock. The server expires the hash by itself.
// The tag decides the slot in a cluster. An id that sessd makes ends in ~ and its tag, which a new id inherits; of any other
// id it is six digits of a hash.
//
// sess-principal:{TAG}:NAME is a sorted set of the keys of a principal's sessions by the generation in which they were bound.
// It may name sessions that are gone. sess-stamp:{TAG}:NAME is the last generation that DestroyPrincipal ended; every
// operation compares it, so a session that the index has lost is dead too.
//
// # Operations
//
// Each operation that changes a session is one script (lua/), which the server runs as one step. LoadSession is HGETALL: its
// use of the session is sent on when the expiry would move by a tenth of the idle timeout. Strings are used directly, under their own keys.
//
// # The near cache
//
// Sessions are read, created and changed over the link: one connection to each server, with CLIENT TRACKING and NOLOOP. A server
// tells it once of the next change that somebody else makes to a key that was read over it, in one order with its answers. Our own
// changes are not told: the script reads the key last, so that it is tracked again, and whoever made the change puts what it left
// in place of the entry. An answer to a change counts only if nobody has told of another since the change was sent.
//
// A save of a session at hand is reckoned on this side. The script compares the state to the one that is known, and sets what was
// reckoned; else it does what it does for everybody. Such a save leaves the expiry as it is while that would move by less than a
// tenth of the idle timeout. Saves that are reckoned while another is under way go together (gather.go): a server gets a call each
// 500 µs, each millisecond where many come, or for 20 of them. So do creations without a principal, and ends of sessions at hand
// without one. Each of these that is alone has a short script. The one for everybody follows where that does nothing.
//
// Ends that wait for replicas have calls of their own, each 4 ms, on a connection that waits after each: one WAIT is for all of a call.
//
// In a cluster such a call names no key as its own, though scripts are to name theirs. It changes keys of all slots that the server has.
// Servers check each key when a command is called: what lies elsewhere is refused, and goes by itself to where it lies. A server that
// refuses all of a call gets no other for a minute. The state of each session is read behind the call, which has it tracked.
//
// A connection of the link that is lost, a server that flushes or evicts keys, and slots that move begin a new era: what was cached
// before counts as unknown. Without a link nothing is cached, and all requests go over the client that serves everything else.
//
// What a read finds lies in few lines of memory: a slot of an index (index.go), an entry with its name (entry.go), and the fields in one
// piece (field_list.go). Prefetch fetches these lines for all reads of a batch, and takes no lock for it. An entry knows until when a
// read need not look at the expiry, the ends of fields and the idle timeout. Where room is short, the entry goes that was used longest
// ago of a few.
//
// An operation with the context store.Immediate is answered from the near cache or with store.ErrWaits. Others wait; the
// client library pipelines them over few connections.
//
// # Errors
//
// store.UnavailableError: the server was not asked, or refused. store.UncertainError: the request was sent and no answer
// came, or too few replicas have it. Nothing is tried again that might happen twice. A read of one key is, where its connection is cut.
package upstream
