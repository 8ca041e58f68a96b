package resp

import "bytes"

const errUnbalanced = ProtocolError("unbalanced quotes in request")

// SplitInline splits the line of an inline request into words, as Redis does, and appends them to words. White space
// separates words, and a quote must end where a word ends. "Double quotes" take \n \r \t \b \a \xHH and \ before any
// byte; 'single quotes' take \' alone. \v and \f separate words only where they follow white space or a quote. Each
// byte of the line is looked at once.
func SplitInline(text []byte, words [][]byte) ([][]byte, error) {
	text = bytes.TrimRight(text, "\r\n")
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	out := make([]byte, 0, len(text)) // words never grow, so no append below moves the ones before
	for i := 0; ; {
		for i < len(text) && isSpace(text[i]) {
			i++
		}
		if i == len(text) {
			return words, nil
		}
		begin := len(out)
		var err error
		if out, i, err = inlineWord(text, i, out); err != nil {
			return nil, err
		}
		words = append(words, out[begin:len(out):len(out)])
	}
}

// inlineWord appends the word at i to out and returns where it ends.
func inlineWord(text []byte, i int, out []byte) ([]byte, int, error) {
	for i < len(text) && !endsWord(text[i]) {
		if quote := text[i]; quote == '"' || quote == '\'' {
			var err error
			if out, i, err = inlineQuoted(text, i+1, quote, out); err != nil {
				return nil, 0, err
			}
			if i < len(text) && !isSpace(text[i]) {
				return nil, 0, errUnbalanced
			}
			return out, i, nil
		}
		out = append(out, text[i])
		i++
	}
	return out, i, nil
}

// inlineQuoted appends what stands between quotes to out and returns the place after the closing one.
func inlineQuoted(text []byte, i int, quote byte, out []byte) ([]byte, int, error) {
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote:
			return out, i + 1, nil
		case c != '\\' || i+1 == len(text):
			out = append(out, c)
		case quote == '\'':
			if text[i+1] == '\'' {
				i++
			}
			out = append(out, text[i])
		case text[i+1] == 'x' && i+3 < len(text) && isHex(text[i+2]) && isHex(text[i+3]):
			out = append(out, unhex(text[i+2])<<4|unhex(text[i+3]))
			i += 3
		default:
			i++
			out = append(out, unescape(text[i]))
		}
	}
	return nil, 0, errUnbalanced
}

// isSpace reports whether a byte is passed over before a word, and may stand behind a quote.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// endsWord reports whether a byte ends a word without quotes.
func endsWord(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

// IsHTTP reports whether an inline request is a line of HTTP, sent by a browser that was lured here or by a scanner.
func IsHTTP(words [][]byte) bool {
	last := words[len(words)-1]
	return len(words) > 1 && bytes.HasPrefix(last, []byte("HTTP/1.")) ||
		bytes.EqualFold(words[0], []byte("post")) || bytes.EqualFold(words[0], []byte("host:"))
}
