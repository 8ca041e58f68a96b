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
