//go:build unix

package upstream

import (
	"context"
	"maps"
	"testing"

	"sessd/store"
	"sessd/store/storetest"
	"sessd/test/redistest"
)

// ofClusters is what does not apply in a cluster, beside what differs.
var ofClusters = map[string]string{
	"a limit is exact when many come at once":                                         "a limit that evicts is enforced behind the new session, see TestPrincipalLimitsInCluster",
	"an alias follows its session through later rotations":                            otherSlot,
	"the id of an alias is taken while it leads to a live session":                    otherSlot,
	"a rotation may go back to an id whose grace is over":                             otherSlot,
	"a session destroyed through an alias is destroyed, and its aliases lead nowhere": otherSlot,
	"of many old ids the latest lead to the session":                                  otherSlot,
	"an old id whose grace is over makes room for one more":                           otherSlot,
	"a handle names one session of its principal, as long as it lives":                otherSlot,
	"a visitor that panics leaves the engine usable":                                  "a scan goes from server to server, and the first may have no key",
}

const otherSlot = "an id that clients choose lies in a slot of its own, which the session leaves in a rotation: the old id is not told of later ones"

// TestContractInCluster holds the engine to the contract over three primaries. Ids that tests choose lie in any slot.
func TestContractInCluster(t *testing.T) {
	c := redistest.StartCluster(t, 3)
	except := maps.Clone(differs)
	maps.Copy(except, ofClusters)
	storetest.Run(t, func(t *testing.T) store.Engine {
		for _, s := range c.Servers[:3] {
			s.Do("FLUSHALL")
		}
		e, err := New(Options{URL: "redis-cluster://" + c.Addresses, Timeout: longest, CallerTime: true, Replicas: 0})
		if err == nil {
			err = e.Connect()
		}
		if err != nil {
			t.Fatal(err)
		}
		return e
	}, except)
}

var background = context.Background()
