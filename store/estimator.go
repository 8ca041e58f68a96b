package store

// Estimator is the ability to tell beforehand that an operation takes long, at the cost of one look.
type Estimator interface {
	// ManySessions reports whether a principal has so many sessions that PrincipalSessions takes long.
	ManySessions(op Op, principal []byte) bool
}
