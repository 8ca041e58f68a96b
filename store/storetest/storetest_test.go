package storetest_test

import (
	"testing"

	"sessd/store"
	"sessd/store/storetest"
)

func openModel(*testing.T) store.Engine { return storetest.NewModel(2, store.Limits{}) }

func TestModel(t *testing.T) { storetest.Run(t, openModel) }

func TestModelIsItself(t *testing.T) { storetest.Random(t, openModel) }

func TestModelInParallel(t *testing.T) { storetest.Parallel(t, openModel) }

// TestOperationsTouchTheirKeys: what an operation says of the keys that it touches is all that it looks at and changes. Steps
// cover these keys, and histories are taken apart by them.
func TestOperationsTouchTheirKeys(t *testing.T) { storetest.TouchTheirKeys(t) }
