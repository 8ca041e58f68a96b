// Package redisconf reads and rewrites configuration files as redis.conf is written: one directive a line, words as at
// the prompt of redis-cli, comments, and includes. It knows no directive but include.
package redisconf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sessd/server/resp"
)

// Directive is one line that says something.
type Directive struct {
	File string
	Line int    // from 1
	Name string // in small letters
	Args []string
}

// Errorf returns an error that tells where the directive is.
func (d *Directive) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", d.File, d.Line, fmt.Errorf(format, args...))
}

// maxDepth bounds files that include one another.
const maxDepth = 16

var errUnbalanced = errors.New("a quote is not closed, or a word goes on behind it")

// Read returns the directives of a file and of those that it includes, in their order. Its errors tell file and line.
func Read(path string) ([]Directive, error) { return read(path, nil) }

// read reads a file that others include, the outermost first.
func read(path string, from []string) ([]Directive, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	from = append(slices.Clip(from), path)
	var all []Directive
	for i, line := range bytes.Split(text, []byte("\n")) {
		d, err := parse(line)
		d.File, d.Line = path, i+1
		switch {
		case err != nil:
			return nil, d.Errorf("%w", err)
		case d.Name == "":
			continue
		case d.Name != "include":
			all = append(all, d)
			continue
		}
		more, err := include(&d, from)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// parse reads one line. A line that says nothing has no name.
func parse(line []byte) (d Directive, err error) {
	line = bytes.Trim(line, " \t\r\n")
	if len(line) == 0 || line[0] == '#' {
		return d, nil
	}
	words, err := resp.SplitInline(line, nil)
	if err != nil {
		return d, errUnbalanced
	}
	for i, word := range words {
		if i == 0 {
			d.Name = strings.ToLower(string(word))
		} else {
			d.Args = append(d.Args, string(word))
		}
	}
	return d, nil
}

// include reads the files that an include names. One without wildcards must be there.
func include(d *Directive, from []string) ([]Directive, error) {
	if len(d.Args) != 1 {
		return nil, d.Errorf("include takes one path or pattern")
	}
	if len(from) == maxDepth {
		return nil, d.Errorf("more than %d files include one another", maxDepth)
	}
	paths := []string{d.Args[0]}
	if strings.ContainsAny(d.Args[0], "*?[") {
		var err error
		if paths, err = filepath.Glob(d.Args[0]); err != nil {
			return nil, d.Errorf("include %q: %w", d.Args[0], err)
		}
	}
	var all []Directive
	for _, path := range paths {
		more, err := read(path, from)
		var missing *os.PathError
		if errors.As(err, &missing) {
			return nil, d.Errorf("include: %w", err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// writeLine writes a directive as a line that parse reads back.
func writeLine(w io.StringWriter, name string, args []string) {
	w.WriteString(name)
	for _, arg := range args {
		w.WriteString(" " + quote(arg))
	}
	w.WriteString("\n")
}

// quote writes a word. Only words that need quotes get them.
func quote(word string) string {
	plain := func(r rune) bool {
		return r > ' ' && r < 0x7f && !strings.ContainsRune(`"'\`, r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(word) {
		switch c := word[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
