package server

import (
	"bytes"
	"os"
	"strconv"
)

// idleTime tells how many processors of the machine are idle.
type idleTime struct {
	idle, total uint64 // ticks of all processors, when it was last asked
}

// processors returns how many were idle on average since it was last asked, as /proc/stat counts. It is 0 where that is not
// to be read.
func (t *idleTime) processors() float64 {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	return t.since(parseIdle(text))
}

// since returns how many of so many processors were idle on average up to now.
func (t *idleTime) since(now idleTime, processors int) float64 {
	before := *t
	*t = now
	if before.total == 0 || now.total <= before.total || now.idle < before.idle {
		return 0
	}
	return float64(now.idle-before.idle) / float64(now.total-before.total) * float64(processors)
}

// parseIdle reads the first line of /proc/stat, which is of all processors together, and counts those of each.
func parseIdle(text []byte) (t idleTime, processors int) {
	for line := range bytes.Lines(text) {
		words := bytes.Fields(line)
		if len(words) < 6 || !bytes.HasPrefix(words[0], []byte("cpu")) {
			break
		}
		if len(words[0]) > len("cpu") {
			processors++
			continue
		}
		for i, word := range words[1:min(len(words), 9)] { // guests, behind, are among users
			n, err := strconv.ParseUint(string(word), 10, 64)
			if err != nil {
				return idleTime{}, 0
			}
			t.total += n
			if i == 3 || i == 4 { // idle, and idle but for a disk
				t.idle += n
			}
		}
	}
	return t, processors
}
