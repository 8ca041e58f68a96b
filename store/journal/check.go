package journal

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// Report is what Check has found.
type Report struct {
	Files []FileReport // snapshots first, oldest first
	// Recovered is what recovery would find, nil where it would refuse because of Refusal.
	Recovered *Recovered
	Refusal   error  // a *DamageError
	Fix       *Fixed // what Fix would do where recovery refuses; nil where it cannot, because of FixError
	FixError  error
}

// FileReport is what is in a file.
type FileReport struct {
	Name        string
	Bytes       int64
	Sealed      bool
	First, Last uint64 // steps of a segment, without any Last is First-1; of a snapshot the last step in it
	Payloads    uint64 // steps or chunks
	Damage      error  // nil, or a *DamageError; of the newest segment it may be but the end that a crash has torn
}

// nothing is a loader that keeps nothing.
type nothing struct{}

func (nothing) Chunk([]byte) error        { return nil }
func (nothing) Step(uint64, []byte) error { return nil }
func (nothing) Reset() error              { return nil }

// lockFolder locks a folder that has files of a journal already, so that none is made by mistake.
func lockFolder(fs FS, dir string) (io.Closer, error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(names, isOurs) {
		return nil, fmt.Errorf("%s has no log and no snapshot", dir)
	}
	return fs.Lock(filepath.Join(dir, lockName))
}

// isOurs reports whether a name is that of a segment or a snapshot.
func isOurs(name string) bool {
	_, segment := parseName(name, segmentPrefix, segmentName)
	_, snapshot := parseName(name, snapshotPrefix, snapshotName)
	return segment || snapshot
}

// Check reads all of a folder that no process has, and changes nothing. What recovery would load it gives to a loader, whose
// errors it returns. Other errors are as those of Open.
func Check(fs FS, dir string, keys Keys, to Loader) (*Report, error) {
	lock, err := lockFolder(fs, dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	d, err := readFolder(fs, dir, keys)
	if err != nil {
		return nil, err
	}
	report := new(Report)
	for _, s := range d.snapshots {
		file := FileReport{Name: s.name, Bytes: s.size, Sealed: !s.clear, First: s.number, Last: s.number, Damage: s.bad}
		if s.bad == nil {
			if err := d.checkSnapshot(&file); err != nil {
				return nil, err
			}
		}
		report.Files = append(report.Files, file)
	}
	for _, one := range d.segments {
		file := FileReport{Name: one.name, Bytes: one.size, Sealed: !one.clear, Damage: one.bad}
		if one.bad == nil {
			if err := d.checkSegment(&file); err != nil {
				return nil, err
			}
		}
		report.Files = append(report.Files, file)
	}
	r := newRecovery(d, to)
	err = r.run()
	if damage := new(DamageError); errors.As(err, &damage) {
		report.Refusal = damage
		f, err := planFix(fs, dir, keys)
		if f != nil {
			report.Fix = &f.fixed
		}
		report.FixError = err
		return report, nil
	}
	report.Recovered = &r.found
	return report, err
}

// checkSnapshot reads all of a snapshot and notes what is in it. The chunks are opened and unpacked too.
func (d *folder) checkSnapshot(file *FileReport) error {
	in, err := openReader(d.fs, file.Name, snapshotMagic, d.keys)
	if err != nil {
		return err
	}
	defer in.close()
	var unpack unpacker
	defer unpack.close()
	for c := (chunk{}); ; file.Payloads++ {
		if c = in.chunk(file.Payloads, c.payload[:0], &unpack); c.err != nil {
			return file.note(c.err)
		}
	}
}

// checkSegment reads all of a segment and notes what is in it.
func (d *folder) checkSegment(file *FileReport) error {
	in, err := openReader(d.fs, file.Name, logMagic, d.keys)
	if err != nil {
		return err
	}
	defer in.close()
	file.First, file.Last = in.header.number, in.header.number-1
	for {
		k, number, _, err := in.next()
		if err == nil && k == markKind && number <= file.Last {
			continue
		}
		if err == nil && (k != stepKind || number != file.Last+1) {
			err = in.damage("another step should be there")
		}
		if err != nil {
			return file.note(err)
		}
		file.Last = number
		file.Payloads++
	}
}

// note notes the damage that ends a file. Other errors, but for the file's end, are returned.
func (f *FileReport) note(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	if damage := new(DamageError); errors.As(err, &damage) {
		f.Damage = damage
		return nil
	}
	return err
}
