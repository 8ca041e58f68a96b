package durability

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// wild makes up requests over keys and sessions that all clients share, many of which end by themselves.
type wild struct {
	random  *rand.Rand
	flushes bool // whole keyspaces too
}

// wildKeyspaces is how many keyspaces they are in, wildKeys how many keys of a type, and wildIDs how many ids, there are in each.
const (
	wildKeyspaces = 3
	wildKeys      = 6
	wildHashes    = 40 // whose fields end, and move them
	wildIDs       = 24
)

var wildTypes = []string{"string", "hash", "list", "set", "sorted", "stream"}

func wildID(i int) string { return fmt.Sprint("id", i) }

func (w *wild) n(n int) string { return strconv.Itoa(w.random.IntN(n)) }
func (w *wild) id() string     { return wildID(w.random.IntN(wildIDs)) }
func (w *wild) who() string    { return "who" + w.n(3) }

func (w *wild) key(t string) string {
	if t == "hash" {
		return t + w.n(wildHashes)
	}
	return t + w.n(wildKeys)
}

// member is of a small or of a large collection, as the key says.
func (w *wild) member(key string) string {
	if strings.ContainsAny(key[len(key)-1:], "01357") {
		return "m" + w.n(3000)
	}
	return "m" + w.n(12)
}

// soon is a time in milliseconds that mostly ends in the test.
func (w *wild) soon() string {
	switch w.random.IntN(6) {
	case 0:
		return "3600000"
	case 1:
		return w.n(5000)
	default:
		return strconv.Itoa(1 + w.random.IntN(400))
	}
}

func (w *wild) value() string {
	size := w.random.IntN(40)
	switch w.random.IntN(60) {
	case 0:
		size = w.random.IntN(12 << 10)
	case 1:
		size = w.random.IntN(100 << 10)
	}
	return strings.Repeat(w.n(1000), size/3+1)
}

func (w *wild) many(key string, n int, pairs bool) string {
	var b strings.Builder
	for range 1 + w.random.IntN(n) {
		fmt.Fprintf(&b, " %s", w.member(key))
		if pairs {
			fmt.Fprintf(&b, " %s", w.value())
		}
	}
	return b.String()
}

// scores are members with scores.
func (w *wild) scores(key string, n int) string {
	var b strings.Builder
	for range 1 + w.random.IntN(n) {
		fmt.Fprintf(&b, " %s %s", w.n(50), w.member(key))
	}
	return b.String()
}

func (w *wild) oneOf(requests ...string) []string {
	return strings.Fields(requests[w.random.IntN(len(requests))])
}

func (w *wild) batch() (requests [][]string) {
	for range 1 + w.random.IntN(20) {
		switch w.random.IntN(14) {
		case 0:
			requests = append(requests, []string{"MULTI"})
			for range 1 + w.random.IntN(5) {
				requests = append(requests, w.request())
			}
			requests = append(requests, []string{"EXEC"})
		case 1:
			requests = append(requests, w.script())
		default:
			requests = append(requests, w.request())
		}
	}
	return requests
}

func (w *wild) script() []string {
	const text = `redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
		redis.call('HSETEX', KEYS[2], 'PX', ARGV[3], 'FIELDS', 1, ARGV[2], ARGV[1])
		if ARGV[2] == 'm1' then redis.call('INCR', KEYS[1], 'wrong') end
		redis.call('SADD', KEYS[3], ARGV[2]) redis.call('PEXPIRE', KEYS[3], ARGV[3])
		return redis.call('HLEN', KEYS[2])`
	hash := w.key("hash")
	return []string{"EVAL", text, "3", w.key("string"), hash, w.key("set"), w.value(), w.member(hash), strconv.Itoa(1 + w.random.IntN(500))}
}

func (w *wild) request() []string {
	families := []func() []string{
		w.session, w.session, w.session, w.session, w.text, w.hash, w.fields, w.fields, w.fields, w.list, w.set, w.sortedSet, w.stream, w.anyKey, w.anyKey,
	}
	return families[w.random.IntN(len(families))]()
}

func (w *wild) session() []string {
	id, field := w.id(), "f"+w.n(12)
	switch w.random.IntN(150) {
	case 0:
		return []string{"SESS.DESTROYALL", w.who()}
	case 1:
		return []string{"SESS.DESTROYALL", w.who(), "EXCEPT", id}
	}
	return w.oneOf(
		"SESS.CREATE "+id+" PX "+w.soon()+"0 PRINCIPAL "+w.who()+" FIELDS 1 "+field+" "+w.value()+" FIELDEX 1 1 e"+w.n(4)+" "+w.value(),
		"SESS.CREATE "+id+" PRINCIPAL "+w.who()+" MAXPERPRINCIPAL 4 EVICTOLDEST FIELDS 1 "+field+" "+w.value(),
		"SESS.CREATE "+id+" MAXAGE 2 RENEWAFTER 1 FIELDS 1 "+field+" "+w.value(),
		"SESS.CREATE "+id+" COMPONENT cart FIELDEX 1 2 "+field+" "+w.value()+" e1 x",
		"SESS.SAVE "+id+" "+field+" "+w.value(), "SESS.SAVE "+id+" FIELDS 1 "+field+" "+w.value()+" FIELDEX 1 2 e1 "+w.value()+" e2 "+w.value(),
		"SESS.SAVE "+id+" UNSET 1 "+field, "SESS.SAVE "+id+" COMPONENT cart FIELDEX "+strconv.Itoa(1+w.random.IntN(3))+" 2 "+field+" "+w.value()+" g"+w.n(40)+" "+w.value(),
		"SESS.SAVE "+id+" UNSET 1 f1 COMPONENT c"+w.n(5)+" FIELDS 1 "+field+" "+w.value()+" FIELDEX 3600 1 long "+w.value(),
		"SESS.SAVE "+id+" IFREV "+w.n(9)+" PX "+w.soon()+"0 FIELDS 1 "+field+" "+w.value(),
		"SESS.INCR "+id+" count "+w.n(9), "SESS.APPEND "+id+" e1 "+w.value()+" MAXLEN 4000", "SESS.TAKE "+id+" FIELDS 2 "+field+" e1",
		"SESS.APPEND "+id+" "+field+" "+w.value()+" COMPONENT cart MAXLEN 400", "SESS.TAKE "+id+" COMPONENT cart FIELDS 1 "+field,
		"SESS.CLEAR "+id, "SESS.CLEAR "+id+" COMPONENT cart", "SESS.TOUCH "+id+" PX "+w.soon()+"0", "SESS.ROTATE "+id+" "+w.id(), "SESS.ROTATE "+id+" "+w.id()+" GRACE "+w.soon(),
		"SESS.ROTATE "+id+" "+w.id()+" GRACE 3600000 PRINCIPAL "+w.who()+" MAXPERPRINCIPAL 4 EVICTOLDEST",
		"SESS.DESTROY "+id, "SESS.GET "+id, "SESS.LOCK "+id+" t PX "+w.soon(), "SESS.SAVE "+id+" LOCK t UNLOCK FIELDS 1 "+field+" locked",
		"PEXPIRE "+id+" "+w.soon()+"0", "PERSIST "+id, "RENAME "+id+" "+w.id(), "UNLINK "+id)
}

func (w *wild) text() []string {
	k, other := w.key("string"), w.key("string")
	return w.oneOf("SET "+k+" "+w.value(), "APPEND "+k+" "+w.value(), "DEL "+k, "INCRBY "+k+" "+w.n(9), "SETRANGE "+k+" "+w.n(3000)+" "+w.value(),
		"SETBIT "+k+" "+w.n(90000)+" 1", "GETDEL "+k, "MSET "+k+" "+w.value()+" "+other+" "+w.value(), "PFADD log"+w.n(3)+w.many("0", 30, false),
		"PFMERGE log0 log1 log2", "SET "+k+" "+w.value()+" PX 1"+w.soon(), "SET "+k+" "+w.value()+" KEEPTTL", "GETEX "+k+" PX 1"+w.soon(), "GETEX "+k+" PERSIST",
		"BITOP XOR "+k+" "+k+" "+other, "SETEX "+k+" 1 "+w.value(), "BITFIELD "+k+" SET u8 "+w.n(4000)+" 7", "GETSET "+k+" "+w.value(), "MSETNX "+k+" 1 "+other+" 2")
}

func (w *wild) hash() []string {
	k := w.key("hash")
	return w.oneOf("HSET "+k+w.many(k, 40, true), "HSET "+k+w.many(k, 40, true), "HSET "+k+w.many(k, 3, true), "HDEL "+k+w.many(k, 10, false), "HINCRBY "+k+" n 3", "HSETNX "+k+" "+w.member(k)+" "+w.value(),
		"HINCRBYFLOAT "+k+" x 0.5", "HINCRBY "+k+" "+w.member(k)+" 1")
}

// fields are requests for fields that end.
func (w *wild) fields() []string {
	k, m := w.key("hash"), 0
	count := func(words string) string { m = len(strings.Fields(words)); return words }
	names := count(w.many(k, 8, false))
	fields := " FIELDS " + strconv.Itoa(m) + names
	return w.oneOf("HPEXPIRE "+k+" "+w.soon()+fields, "HPEXPIRE "+k+" "+w.soon()+" NX"+fields, "HPEXPIRE "+k+" "+w.soon()+" GT"+fields, "HEXPIRE "+k+" 1"+fields,
		"HPERSIST "+k+fields, "HGETEX "+k+" PX 1"+w.soon()+fields, "HGETEX "+k+" PERSIST"+fields, "HGETDEL "+k+fields, "HPEXPIREAT "+k+" 1"+fields,
		w.endingFields(k), w.endingFields(k), "HSETEX "+k+" PX 1"+w.soon()+" FIELDS 2 "+w.member(k)+" "+w.value()+" "+w.member(k)+" "+w.value(),
		"HSETEX "+k+" KEEPTTL FIELDS 1 "+w.member(k)+" "+w.value(), "HSETEX "+k+" FNX PX 1"+w.soon()+" FIELDS 1 "+w.member(k)+" "+w.value(),
		"HSETEX "+k+" PXAT "+farAway+" FIELDS 1 "+w.member(k)+" "+w.value())
}

// endingFields gives many fields one end.
func (w *wild) endingFields(key string) string {
	pairs := w.many(key, 60, true)
	return fmt.Sprint("HSETEX ", key, " PX ", 1+w.random.IntN(600), " FIELDS ", len(strings.Fields(pairs))/2, pairs)
}

func (w *wild) list() []string {
	k, other := w.key("list"), w.key("list")
	return w.oneOf("RPUSH "+k+w.many("0", 40, false), "RPUSH "+k+" a b c "+w.value(), "LPUSH "+k+" "+w.value(), "LPOP "+k+" "+w.n(5), "RPOP "+k+" 2", "LSET "+k+" "+w.n(9)+" "+w.value(),
		"LINSERT "+k+" BEFORE b "+w.n(9), "LREM "+k+" 0 a", "LTRIM "+k+" 0 1500", "LMOVE "+k+" "+other+" LEFT RIGHT", "SORT "+k+" ALPHA STORE "+other,
		"SORT "+w.key("set")+" ALPHA STORE "+k, "BLMPOP 0.001 1 "+k+" LEFT", "LTRIM "+k+" 3 -4")
}

func (w *wild) set() []string {
	k, other := w.key("set"), w.key("set")
	return w.oneOf("SADD "+k+w.many(k, 40, false), "SADD "+k+" "+w.n(99), "SREM "+k+w.many(k, 10, false), "SMOVE "+k+" "+other+" "+w.member(k),
		"SUNIONSTORE "+k+" "+k+" "+other, "SDIFFSTORE "+k+" "+k+" "+other, "SPOP "+k+" "+w.n(9), "SINTERSTORE "+k+" "+k+" "+other)
}

func (w *wild) sortedSet() []string {
	k, other := w.key("sorted"), w.key("sorted")
	return w.oneOf("ZADD "+k+w.scores(k, 40), "ZADD "+k+" GT"+w.scores(k, 3), "ZINCRBY "+k+" 2.25 "+w.member(k), "ZREM "+k+w.many(k, 9, false),
		"ZPOPMIN "+k+" "+w.n(4), "ZREMRANGEBYRANK "+k+" 0 "+w.n(3), "ZUNIONSTORE "+k+" 2 "+k+" "+other, "ZREMRANGEBYSCORE "+k+" 11 12", "ZRANGESTORE "+k+" "+other+" 0 40",
		"ZINTERSTORE "+k+" 2 "+k+" "+other, "ZREMRANGEBYLEX "+k+" [m1 [m11")
}

func (w *wild) stream() []string {
	k := w.key("stream")
	return w.oneOf("XADD "+k+" * f "+w.value(), "XADD "+k+" * f "+w.value()+" g 1", "XADD "+k+" NOMKSTREAM MAXLEN 40 * f v", "XTRIM "+k+" MAXLEN 60",
		"XGROUP CREATE "+k+" g 0 MKSTREAM", "XREADGROUP GROUP g c"+w.n(3)+" COUNT 5 STREAMS "+k+" >", "XAUTOCLAIM "+k+" g c"+w.n(3)+" 0 0 COUNT 4",
		"XGROUP DELCONSUMER "+k+" g c"+w.n(3), "XGROUP DESTROY "+k+" g", "XREADGROUP GROUP g c1 NOACK COUNT 2 STREAMS "+k+" >", "XADD "+k+" * a 1 b 2 c "+w.value())
}

// anyKey is what all types have in common.
func (w *wild) anyKey() []string {
	typ, space := wildTypes[w.random.IntN(len(wildTypes))], w.n(wildKeyspaces)
	k, other := w.key(typ), w.key(typ)
	if w.flushes && w.random.IntN(300) == 0 {
		return w.oneOf("FLUSHDB", "FLUSHALL", "FLUSHDB ASYNC", "SWAPDB 0 "+space, "SWAPDB 1 "+space, "SWAPDB 2 "+space)
	}
	return w.oneOf("RENAME "+k+" "+other, "RENAMENX "+k+" "+other, "COPY "+k+" "+other+" REPLACE", "COPY "+k+" "+other+" DB "+space+" REPLACE", "MOVE "+k+" "+space, "UNLINK "+k, "DEL "+k,
		"PEXPIRE "+k+" "+w.soon(), "PEXPIRE "+k+" "+w.soon(), "PEXPIRE "+k+" "+w.soon()+" GT", "PERSIST "+k, "PEXPIREAT "+k+" 1", "EXISTS "+k, "PEXPIREAT "+k+" "+farAway)
}

// work sends batches until the connection ends, or until stop is closed.
func (w *wild) work(p *peer, stop <-chan struct{}) error {
	defer p.nc.Close()
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		batch := w.batch()
		replies, err := p.exchange(batch)
		for i, reply := range replies {
			if strings.HasPrefix(reply, "-ERR unknown") || strings.HasPrefix(reply, "-ERR syntax") || strings.HasPrefix(reply, "-ERR wrong number") {
				return fmt.Errorf("%w: %.300q: %s", errDiffer, batch[i], reply)
			}
		}
		if err != nil {
			return nil
		}
		if w.random.IntN(8) == 0 {
			time.Sleep(time.Duration(w.random.IntN(3)) * time.Millisecond)
		}
	}
}
