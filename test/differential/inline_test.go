package differential

import (
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sessd/server/resp"
	"sessd/server/servertest"
	"sessd/test/redistest"
)

// inlinePieces are what a line is made of. A NUL, behind which Redis finds no end of a line, is not among them.
var inlinePieces = []string{
	"a", "b c", " ", "\t", "\v", "\f", "\r", "\"", "'", `\`, `\"`, `\'`, `\\`, `\n`, `\x4`, `\x41`, `\xzz`, `\xFf`, `"a b"`, `'a b'`, `""`, `''`, "x", "\xff", "\x01", "\x1c", "\x85", "\xa0",
}

// TestInlineWords: a line is split into the words that a script of Redis is given for it, or refused as Redis does.
func TestInlineWords(t *testing.T) {
	socket := redistest.Start(t)
	rapid.Check(t, func(r *rapid.T) {
		line := strings.Join(rapid.SliceOfN(rapid.SampledFrom(inlinePieces), 0, 12).Draw(r, "pieces"), "")
		nc, err := net.Dial("unix", socket)
		if err != nil {
			r.Fatal(err)
		}
		defer nc.Close()
		nc.SetDeadline(time.Now().Add(time.Minute))
		io.WriteString(nc, "EVAL 'return ARGV' 0 "+line+"\r\nQUIT\r\n")
		all, err := io.ReadAll(nc)
		if err != nil {
			r.Fatal(err)
		}
		redis := strings.TrimSuffix(string(all), "+OK\r\n")
		words, err := resp.SplitInline([]byte(line+"\r\n"), nil)
		sessd := "*" + strconv.Itoa(len(words)) + "\r\n"
		if err != nil {
			sessd = "-ERR " + err.Error() + "\r\n"
		}
		for _, word := range words {
			sessd += "$" + strconv.Itoa(len(word)) + "\r\n" + string(word) + "\r\n"
		}
		if redis != sessd {
			r.Fatalf("%q\nRedis splits it into %q\nsessd into %q", line, redis, sessd)
		}
	})
}

// TestInlineRequests: both answer lines with odd white space alike.
func TestInlineRequests(t *testing.T) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	rapid.Check(t, func(r *rapid.T) {
		line := "ECHO " + strings.Join(rapid.SliceOfN(rapid.SampledFrom(inlinePieces), 0, 6).Draw(r, "pieces"), "") + "\r\n"
		redis, sessd := answers(r, "unix", socket, line), answers(r, "tcp", server.Addr, line)
		if redis != sessd {
			r.Fatalf("%q\nRedis answers %q\nsessd answers %q", line, redis, sessd)
		}
	})
}
