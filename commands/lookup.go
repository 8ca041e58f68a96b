package commands

// names finds a command by its name in any letter case. It needs neither a copy in small letters nor a map, which cost
// more than some commands do.
type names struct {
	slots []*Command // open addressing; a power of two in number, most of them nil
}

// newNames returns the names of commands without subcommands.
func newNames(commands []*Command) names {
	size := 16
	for size < 4*len(commands) {
		size *= 2
	}
	n := names{make([]*Command, size)}
	for _, c := range commands {
		i := n.first([]byte(c.Name))
		for n.slots[i] != nil {
			i = (i + 1) % len(n.slots)
		}
		n.slots[i] = c
	}
	return n
}

// find returns the command that a word names, or nil.
func (n *names) find(word []byte) *Command {
	if len(word) > maxName {
		return nil
	}
	for i := n.first(word); ; i = (i + 1) & (len(n.slots) - 1) {
		c := n.slots[i]
		if c == nil || sameName(c.Name, word) {
			return c
		}
	}
}

// first returns where the search for a word begins.
func (n *names) first(word []byte) int {
	h := uint32(len(word))
	for _, b := range word {
		h = h*31 + uint32(b|0x20) // which makes letters small and confuses nothing else that names have
	}
	return int(h^h>>15) & (len(n.slots) - 1)
}

// sameName reports whether a word is a name, which is in small letters.
func sameName(name string, word []byte) bool {
	if len(name) != len(word) {
		return false
	}
	for i, b := range word {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		if b != name[i] {
			return false
		}
	}
	return true
}
