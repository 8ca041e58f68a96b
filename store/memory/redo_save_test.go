package memory

import (
	"reflect"
	"testing"

	"sessd/store"
)

// A save has a record of its own, unless it has to do with fields that expire. What is added to these has to be told of in tellSave, or concern no other process.
func TestRecordOfSaveHasAll(t *testing.T) {
	for of, want := range map[reflect.Type][]string{
		reflect.TypeFor[store.SaveOptions](): {"Component", "Bound", "Revision", "IdleTimeout", "Unset", "Fields", "Token", "Unlock", "More", "Info"},
		reflect.TypeFor[store.BagChange]():   {"Component", "Unset", "Fields", "TTL"},
	} {
		var got []string
		for i := range of.NumField() {
			got = append(got, of.Field(i).Name)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v has %v, want %v: a record of a save tells of no others", of, got, want)
		}
	}
}
