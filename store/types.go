package store

import "strings"

// Type is the type of an entry.
type Type uint8

// The types of entries. TypeNone is the type of a key that is not there.
const (
	TypeNone Type = iota
	TypeSession
	TypeString
	TypeHash
	TypeSortedSet
	TypeSet
	TypeList
	TypeStream
)

// MaxTypes is above every Type, for arrays by type.
const MaxTypes = 16

// typeNames are the names that TYPE answers.
var typeNames = [MaxTypes]string{
	TypeNone:      "none",
	TypeSession:   "session",
	TypeString:    "string",
	TypeHash:      "hash",
	TypeSortedSet: "zset",
	TypeSet:       "set",
	TypeList:      "list",
	TypeStream:    "stream",
}

// String returns the name that TYPE answers.
func (t Type) String() string {
	if t < MaxTypes && typeNames[t] != "" {
		return typeNames[t]
	}
	return typeNames[TypeNone]
}

// ParseType returns the type with a name, which it compares without regard to case as Redis does in SCAN's TYPE
// option. An unknown name is TypeNone and false.
func ParseType(name string) (Type, bool) {
	for t, known := range typeNames {
		if t != int(TypeNone) && known != "" && strings.EqualFold(name, known) {
			return Type(t), true
		}
	}
	return TypeNone, false
}
