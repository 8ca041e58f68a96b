package main

import "strconv"

// dialect says the operations of the session workload in commands of a server. Each method appends the requests of one
// operation. They are written at once, as by a client that pipelines, although a real program would have to wait for
// the answer to EXISTS.
type dialect interface {
	create(dst, id []byte, s *session) []byte
	load(dst, id []byte) []byte
	save(dst, id []byte, s *session) []byte
	destroy(dst, id []byte) []byte
	// createData and saveData are create and save of a session with one field; timeout is in milliseconds.
	createData(dst, id, data []byte, timeout int64) []byte
	saveData(dst, id, data []byte) []byte
	// expects lists, for each operation, the replies of a server that has the session.
	expects() expectations
	shopDialect
}

// newDialect returns the dialect of that name: sess, hash or blob. The idle timeout is in milliseconds.
func newDialect(name string, idleTimeout int64) dialect {
	timeout := strconv.FormatInt(idleTimeout, 10)
	switch name {
	case "hash":
		return &hashDialect{after: bulks(timeout)}
	case "blob":
		seconds := strconv.FormatInt(max(idleTimeout/1000, 1), 10)
		return &blobDialect{after: bulks(seconds), ex: bulks("EX", seconds)}
	}
	return &sessDialect{createTail: bulks("PX", timeout, "FIELDS", "5")}
}

// bulks encodes words as RESP bulks: the constant parts of a request, encoded once.
func bulks(words ...string) string {
	var dst []byte
	for _, w := range words {
		dst = appendBulk(dst, w)
	}
	return string(dst)
}

// command encodes the head of a request: how many words it has in all, and the first of them.
func command(total int, words ...string) string {
	return "*" + strconv.Itoa(total) + "\r\n" + bulks(words...)
}

// appendBulk appends a word as RESP bulk.
func appendBulk[T string | []byte](dst []byte, word T) []byte {
	dst = append(dst, '$')
	dst = strconv.AppendUint(dst, uint64(len(word)), 10)
	dst = append(dst, '\r', '\n')
	dst = append(dst, word...)
	return append(dst, '\r', '\n')
}

// appendNumber appends a number as a bulk.
func appendNumber(dst []byte, n int64) []byte {
	var digits [20]byte
	return appendBulk(dst, strconv.AppendInt(digits[:0], n, 10))
}

// appendFields appends the five names and values of a session.
func appendFields(dst []byte, s *session) []byte {
	dst = appendBulk(append(dst, userName...), s.user[:])
	dst = appendBulk(append(dst, csrfName...), s.csrf[:])
	dst = appendBulk(append(dst, langName...), s.lang[:])
	return appendDirty(dst, s)
}

// appendDirty appends the names and values of the two fields that a save changes.
func appendDirty(dst []byte, s *session) []byte {
	dst = appendBulk(append(dst, seenName...), s.seen[:])
	return appendBulk(append(dst, cartName...), s.cart)
}

const (
	userName = "$4\r\nuser\r\n"
	csrfName = "$4\r\ncsrf\r\n"
	seenName = "$4\r\nseen\r\n"
	langName = "$4\r\nlang\r\n"
	cartName = "$4\r\ncart\r\n"
)

// sessDialect speaks SESS.*.
type sessDialect struct{ createTail string }

var (
	sessCreate  = command(16, "SESS.CREATE")
	sessGet     = command(2, "SESS.GET")
	sessSave    = command(8, "SESS.SAVE")
	saveTail    = bulks("FIELDS", "2")
	sessDestroy = command(2, "SESS.DESTROY")

	sessCreateData = command(8, "SESS.CREATE")
	sessSaveData   = command(6, "SESS.SAVE")
	timeoutOption  = bulks("PX")
	oneDataField   = bulks("FIELDS", "1", "data")
)

func (d *sessDialect) create(dst, id []byte, s *session) []byte {
	dst = appendBulk(append(dst, sessCreate...), id)
	return appendFields(append(dst, d.createTail...), s)
}

func (d *sessDialect) load(dst, id []byte) []byte {
	return appendBulk(append(dst, sessGet...), id)
}

func (d *sessDialect) save(dst, id []byte, s *session) []byte {
	dst = appendBulk(append(dst, sessSave...), id)
	return appendDirty(append(dst, saveTail...), s)
}

func (d *sessDialect) destroy(dst, id []byte) []byte {
	return appendBulk(append(dst, sessDestroy...), id)
}

func (d *sessDialect) createData(dst, id, data []byte, timeout int64) []byte {
	dst = appendBulk(append(dst, sessCreateData...), id)
	dst = appendNumber(append(dst, timeoutOption...), timeout)
	return appendBulk(append(dst, oneDataField...), data)
}

func (d *sessDialect) saveData(dst, id, data []byte) []byte {
	dst = appendBulk(append(dst, sessSaveData...), id)
	return appendBulk(append(dst, oneDataField...), data)
}

func (d *sessDialect) expects() expectations {
	return expectations{
		opCreate:   {wantBulk},
		opLoad:     {wantFields},
		opSave:     {wantInteger},
		opDestroy:  {wantOne},
		opClean:    {wantInteger},
		opExpireAt: {wantOne},
		opIncr:     {wantInteger},
		opLeave:    {wantInteger},
		opTake:     {wantFields},
		opLogin:    {wantBulk, wantInteger},
	}
}

// hashDialect keeps a session as a Redis hash with an expiry that every use renews.
type hashDialect struct{ after string }

var (
	hashCreate = command(12, "HSET")
	hashGetAll = command(2, "HGETALL")
	hashSave   = command(6, "HSET")
	keyExists  = command(2, "EXISTS")
	keyDelete  = command(2, "DEL")
	keyPexpire = command(3, "PEXPIRE")
	hashData   = command(4, "HSET")
	dataName   = bulks("data")
)

// renew gives the key its idle timeout again: a hash forgets it only when it is deleted, but does not renew it
// by itself.
func (d *hashDialect) renew(dst, id []byte) []byte {
	return append(appendBulk(append(dst, keyPexpire...), id), d.after...)
}

func (d *hashDialect) create(dst, id []byte, s *session) []byte {
	dst = appendBulk(append(dst, hashCreate...), id)
	return d.renew(appendFields(dst, s), id)
}

// load renews the timeout too, for a session that is only read is in use.
func (d *hashDialect) load(dst, id []byte) []byte {
	return d.renew(appendBulk(append(dst, hashGetAll...), id), id)
}

// save asks EXISTS first: HSET alone would bring a destroyed session back.
func (d *hashDialect) save(dst, id []byte, s *session) []byte {
	dst = appendBulk(append(dst, keyExists...), id)
	dst = appendBulk(append(dst, hashSave...), id)
	return d.renew(appendDirty(dst, s), id)
}

func (d *hashDialect) destroy(dst, id []byte) []byte {
	return appendBulk(append(dst, keyDelete...), id)
}

func (d *hashDialect) createData(dst, id, data []byte, timeout int64) []byte {
	dst = appendBulk(append(dst, hashData...), id)
	dst = appendBulk(append(dst, dataName...), data)
	return appendNumber(appendBulk(append(dst, keyPexpire...), id), timeout)
}

// saveData asks EXISTS first for the same reason as save.
func (d *hashDialect) saveData(dst, id, data []byte) []byte {
	dst = appendBulk(append(dst, keyExists...), id)
	dst = appendBulk(append(dst, hashData...), id)
	return d.renew(appendBulk(append(dst, dataName...), data), id)
}

func (d *hashDialect) expects() expectations {
	return expectations{
		opCreate:   {wantInteger, wantOne},
		opLoad:     {wantFields, wantOne},
		opSave:     {wantOne, wantInteger, wantOne},
		opDestroy:  {wantOne},
		opClean:    {wantInteger},
		opExpireAt: {wantOne},
		opIncr:     {wantInteger},
		opLeave:    {wantOne, wantInteger, wantOne},
		opTake:     {wantFields},
		opLogin:    {wantOK, wantInteger, wantOne},
		opScripts:  {wantBulk, wantBulk},
	}
}

// blobDialect keeps a session as one JSON string, and a save writes all of it.
type blobDialect struct{ after, ex string }

var (
	stringSet = command(5, "SET")
	stringGet = command(2, "GET")
	keyExpire = command(3, "EXPIRE")
	millis    = bulks("PX")
)

// create writes the whole session and its timeout in one command.
func (d *blobDialect) create(dst, id []byte, s *session) []byte {
	var blob [256]byte
	dst = appendBulk(append(dst, stringSet...), id)
	dst = appendBulk(dst, s.appendJSON(blob[:0]))
	return append(dst, d.ex...)
}

func (d *blobDialect) load(dst, id []byte) []byte {
	dst = appendBulk(append(dst, stringGet...), id)
	return append(appendBulk(append(dst, keyExpire...), id), d.after...)
}

// save is create: with a blob there is no other way, and it brings a destroyed session back.
func (d *blobDialect) save(dst, id []byte, s *session) []byte { return d.create(dst, id, s) }

func (d *blobDialect) destroy(dst, id []byte) []byte {
	return appendBulk(append(dst, keyDelete...), id)
}

func (d *blobDialect) createData(dst, id, data []byte, timeout int64) []byte {
	dst = appendBulk(appendBulk(append(dst, stringSet...), id), data)
	return appendNumber(append(dst, millis...), timeout)
}

func (d *blobDialect) saveData(dst, id, data []byte) []byte {
	return append(appendBulk(appendBulk(append(dst, stringSet...), id), data), d.ex...)
}

func (d *blobDialect) expects() expectations {
	return expectations{
		opCreate:   {wantOK},
		opLoad:     {wantBulk, wantOne},
		opSave:     {wantOK},
		opDestroy:  {wantOne},
		opClean:    {wantInteger},
		opExpireAt: {wantOne},
		opIncr:     {wantOK},
		opLeave:    {wantOK},
		opTake:     {wantOK},
		opLogin:    {wantOK, wantOne},
	}
}
