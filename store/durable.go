package store

// Durable is the ability of an engine to be made again, by another process too, from what it told of its changes.
//
// A snapshot is chunks, and a log is the redo of steps; what is in them is the engine's. Apply the chunks to an empty
// engine in their order, then the redo of all steps that ended after the snapshot began, in theirs. That makes the same
// entries as those of the moment after the last of these steps. The snapshot is not of one moment, so the log has to
// reach at least to where it ended. Times are absolute: what has expired meanwhile is gone.
type Durable interface {
	// Record gives r the redo of all steps that follow, until stop is called. There is one Recorder at a time. Neither may
	// be called by the Recorder, nor during a step of the caller's.
	Record(r Recorder) (stop func())
	// Snapshot gives emit the chunks of a snapshot. began is called between two steps, while there is none: the log
	// from there on belongs to the snapshot. It must be quick. Steps go on meanwhile. emit is called at least every 100
	// microseconds or so of work, and may take as long as it likes. It may neither keep the chunk nor change it. The
	// last step that the log must have has been recorded when Snapshot returns. An error of emit ends the snapshot and
	// is returned. There is one snapshot at a time, while there is a Recorder.
	Snapshot(began func(), emit func(chunk []byte) error) error
	// Restore begins to fill the engine, which is empty, and which nobody else uses until Done. Time stands still for it
	// meanwhile, and limits of memory do not count.
	Restore() Restorer
}

// Recorder is given what a log has to keep.
type Recorder interface {
	// Append is given the redo of a step: all of its changes. It is called under the locks of everything that the step
	// has changed. So the redo of steps that depend on each other comes in their order. It must be quick, must not call
	// the engine, and may be called by several goroutines at once. redo is valid during the call.
	Append(redo []byte)
}

// Restorer fills an engine.
type Restorer interface {
	// Apply applies a chunk of a snapshot, or the redo of a step. It returns an error for bytes that are neither, or
	// for those of a call before. Part of them may have been applied then: the engine is of no use but to be closed. It
	// is called by one goroutine, and does not keep the payload.
	Apply(payload []byte) error
	// Reset makes the engine empty again.
	Reset() error
	// Done lets time go on, and the limits count. Its error is as one of Apply, after which it need not be called.
	Done() error
}
