package upstream

import "sessd/store"

// What this engine does not do, and says so. Nothing is changed.
var errCrowd = &store.MissingError{What: "a limit of sessions per principal needs one server, and the upstream is a cluster"}
