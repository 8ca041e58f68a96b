package journal

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// logFile is a segment that nobody writes to.
type logFile struct {
	name   string
	index  uint64
	first  uint64 // number of its first step
	size   int64
	clear  bool
	header header
	bad    error // the header's *DamageError
	// foreign says that it does not begin as a file of the journal does, not even in part: it is another program's.
	foreign bool
}

// savedFile is a file that should be a snapshot.
type savedFile struct {
	snapshotFile
	bad error // the header's *DamageError
}

// folder is what is in a folder.
type folder struct {
	fs        FS
	dir       string
	keys      Keys
	segments  []logFile   // oldest first
	snapshots []savedFile // oldest first
	temporary bool        // there is an unfinished snapshot
}

// readFolder reads the headers of all files. Damage is noted, and no error.
func readFolder(fs FS, dir string, keys Keys) (*folder, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, err
	}
	d := &folder{fs: fs, dir: dir, keys: keys}
	for _, base := range names {
		name := filepath.Join(dir, base)
		if index, ok := parseName(base, segmentPrefix, segmentName); ok {
			h, size, bad, err := readHeader(fs, name, logMagic, keys)
			if err != nil {
				return nil, err
			}
			one := logFile{name: name, index: index, first: h.number, size: size, clear: h.cipher == cipherNone, header: h, bad: bad}
			if bad != nil {
				if one.foreign, err = isForeign(fs, name); err != nil {
					return nil, err
				}
			}
			d.segments = append(d.segments, one)
		} else if number, ok := parseName(base, snapshotPrefix, snapshotName); ok {
			h, size, bad, err := readHeader(fs, name, snapshotMagic, keys)
			if err != nil {
				return nil, err
			}
			if bad == nil && h.number != number {
				bad = &DamageError{name, 0, "it has the name of another snapshot"}
			}
			d.snapshots = append(d.snapshots, savedFile{snapshotFile{name, number, size, h.created, h.cipher == cipherNone}, bad})
		} else if base == temporaryName {
			d.temporary = true
		}
	}
	slices.SortFunc(d.segments, func(a, b logFile) int { return cmp.Compare(a.index, b.index) })
	slices.SortFunc(d.snapshots, func(a, b savedFile) int { return cmp.Compare(a.number, b.number) })
	return d, nil
}

// readHeader returns a file's header and size. bad is a *DamageError.
func readHeader(fs FS, name, magic string, keys Keys) (h header, size int64, bad, err error) {
	r, err := openReader(fs, name, magic, keys)
	var damage *DamageError
	if errors.As(err, &damage) {
		f, err := fs.Open(name)
		if err != nil {
			return h, 0, nil, err
		}
		size, err := f.Size()
		return h, size, damage, errors.Join(err, f.Close())
	}
	if err != nil {
		return h, 0, nil, err
	}
	defer r.close()
	return r.header, r.size, nil, nil
}

// isForeign reports whether a file begins with what no power cut makes of a segment's header, which is a part of it or zeros.
func isForeign(fs FS, name string) (bool, error) {
	f, err := fs.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var begin [len(logMagic)]byte
	n, err := f.ReadAt(begin[:], 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	text := string(bytes.TrimRight(begin[:n], "\x00"))
	return !strings.HasPrefix(logMagic, text), err
}

// after returns the segments that have steps after a step, and reports whether they begin right after it.
func (d *folder) after(number uint64) ([]logFile, bool) {
	from := 0
	for i := 1; i < len(d.segments); i++ {
		if next := &d.segments[i]; next.bad == nil && next.first <= number+1 {
			from = i
		}
	}
	needed := d.segments[from:]
	return needed, len(needed) > 0 && (needed[0].bad != nil || needed[0].first <= number+1)
}

// promised returns the last step that was on stable storage because a snapshot has its number in the name.
func (d *folder) promised() (number uint64) {
	for _, s := range d.snapshots {
		number = max(number, s.number)
	}
	return number
}
