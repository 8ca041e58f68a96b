package main

import (
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
)

const (
	idLength   = 43 // 32 bytes in base64url without padding
	csrfLength = 32
	seenLength = 13
	langLength = 5
	userLength = 8
)

const (
	hexDigits   = "0123456789abcdef"
	skuAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

var languages = [...]string{"de-DE", "en-GB", "en-US", "fr-FR", "es-ES", "it-IT", "nl-NL", "pl-PL"}

// appendID appends the id of the session with that key: 43 base64url characters, and what ids end with.
func (p *population) appendID(dst []byte, key uint64) []byte {
	var raw [32]byte
	for i := range 4 {
		key = mix64(key)
		binary.LittleEndian.PutUint64(raw[i*8:], key)
	}
	return append(base64.RawURLEncoding.AppendEncode(dst, raw[:]), p.suffix...)
}

// session holds the values of the five fields that every session of the data set has. With the id and the
// names user, csrf, seen, lang and cart that makes about 180 bytes.
type session struct {
	user [userLength]byte
	csrf [csrfLength]byte
	seen [seenLength]byte
	lang [langLength]byte
	cart []byte // JSON, about 60 bytes
}

// fill sets all fields from the key of the session; the fields that never change come out the same every time.
func (s *session) fill(key uint64) {
	key = mix64(key ^ 0xa5a5a5a5a5a5a5a5)
	putDecimal(s.user[:], key)
	copy(s.lang[:], languages[key>>60&7])
	for i := 0; i < csrfLength; i += 16 {
		key = mix64(key)
		for j := range 16 {
			s.csrf[i+j] = hexDigits[key>>(4*j)&15]
		}
	}
	s.change(mix64(key))
}

// change draws the two fields that a save carries: when the user was seen, and the cart.
func (s *session) change(bits uint64) {
	putDecimal(s.seen[:], 1_700_000_000_000+bits%100_000_000_000)
	bits = mix64(bits)
	s.cart = append(s.cart[:0], `{"items":[{"sku":"`...)
	for i := range 6 {
		s.cart = append(s.cart, skuAlphabet[bits>>(5*i)&31])
	}
	s.cart = append(s.cart, `","qty":`...)
	s.cart = append(s.cart, '1'+byte(bits>>32&7))
	s.cart = append(s.cart, `}],"total":`...)
	s.cart = strconv.AppendUint(s.cart, bits>>35%100_000, 10)
	s.cart = append(s.cart, `,"cur":"EUR"}`...)
}

// appendJSON appends the session as an application that stores blobs would: one JSON object.
func (s *session) appendJSON(dst []byte) []byte {
	dst = append(append(dst, `{"user":"`...), s.user[:]...)
	dst = append(append(dst, `","csrf":"`...), s.csrf[:]...)
	dst = append(append(dst, `","seen":`...), s.seen[:]...)
	dst = append(append(dst, `,"lang":"`...), s.lang[:]...)
	dst = append(append(dst, `","cart":`...), s.cart...)
	return append(dst, '}')
}

// putDecimal fills dst with the last digits of n.
func putDecimal(dst []byte, n uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
}

// population is the part of the data set that one connection owns: every stride-th session. A session is used by its
// owner alone, so its owner always knows whether it is alive. No request ever meets a session that another connection
// has just destroyed.
type population struct {
	seed, first, stride uint64
	suffix              string   // of every id
	generation          []uint32 // how often the slot was created anew
	dead                int      // slot whose session is destroyed, -1 for none
	alive               picker
	random              *rand.Rand
	sizes               []uint16 // of the values, in churn
	passersBy           uint32   // how many sessions churn has left to expire
}

func (p *population) size() int { return len(p.generation) }

// key is the number that the id and the values of the slot's present session derive from.
func (p *population) key(slot int) uint64 { return p.keyOf(slot, p.generation[slot]) }

// keyOf is the key of another generation of the slot; a generation has 24 bits.
func (p *population) keyOf(slot int, generation uint32) uint64 {
	number := p.first + uint64(slot)*p.stride
	return mix64(p.seed) ^ (number | uint64(generation)<<40)
}

// pickAlive draws a slot whose session is alive.
func (p *population) pickAlive() int {
	slot := int(p.alive.pick())
	// At most one slot is dead, so its neighbour is alive; it is drawn twice as often for that short time.
	if slot == p.dead {
		slot = (slot + 1) % len(p.generation)
	}
	return slot
}
