// Package tree is a counted B+tree over nodes that somebody else owns. It keeps one large hash, set, sorted set or list
// as many entries of an engine, and an operation moves only a few of them. It knows no engine, only Nodes.
//
//	state (16 bytes, in the root entry of the collection): order, height, root, elements, bytes
//	   │
//	   ▼         entries: child, elements below it, end of its separator      separators
//	┌────────┬──────────────────┬──────────────────┬──────────────────┬─ ─ ─┬─────────┬─────────┬─ ─
//	│ branch │ node 12   71   0 │ node 31   64   3 │ node 19   80   7 │     │ 3 bytes │ 4 bytes │
//	└────────┴───│──────────────┴───│──────────────┴──────────────────┴─ ─ ─┴─────────┴─────────┴─ ─
//	             ▼                  ▼
//	         ┌──────┬─────────┬─────────┬─────────┬─ ─      an element:  prefix          name    value
//	         │ leaf │ element │ element │ element │            Map       4 bytes, hash   yes     yes
//	         └──────┴─────────┴────│────┴─────────┴─ ─         Set       4 bytes, hash   yes
//	                               │ a name or value           Sorted    8 bytes, score  yes
//	                               ▼ above 384 bytes           List                              yes
//	                        ┌────────────┐
//	                        │ its bytes  │
//	                        └────────────┘
//
// # One order for all
//
// Elements are sorted as bytes: the prefix with its highest byte first, then the name. With a hash of the name as prefix
// that is a hash or a set; a scan goes by hash, so its cursor outlives changes. With a score as prefix it is a sorted
// set; a Map beside it leads from members to scores. Without prefix and name only the position is left: a list. There is
// one mechanism, and an order says which parts an element has.
//
// A separator is the shortest beginning of the element after it that sorts after the element before it: two or three
// bytes for hashes. One above 128 bytes lies in a node of its own. Entries of branches have one size, so the search among
// separators is binary. They count the elements below, so a rank or a position costs no more than a name.
//
// # Leaves
//
// A name or a value follows its length, which is a byte up to 239; text.go has the codes. Where all elements of a leaf
// have the same lengths, the header has those instead. Such a fixed-length leaf takes a byte or two less for each
// element, and its search is binary. It becomes plain when another element comes, and may be of fixed length again when
// it is split or merged.
//
// # Fill
//
// A leaf is full when the bytes of its elements, and 8 for each, are 3072; a branch has up to 2048 bytes. A node takes
// little more than it uses, so a leaf that is half full costs speed rather than memory. A full node splits in
// halves. Where elements come in order at an end, the full one stays as it is, so queues and ordered imports have full
// leaves. A node below a third of its limit merges with a neighbour, or shares with it. The first and the last node
// of a level may have less, so pushes and pops seldom split or merge. In a long tree they have room for a whole leaf. An
// End changes those of a list or a sorted set without looking for them again. An operation changes at most two nodes of a
// level, and usually one. A long range at an end is cut off: whole subtrees leave the tree, and are freed apart from it.
//
// Bytes for each of a million elements whose names, values and items have 10 bytes, with 10 for each node in an index:
// Map 28, Set 16, Sorted 20, List 10.3.
//
// # Who owns what
//
// Nodes owns all bytes, and may move any node at every Put, New and Free; the tree asks again for those it still needs.
// What Get, At and cursors return lies in nodes and lasts until the next change. Keys and values that callers pass lie
// elsewhere. The owner of a tree keeps its state after each change, and frees it in steps with FreeSome.
package tree
