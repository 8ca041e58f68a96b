package tree

// Text is the level of nodes that are texts. They lead to no others.
const Text = -1

// Below visits the nodes to which node n at a level leads, with their levels. The root is at level 0.
func (t *Tree) Below(n uint32, level int, visit func(n uint32, level int)) {
	if level == Text {
		return
	}
	b := t.get(n)
	if level < t.height-1 {
		for i := range count(b) {
			if sep, overflow := separatorAt(b, i); overflow {
				visit(overflowText(sep).node, Text)
			}
			visit(childAt(b, i), level+1)
		}
		return
	}
	if b[nodeFlags]&flagOverflow == 0 {
		return
	}
	f, at := t.order.formOf(b), nodeSize
	for range count(b) {
		var e element
		e, at = f.read(b, at)
		for _, x := range [...]text{e.name, e.value} {
			if x.overflow {
				visit(x.node, Text)
			}
		}
	}
}

// Root returns the number of the root, and whether there is one.
func (t *Tree) Root() (n uint32, ok bool) { return t.root, t.height > 0 }
