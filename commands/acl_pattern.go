package commands

import "sessd/store"

// covers reports whether a pattern matches every key that begins with a prefix. Only patterns that end in a star do.
func covers(pattern string, prefix []byte) bool {
	if !endsInStar(pattern) {
		return false
	}
	head := []byte(pattern[:len(pattern)-1])
	for n := range len(prefix) + 1 {
		if store.Match(head, prefix[:n]) {
			return true // the star matches the rest
		}
	}
	return false
}

// endsInStar reports whether the last character of a pattern is a star that matches anything.
func endsInStar(pattern string) bool {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			i = endOfClass(pattern, i+1)
		case '*':
			if i == len(pattern)-1 {
				return true
			}
		}
	}
	return false
}

// endOfClass returns where the ] is that ends a class of characters that begins at i, or the pattern's length. The bounds of a
// range are characters, whatever they are.
func endOfClass(pattern string, i int) int {
	if i < len(pattern) && pattern[i] == '^' {
		i++
	}
	for i < len(pattern) && pattern[i] != ']' {
		switch {
		case pattern[i] == '\\':
			i++
		case i+2 < len(pattern) && pattern[i+1] == '-':
			i += 2
		}
		i++
	}
	return min(i, len(pattern))
}
