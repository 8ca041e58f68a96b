package tree

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"
)

// What is set at once takes no more than NeedAll said before.
func TestNeedAllIsEnough(t *testing.T) {
	for _, order := range []Order{Map, Map | Tiny} {
		for seed := range uint64(30) {
			r := rand.New(rand.NewPCG(seed, uint64(order)))
			nodes := newMovingNodes()
			tree := New(nodes, order)
			for batch := range 12 {
				n, long := 1+r.IntN(400), 1+r.IntN(2*tree.TextLimit())
				names, values := make([]string, n), make([]string, n)
				bytes, name, value, texts := 0, 0, 0, 0
				for i := range n {
					names[i], values[i] = fmt.Sprint(r.IntN(3000)), strings.Repeat("v", r.IntN(long))
					bytes += len(names[i]) + len(values[i])
					name, value = max(name, len(names[i])), max(value, len(values[i]))
					if len(values[i]) > tree.TextLimit() {
						texts++
					}
				}
				need, fresh := tree.NeedAll(n, int64(bytes), name, value)
				nodes.begin()
				made := len(nodes.nodes)
				for i := range n {
					tree.Set(Key{uint64(crc32.ChecksumIEEE([]byte(names[i]))), []byte(names[i])}, []byte(values[i]))
				}
				if nodes.more > need {
					t.Fatalf("batch %d of %d elements, %d bytes asks for %d bytes, needs %d", batch, n, bytes, nodes.more, need)
				}
				if more := len(nodes.nodes) - made; more > fresh+texts {
					t.Fatalf("batch %d of %d elements makes %d nodes, said are %d", batch, n, more, fresh+texts)
				}
			}
			if err := tree.Check(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
