package differential

import (
	"testing"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// TestErrorsQuoteWords compares errors that quote a word which cannot be part of a reply's line as it is.
func TestErrorsQuoteWords(t *testing.T) {
	redis, sessd := servertest.Dial(t, "unix", redistest.Start(t)), servertest.Start(t).Dial(t)
	for _, word := range []string{"a\r\nb\x00c", "a\n", "\r\n", "\x00", "a\x00b\r\n", "\xff'%s%n"} {
		for _, request := range [][]string{
			{"CLIENT", word}, {"COMMAND", word}, {"OBJECT", word, "k"}, {"CONFIG", "SET", word, "1"}, {"CLIENT", "LIST", "TYPE", word},
			{"ACL", "SETUSER", "u", "x" + word}, {"ACL", "CAT", word}, {"ACL", "DRYRUN", word, "get"}, {"ACL", "DRYRUN", "default", word},
			{"LATENCY", "GRAPH", word}, {"EXPIRE", "k", "1", word}, {"HELLO", "3", word}, {"CLIENT", "KILL", "USER", word},
			{"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "a" + word, "PREFIX", "a"}, {"XREADGROUP", "GROUP", word, "c", "STREAMS", word, ">"},
			{"XPENDING", word, word}, {"EVAL", "error(ARGV[1])", "0", word}, {"EVAL", "return redis.error_reply(ARGV[1])", "0", word},
			{"EVAL", "return redis.call(ARGV[1])", "0", word}, {"EVAL", "error({err = ARGV[1]})", "0", word}, {"EVAL", "return {err = ARGV[1]}", "0", word},
			{"EVAL", "return redis.call('config', 'set', ARGV[1], 1)", "0", word}, {"EVAL", "return redis.status_reply(ARGV[1])", "0", word},
		} {
			if want, got := redis.Do(request...), sessd.Do(request...); want != got {
				t.Errorf("%q: Redis answers %q, sessd %q", request, want, got)
			}
		}
	}
}
