package rdb

import "strconv"

// What is in a value of a module, behind numbers that tell it.
const (
	moduleEnd = iota
	moduleSigned
	moduleUnsigned
	moduleFloat
	moduleDouble
	moduleText
)

// skipStream reads over a stream.
func (r *reader) skipStream(kind byte) {
	r.left = "stream"
	for n := r.count(); n > 0 && !r.failed; n-- {
		r.text() // the first id of a node
		r.text() // its entries
	}
	r.lengths(3) // count of entries, last id
	if kind >= stream2 {
		r.lengths(5) // first id, greatest id that was deleted, entries added
	}
	for groups := r.count(); groups > 0 && !r.failed; groups-- {
		r.text()
		r.lengths(2)
		if kind >= stream2 {
			r.lengths(1) // entries read
		}
		for pending := r.count(); pending > 0 && !r.failed; pending-- {
			r.take(16 + 8) // id, when it was delivered
			r.lengths(1)   // how often
		}
		for consumers := r.count(); consumers > 0 && !r.failed; consumers-- {
			r.text()
			r.take(8) // when it was seen
			if kind >= stream3 {
				r.take(8) // when it was active
			}
			for pending := r.count(); pending > 0 && !r.failed; pending-- {
				r.take(16)
			}
		}
	}
}

// lengths reads over so many numbers.
func (r *reader) lengths(n int) {
	for range n {
		r.length()
	}
}

// skipModule reads over a value of a module.
func (r *reader) skipModule() {
	id, _ := r.length()
	r.left = "value of module " + strconv.Quote(moduleName(id))
	r.moduleValues()
}

// moduleValues reads over what a module has written, up to its end.
func (r *reader) moduleValues() {
	for !r.failed {
		switch what, _ := r.length(); what {
		case moduleEnd:
			return
		case moduleSigned, moduleUnsigned:
			r.length()
		case moduleFloat:
			r.take(4)
		case moduleDouble:
			r.take(8)
		case moduleText:
			r.text()
		default:
			r.failed = true
		}
	}
}

// moduleName returns the name in the number of a module: 9 characters of 6 bits over a version of 10.
func moduleName(id uint64) string {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var name [9]byte
	for i := range name {
		name[i] = characters[id>>(10+6*(8-i))&63]
	}
	return string(name[:])
}
