package tree

import (
	"bytes"
	"fmt"
)

var spoiled = bytes.Repeat([]byte{0xdb}, 1024)

// movingNodes moves every lent node at the next change, and spoils the bytes where it was.
type movingNodes struct {
	nodes map[uint32][]byte
	lent  map[uint32]bool
	used  map[uint32]bool // nodes that were lent since begin
	more  int64           // bytes that were asked for since begin
	next  uint32
}

func newMovingNodes() *movingNodes {
	return &movingNodes{nodes: map[uint32][]byte{}, lent: map[uint32]bool{}, used: map[uint32]bool{}, next: 7}
}

// begin is called before an operation.
func (m *movingNodes) begin() {
	clear(m.used)
	m.more = 0
}

func (m *movingNodes) move() {
	for n := range m.lent {
		b := m.nodes[n]
		m.nodes[n] = bytes.Clone(b)
		for len(b) > 0 {
			b = b[copy(b, spoiled):]
		}
	}
	clear(m.lent)
}

func (m *movingNodes) lend(n uint32) []byte {
	b, ok := m.nodes[n]
	if !ok {
		panic(fmt.Sprintf("there is no node %d", n))
	}
	m.lent[n], m.used[n] = true, true
	return b[:len(b):len(b)]
}

func (m *movingNodes) Get(n uint32) []byte { return m.lend(n) }

func (m *movingNodes) Look(n uint32) []byte {
	if _, ok := m.nodes[n]; !ok {
		return nil
	}
	return m.lend(n)
}

func (m *movingNodes) Put(n uint32, size int) []byte {
	m.lend(n)
	m.more += int64(size - len(m.nodes[n]))
	m.move()
	b := bytes.Repeat([]byte{0xee}, size+size%3)
	copy(b, m.nodes[n])
	m.nodes[n] = b
	return m.lend(n)
}

func (m *movingNodes) New(size int) (uint32, []byte) {
	m.move()
	m.next++
	m.more += int64(size)
	m.nodes[m.next] = bytes.Repeat([]byte{0xcd}, size+size%3)
	return m.next, m.lend(m.next)
}

func (m *movingNodes) Free(n uint32) {
	m.lend(n)
	m.more -= int64(len(m.nodes[n]))
	m.move()
	delete(m.nodes, n)
}

// check returns an error if the tree is not as it should be, or nodes are left over.
func (m *movingNodes) check(t *Tree) error {
	if err := t.Check(); err != nil {
		return err
	}
	if n := t.CountNodes(); n != len(m.nodes) {
		return fmt.Errorf("the tree uses %d of %d nodes", n, len(m.nodes))
	}
	return nil
}

// smallTree returns an empty tree with small limits over moving nodes.
func smallTree(order Order) (*Tree, *movingNodes) {
	m := newMovingNodes()
	t := New(m, order)
	t.limits = &tiny
	return &t, m
}

// reopen returns the tree as it is after its owner kept and opened it.
func reopen(t *Tree) *Tree {
	state := t.AppendTo(nil)
	if len(state) != StateSize {
		panic("a state of another size")
	}
	again := Open(t.nodes, state)
	again.limits = t.limits
	return &again
}
