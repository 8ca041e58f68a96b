package memory

import (
	"sessd/store/memory/arena"
	"sessd/store/memory/tree"
)

// keepsNodes reports whether a collection that moves has its nodes in the right shard.
func (t *transfer) keepsNodes() bool { return t.moves && t.from.shard == t.to.shard }

// planNodes counts what copies of the nodes take under the tokens in new roots.
func (t *transfer) planNodes(roots []byte) {
	n, former := arena.Inserts{}, rootsOf(t.from.entry)
	t.nodes = nil
	for i := 0; i < len(roots); i += rootSize {
		nodes, token := t.from.nodesOf(former[i:]), uint64(get64(roots[i:], rootToken))
		of := tree.Open(nodes, roots[i+rootState:])
		numbers, all := of.Nodes(), int64(0)
		t.nodes = append(t.nodes, numbers)
		for _, number := range numbers {
			size := nodeSize + len(nodes.Get(number))
			all += int64(size - nodeSize)
			t.need += int64(t.to.table.Room(size)) + n.Add(&t.to.table.Index, hashOfNode(token, number))
			if !t.to.demand(size, &t.beside) {
				t.refused = true
			}
		}
		set32(roots[i:], rootNodes, len(numbers)) // without those that were cut off
		tree.SetBytes(roots[i+rootState:], all)
	}
}

// copyNodes stores copies of the nodes under the tokens in new roots.
func (t *transfer) copyNodes(roots []byte) {
	for i, numbers := range t.nodes {
		at := i * rootSize
		nodes, token := t.from.nodesOf(rootsOf(t.from.entry)[at:]), get64(roots[at:], rootToken)
		for _, number := range numbers {
			size := len(nodes.Get(number))
			_, entry := t.to.table.Add(hashOfNode(uint64(token), number), nodeSize+size)
			copy(entry[nodeSize:nodeSize+size], nodes.Get(number))
			entry[0] = tagNode
			set64(entry, nodeToken, token)
			set32(entry, nodeNumber, int(number))
		}
	}
}
