// Package tree is a counted B+tree whose nodes are bytes of somebody else: it keeps one large hash, set, sorted set or
// list as many entries of an engine, so that no operation moves more than a few of them. It knows no engine, only Nodes.
//
//	state (16 bytes, in the root entry of the collection): order, height, root, elements, bytes
//	   │
//	   ▼         entries: child, elements below it, end of its separator       separators
//	┌────────┬──────────────────┬──────────────────┬──────────────────┬─ ─┬─────────┬─────────┬─ ─
//	│ branch │ node 12   71   0 │ node 31   64   3 │ node 19   80   7 │   │ 3 bytes │ 4 bytes │
//	└────────┴───│──────────────┴───│──────────────┴──────────────────┴─ ─┴─────────┴─────────┴─ ─
//	             ▼                  ▼
//	         ┌──────┬────────┬────────┬────────┬─ ─   an element: prefix │ code, name │ code, value
//	         │ leaf │element │element │element │      Map     4 bytes: hash   │            │
//	         └──────┴────────┴────────┴────────┴─ ─   Set     4 bytes: hash   │
//	                    │ a text of more than         Sorted  8 bytes: score  │
//	                    ▼ 384 bytes                   List                                 │
//	                 ┌────────────────────────┐
//	                 │ a node with its bytes  │
//	                 └────────────────────────┘
//
// # One order for all
//
// Elements are sorted as bytes: the prefix with its highest byte first, then the name. A hash of the name as prefix makes
// a hash or a set, which is scanned in the order of hashes, so that a cursor outlives changes. A score as prefix makes a
// sorted set; a Map beside it leads from members to scores. Without prefix and name only the position is left: a list.
// So there is one mechanism, and an order says which parts of an element exist.
//
// A separator is the shortest beginning of the element after it that sorts after the element before it: two or three
// bytes for hashes. One of more than 128 bytes lies in a node of its own. Branches have an entry of fixed size for each child,
// so a search among separators is binary, and count the elements below, so ranks and positions cost no more than names.
//
// # Nodes
//
// A leaf is full when the bytes of its elements, and 8 for each, are 3072; a branch has up to 2048 bytes. A node takes
// little more than it uses, so leaves that are half full cost speed rather than memory. A full node is divided in
// halves; but where elements come in order at an end, the full one stays as it is, so a queue or an ordered import has
// full leaves. A node below a third of its limit is merged with a neighbour, or shares with it. The first and the last
// node of a level may have less, so that pushing and popping at the ends divides and merges nothing. An operation changes
// at most two nodes of a level and moves nothing else.
//
// # Who owns what
//
// Nodes owns all bytes, and may move any node when one is put, made or freed; the tree asks again for those it still
// needs. What Get, At and cursors return lies in nodes and lasts until the next change. Keys and values that callers pass
// must lie elsewhere. The owner of a tree keeps its state, and frees a tree that is no longer wanted with FreeSome, in steps.
//
// # What is to come
//
// A field with an expiry will have a code before its name, one of those that text.go leaves free, and the time after it.
// Leaves without such fields stay as they are. A deadline for the whole leaf can have a bit in its flags.
package tree
