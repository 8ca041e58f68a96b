// Package tree is a counted B+tree over nodes that somebody else owns. It keeps one large hash, set, sorted set or list
// as many entries of an engine, so that no operation moves more than a few of them. It knows no engine, only Nodes.
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
// bytes for hashes. One above 128 bytes lies in a node of its own. Entries of branches have one size, so separators are
// searched by halves. They count the elements below, so a rank or a position costs no more than a name.
//
// # Leaves
//
// A name or a value follows its length, which is a byte up to 239; text.go has the codes. Where all elements of a leaf
// have the same lengths, the header has those instead. Such a leaf is even: it takes a byte or two less for each element
// and is searched by halves. It becomes plain when another element comes, and may be even again when it is divided.
//
// # Fill
//
// A leaf is full when the bytes of its elements, and 8 for each, are 3072; a branch has up to 2048 bytes. A node takes
// little more than it uses, so a leaf that is half full costs speed rather than memory. A full node is divided in
// halves. Where elements come in order at an end, the full one stays as it is, so queues and ordered imports have full
// leaves. A node below a third of its limit is merged with a neighbour, or shares with it. The first and the last node
// of a level may have less, so pushes and pops seldom divide or merge. An operation changes at most two nodes of a
// level, and usually one.
//
// A million elements, with an index of 10 bytes for each node, take 26 bytes each as fields of 10 bytes with values of
// 10 bytes, 15 as members of 10 bytes in a set, 20 in the order of their scores, and 10.3 as items of 10 bytes in a list.
//
// # Who owns what
//
// Nodes owns all bytes, and may move any node at every Put, New and Free; the tree asks again for those it still needs.
// What Get, At and cursors return lies in nodes and lasts until the next change. Keys and values that callers pass lie
// elsewhere. The owner of a tree keeps its state after each change, and frees it in steps with FreeSome.
//
// # What is to come
//
// A field with an expiry will have a code before its name, one of those that text.go leaves free, and the time after it.
// Leaves without such fields stay as they are. A bit of a leaf's flags can say that it has some.
package tree
