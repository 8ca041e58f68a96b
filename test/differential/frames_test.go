package differential

import (
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// fragments are what a stream of bytes is made of: requests, and pieces that break them. A NUL is not among them, behind
// which Redis finds no end of a line, nor are counts between the greatest that sessd takes and the greatest of Redis, nor
// bulks without a line end, of which Redis skips two other bytes.
var fragments = []string{
	"*1\r\n$4\r\nPING\r\n", "*2\r\n$4\r\nECHO\r\n$3\r\na\r\n\r\n", "*1\r\n", "*2\r\n", "*3\r\n", "*0\r\n", "*-1\r\n", "*-10\r\n", "*\r\n", "*x\r\n", "*1\n",
	"*01\r\n", "*+1\r\n", "*1 \r\n", "* 1\r\n", "*2147483648\r\n", "*9223372036854775807\r\n", "*9223372036854775808\r\n", "*-9223372036854775808\r\n",
	"$4\r\nPING\r\n", "$4\r\nECHO\r\n", "$0\r\n\r\n", "$1\r\na\r\n", "$3\r\nSET\r\n", "$-1\r\n", "$x\r\n", "$\r\n", "$+1\r\n", "$01\r\n", "$536870913\r\n",
	"$9223372036854775807\r\n", "$9223372036854775808\r\n", "$-9223372036854775808\r\n", ":1\r\n", "+OK\r\n", "$", "*",
	"PING\r\n", "ping\n", "PING hello\r\n", "  PING   'a b'  \r\n", "ECHO \"a\\x41\\n\\\"b\"\r\n", "ECHO 'it\\'s'\r\n", "ECHO \"open\r\n", "ECHO 'open\r\n", "ECHO \"a\"b\r\n",
	"ECHO a\"b\"\r\n", "ECHO \"\"\r\n", "ECHO \"\\xzz\"\r\n", "ECHO \\x41\r\n", "ECHO a\tb\r\n", "ECHO \"\\", "\"", "'", " ", "\r\n", "\n", "\r", "a", "\xff",
	"SET k v\r\n", "GET k\r\n", "GET\r\n", "SELECT 99\r\n", "QUIT\r\n",
}

// quoted is the part of an error that only Redis has: sessd quotes no arguments, one of which may be a session id.
var quoted = regexp.MustCompile(`(?s)(-ERR unknown command '[^']*', with args beginning with: )[^\r]*`)

// Both get the same bytes, and then the end of the connection; all that they answer until they close is compared.
func TestFrames(t *testing.T) {
	socket := redistest.Start(t)
	server := servertest.Start(t)
	rapid.Check(t, func(r *rapid.T) {
		stream := strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 1, 12).Draw(r, "fragments"), "")
		stream += "\r\n" // Redis looks at a line once it is whole, sessd refuses it at its first wrong byte
		redis, sessd := answers(r, "unix", socket, stream), answers(r, "tcp", server.Addr, stream)
		if redis != sessd {
			r.Fatalf("%q\nRedis answers %q\nsessd answers %q", stream, redis, sessd)
		}
	})
}

// answers sends bytes to a server and returns all that it answers.
func answers(r *rapid.T, network, addr, stream string) string {
	nc, err := net.Dial(network, addr)
	if err != nil {
		r.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(nc, "FLUSHALL\r\n"+stream); err != nil {
		r.Fatal(err)
	}
	if err := nc.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		r.Fatal(err)
	}
	all, err := io.ReadAll(nc)
	if err != nil && len(all) == 0 {
		r.Fatal(err)
	}
	return quoted.ReplaceAllString(string(all), "$1")
}
