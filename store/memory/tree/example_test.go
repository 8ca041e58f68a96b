package tree_test

import (
	"fmt"
	"hash/crc32"

	"sessd/store/memory/tree"
)

// slices keeps nodes in the Go heap.
type slices map[uint32][]byte

func (s slices) Get(n uint32) []byte  { return s[n] }
func (s slices) Look(n uint32) []byte { return s[n] }

func (s slices) Put(n uint32, size int) []byte {
	b := make([]byte, size)
	copy(b, s[n])
	s[n] = b
	return b
}

func (s slices) New(size int) (uint32, []byte) {
	n := uint32(len(s) + 1)
	for s[n] != nil {
		n++
	}
	s[n] = make([]byte, size)
	return n, s[n]
}

func (s slices) Free(n uint32) { delete(s, n) }

func Example() {
	nodes := slices{}
	hash := tree.New(nodes, tree.Map)
	key := func(name string) tree.Key {
		return tree.Key{Prefix: uint64(crc32.ChecksumIEEE([]byte(name))), Name: []byte(name)}
	}
	for _, name := range []string{"lang", "theme", "cart", "user"} {
		hash.Set(key(name), []byte("the "+name))
	}
	state := hash.AppendTo(nil) // is kept by the owner

	hash = tree.Open(nodes, state)
	value, ok := hash.Get(key("cart"))
	fmt.Printf("%s, %v, one of %d\n", value, ok, hash.Len())

	list := tree.New(nodes, tree.List)
	for i := range 5 {
		list.InsertAt(list.Len(), fmt.Append(nil, i))
	}
	list.DeleteAt(0)
	var c tree.Cursor
	for ok := c.SeekAt(&list, list.Len()-1); ok; ok = c.Prev() {
		fmt.Printf("%s ", c.Item().Value)
	}
	// Output:
	// the cart, true, one of 4
	// 4 3 2 1
}
