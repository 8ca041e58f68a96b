package store

import (
	"context"
	"errors"
)

// Errors about a list and its elements.
var (
	// ErrNoList says that there is no list under a key.
	ErrNoList = errors.New("no such list")
	// ErrIndex says that a list has no element at an index.
	ErrIndex = errors.New("index out of range")
)

// Lists is the ability to hold lists: elements under a key, in the order of their places. A list without elements is none.
// An index counts from 0, a negative one from the end, of which -1 is the last. Where the key holds an entry of another type,
// operations return ErrWrongType.
type Lists interface {
	// PushList adds elements at an end, one after the other, and returns the list's length. It makes the list if there
	// is none unless ifPresent, and keeps its expiry. Errors: ErrNoMemory.
	PushList(ctx context.Context, op Op, key []byte, elements [][]byte, at ListEnd, ifPresent bool) (length int, err error)
	// ReplaceList makes elements the list under a key, in place of an entry of any type. With none the entry ends. Errors:
	// ErrNoMemory.
	ReplaceList(ctx context.Context, op Op, key []byte, elements [][]byte) error
	// PopList shows up to count elements from an end of the first list that there is under one of the keys. It removes
	// them, and the list with its last one. It reports whether there is a list. count is not negative. Errors:
	// ErrNoMemory.
	PopList(ctx context.Context, op Op, keys [][]byte, count int64, at ListEnd, v ListVisitor) (found bool, err error)
	// ReadList shows the elements between two indexes, both included.
	ReadList(ctx context.Context, op Op, key []byte, start, stop int64, v ListVisitor) error
	// ListLength returns the number of elements, 0 where there is no list.
	ListLength(ctx context.Context, op Op, key []byte) (int, error)
	// SetElement replaces the element at an index. Errors: ErrNoList, ErrIndex, ErrNoMemory.
	SetElement(ctx context.Context, op Op, key []byte, index int64, value []byte) error
	// InsertElement adds an element before the first that is equal to pivot, or after it. It returns the length of the list,
	// 0 where there is none, and -1 where it has no such element. Errors: ErrNoMemory.
	InsertElement(ctx context.Context, op Op, key, pivot, value []byte, after bool) (length int, err error)
	// RemoveElements removes the first elements that are equal to value, as many as count says. Where count is negative
	// it removes the last ones, and all where it is 0. It returns how many there were. Errors: ErrNoMemory.
	RemoveElements(ctx context.Context, op Op, key, value []byte, count int64) (int, error)
	// TrimList removes the elements that are not between two indexes, both included. Errors: ErrNoMemory.
	TrimList(ctx context.Context, op Op, key []byte, start, stop int64) error
	// FindElements visits the indexes, from 0 on, of elements that are equal to value.
	FindElements(ctx context.Context, op Op, key, value []byte, s ListSearch, visit func(index int)) error
	// MoveElement moves an element from an end of a list to an end of another one, or the same, and shows it. It returns
	// false where there is no list to take it from. Errors: ErrNoMemory.
	MoveElement(ctx context.Context, op Op, from, to []byte, take, put ListEnd, show func(element []byte)) (bool, error)
}

// ListEnd is an end of a list.
type ListEnd uint8

// The ends of a list: its first element and its last one.
const (
	ListHead ListEnd = iota
	ListTail
)

// ListSearch says which of equal elements are found.
type ListSearch struct {
	Rank    int64 // of the first that is visited, from 1 on; negative: from the end, and backward. It is not 0
	Count   int64 // how many are visited at most; 0: all
	MaxSeen int64 // how many elements are compared at most; 0: all
}

// ListVisitor is shown a list while it is locked.
type ListVisitor interface {
	// List comes first, with the key and how many elements are shown. It does not come where there is no list.
	List(key []byte, elements int)
	// Element comes for every element that is shown.
	Element(value []byte)
}
