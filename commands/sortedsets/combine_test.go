package sortedsets_test

import (
	"fmt"
	"strings"
	"testing"

	"sessd/server/servertest"
)

func TestNumbersAtTheEnds(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Want(":2\r\n", "ZADD", "k", "inf", "m", "1", "n")
	c.Want(":1\r\n", "ZADD", "l", "-inf", "m")
	c.Want("+OK\r\n", "SET", "text", "x")
	const (
		notInteger = "-ERR value is not an integer or out of range\r\n"
		syntax     = "-ERR syntax error\r\n"
		ends       = "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n"
		wrongType  = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	)
	for words, want := range map[string]string{
		"ZUNION 2 k l WEIGHTS nan 1":                   "-ERR weight value is not a float\r\n",
		"ZUNION 2 k l WEIGHTS 1e400 1":                 "-ERR weight value is not a float\r\n",
		"ZUNION 2 k l WEIGHTS 1":                       syntax,
		"ZUNION 2 text l WEIGHTS 1":                    wrongType,
		"ZUNION 2 k l WITHSCORES":                      "*4\r\n$1\r\nm\r\n$1\r\n0\r\n$1\r\nn\r\n$1\r\n1\r\n",
		"ZUNION 1 k WEIGHTS 0 WITHSCORES":              "*4\r\n$1\r\nm\r\n$1\r\n0\r\n$1\r\nn\r\n$1\r\n0\r\n",
		"ZINTER 2 k l WEIGHTS inf -inf WITHSCORES":     "*2\r\n$1\r\nm\r\n$3\r\ninf\r\n",
		"ZUNION 0 k":                                   "-ERR at least 1 input key is needed for 'zunion' command\r\n",
		"ZUNION -9223372036854775808 k":                "-ERR at least 1 input key is needed for 'zunion' command\r\n",
		"ZUNION 9223372036854775807 k":                 syntax,
		"ZUNION 9223372036854775808 k":                 notInteger,
		"ZUNIONSTORE d 0 k":                            "-ERR at least 1 input key is needed for 'zunionstore' command\r\n",
		"ZINTERCARD 1 k LIMIT -1":                      "-ERR LIMIT can't be negative\r\n",
		"ZINTERCARD 1 k LIMIT 9223372036854775807":     ":2\r\n",
		"ZINTERCARD 1 k LIMIT 9223372036854775808":     "-ERR LIMIT can't be negative\r\n",
		"ZMPOP 9223372036854775807 k MIN":              syntax, // Redis reads beyond the request
		"ZMPOP 0 k MIN":                                "-ERR numkeys should be greater than 0\r\n",
		"ZMPOP 1 k MIN COUNT 0":                        "-ERR count should be greater than 0\r\n",
		"ZMPOP 1 none MIN":                             "*-1\r\n",
		"ZMPOP 2 text k MIN":                           wrongType,
		"ZRANDMEMBER k -9223372036854775808":           ends,
		"ZRANDMEMBER k -9223372036854775807":           "-ERR value is out of range\r\n", // Redis answers until its memory ends
		"ZRANDMEMBER k 4611686018427387904 WITHSCORES": "-ERR value is out of range\r\n",
		"ZRANDMEMBER k 9223372036854775808":            notInteger,
		"ZRANDMEMBER k 1 x":                            syntax,
		"ZRANDMEMBER k 0":                              "*0\r\n",
		"ZRANDMEMBER none":                             "$-1\r\n",
		"ZRANDMEMBER none -5":                          "*0\r\n",
		"ZRANK k n WITHSCORE":                          "*2\r\n:0\r\n$1\r\n1\r\n",
		"ZREVRANK k n WITHSCORE":                       "*2\r\n:1\r\n$1\r\n1\r\n",
		"ZRANK k none NOSUCH x":                        "-ERR wrong number of arguments for 'zrank' command\r\n",
		"ZRANK k none WITHSCORE":                       "*-1\r\n",
		"ZRANK k n WITHSCORES":                         syntax,
		"ZRANGESTORE d k 0 -1 WITHSCORES":              syntax,
		"ZRANGESTORE d text 0 -1":                      wrongType,
	} {
		c.Want(want, strings.Fields(words)...)
	}
}

func TestPairsInTheThirdProtocol(t *testing.T) {
	c := servertest.Start(t).Dial(t)
	c.Do("HELLO", "3")
	c.Want(":1\r\n", "ZADD", "k", "1", "m")
	c.Want(":1\r\n", "SADD", "s", "m")
	c.Want("*1\r\n*2\r\n$1\r\nm\r\n,2\r\n", "ZUNION", "2", "k", "s", "WITHSCORES")
	c.Want("*1\r\n*2\r\n$1\r\nm\r\n,1\r\n", "ZRANDMEMBER", "k", "1", "WITHSCORES")
	c.Want("~1\r\n$1\r\nm\r\n", "SUNION", "s", "none")
	c.Want("~0\r\n", "SINTER", "s", "none")
	c.Want("*2\r\n:0\r\n,1\r\n", "ZRANK", "k", "m", "WITHSCORE")
	c.Want("_\r\n", "ZRANK", "k", "none", "WITHSCORE")
	c.Want("*2\r\n$1\r\nk\r\n*1\r\n*2\r\n$1\r\nm\r\n,1\r\n", "ZMPOP", "2", "none", "k", "MAX", "COUNT", "5")
	c.Want("_\r\n", "ZMPOP", "1", "k", "MAX")
	c.Want("_\r\n", "ZRANDMEMBER", "k")
}

// TestManyKeysAndMembers: a combination of very many keys ends, whichever is the large one.
func TestManyKeysAndMembers(t *testing.T) {
	const members, keys = 20_000, 2_000
	c := servertest.Start(t).Dial(t)
	add := []string{"SADD", "large"}
	for i := range members {
		add = append(add, fmt.Sprint("member", i))
	}
	c.Want(fmt.Sprintf(":%d\r\n", members), add...)
	c.Want(":1\r\n", "SADD", "small", "member7")
	many := make([]string, keys)
	for i := range many {
		many[i] = "small"
	}
	c.Want(fmt.Sprintf(":%d\r\n", members-1), append([]string{"SDIFFSTORE", "d", "large"}, many...)...)
	c.Want(":1\r\n", append([]string{"SINTERSTORE", "d", "large"}, many...)...)
	c.Want(fmt.Sprintf(":%d\r\n", members), append([]string{"SUNIONSTORE", "d", "large"}, many...)...)
	c.Want(fmt.Sprintf(":%d\r\n", members), append([]string{"ZUNIONSTORE", "z", fmt.Sprint(keys + 1), "large"}, many...)...)
	c.Want("$4\r\n2001\r\n", "ZSCORE", "z", "member7")
}
