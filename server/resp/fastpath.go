package resp

// Most requests are an array of few short bulks, complete. What follows does at once for those what the guard and the
// protocol library do in turn.

// ScanShort splits the request that begins at a place, of at most most words, which it appends to words. It returns the
// place behind it, and the length of its head, which ends with the first word. A place of 0 says that this is
// another kind of request, which is for the guard to judge.
func ScanShort(data []byte, at, most int, words [][]byte) (end, head int, _ [][]byte) {
	if len(data)-at < 4 || data[at] != '*' {
		return 0, 0, words
	}
	count, body := shortNumber(data, at+1)
	if count == 0 || count > most {
		return 0, 0, words
	}
	if body, words = ScanBulks(data, body, 1, words); body == 0 {
		return 0, 0, words
	}
	end, words = ScanBulks(data, body, count-1, words)
	return end, body - at, words
}

// ScanBulks appends so many bulks, which begin at a place, and returns the place behind them. It returns 0 when they
// are not all there, or not short.
func ScanBulks(data []byte, at, count int, words [][]byte) (int, [][]byte) {
	for range count {
		if at >= len(data) || data[at] != '$' {
			return 0, words
		}
		size, begin := shortNumber(data, at+1)
		end := begin + size
		if begin == 0 || end+2 > len(data) || data[end] != '\r' || data[end+1] != '\n' {
			return 0, words
		}
		words = append(words, data[begin:end:end])
		at = end + 2
	}
	return at, words
}

// MaxShortWords and maxShortDigits are what counts as few and short. No limit on the length of a word can be set below.
const (
	MaxShortWords  = 99
	maxShortDigits = 4
)

// shortNumber reads a number of at most maxShortDigits digits at i and the line end behind it. It returns the place
// after that; 0 when this is something else.
func shortNumber(data []byte, i int) (n, next int) {
	for begin := i; i < len(data); i++ {
		d := data[i] - '0'
		if d > 9 {
			if i == begin || i+1 >= len(data) || data[i] != '\r' || data[i+1] != '\n' || data[begin] == '0' && i > begin+1 {
				return 0, 0
			}
			return n, i + 2
		}
		if i-begin == maxShortDigits {
			return 0, 0
		}
		n = 10*n + int(d)
	}
	return 0, 0
}
