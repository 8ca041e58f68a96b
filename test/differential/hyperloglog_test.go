package differential

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"

	"sessd/server/servertest"
)

// elements draws some elements, at times so many that the sparse form ends.
func elements(t *rapid.T, _ int) []string {
	n := rapid.SampledFrom([]int{0, 1, 1, 2, 5, 60, 2000}).Draw(t, "elements")
	from := rapid.SampledFrom([]int{0, 1000, 50000}).Draw(t, "first")
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint("element:", from+i)
	}
	return all
}

// aHyperLogLog is a string that begins as one, and may go on in any way.
var aHyperLogLog = one("hyperloglog", "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff", "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xfe\x80",
	"HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\x00\xff\xff\x3f", "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80", "HYLL\x01\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00",
	"HYLL\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff", "HYLL\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff", "HYLX\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff", "HYLL\x01")

// thenRead sends a request and returns its reply with what one of its keys holds then. A corrupt one is deleted: of what
// is added to it Redis keeps some.
func thenRead(at int) func(c *servertest.Conn, request []string) string {
	return func(c *servertest.Conn, request []string) string {
		reply := c.Do(request...)
		if strings.HasPrefix(reply, "-INVALIDOBJ") {
			c.Do(append([]string{"DEL"}, request[1:]...)...)
		} else if at < len(request) {
			reply += c.Do("GET", request[at])
		}
		return reply
	}
}

var hyperloglogRows = []row{
	{name: "PFADD", args: []words{key, elements}, ask: thenRead(1)},
	{name: "PFCOUNT", args: []words{several(1, 3, key)}, ask: thenRead(1)},
	{name: "PFMERGE", args: []words{key, several(0, 3, key)}, ask: thenRead(1)},
	{name: "SET", args: []words{key, aHyperLogLog}},
}
