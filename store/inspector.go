package store

import "context"

// Inspector is the ability to tell how an entry is kept.
type Inspector interface {
	// InspectKey returns how an entry is kept, which does not count as use; found is false when there is none.
	InspectKey(ctx context.Context, op Op, key []byte) (i Inspection, found bool, err error)
}

// Inspection is how an entry is kept.
type Inspection struct {
	Type     Type
	Encoding string // as OBJECT ENCODING names it, or the nearest name that it has
	Idle     int64  // milliseconds since its last use, as exact as the engine knows
	Uses     int    // grows with the logarithm of its uses, and falls with time, under a policy that counts them
	Bytes    int64  // counted for it
}

// maxEmbedded is the length in bytes up to which Redis keeps a string beside its header.
const maxEmbedded = 44

// StringEncoding returns how Redis keeps a string with a value.
func StringEncoding(value []byte) string {
	if _, ok := ParseInt(value); ok {
		return "int"
	}
	if len(value) <= maxEmbedded {
		return "embstr"
	}
	return "raw"
}

// CollectionEncoding returns how Redis keeps a collection of a type, in its small or its large form.
func CollectionEncoding(t Type, large bool) string {
	switch name := t.String(); {
	case t == TypeStream:
		return name
	case t == TypeSet:
		return "hashtable"
	case !large:
		return "listpack"
	case name == "list":
		return "quicklist"
	case name == "zset":
		return "skiplist"
	}
	return "hashtable"
}
