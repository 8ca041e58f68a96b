package store

import (
	"context"
	"errors"
)

// ErrWaits says that an operation with the context Immediate would have to wait. Nothing was changed and no visitor called.
var ErrWaits = errors.New("the operation has to wait")

// ErrLong says that an operation with the context Immediate would take long, though it waits for nothing. Nothing was
// changed and no visitor called. The caller does it again away from its event loop, with another context.
var ErrLong = errors.New("the operation takes long")

// immediate is the context of callers that cannot wait. Engines find it by its type, which costs one comparison.
type immediate struct{ context.Context }

// Immediate returns the context of a caller that cannot wait, because it serves others too. An engine that has to ask a
// network or a disk returns ErrWaits. The caller then does the operation again, with another context, where waiting holds
// nobody up.
func Immediate() context.Context { return immediate{context.Background()} }

// IsImmediate reports whether a caller cannot wait. It is for engines that would have to.
func IsImmediate(ctx context.Context) bool {
	_, is := ctx.(immediate)
	return is
}
