package strings

// subsequence is the longest common subsequence of two strings. Of several it is the one that Redis finds.
type subsequence struct {
	a, b   []byte
	length int
	// up has a bit for each pair of bytes: leaving out the one of a is strictly better than leaving out that of b. It is a
	// 32nd of the table of lengths that Redis keeps.
	up []uint64
}

// newSubsequence finds the length, and with path what it takes to find the bytes.
func newSubsequence(a, b []byte, path bool) *subsequence {
	l := &subsequence{a: a, b: b}
	if path {
		l.up = make([]uint64, (len(a)*len(b)+63)/64)
	}
	above, row := make([]int32, len(b)+1), make([]int32, len(b)+1)
	for i, x := range a {
		at := i * len(b)
		for j, y := range b {
			switch {
			case x == y:
				row[j+1] = above[j] + 1
			case above[j+1] > row[j]:
				row[j+1] = above[j+1]
				if path {
					l.up[(at+j)/64] |= 1 << ((at + j) % 64)
				}
			default:
				row[j+1] = row[j]
			}
		}
		above, row = row, above
	}
	l.length = int(above[len(b)])
	return l
}

// walk visits the positions of the common bytes in both strings, from the last to the first.
func (l *subsequence) walk(visit func(i, j int)) {
	for i, j := len(l.a)-1, len(l.b)-1; i >= 0 && j >= 0; {
		at := i*len(l.b) + j
		switch {
		case l.a[i] == l.b[j]:
			visit(i, j)
			i--
			j--
		case l.up[at/64]>>(at%64)&1 != 0:
			i--
		default:
			j--
		}
	}
}

// bytes returns the subsequence.
func (l *subsequence) bytes() []byte {
	found, at := make([]byte, l.length), l.length
	l.walk(func(i, _ int) {
		at--
		found[at] = l.a[i]
	})
	return found
}

// commonRange is a part that both strings have, at positions of their own.
type commonRange struct{ a, b, length int }

// ranges returns the parts of the subsequence that are in one piece in both strings, from the last to the first.
func (l *subsequence) ranges() []commonRange {
	var all []commonRange
	l.walk(func(i, j int) {
		if n := len(all) - 1; n >= 0 && all[n].a == i+1 && all[n].b == j+1 {
			all[n] = commonRange{i, j, all[n].length + 1}
			return
		}
		all = append(all, commonRange{i, j, 1})
	})
	return all
}
