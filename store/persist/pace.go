package persist

import (
	"time"

	"sessd/store/journal"
)

// A snapshot competes with requests for the processors. Who has just become ready to run waits until whoever runs sleeps, or
// for a slice of the scheduler, which is some milliseconds. So a snapshot beside requests sleeps after every short slice of
// work, for longer than it worked.
const (
	workFor  = 50 * time.Microsecond
	sleepFor = 50 * time.Microsecond // and what the kernel adds, which is as much
)

// pacer makes work sleep between slices.
type pacer struct{ since time.Time }

// rest is called between parts of the work.
func (p *pacer) rest() {
	if now := time.Now(); now.Sub(p.since) >= workFor {
		journal.Nap(sleepFor)
		p.since = time.Now()
	}
}
