package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// replay gives the steps after a snapshot to the loader, up to the end of the log or of what is whole.
func (r *recovery) replay(snapshot uint64) error {
	r.found.Last = snapshot
	segments, _ := r.after(snapshot)
	r.kept = append(r.kept, r.segments[:len(r.segments)-len(segments)]...)
	for len(segments) > 0 {
		one, rest := segments[0], segments[1:]
		tear, next, err := r.segment(one)
		if err != nil {
			return err
		}
		segments = rest
		if tear == nil {
			r.kept = append(r.kept, one)
			continue
		}
		if one.foreign {
			return tear
		}
		// Where a write has failed, the process went on in another segment.
		goesOn := slices.IndexFunc(rest, func(later logFile) bool { return later.bad == nil && later.first <= next })
		if goesOn < 0 {
			if err := r.mustHave(next, tear, one, rest); err != nil {
				return err
			}
			goesOn = len(rest)
		}
		r.cut(one, tear)
		for _, useless := range rest[:goesOn] {
			r.cut(useless, &DamageError{useless.name, 0, "what is before it was cut off"})
		}
		segments = rest[goesOn:]
	}
	if r.found.Last < r.claimed {
		return &DamageError{r.dir, 0, fmt.Sprintf("the log ends with step %d, and step %d was written", r.found.Last, r.claimed)}
	}
	return nil
}

// segment gives the steps of a segment to the loader. Where the segment is torn, tear says at what offset the last whole
// payload ends. next is the number of the step that should follow.
func (r *recovery) segment(one logFile) (tear *DamageError, next uint64, err error) {
	if one.bad != nil {
		return one.bad.(*DamageError), r.found.Last + 1, nil
	}
	if one.first > r.found.Last+1 {
		reason := fmt.Sprintf("it begins with step %d, and step %d is missing", one.first, r.found.Last+1)
		return &DamageError{one.name, 0, reason}, r.found.Last + 1, nil
	}
	in, err := openReader(r.fs, one.name, logMagic, r.keys)
	if err != nil {
		return nil, 0, err
	}
	defer in.close()
	r.found.Clear = r.found.Clear || len(r.keys) > 0 && one.clear
	next = one.first
	begin, before := r.done.Load(), r.found.Last
	defer func() {
		r.lastBytes += in.end
		if r.found.Last > max(before, r.claimed) {
			r.unsynced = append(r.unsynced, one.name)
		}
	}()
	for {
		end := in.end
		k, number, payload, err := in.next()
		r.done.Store(begin + in.offset())
		switch {
		case errors.Is(err, io.EOF):
			r.done.Store(begin + in.size)
			return nil, next, nil
		case err != nil:
			if errors.As(err, &tear) {
				return &DamageError{one.name, end, tear.Reason}, next, nil
			}
			return nil, 0, err
		case k == markKind && number >= next:
			return &DamageError{one.name, end, fmt.Sprintf("it marks step %d, which is not there", number)}, next, nil
		case k == markKind:
			if bytes.HasPrefix(payload, one.header.salt[:8]) {
				r.claimed = max(r.claimed, number)
			}
			continue
		case k != stepKind || number != next:
			return &DamageError{one.name, end, fmt.Sprintf("step %d should be there", next)}, next, nil
		}
		next++
		if number <= r.found.Last {
			continue
		}
		if err := r.to.Step(number, payload); err != nil {
			return nil, 0, fmt.Errorf("%s, step %d: %w", one.name, number, err)
		}
		r.found.Last = number
		r.found.Steps++
	}
}

// cut notes that a segment ends where it is torn.
func (r *recovery) cut(one logFile, tear *DamageError) {
	offset := tear.Offset
	if offset <= headerSize { // nothing is left
		offset = 0
	}
	r.found.Cuts = append(r.found.Cuts, Cut{one.name, offset, one.size - offset, tear.Reason})
	if offset > 0 {
		one.size = offset
		r.kept = append(r.kept, one)
	}
}

// mustHave returns the tear as an error where a step was on stable storage: something after it says so.
func (r *recovery) mustHave(next uint64, tear *DamageError, torn logFile, rest []logFile) error {
	claimed := r.claimed
	for i, one := range append([]logFile{torn}, rest...) {
		from := int64(0)
		if i == 0 {
			from = tear.Offset
		}
		mark, err := lastMark(r.fs, one, from)
		if err != nil {
			return err
		}
		claimed = max(claimed, mark)
	}
	if claimed >= next {
		return tear
	}
	return nil
}

// lastMark returns the greatest number of the marks in a segment from an offset on, whatever else is there. Where the
// header is bad any mark counts.
func lastMark(fs FS, one logFile, from int64) (last uint64, err error) {
	f, err := fs.Open(one.name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	text := []byte(markText)
	if one.bad == nil {
		text = append(one.header.salt[:8:8], markText...)
	}
	buf := make([]byte, 0, markSize+int(min(readSize, max(0, one.size-from))))
	for from < one.size {
		have := len(buf)
		n, err := f.ReadAt(buf[have:min(int64(cap(buf)), int64(have)+one.size-from)], from)
		if n == 0 && err != nil {
			return 0, err
		}
		from += int64(n)
		buf = buf[:have+n]
		last = max(last, lastMarkIn(buf, text))
		buf = buf[:copy(buf, buf[max(0, len(buf)-markSize+1):])]
	}
	return last, nil
}

// lastMarkIn returns the greatest number of the marks in some bytes whose bodies end with text.
func lastMarkIn(b, text []byte) (last uint64) {
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], text)
		if i < 0 {
			return last
		}
		at += i
		begin := at + len(text) - markSize
		if begin < 0 || begin+markSize > len(b) {
			continue
		}
		f := frame(b[begin : begin+markSize])
		if f.kind() == markKind && f.length() == markBody && f.whole() {
			last = max(last, f.number())
		}
	}
}
