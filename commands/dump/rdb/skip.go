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
