package main

import (
	"crypto/sha1"
	"encoding/hex"
)

// shopDialect says what the pages of a shop do beside loading their session. A server that has no command for a step
// which must be one does it by a script.
type shopDialect interface {
	// incr adds 1 to a number.
	incr(dst, id []byte, s *session) []byte
	// leave keeps a message for the next page, and take returns and removes it.
	leave(dst, id []byte, s *session) []byte
	take(dst, id []byte, s *session) []byte
	// login gives the session another id, and a user.
	login(dst, id, newID []byte, s *session) []byte
	// scripts appends the requests that load the scripts, of which there may be none.
	scripts(dst []byte) []byte
}

// graceOption is how long the old id of a login works, as the middlewares have it.
const graceOption = "1000" // milliseconds

const flashText = "Your cart is saved."

var (
	sessIncr   = command(4, "SESS.INCR")
	oneMore    = bulks("count", "1")
	sessLeave  = command(6, "SESS.SAVE")
	flashValue = bulks("FIELDS", "1", "flash", flashText)
	sessTake   = command(5, "SESS.TAKE")
	oneFlash   = bulks("FIELDS", "1", "flash")
	sessRotate = command(7, "SESS.ROTATE")
	afterward  = bulks("GRACE", graceOption, "PRINCIPAL")
	oneUser    = bulks("FIELDS", "1", "user")
)

func (d *sessDialect) incr(dst, id []byte, _ *session) []byte {
	return append(appendBulk(append(dst, sessIncr...), id), oneMore...)
}

func (d *sessDialect) leave(dst, id []byte, _ *session) []byte {
	return append(appendBulk(append(dst, sessLeave...), id), flashValue...)
}

func (d *sessDialect) take(dst, id []byte, _ *session) []byte {
	return append(appendBulk(append(dst, sessTake...), id), oneFlash...)
}

func (d *sessDialect) login(dst, id, newID []byte, s *session) []byte {
	dst = appendBulk(appendBulk(append(dst, sessRotate...), id), newID)
	dst = appendBulk(append(dst, afterward...), s.user[:])
	dst = appendBulk(append(dst, sessSaveData...), newID)
	return appendBulk(append(dst, oneUser...), s.user[:])
}

func (d *sessDialect) scripts(dst []byte) []byte { return dst }

// The scripts of a hash: as the commands of sessions, they bring nothing back, and renew the timeout.
const (
	incrScript = `if redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('NOSESSION no such session') end
local n = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return n`
	takeScript = `local v = redis.call('HGET', KEYS[1], ARGV[1])
if v then redis.call('HDEL', KEYS[1], ARGV[1]) end
if redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 0 then return redis.error_reply('NOSESSION no such session') end
return {v}`
)

var (
	hashIncr   = command(6, "EVALSHA", digest(incrScript), "1")
	hashTake   = command(6, "EVALSHA", digest(takeScript), "1")
	hashFlash  = command(4, "HSET")
	flashField = bulks("flash", flashText)
	hashRename = command(3, "RENAME")
	countName  = bulks("count")
	flashName  = bulks("flash")
)

// digest returns the name of a script.
func digest(script string) string {
	sum := sha1.Sum([]byte(script))
	return hex.EncodeToString(sum[:])
}

func (d *hashDialect) incr(dst, id []byte, _ *session) []byte {
	return append(append(appendBulk(append(dst, hashIncr...), id), countName...), d.after...)
}

// leave asks EXISTS first for the same reason as save.
func (d *hashDialect) leave(dst, id []byte, _ *session) []byte {
	dst = appendBulk(append(dst, keyExists...), id)
	return d.renew(append(appendBulk(append(dst, hashFlash...), id), flashField...), id)
}

func (d *hashDialect) take(dst, id []byte, _ *session) []byte {
	return append(append(appendBulk(append(dst, hashTake...), id), flashName...), d.after...)
}

// login keeps no list of the user's sessions, which an application that ends them all would have to.
func (d *hashDialect) login(dst, id, newID []byte, s *session) []byte {
	dst = appendBulk(appendBulk(append(dst, hashRename...), id), newID)
	dst = append(appendBulk(append(dst, hashData...), newID), userName...)
	return d.renew(appendBulk(dst, s.user[:]), newID)
}

func (d *hashDialect) scripts(dst []byte) []byte {
	for _, script := range []string{incrScript, takeScript} {
		dst = append(append(dst, command(3, "SCRIPT", "LOAD")...), bulks(script)...)
	}
	return dst
}

// With a blob every change is a save of the whole that was loaded, and of two requests one undoes the other's.
func (d *blobDialect) incr(dst, id []byte, s *session) []byte  { return d.save(dst, id, s) }
func (d *blobDialect) leave(dst, id []byte, s *session) []byte { return d.save(dst, id, s) }
func (d *blobDialect) take(dst, id []byte, s *session) []byte  { return d.save(dst, id, s) }

func (d *blobDialect) login(dst, id, newID []byte, s *session) []byte {
	return d.destroy(d.create(dst, newID, s), id)
}

func (d *blobDialect) scripts(dst []byte) []byte { return dst }
