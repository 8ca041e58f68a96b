package upstream

import (
	"strconv"
	"strings"

	"github.com/redis/rueidis"
)

// slots is how many slots a cluster has.
const slots = 1 << 14

// slotOf returns the slot of a session's key: CRC-16/XMODEM of its tag.
func slotOf(key string) int {
	sum := uint16(0)
	for _, c := range []byte(key[len(sessionPrefix) : len(sessionPrefix)+tagSize]) {
		sum ^= uint16(c) << 8
		for range 8 {
			carry := sum >> 15
			sum = sum<<1 ^ carry*0x1021
		}
	}
	return int(sum % slots)
}

// gatherings gather the changes of sessions, those of each server.
type gatherings struct {
	whole *gathering   // nil in a cluster
	parts []*gathering // by slot
}

// of returns what gathers the changes of a key, nil where nothing does.
func (g *gatherings) of(key string) *gathering {
	switch {
	case g == nil:
		return nil
	case g.parts == nil:
		return g.whole
	}
	return g.parts[slotOf(key)]
}

// gatheringsOf returns what gathers changes over the client of a link, to servers that have slots as a layout says.
func (e *Engine) gatheringsOf(client rueidis.Client, layout string) *gatherings {
	if e.kind != cluster {
		if !e.mayGather() {
			return nil
		}
		return &gatherings{whole: &gathering{client: client, ends: e.endsOver(e.client)}}
	}
	nodes, parts := client.Nodes(), make(map[string]*gathering)
	others := e.client.Nodes()
	all := &gatherings{parts: make([]*gathering, slots)}
	for _, span := range strings.Fields(layout) {
		numbers, address, _ := strings.Cut(span, "=")
		node := nodes[address]
		if node == nil {
			continue
		}
		if parts[address] == nil {
			parts[address] = &gathering{client: node, part: true, ends: e.endsOver(others[address])}
		}
		from, to, _ := strings.Cut(numbers, "-")
		first, _ := strconv.Atoi(from)
		last, err := strconv.Atoi(to)
		if err != nil || first < 0 {
			continue
		}
		for i := first; i <= last && i < slots; i++ {
			all.parts[i] = parts[address]
		}
	}
	return all
}

// endsOver returns what gathers ends of sessions over a client of a server, which has to be of that one alone; nil where nothing does, or
// no replicas are waited for.
func (e *Engine) endsOver(client rueidis.Client) *gathering {
	if client == nil || e.options.Replicas == 0 {
		return nil
	}
	return &gathering{client: client, replicas: e.options.Replicas}
}
