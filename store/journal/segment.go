package journal

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// The names of files begin with these; doc.go shows them.
const (
	segmentPrefix  = "log."
	snapshotPrefix = "snapshot."
	lockName       = "lock"
	temporaryName  = "snapshot.tmp"
)

func segmentName(index uint64) string   { return fmt.Sprintf("%s%08d", segmentPrefix, index) }
func snapshotName(number uint64) string { return fmt.Sprintf("%s%020d", snapshotPrefix, number) }

// parseName returns the number in a name, and reports whether it is one that segmentName or snapshotName makes.
func parseName(name, prefix string, make func(uint64) string) (uint64, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, ok && err == nil && make(n) == name
}

// segment is a file of the log that this process writes.
type segment struct {
	index  uint64
	name   string
	file   File
	header header
	sealer *sealer
	first  uint64 // number of the first step that is, or would be, in it
	size   int64  // bytes up to the end of the last whole payload
	zeroed int64  // bytes up to the end of the zeros that were written ahead; none are left where it is not over size
	named  bool   // the folder was synced since the file is in it
}

// createSegment makes a segment, whose name may not survive a power cut yet. On an error there is no file left that
// recovery would read.
func (j *Journal) createSegment(index, first uint64) (*segment, error) {
	s := &segment{index: index, name: filepath.Join(j.dir, segmentName(index)), first: first, header: newHeader(j.opts.Keys, first)}
	err := j.relock()
	if err != nil {
		return nil, err
	}
	if s.sealer, err = sealerOf(s.name, &s.header, j.opts.Keys); err != nil {
		return nil, err
	}
	if s.file, err = j.fs.Create(s.name); err != nil {
		return nil, err
	}
	if _, err = s.file.WriteAt(s.header.append(nil, logMagic), 0); err != nil {
		_ = s.file.Close()
		_ = j.fs.Remove(s.name)
		return nil, err
	}
	s.size, s.zeroed = headerSize, headerSize
	return s, nil
}
