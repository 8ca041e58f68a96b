package rdb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

// made is a file in the making.
type made struct{ bytes.Buffer }

func (m *made) text(s string) *made {
	m.Write(append(appendLength(nil, len(s)), s...))
	return m
}

func (m *made) raw(b ...byte) *made {
	m.Write(b)
	return m
}

// key begins a key of a type.
func (m *made) key(kind byte, name string) *made { return m.raw(kind).text(name) }

// file is the whole file.
func (m *made) file(magic string) []byte {
	b := append([]byte(magic), m.Bytes()...)
	b = append(b, opEnd)
	return binary.LittleEndian.AppendUint64(b, checksum(b))
}

// ziplist packs elements, each behind the length of the one before.
func ziplist(elements ...string) string {
	b := make([]byte, ziplistHeader)
	for before := 0; len(elements) > 0; elements = elements[1:] {
		begin := len(b)
		if b = append(b, byte(before)); before >= longBefore {
			b[len(b)-1] = longBefore
			b = binary.LittleEndian.AppendUint32(b, uint32(before))
		}
		b = append(b, elements[0]...)
		before = len(b) - begin
	}
	b = append(b, ziplistEnd)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	binary.LittleEndian.PutUint16(b[8:], 0xffff)
	return string(b)
}

// listpack packs texts of less than 64 bytes.
func listpack(texts ...string) string {
	b := make([]byte, listpackHeader)
	for _, text := range texts {
		b = append(b, byte(0x80|len(text)))
		b = append(append(b, text...), byte(len(text)+1))
	}
	b = append(b, listpackEnd)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	binary.LittleEndian.PutUint16(b[4:], uint16(len(texts)))
	return string(b)
}

// all reads a file into lines.
func all(b []byte) (lines []string, f *File, err error) {
	f, err = NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, nil, err
	}
	for {
		e, err := f.Next()
		if errors.Is(err, io.EOF) {
			return lines, f, nil
		}
		if err != nil {
			return lines, f, err
		}
		if e.Value == nil {
			lines = append(lines, fmt.Sprintf("%d %s: %s", e.Database, e.Key, e.Left))
			continue
		}
		line := fmt.Sprintf("%d %s: %v %q", e.Database, e.Key, e.Value.Kind, e.Value.Texts)
		if s := e.Value.Stream; s != nil {
			for _, e := range s.Entries {
				line += fmt.Sprintf(" %v %s", e.ID, e.Pairs)
			}
			line += fmt.Sprint(" to ", s.Last, s.MaxDeleted, s.Added, s.Groups)
		}
		if e.Value.Scores != nil {
			line += fmt.Sprint(" ", e.Value.Scores)
		}
		if e.Value.Expiries != nil {
			line += fmt.Sprint(" ends ", e.Value.Expiries)
		}
		if e.Expiry != 0 {
			line += fmt.Sprint(" at ", e.Expiry)
		}
		lines = append(lines, line)
	}
}

// TestFile reads what old and new servers write, of which no server at hand writes all.
func TestFile(t *testing.T) {
	long := strings.Repeat("x", 300)
	m := new(made)
	m.raw(opAuxiliary).text("redis-ver").text("2.4.0").raw(opDatabase, 3, opResize, 9, 2)
	m.raw(opExpiry, 2, 0, 0, 0).key(0, "seconds").text("v")
	m.raw(opExpiryMS, 5, 0, 0, 0, 0, 0, 0, 0, opIdle, 7, opFrequency, 9).key(0, "ms").text("v")
	m.key(hashZipmap, "zipmap").text("\x02\x01a\x01\x02Zpp\x01b\x00\x00\xff")
	m.key(hashZiplist, "ziplist").text(ziplist("\x01f", "\xfe\xfb", "\x01g", "\xc0\x00\x80", "\x01h", "\xf0\xff\xff\xff", "\x01i", "\xd0\x00\x00\x01\x00", "\x01j", "\xe0\x00\x00\x00\x00\x01\x00\x00\x00", "\x01k", "\xf1", "\x01l", "\xfd"))
	m.key(listZiplist, "list").text(ziplist("\x41\x2c"+long, "\x80\x00\x00\x00\x02yz"))
	m.key(sortedZiplist, "sorted").text(ziplist("\x01a", "\x041.25", "\x01b", "\xf3"))
	m.key(quickZiplists, "quick").raw(2).text(ziplist("\x01a", "\x01b")).text(ziplist("\x01c"))
	m.key(stream1, "stream").raw(0, 0, 0, 0, 0).key(stream3, "stream3").raw(1).text("\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	m.text(listpack("2", "1", "1", "f", "0", "2", "0", "5", "v", "4", "3", "1", "0", "w", "4", "0", "1", "-0", "1", "g", "x", "6"))
	m.raw(2, 9, 3, 1, 5, 2, 0, 7, 1).text("group").raw(0, 0, 0, 1).Write(make([]byte, 24))
	m.raw(1, 1).text("consumer").Write(make([]byte, 16))
	m.raw(1).Write(make([]byte, 16))
	m.raw(opDatabase, 0).key(moduleValue, "module").raw(0x81, 0, 0, 0, 0, 0, 0, 4, 1, moduleSigned, 5, moduleDouble, 1, 2, 3, 4, 5, 6, 7, 8, moduleFloat, 1, 2, 3, 4, moduleText).text("x").raw(moduleUnsigned, 1, moduleEnd)
	m.raw(opFunctions).text("library").raw(opModule, 1, 2, 2, moduleEnd, opSlot, 1, 1, 0)
	m.key(hashTimed, "timed").raw(100, 0, 0, 0, 0, 0, 0, 0, 2, 0).text("a").text("1").raw(6).text("b").text("2")
	m.key(hashTimedPack, "timed pack").raw(9, 0, 0, 0, 0, 0, 0, 0).text(listpack("a", "1", "0", "b", "2", "77"))
	got, f, err := all(m.file("REDIS0012"))
	want := []string{
		`3 seconds: string ["v"] at 2000`, `3 ms: string ["v"] at 5`, `3 zipmap: hash ["a" "Z" "b" ""]`,
		`3 ziplist: hash ["f" "-5" "g" "-32768" "h" "-1" "i" "65536" "j" "4294967296" "k" "0" "l" "12"]`,
		`3 list: list ["` + long + `" "yz"]`, `3 sorted: sorted set ["a" "b"] [1.25 2]`, `3 quick: list ["a" "b" "c"]`,
		`3 stream: stream [] to {0 0} {0 0} 0 0`, `3 stream3: stream [] {1 5} [f v] {2 0} [g x] to {9 3} {2 0} 7 1`, `0 module: value of module "AAAAAAAAB"`,
		`0 timed: hash ["a" "1" "b" "2"] ends [0 105]`, `0 timed pack: hash ["a" "1" "b" "2"] ends [0 77]`,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if f != nil && (f.Writer != "redis 2.4.0" || f.Beside["library of functions"] != 1 || f.Beside["data of a module"] != 1) {
		t.Errorf("%q, %v", f.Writer, f.Beside)
	}
}

func TestFileOfValkey(t *testing.T) {
	m := new(made)
	m.key(hashValkey, "k").raw(2).text("a").text("1").raw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff).text("b").text("2").raw(9, 0, 0, 0, 0, 0, 0, 0)
	got, _, err := all(m.file("VALKEY080"))
	if want := []string{`0 k: hash ["a" "1" "b" "2"] ends [0 9]`}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if _, _, err := all(m.file("REDIS0012")); err == nil || !strings.Contains(err.Error(), `key "k" has type 22`) {
		t.Errorf("in a file of Redis: %v", err)
	}
}

// TestLongFile reads values across the pieces that are read at once, and one longer than a piece.
func TestLongFile(t *testing.T) {
	m := new(made)
	var want []string
	for i, size := range []int{1 << 19, 1 << 19, 3 << 20, 1, 1 << 20} {
		value := strings.Repeat(string(rune('a'+i)), size)
		m.key(0, fmt.Sprint(i)).text(value)
		want = append(want, fmt.Sprintf("0 %d: string [%q]", i, value))
	}
	if got, _, err := all(m.file("REDIS0011")); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%d values, %v", len(got), err)
	}
}

// TestDamagedFile: no file that is cut short or has a flipped bit is read to its end.
func TestDamagedFile(t *testing.T) {
	m := new(made)
	whole := m.key(0, "key").text("value").key(quickList, "list").raw(1, packedNode).text(listpack("a")).file("REDIS0011")
	if _, _, err := all(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, _, err := all(whole[:n]); err == nil {
			t.Errorf("cut to %d bytes it is read", n)
		}
	}
	for bit := range 8 * len(whole) {
		bad := bytes.Clone(whole)
		bad[bit/8] ^= 1 << (bit % 8)
		if string(bad[5:9]) < "0005" { // versions before 5 have no checksum, and are read up to the end
			continue
		}
		if _, _, err := all(bad); err == nil {
			t.Errorf("with bit %d flipped it is read", bit)
		}
	}
}

// FuzzFile: any bytes are keys or an error.
func FuzzFile(f *testing.F) {
	m := new(made)
	f.Add(m.key(0, "key").text("value").key(stream1, "s").raw(0, 0, 0, 0, 0).Bytes())
	f.Add([]byte("\x0a\x01k" + ziplist("\x01a")))
	f.Fuzz(func(t *testing.T, body []byte) {
		m := new(made)
		m.Write(body)
		_, _, _ = all(m.file("REDIS0012"))
		_, _, _ = all(m.file("VALKEY080"))
	})
}
