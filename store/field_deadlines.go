package store

import "context"

// FieldExpirer is the ability to end fields of hashes at times of their own. Times are in milliseconds since the Unix
// epoch, and Never stands for the end of the hash. A field is gone from its millisecond on, and the hash with its last one.
// SetHash has fields end with the hash again; sums keep their ends. Where the key holds an entry of another type, operations
// return ErrWrongType.
type FieldExpirer interface {
	// FieldEnds shows when fields end, which does not count as use.
	FieldEnds(ctx context.Context, op Op, key []byte, fields [][]byte, visit func(at int64, found bool)) error
	// ExpireFields changes when fields end, or removes them where e.At is not to come, and shows what became of each.
	// Errors: ErrNoMemory.
	ExpireFields(ctx context.Context, op Op, key []byte, fields [][]byte, e ExpireOptions, visit func(FieldOutcome)) error
	// GetFields shows fields as ReadHash does, and then changes those that are there. Errors: ErrNoMemory.
	GetFields(ctx context.Context, op Op, key []byte, g GetFieldsOptions, v HashVisitor) error
	// SetFields is SetHash with an end for the fields, and reports whether they were set. Errors: ErrNoMemory.
	SetFields(ctx context.Context, op Op, key []byte, s SetFieldsOptions) (set bool, err error)
}

// FieldOutcome is what became of a field's end.
type FieldOutcome int8

// What becomes of a field's end.
const (
	FieldMissing FieldOutcome = iota
	FieldKept                 // a condition is not met, or it has no end that could be removed
	FieldExpires              // it has another end, or none any more
	FieldRemoved              // its end was not to come
)

// GetFieldsOptions says what becomes of fields that were read.
type GetFieldsOptions struct {
	Fields  [][]byte
	Delete  bool  // they are removed
	Expires bool  // they end at At, and are removed where that is not to come; Never: with the hash
	At      int64 // if Expires
}

// SetFieldsOptions says how fields are set. At most one of IfAbsent and IfPresent is true.
type SetFieldsOptions struct {
	Pairs     [][]byte // name, value, name, value ...
	IfAbsent  bool     // only if none of the fields is there
	IfPresent bool     // only if all of the fields are there
	KeepEnds  bool     // fields end as before
	At        int64    // else they end then, and are removed where that is not to come; Never: with the hash
}
