package keys

import (
	"bytes"
	"math"
	"slices"

	"sessd/commands"
	"sessd/store"
)

// wholeRound is the count of a scan that is to be over in one step, as far as the engine does such steps.
const wholeRound = math.MaxInt

// allKeys answers the keys of a whole round, each once.
func (f *family) allKeys(c *commands.Call, o store.ScanOptions) error {
	var keys [][]byte
	for at, steps := uint64(0), 0; at != 0 || steps == 0; steps++ {
		var err error
		if at, err = f.engine.Scan(c.Context, c.Op, at, o, func(key []byte) {
			if c.MayRead(key) {
				keys = append(keys, bytes.Clone(key))
			}
		}); err != nil {
			return err
		}
	}
	slices.SortFunc(keys, bytes.Compare)
	c.Bulks(slices.CompactFunc(keys, bytes.Equal)) // later steps may meet a key again
	return nil
}
