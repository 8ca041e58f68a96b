package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"strconv"
	"strings"
)

// The words of a file that are no types of values.
const (
	opSlot      = 0xf4 // of a cluster: its number, keys, and keys that expire
	opFunctions = 0xf5 // a library
	opModule    = 0xf7 // what a module keeps beside keys
	opIdle      = 0xf8 // seconds that the next key was not used
	opFrequency = 0xf9 // of use, of the next key
	opAuxiliary = 0xfa // name and value
	opResize    = 0xfb // how many keys follow, and of these expire
	opExpiryMS  = 0xfc
	opExpiry    = 0xfd // seconds
	opDatabase  = 0xfe
	opEnd       = 0xff
)

const (
	fileHeader    = 9
	redisVersion  = 12 // Redis 8.0
	valkeyVersion = 80 // Valkey 9.0, which numbers apart from Redis
	checkedFrom   = 5  // version from which on a checksum is at the end
)

// Entry is a key in a file.
type Entry struct {
	Database int
	Key      []byte
	Value    *Value // nil: it cannot be kept
	Left     string // what it is then
	Expiry   int64  // ms since the Unix epoch; 0: never
}

// File is a dump of a server, as Redis and Valkey write it.
type File struct {
	Version int
	Writer  string         // the version of the server that wrote it; empty: not told
	Beside  map[string]int // what is there beside keys, and is passed over

	reader   reader
	size     int64
	database int
}

// NewFile reads the header of a file and verifies its checksum. Keys come from Next.
func NewFile(f io.ReaderAt, size int64) (*File, error) {
	var header [fileHeader]byte
	if _, err := f.ReadAt(header[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	text := string(header[:])
	digits, magic := strings.CutPrefix(text, "REDIS")
	newest := redisVersion
	if !magic {
		digits, magic = strings.CutPrefix(text, "VALKEY")
		newest = valkeyVersion
	}
	version, err := strconv.Atoi(digits)
	switch {
	case size <= fileHeader || !magic || err != nil:
		return nil, errors.New("it is no dump of Redis or Valkey")
	case version > newest:
		return nil, fmt.Errorf("it has version %d of the format, newer than %d, the newest that is known", version, newest)
	}
	file := &File{Version: version, Beside: map[string]int{}, size: size}
	body := size - fileHeader
	if version >= checkedFrom {
		body -= 8
		if err := verify(f, size-8); err != nil {
			return nil, err
		}
	}
	file.reader = reader{source: io.NewSectionReader(f, fileHeader, body), unread: uint64(max(body, 0)), valkey: newest == valkeyVersion}
	return file, nil
}

// verify compares the checksum that follows n bytes. 0 is that of a server that makes none.
func verify(f io.ReaderAt, n int64) error {
	var footer [8]byte
	if n < fileHeader {
		return errors.New("it is cut short")
	}
	if _, err := f.ReadAt(footer[:], n); err != nil {
		return err
	}
	want := binary.LittleEndian.Uint64(footer[:])
	if want == 0 {
		return nil
	}
	sum, buf := ^uint64(0), make([]byte, readSize)
	for at := int64(0); at < n; {
		got, err := f.ReadAt(buf[:min(int64(len(buf)), n-at)], at)
		if got == 0 {
			return err
		}
		sum = crc64.Update(sum, table, buf[:got])
		at += int64(got)
	}
	if ^sum != want {
		return errors.New("its checksum does not match: it is damaged or cut short")
	}
	return nil
}

// Offset returns how many bytes were read, and how many there are.
func (f *File) Offset() (read, size int64) {
	return f.size - int64(f.reader.unread) - int64(len(f.reader.rest)), f.size
}

// Next returns the next key. The error is io.EOF after the last. What it returns stays valid.
func (f *File) Next() (*Entry, error) {
	r, e := &f.reader, new(Entry)
	for !r.failed {
		at, _ := f.Offset()
		if len(r.rest) == 0 && !r.fill(1) {
			break
		}
		if op := r.rest[0]; op < opSlot {
			if err := f.entry(e); err != nil {
				return nil, fmt.Errorf("at offset %d: %w", at, err)
			}
			return e, nil
		}
		switch op := r.byte(); op {
		case opEnd:
			return nil, io.EOF
		case opDatabase:
			n, _ := r.length()
			f.database = int(n)
		case opExpiryMS:
			e.Expiry = r.int64()
		case opExpiry:
			if b := r.take(4); b != nil {
				e.Expiry = int64(int32(binary.LittleEndian.Uint32(b))) * 1000
			}
		default:
			f.beside(op)
		}
	}
	if r.err != nil && !errors.Is(r.err, io.ErrUnexpectedEOF) {
		return nil, r.err
	}
	at, _ := f.Offset()
	return nil, fmt.Errorf("at offset %d: %w", at, ErrFormat)
}

// entry reads a key with its value. A type stands before the key, and the value after it.
func (f *File) entry(e *Entry) error {
	r := &f.reader
	kind := r.byte()
	e.Database, e.Key = f.database, r.text()
	if r.failed {
		return ErrFormat
	}
	r.left = ""
	e.Value = r.valueOf(kind)
	switch e.Left = r.left; {
	case r.failed:
		return ErrFormat
	case e.Value == nil && e.Left == "":
		r.failed = true
		return fmt.Errorf("key %q has type %d, which is not known, so nothing behind it can be read", e.Key, kind)
	case e.Value != nil && !e.Value.sound():
		return fmt.Errorf("key %q: %w", e.Key, ErrFormat)
	}
	return nil
}

// beside reads what is no key.
func (f *File) beside(op byte) {
	r := &f.reader
	switch op {
	case opAuxiliary:
		name, value := r.text(), r.text()
		if string(name) == "redis-ver" || string(name) == "valkey-ver" {
			f.Writer = strings.TrimSuffix(string(name), "-ver") + " " + string(value)
		}
	case opResize:
		r.lengths(2)
	case opSlot:
		r.lengths(3)
	case opIdle:
		r.lengths(1)
	case opFrequency:
		r.take(1)
	case opFunctions:
		r.text()
		f.Beside["library of functions"]++
	case opModule:
		r.length() // the module
		r.lengths(2)
		r.moduleValues()
		f.Beside["data of a module"]++
	default:
		r.failed = true
	}
}
