package server

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"sessd/commands"
	"sessd/store"
)

// ClientMemory bounds the buffers of all clients together: bytes, or where it is negative so many percent of maxmemory, as
// in Redis.
type ClientMemory int64

// NoClientMemory is no bound; it is written as 0.
const NoClientMemory ClientMemory = math.MaxInt64

// minClientMemory is the least bound that has an effect, as in Redis. Below it nobody could raise it.
const minClientMemory = 128 << 10

// ParseClientMemory reads a size, a percentage, or 0 for no bound. Its errors are Redis's.
func ParseClientMemory(text string) (ClientMemory, error) {
	if digits, ok := strings.CutSuffix(text, "%"); ok {
		percent, ok := store.ParseInt([]byte(digits))
		switch {
		case !ok || percent < 0:
			return 0, errors.New("argument must be a memory or percent value")
		case percent > 100:
			return 0, errors.New("percentage argument must be less or equal to 100")
		case percent > 0:
			return ClientMemory(-percent), nil
		}
		return NoClientMemory, nil
	}
	n, err := commands.ParseSize(text)
	switch {
	case err != nil:
		return 0, errors.New("argument must be a memory or percent value")
	case n == 0:
		return NoClientMemory, nil
	}
	return ClientMemory(n), nil
}

func (m ClientMemory) String() string {
	switch {
	case m == NoClientMemory:
		return "0"
	case m < 0:
		return strconv.FormatInt(-int64(m), 10) + "%"
	}
	return strconv.FormatInt(int64(m), 10)
}

// clientMemory returns the bound in force, in bytes. A percentage follows maxmemory, and is no bound where that is none.
func (s *Server) clientMemory() int64 {
	n := s.limits.clientMemory.Load()
	if n < 0 {
		whole := s.dispatcher.MaxMemory()
		if whole == 0 {
			return math.MaxInt64
		}
		n = int64(float64(whole) * float64(-n) / 100)
	}
	return max(n, minClientMemory)
}
