package durability

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// author makes up requests of one client over keys and sessions of its own. What they answer depends on nothing but those
// before them, so that two daemons that got the same ones say the same.
type author struct {
	name   string
	random *rand.Rand
	stream int // the last id that was given to a stream
}

// idsEach is how many ids a client's sessions have at most. They are used again: what is destroyed may come back by a
// creation, and by nothing else.
const idsEach = 6

// farAway is a deadline beyond the end of any test, in milliseconds since the epoch.
const farAway = "4102444800000"

func (a *author) id() string { return fmt.Sprint(a.name, "-", a.random.IntN(idsEach)) }

// key returns one of two keys of a type.
func (a *author) key(typ string) string { return fmt.Sprint(a.name, ":", typ, a.random.IntN(2)) }

func (a *author) small() string { return strconv.Itoa(a.random.IntN(12)) }

// value is short, and at times as long as some pages.
func (a *author) value() string {
	size := a.random.IntN(60)
	if a.random.IntN(40) == 0 {
		size = a.random.IntN(12 << 10)
	}
	return strings.Repeat(strconv.Itoa(a.random.IntN(1000)), size/3+1)
}

// batch returns some requests; those that belong together are not divided.
func (a *author) batch() (requests [][]string) {
	for range 1 + a.random.IntN(20) {
		switch a.random.IntN(14) {
		case 0:
			requests = append(requests, []string{"MULTI"})
			for range 1 + a.random.IntN(4) {
				requests = append(requests, a.request())
			}
			requests = append(requests, []string{"EXEC"})
		case 1:
			requests = append(requests, a.script())
		default:
			requests = append(requests, a.request())
		}
	}
	return requests
}

// script returns a script that writes twice, and may fail between.
func (a *author) script() []string {
	const text = `redis.call('SET', KEYS[1], ARGV[1])
		if ARGV[2] == '1' then redis.call('INCR', KEYS[1]..'x', 'wrong') end
		redis.call('HSET', KEYS[2], 'script', ARGV[1])
		return redis.call('HLEN', KEYS[2])`
	return []string{"EVAL", text, "2", a.key("string"), a.key("hash"), a.value(), strconv.Itoa(a.random.IntN(8))}
}

func (a *author) request() []string {
	families := []func() []string{a.session, a.session, a.session, a.text, a.hash, a.list, a.set, a.sortedSet, a.entries, a.anyKey}
	return families[a.random.IntN(len(families))]()
}

// oneOf returns one of some requests, whose words are in a string.
func (a *author) oneOf(requests ...string) []string {
	return strings.Fields(requests[a.random.IntN(len(requests))])
}

func (a *author) session() []string {
	id, field := a.id(), "f"+a.small()
	if a.random.IntN(60) == 0 {
		return []string{"SESS.DESTROYALL", a.name}
	}
	return a.oneOf(
		"SESS.CREATE "+id+" PRINCIPAL "+a.name+" FIELDS 1 "+field+" "+a.value(),
		"SESS.CREATE "+id+" PRINCIPAL "+a.name+" FIELDS 1 "+field+" "+a.value(),
		"SESS.SAVE "+id+" "+field+" "+a.value(), "SESS.SAVE "+id+" "+field+" "+a.value()+" f0 "+a.value(),
		"SESS.SAVE "+id+" UNSET 1 "+field, "SESS.SAVE "+id+" COMPONENT cart FIELDS 1 "+field+" "+a.value(),
		"SESS.SAVE "+id+" IFREV "+a.small()+" FIELDS 1 "+field+" "+a.value(),
		"SESS.INCR "+id+" count "+a.small(), "SESS.APPEND "+id+" text "+a.value()+" MAXLEN 400", "SESS.TAKE "+id+" FIELDS 1 "+field,
		"SESS.CLEAR "+id, "SESS.TOUCH "+id, "SESS.ROTATE "+id+" "+a.id(), "SESS.ROTATE "+id+" "+a.id()+" GRACE 3600000",
		"SESS.DESTROY "+id, "SESS.GET "+id+" WITHREV")
}

func (a *author) text() []string {
	k, other := a.key("string"), a.key("string")
	return a.oneOf("SET "+k+" "+a.value(), "APPEND "+k+" "+a.small(), "DEL "+k, "INCRBY "+k+" "+a.small(), "SETRANGE "+k+" "+a.small()+" "+a.value(),
		"SETBIT "+k+" "+a.small()+" 1", "GETDEL "+k, "MSET "+k+" "+a.value()+" "+other+" "+a.value(), "PFADD "+a.key("log")+" "+a.value(),
		"SET "+k+" "+a.value()+" PXAT "+farAway, "PERSIST "+k, "BITOP NOT "+k+" "+other)
}

func (a *author) hash() []string {
	k, field := a.key("hash"), "f"+strconv.Itoa(a.random.IntN(400))
	return a.oneOf("HSET "+k+" "+field+" "+a.value(), "HSET "+k+" "+field+" "+a.value()+" n "+a.small(), "HDEL "+k+" "+field, "HINCRBY "+k+" n "+a.small(),
		"HSETNX "+k+" "+field+" "+a.value(), "HINCRBYFLOAT "+k+" x 0.5")
}

func (a *author) list() []string {
	k, other := a.key("list"), a.key("list")
	return a.oneOf("RPUSH "+k+" "+a.value(), "RPUSH "+k+" a b c "+a.value(), "LPUSH "+k+" "+a.value(), "LPOP "+k, "RPOP "+k+" 2", "LSET "+k+" "+a.small()+" "+a.value(),
		"LINSERT "+k+" BEFORE b "+a.small(), "LREM "+k+" 1 a", "LTRIM "+k+" 0 150", "LMOVE "+k+" "+other+" LEFT RIGHT")
}

func (a *author) set() []string {
	k, other, member := a.key("set"), a.key("set"), strconv.Itoa(a.random.IntN(400))
	return a.oneOf("SADD "+k+" "+member, "SADD "+k+" "+member+" m"+member, "SREM "+k+" "+member, "SMOVE "+k+" "+other+" "+member,
		"SUNIONSTORE "+k+" "+k+" "+other, "SDIFFSTORE "+k+" "+k+" "+other)
}

func (a *author) sortedSet() []string {
	k, other, member := a.key("sorted"), a.key("sorted"), strconv.Itoa(a.random.IntN(400))
	return a.oneOf("ZADD "+k+" "+a.small()+" "+member, "ZADD "+k+" GT "+a.small()+" "+member+" 1.5 n"+member, "ZINCRBY "+k+" 2.25 "+member, "ZREM "+k+" "+member,
		"ZPOPMIN "+k, "ZREMRANGEBYRANK "+k+" 0 0", "ZUNIONSTORE "+k+" 2 "+k+" "+other, "ZREMRANGEBYSCORE "+k+" 11 12")
}

func (a *author) entries() []string {
	a.stream++
	k, id := a.key("stream"), strconv.Itoa(a.stream)
	return a.oneOf("XADD "+k+" "+id+"-1 f "+a.value(), "XADD "+k+" "+id+"-1 f "+a.value()+" g 1", "XDEL "+k+" "+strconv.Itoa(a.stream-3)+"-1",
		"XTRIM "+k+" MAXLEN 60", "XGROUP CREATE "+k+" g 0 MKSTREAM", "XREADGROUP GROUP g "+a.name+" COUNT 2 STREAMS "+k+" >",
		"XACK "+k+" g "+strconv.Itoa(a.stream-5)+"-1", "XADD "+k+" MAXLEN 40 "+id+"-2 f v")
}

// anyKey is what all types have in common.
func (a *author) anyKey() []string {
	types := []string{"string", "hash", "list", "set", "sorted", "stream"}
	typ := types[a.random.IntN(len(types))]
	k, other := a.key(typ), a.key(typ)
	return a.oneOf("RENAME "+k+" "+other, "COPY "+k+" "+other+" REPLACE", "UNLINK "+k, "PEXPIREAT "+k+" "+farAway, "PERSIST "+k, "PEXPIREAT "+k+" 1")
}

// questions are requests whose answers are all that there is of the client, and change nothing.
func (a *author) questions() (requests [][]string) {
	ask := func(words ...string) { requests = append(requests, words) }
	for i := range idsEach {
		id := fmt.Sprint(a.name, "-", i)
		ask("SESS.GET", id, "NOTOUCH", "WITHREV")
		ask("SESS.GET", id, "COMPONENT", "cart", "NOTOUCH", "WITHREV")
	}
	ask("SESS.LIST", a.name)
	for i := range 2 {
		key := func(typ string) string { return fmt.Sprint(a.name, ":", typ, i) }
		ask("GET", key("string"))
		ask("PFCOUNT", key("log"))
		ask("HGETALL", key("hash"))
		ask("LRANGE", key("list"), "0", "-1")
		ask("SMEMBERS", key("set"))
		ask("ZRANGE", key("sorted"), "0", "-1", "WITHSCORES")
		ask("XRANGE", key("stream"), "-", "+")
		ask("XPENDING", key("stream"), "g")
		for _, typ := range []string{"string", "hash", "list", "set", "sorted", "stream"} {
			ask("PEXPIRETIME", key(typ))
		}
	}
	return requests
}

// state returns what a daemon has of the client: the questions' replies, a line each, those without an order sorted.
func (a *author) state(p *peer) ([]string, error) {
	questions := a.questions()
	replies, err := p.exchange(questions)
	for i, reply := range replies {
		switch words := questions[i]; words[0] {
		case "SESS.GET", "SESS.LIST", "HGETALL", "SMEMBERS":
			lines := strings.Split(reply, "\r\n")
			slices.Sort(lines)
			reply = strings.Join(lines, " ")
		}
		replies[i] = strings.Join(questions[i], " ") + ": " + reply
	}
	return replies, err
}
