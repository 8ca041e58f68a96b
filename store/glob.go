package store

// Match reports whether s matches a glob pattern with Redis's rules: * is any bytes, ? one byte, [abc] one of a class,
// [^abc] one outside it, a-z in a class a range in either direction, and a backslash makes the next byte ordinary. A
// class that is not closed ends with the pattern. The time is at worst the product of both lengths.
func Match(pattern, s []byte) bool {
	if len(s) == 0 {
		// Redis never enters its loop for an empty string, and treats a single star as no pattern at all.
		return len(pattern) == 0 || len(pattern) == 1 && pattern[0] == '*'
	}
	p, i := 0, 0
	star, mark := -1, 0 // where to go on when a match fails: behind the last star, and at which byte of s
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, mark = p, i
			continue
		}
		if p < len(pattern) {
			if next, ok := matchByte(pattern, p, s[i]); ok {
				p, i = next, i+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		// Only the last star can usefully take more: whatever an earlier one took, the rest is matched from here on.
		mark++
		p, i = star, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchByte matches c against the element of the pattern at p, which is not a star, and returns where the next begins.
func matchByte(pattern []byte, p int, c byte) (next int, ok bool) {
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return matchClass(pattern, p+1, c)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, pattern[p] == c
}

// matchClass matches c against the class whose first byte behind the bracket is at p.
func matchClass(pattern []byte, p int, c byte) (next int, ok bool) {
	negated := p < len(pattern) && pattern[p] == '^'
	if negated {
		p++
	}
	for ; p < len(pattern) && pattern[p] != ']'; p++ {
		switch left := len(pattern) - p; {
		case left >= 2 && pattern[p] == '\\':
			p++
			ok = ok || pattern[p] == c
		case left >= 3 && pattern[p+1] == '-':
			// Redis compares bytes as signed numbers here.
			low, high := int8(pattern[p]), int8(pattern[p+2])
			if low > high {
				low, high = high, low
			}
			ok = ok || low <= int8(c) && int8(c) <= high
			p += 2
		default:
			ok = ok || pattern[p] == c
		}
	}
	return min(p+1, len(pattern)), ok != negated
}
