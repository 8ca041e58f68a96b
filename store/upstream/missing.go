package upstream

import "sessd/store"

// What this engine does not do, and says so. Nothing is changed.
var (
	errFieldEnd = &store.MissingError{What: "fields that expire (FIELDEX) need sessd without --upstream"}
	errCrowd    = &store.MissingError{What: "a limit of sessions per principal needs one server, and the upstream is a cluster"}
)

// lacks returns an error for changes of which one does what the engine does not: a field that ends by itself.
func lacks(changes []store.BagChange) error {
	for i := range changes {
		if changes[i].TTL != 0 {
			return errFieldEnd
		}
	}
	return nil
}
