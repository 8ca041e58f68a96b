// Package importer moves the keys of a dump of Redis or Valkey into an engine or a running server.
package importer

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"sessd/commands/dump/rdb"
)

// ErrExists says that there is something under a key already.
var ErrExists = errors.New("the key exists")

// Target is where keys go. Both methods return errors after which nothing more can be stored.
type Target interface {
	// Put stores a key, now or with others later, and calls done once with what became of it.
	Put(e *rdb.Entry, done func(error)) error
	// Flush ends what Put began.
	Flush() error
}

// Report counts keys by what became of them.
type Report struct {
	Stored  map[string]int // by type
	Left    map[string]int // what sessd cannot keep, by what it is
	Failed  map[string]int // by the error
	example map[string]string
	Expired int // before the import
	Exist   int // there is something under the key already
	Writer  string
}

// Run stores all keys of a file. progress is called now and then; read and size are bytes of the file.
func Run(f *rdb.File, to Target, progress func(keys int, read, size int64)) (*Report, error) {
	r := &Report{Stored: map[string]int{}, Left: map[string]int{}, Failed: map[string]int{}, example: map[string]string{}}
	for keys := 1; ; keys++ {
		e, err := f.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r, errors.Join(err, to.Flush())
		}
		if keys%1000 == 0 {
			read, size := f.Offset()
			progress(keys, read, size)
		}
		switch {
		case e.Value == nil:
			r.Left[e.Left]++
		case e.Expiry != 0 && e.Expiry <= time.Now().UnixMilli():
			r.Expired++
		default:
			if s := e.Value.Stream; s != nil && s.Groups > 0 {
				r.Left["consumer group"] += s.Groups
			}
			if err := to.Put(e, func(err error) { r.note(e, err) }); err != nil {
				return r, err
			}
		}
	}
	for what, n := range f.Beside {
		r.Left[what] += n
	}
	r.Writer = f.Writer
	return r, to.Flush()
}

// note counts what became of a key.
func (r *Report) note(e *rdb.Entry, err error) {
	switch {
	case err == nil:
		r.Stored[e.Value.Kind.String()]++
	case errors.Is(err, ErrExists):
		r.Exist++
	default:
		r.Failed[err.Error()]++
		r.example[err.Error()] = fmt.Sprintf("%q of database %d", e.Key, e.Database)
	}
}

// Complete reports whether every key that can be kept is there now.
func (r *Report) Complete() bool { return len(r.Failed) == 0 && r.Exist == 0 }

// Print writes a line for each fate that keys had.
func (r *Report) Print(w io.Writer, name string) {
	from := name
	if r.Writer != "" {
		from += " of " + r.Writer
	}
	total := 0
	for _, n := range r.Stored {
		total += n
	}
	fmt.Fprintf(w, "%s from %s", counted(total, "key"), from)
	if total > 0 {
		fmt.Fprintf(w, ": %s", list(r.Stored))
	}
	fmt.Fprintln(w)
	if r.Expired > 0 {
		fmt.Fprintf(w, "left out since they had expired: %s\n", counted(r.Expired, "key"))
	}
	if len(r.Left) > 0 {
		fmt.Fprintf(w, "left out since sessd does not take them from a dump: %s\n", list(r.Left))
	}
	if r.Exist > 0 {
		fmt.Fprintf(w, "left as they are since they exist: %s; --replace overwrites them\n", counted(r.Exist, "key"))
	}
	for _, text := range slices.Sorted(maps.Keys(r.Failed)) {
		fmt.Fprintf(w, "failed: %s, such as %s: %s\n", counted(r.Failed[text], "key"), r.example[text], text)
	}
}

// list returns counts with what they count, the most first.
func list(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = counted(counts[name], name)
	}
	return strings.Join(names, ", ")
}

// counted returns a number and what it counts.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	head, rest, _ := strings.Cut(what, " of ") // "value of module" becomes "values of module"
	switch {
	case strings.HasSuffix(head, "sh"):
		head += "e"
	case strings.HasSuffix(head, "ry"):
		head = strings.TrimSuffix(head, "y") + "ie"
	case head == "data":
		return fmt.Sprintf("%d pieces of %s", n, what)
	}
	if head += "s"; rest != "" {
		head += " of " + rest
	}
	return fmt.Sprintf("%d %s", n, head)
}
