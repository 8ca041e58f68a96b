package memory

import (
	"encoding/binary"
	"math"

	"sessd/store"
	"sessd/store/memory/arena"
)

// The first byte of an entry is a tag, which says of which kind it is, and flags that mean something to that kind. Of
// collections three more bits say the type. Tag 5 is free.
const (
	tagSession    = byte(store.TypeSession)
	tagString     = byte(store.TypeString)
	tagCollection = 3
	tagNode       = 4
	tagAlias      = 6
	tagPrincipal  = 7
	tagMask       = 7
)

// Flags of a session.
const (
	flagWide          = 1 << (3 + iota) // has the wide header
	flagPrincipal                       // has a principal
	flagToken                           // has or had aliases, which know it by a token
	flagBags                            // has components
	flagUninitialized                   // was neither saved nor bound to a principal since its creation
)

// flagExpires is of a string or a collection: it has an expiry.
const flagExpires = 8

// A session with the narrow header. Numbers are little-endian. A count, and a length before a text, is a varint: one byte up
// to 127, and as many as it needs above.
//
//	 0        1        2        3        4                 8                        14                       20
//	┌────────┬────────┬────────┬────────┬─────────────────┬────────────────────────┬────────────────────────┬─ ─ ─ ─ ─ ─┐
//	│ flags  │ id     │ time-  │ uses   │ revision        │ created at             │ accessed at            │ id        │
//	│ + kind │ length │ outs   │ (LFU)  │                 │                        │                        │           │
//	└────────┴────────┴────────┴────────┴─────────────────┴────────────────────────┴────────────────────────┴─ ─ ─ ─ ─ ─┘
//	┌─ ─ ─ ─ ─ ─ ┬─ ─ ─ ─ ─ ─ ┬─ ─ ─ ─ ─ ─ ┬───────────────┬────────────┬─────────┬────────────┬─────────┬─ ─ ─ ─ ─
//	│ principal  │ token      │ count of   │ shape of the  │ length of  │ value 1 │ length of  │ value 2 │ ... the next
//	│ if flagged │ if flagged │ bags if fl.│ first bag (2) │ value 1    │         │ value 2    │         │ bag
//	└─ ─ ─ ─ ─ ─ ┴─ ─ ─ ─ ─ ─ ┴─ ─ ─ ─ ─ ─ ┴───────────────┴────────────┴─────────┴────────────┴─────────┴─ ─ ─ ─ ─
//
// An id of 43 characters of base64url is packed into its 32 bytes, with 0 for its length; id.go. Timeouts are a number in
// the shard's table of timeouts. A shape is one in its table of shapes: the names of a component and of its fields, sorted.
// Names that come a second time get a shape. Others, or very many, are inline: shape 0, the name of the component, the
// count of fields, and a name before each value.
//
// The wide header has every number in 64 bits. It is for an id above 255 bytes, a time after the year 10889, and timeouts
// when their table is full.
const (
	narrowID       = 1 // length, 1 byte; 0: packed
	narrowTimeouts = 2 // number in the shard's table, 1 byte
	narrowUses     = 3 // 1 byte
	narrowRevision = 4 // 4 bytes
	narrowCreated  = 8 // 6 bytes
	narrowAccessed = 14
	narrowSize     = 20

	wideUses          = 1
	wideID            = 2 // length, 2 bytes
	wideRevision      = 8 // 8 bytes, as all that follow
	wideCreated       = 16
	wideAccessed      = 24
	wideIdle          = 32
	wideAbsolute      = 40
	wideUninitialized = 48
	wideRenew         = 56
	wideSize          = 64
)

// The headers of the other kinds: a string, an alias, and a principal of the table beside the shards.
//
//	 0        1        2                 6                 10                14                       14 or 22
//	┌────────┬────────┬─────────────────┬─────────────────┬─────────────────┬─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ┬─────┬───────┐
//	│ kind   │ uses   │ accessed, 1.024s│ key length      │ value length    │ expires at, if flagged │ key │ value │
//	└────────┴────────┴─────────────────┴─────────────────┴─────────────────┴─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ─ ┴─────┴───────┘
//	 0        1        2                 4                                   12                        20
//	┌────────┬────────┬─────────────────┬───────────────────────────────────┬─────────────────────────┬────┐
//	│ kind   │        │ id length       │ token of the session              │ expires at              │ id │
//	└────────┴────────┴─────────────────┴───────────────────────────────────┴─────────────────────────┴────┘
//	 0        1        2                 4                 8
//	┌────────┬────────┬─────────────────┬─────────────────┬──────┬─────────────────┬─────────────────┬─ ─
//	│ kind   │        │ sessions        │ name length     │ name │ hash of an id   │ hash of an id   │
//	└────────┴────────┴─────────────────┴─────────────────┴──────┴─────────────────┴─────────────────┴─ ─
const (
	stringUses     = 1
	stringAccessed = 2  // in units of 1.024 s, 4 bytes
	stringKey      = 6  // length, 4 bytes
	stringValue    = 10 // length, 4 bytes
	stringExpiry   = 14 // 8 bytes if flagged
	stringSize     = 14

	aliasKey    = 2 // length, 2 bytes
	aliasToken  = 4
	aliasExpiry = 12
	aliasSize   = 20

	principalCount = 2 // 2 bytes
	principalName  = 4 // length, 4 bytes
	principalSize  = 8
)

func tag(entry []byte) byte             { return entry[0] & tagMask }
func flagged(entry []byte, f byte) bool { return entry[0]&f != 0 }

func get16(b []byte, at int) int   { return int(binary.LittleEndian.Uint16(b[at:])) }
func get32(b []byte, at int) int   { return int(binary.LittleEndian.Uint32(b[at:])) }
func get64(b []byte, at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }

func set16(b []byte, at, n int)       { binary.LittleEndian.PutUint16(b[at:], uint16(n)) }
func set32(b []byte, at, n int)       { binary.LittleEndian.PutUint32(b[at:], uint32(n)) }
func set64(b []byte, at int, n int64) { binary.LittleEndian.PutUint64(b[at:], uint64(n)) }

// A time of 48 bits lasts until the year 10889.
func fits48(t int64) bool { return t >= 0 && t < 1<<48 }

func get48(b []byte, at int) int64 {
	return int64(binary.LittleEndian.Uint32(b[at:])) | int64(binary.LittleEndian.Uint16(b[at+4:]))<<32
}

func set48(b []byte, at int, t int64) {
	binary.LittleEndian.PutUint32(b[at:], uint32(t))
	binary.LittleEndian.PutUint16(b[at+4:], uint16(t>>32))
}

// after returns the time d milliseconds after t, or the last there is.
func after(t, d int64) int64 {
	if d > 0 && t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}

// stringText returns the value of a string.
func stringText(entry []byte) []byte {
	_, at, _ := stringKind{}.key(entry)
	return entry[at : at+get32(entry, stringValue)]
}

// stringExpires returns when a string expires, or store.Never.
func stringExpires(entry []byte) int64 {
	if !flagged(entry, flagExpires) {
		return store.Never
	}
	return get64(entry, stringExpiry)
}

// sizeOfString returns how many bytes the entry of a string takes.
func sizeOfString(key, value int, expiry int64) int {
	n := stringSize + key + value
	if expiry != store.Never {
		n += 8
	}
	return n
}

// putString writes the entry of a string but for its value, and returns the place for that.
func putString(entry, key []byte, value int, expiry, now int64) []byte {
	entry[0], entry[stringUses] = tagString, usesAtFirst
	set32(entry, stringAccessed, int(now>>10))
	set32(entry, stringKey, len(key))
	set32(entry, stringValue, value)
	at := stringSize
	if expiry != store.Never {
		entry[0] |= flagExpires
		set64(entry, stringExpiry, expiry)
		at += 8
	}
	at += copy(entry[at:], key)
	return entry[at : at+value]
}

// deadlineOf turns an expiry of the contract into one that compares. No expiry is later than any, and what expires at
// the end of time does not expire.
func deadlineOf(expiry int64) int64 {
	if expiry == store.Never {
		return arena.NoDeadline
	}
	return expiry
}
