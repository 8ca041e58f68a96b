package differential

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// fieldCondition draws the conditions of an expiry.
var fieldCondition = options(option("NX"), option("XX"), option("GT"), option("LT"), option("QX"))

// fieldTimes are the ways of saying when fields end.
var fieldTimes = []words{
	option("EX", seconds), option("PX", milliseconds), option("EXAT", unixSeconds), option("PXAT", unixMilliseconds),
	option("PERSIST"), option("KEEPTTL"), option("EX"), option("XX"),
}

// fieldDeadlineRows are the commands on fields that end, which are those of Redis 8.
var fieldDeadlineRows = []row{
	{name: "HEXPIRE", args: []words{key, seconds, fieldCondition, countedFields(field)}},
	{name: "HPEXPIRE", args: []words{key, milliseconds, fieldCondition, countedFields(field)}},
	{name: "HEXPIREAT", args: []words{key, unixSeconds, fieldCondition, countedFields(field)}},
	{name: "HPEXPIREAT", args: []words{key, unixMilliseconds, fieldCondition, countedFields(field)}},
	{name: "HTTL", args: []words{key, countedFields(field)}, same: eachWithin(5)},
	{name: "HPTTL", args: []words{key, countedFields(field)}, same: eachWithin(5000)},
	{name: "HEXPIRETIME", args: []words{key, countedFields(field)}, same: eachWithin(5)},
	{name: "HPEXPIRETIME", args: []words{key, countedFields(field)}, same: eachWithin(5000)},
	{name: "HPERSIST", args: []words{key, countedFields(field)}},
	{name: "HGETEX", args: []words{key, options(fieldTimes...), countedFields(field)}},
	{name: "HSETEX", args: []words{key, options(append(fieldTimes, option("FNX"), option("FXX"), option("FXX"))...), countedFields(field, value)}},
	{name: "HGETDEL", args: []words{key, countedFields(field)}},
}

// countedFields draws FIELDS, a count and so many times words, mostly.
func countedFields(of ...words) words {
	return func(t *rapid.T, step int) []string {
		n := rapid.IntRange(1, 3).Draw(t, "fields")
		fields := several(n, n, of...)(t, step)
		count := strconv.Itoa(n)
		switch rapid.IntRange(0, 19).Draw(t, "count") {
		case 17:
			count = rapid.SampledFrom([]string{"0", "-1", "x", "", "9", "9223372036854775807", "9223372036854775808"}).Draw(t, "wrong count")
		case 18:
			return append([]string{count}, fields...)
		case 19:
			return nil
		}
		return append([]string{anyCase(t, "FIELDS"), count}, fields...)
	}
}

// eachWithin is within for arrays of times.
func eachWithin(most int64) func(redis, sessd string) bool {
	one := within(most)
	return func(redis, sessd string) bool {
		all, others := strings.Split(redis, "\r\n"), strings.Split(sessd, "\r\n")
		if len(all) != len(others) {
			return false
		}
		for i := range all {
			if all[i] != others[i] && !one(all[i], others[i]) {
				return false
			}
		}
		return true
	}
}

// TestFieldDeadlines compares fields that end with those of Redis 8, where SESSD_TEST_REDIS_8 names its server.
func TestFieldDeadlines(t *testing.T) {
	redistest.Use8(t)
	rows := slices.Concat(fieldDeadlineRows, fieldDeadlineRows)
	for _, row := range slices.Concat(hashRows, genericRows) {
		if !strings.Contains(row.name, "SCAN") { // whose cursors are read in another way since Redis 7.2
			rows = append(rows, row)
		}
	}
	for _, protocol := range []string{"2", "3"} {
		t.Run("RESP"+protocol, func(t *testing.T) { compare(t, protocol, slices.Values(rows)) })
	}
}

// TestEventsOfFieldDeadlines compares what these commands publish.
func TestEventsOfFieldDeadlines(t *testing.T) {
	redistest.Use8(t)
	socket, server := redistest.Start(t), servertest.Start(t)
	rows := slices.Concat(fieldDeadlineRows, fieldDeadlineRows, hashRows)
	rapid.Check(t, func(r *rapid.T) { compareEvents(t, r, socket, server.Addr, "KEA", rows) })
}

// TestDumpsOfFieldDeadlines: a hash of which fields end is the same after it was restored, here and in Redis.
func TestDumpsOfFieldDeadlines(t *testing.T) {
	redistest.Use8(t)
	servers := []*servertest.Conn{servertest.Dial(t, "unix", redistest.Start(t)), servertest.Start(t).Dial(t)}
	for _, large := range []int{0, 1000} {
		for _, source := range servers {
			source.Do("FLUSHALL")
			source.Do("HSET", "k", "a", "1", "b", "2", "c", "3")
			for n := range large {
				source.Do("HSETEX", "k", "EXAT", "33177117421", "FIELDS", "1", fmt.Sprint("field", n), "v")
			}
			source.Do("HPEXPIREAT", "k", "33177117420007", "FIELDS", "1", "a")
			source.Do("HPEXPIREAT", "k", "1000000000000000000", "FIELDS", "1", "b")
			payloads, _ := bulks("*1\r\n" + source.Do("DUMP", "k"))
			for _, target := range servers {
				target.Want("+OK\r\n", "RESTORE", "l", "0", payloads[0], "REPLACE")
				target.Want(fmt.Sprintf(":%d\r\n", 3+large), "HLEN", "l")
				for _, request := range [][]string{{"HPEXPIRETIME", "l", "FIELDS", "4", "a", "b", "c", "field7"}, {"HMGET", "l", "a", "b", "c", "field7"}} {
					if want, got := source.Do(append([]string{request[0], "k"}, request[2:]...)...), target.Do(request...); want != got {
						t.Errorf("%q becomes %q", want, got)
					}
				}
			}
		}
	}
}
