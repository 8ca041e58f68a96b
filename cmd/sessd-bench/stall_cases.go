//go:build unix

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A stallCase is a request on collections of n elements, or a string. Those that it needs are made before, and what it
// leaves is removed.
type stallCase struct {
	make  []string // types of the collections: key is the type, and a number behind it from the second one on
	words func(n int) []string
	// busy has this process keep two threads busy meanwhile: one as a server does, and one of low priority as who reads a
	// long reply does.
	busy bool
}

// fixedWords makes the same request for any n.
func fixedWords(line string) func(int) []string {
	return func(int) []string { return strings.Fields(line) }
}

// half replaces HALF in a line by half of n.
func half(line string) func(int) []string {
	return func(n int) []string { return strings.Fields(strings.ReplaceAll(line, "HALF", strconv.Itoa(n/2))) }
}

// manyWords makes a request with a fifth of n elements.
func manyWords(line string, element func(i int) []string) func(int) []string {
	return func(n int) []string {
		words := strings.Fields(line)
		for i := range n / 5 {
			words = append(words, element(i)...)
		}
		return words
	}
}

var stallCases = []stallCase{
	{words: fixedWords("PING")},             // what the machine itself adds
	{words: fixedWords("PING"), busy: true}, // what the kernel makes others wait where processors are few
	{make: []string{"hash"}, words: fixedWords("HGETALL hash")},
	{make: []string{"set"}, words: fixedWords("SMEMBERS set")},
	{make: []string{"list"}, words: fixedWords("LRANGE list 0 -1")},
	{make: []string{"zset"}, words: fixedWords("ZRANGE zset 0 -1 WITHSCORES")},
	{make: []string{"zset"}, words: fixedWords("ZRANGEBYSCORE zset -inf +inf")},
	{make: []string{"set"}, words: half("SRANDMEMBER set HALF")},
	{make: []string{"list"}, words: fixedWords("LPOS list none")},
	{make: []string{"list"}, words: fixedWords("SORT list ALPHA LIMIT 0 10")},
	{make: []string{"set", "set2"}, words: fixedWords("SINTER set set2")},
	{make: []string{"set", "set2"}, words: fixedWords("SUNION set set2")},
	{make: []string{"set", "set2"}, words: fixedWords("SDIFF set set2")},
	{make: []string{"set", "set2"}, words: fixedWords("SINTERCARD 2 set set2")},
	{make: []string{"zset", "zset2"}, words: fixedWords("ZUNION 2 zset zset2")},
	{make: []string{"set", "set2"}, words: fixedWords("SINTERSTORE target set set2")},
	{make: []string{"set", "set2"}, words: fixedWords("SUNIONSTORE target set set2")},
	{make: []string{"zset", "zset2"}, words: fixedWords("ZUNIONSTORE target 2 zset zset2")},
	{make: []string{"zset"}, words: fixedWords("ZRANGESTORE target zset 0 -1")},
	{make: []string{"hash"}, words: fixedWords("RENAME hash target")},
	{make: []string{"zset"}, words: fixedWords("RENAME zset target")},
	{make: []string{"hash"}, words: fixedWords("COPY hash target")},
	{make: []string{"list"}, words: fixedWords("COPY list target")},
	{make: []string{"list"}, words: half("LTRIM list 0 HALF")},
	{make: []string{"list"}, words: half("LPOP list HALF")},
	{make: []string{"list"}, words: fixedWords("LREM list 0 none")},
	{make: []string{"list"}, words: fixedWords("LREM list 0 element:000000000")},
	{make: []string{"list"}, words: fixedWords("LINSERT list BEFORE none x")},
	{make: []string{"zset"}, words: half("ZREMRANGEBYRANK zset 0 HALF")},
	{make: []string{"zset"}, words: half("ZPOPMIN zset HALF")},
	{make: []string{"set"}, words: half("SPOP set HALF")},
	{make: []string{"list"}, words: fixedWords("SORT list ALPHA STORE target")},
	{make: []string{"string"}, words: fixedWords("APPEND string x")},
	{make: []string{"string"}, words: fixedWords("GETRANGE string 0 -1")},
	{make: []string{"string"}, words: fixedWords("BITOP NOT target string")},
	{make: []string{"hash"}, words: fixedWords("UNLINK hash")},
	{make: []string{"zset"}, words: fixedWords("DEL zset")},
	{make: []string{"zset"}, words: fixedWords("PEXPIRE zset 1")},
	{make: []string{"hash", "set", "list", "zset"}, words: fixedWords("FLUSHALL")},
	{words: manyWords("TOUCH", func(i int) []string { return []string{elementName(i)} })}, // what reading a long request adds
	{words: manyWords("MSET", func(i int) []string { return []string{"m:" + strconv.Itoa(i), "x"} })},
	{words: manyWords("SADD target", func(i int) []string { return []string{elementName(i)} })},
	{words: manyWords("RPUSH target", func(i int) []string { return []string{elementName(i)} })},
	{words: manyWords("HSET target", func(i int) []string { return []string{elementName(i), "x"} })},
	{words: manyWords("ZADD target", func(i int) []string { return []string{strconv.Itoa(i), elementName(i)} })},
}

func elementName(i int) string { return fmt.Sprintf("element:%09d", i) }

// fill appends the requests that make a collection of n elements, a thousand at a time.
func fill(dst []byte, key string, n int) (requests []byte, count int) {
	kind := strings.TrimRight(key, "2")
	if kind == "string" { // of 64 bytes for each element
		return append(dst, command(4, "SETRANGE", key, strconv.Itoa(64*n-1), "x")...), 1
	}
	verb := map[string]string{"hash": "HSET", "set": "SADD", "list": "RPUSH", "zset": "ZADD"}[kind]
	first := 0
	if kind != key {
		first = n / 2 // a second one shares half of its elements
	}
	const each = 1000
	for from := 0; from < n; from += each {
		words := []string{verb, key}
		for i := from; i < min(n, from+each); i++ {
			switch kind {
			case "hash":
				words = append(words, elementName(first+i), "value")
			case "zset":
				words = append(words, strconv.Itoa(i), elementName(first+i))
			default:
				words = append(words, elementName(first+i))
			}
		}
		dst = append(dst, command(len(words), words...)...)
		count++
	}
	return dst, count
}
