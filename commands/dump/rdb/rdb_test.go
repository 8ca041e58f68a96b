package rdb

import (
	"bytes"
	"encoding/hex"
	"math"
	"reflect"
	"testing"
)

func TestChecksum(t *testing.T) {
	if got := checksum([]byte("123456789")); got != 0xe9c6d914c4b8d9ca {
		t.Errorf("the checksum is %x", got)
	}
}

func TestBackAndForth(t *testing.T) {
	long := bytes.Repeat([]byte("long"), 20_000)
	for _, v := range []Value{
		{Kind: String, Texts: [][]byte{{}}},
		{Kind: List, Texts: [][]byte{[]byte("a"), long, []byte("a")}},
		{Kind: Set, Texts: [][]byte{[]byte("a"), {}}},
		{Kind: Hash, Texts: [][]byte{[]byte("a"), []byte("1"), []byte("b"), long}},
		{Kind: Hash, Texts: [][]byte{[]byte("a"), []byte("1"), []byte("b"), long, []byte("c"), {}}, Expiries: []int64{4102444800001, 0, 5}},
		{Kind: SortedSet, Texts: [][]byte{[]byte("a"), []byte("b")}, Scores: []float64{-1.5, 3}},
		{Kind: StreamKind, Stream: &Stream{}},
		{Kind: StreamKind, Stream: &Stream{Last: ID{9, 1}, MaxDeleted: ID{8, 8}, Added: 7}},
		{Kind: StreamKind, Stream: manyEntries(long)},
	} {
		if got, err := Decode(Encode(&v)); err != nil || !reflect.DeepEqual(*got, v) {
			t.Errorf("%v becomes %v, %v", v.Kind, got, err)
		}
	}
}

// manyEntries returns a stream of some nodes, whose ids and names differ in every way.
func manyEntries(long []byte) *Stream {
	s := &Stream{Last: ID{math.MaxUint64, 7}, MaxDeleted: ID{1, 1}, Added: 1000}
	for i := range uint64(250) {
		e := StreamEntry{ID: ID{i / 3, math.MaxUint64 - 3 + i%3}, Pairs: [][]byte{[]byte("name"), []byte("12")}}
		if i%5 == 0 {
			e.Pairs = append(e.Pairs, e.Pairs[0], []byte{}, []byte("n"), bytes.Repeat([]byte{0xff}, int(i)*20))
		}
		s.Entries = append(s.Entries, e)
	}
	s.Entries = append(s.Entries, StreamEntry{ID: ID{math.MaxUint64, 7}, Pairs: [][]byte{long, long}})
	return s
}

// TestUnsound: what is empty, has a member twice, or a score that is no number, is no value.
func TestUnsound(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "unknown type": "ff", "empty list": "0100", "cut off": "0005616263", "more than there is": "0281ffffffffffffffff",
		"member twice": "020201610161", "NaN": "05010161000000000000f87f", "bomb": "00c3058100000000ffffffff2061000000", "listpack of a lie": "100760000000ffff",
		"an end before all time": "180000000000000080010201610162", "an end after all time": "18ffffffffffffff7f010101610162", "itself": "0b0802000000ffffffff", "endless quicklist": "1280ffffffff",
	} {
		b, err := hex.DecodeString(body)
		if err != nil {
			t.Fatal(name, err)
		}
		if v, err := Decode(seal(b, 9)); err != ErrFormat {
			t.Errorf("%s is %v, %v", name, v, err)
		}
	}
}

// FuzzDecode: any bytes are a value or an error, and a value is the same after it was written.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{"000161", "0b0a0200000001000000ff7f", "1014140000000200 8161 02 8162 02ff", "1201020b0b000000010001 01 ff", "00c3058101", "0501016100000000000000f03f"} {
		b, _ := hex.DecodeString(text)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := Decode(seal(bytes.Clone(body), readVersion))
		if err != nil {
			return
		}
		if again, err := Decode(Encode(v)); err != nil || len(again.Texts) != len(v.Texts) || again.Kind != v.Kind || again.timed() != v.timed() || v.Stream != nil && !reflect.DeepEqual(again.Stream.Entries, v.Stream.Entries) {
			t.Errorf("%x: %v becomes %v, %v", body, v, again, err)
		}
	})
}
