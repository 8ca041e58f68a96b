package lua

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// Flags are what the first line of a script declares: #!lua flags=no-writes,allow-stale.
type Flags uint8

const (
	// NoWrites lets a script run where nothing may be written, and refuses commands that write.
	NoWrites Flags = 1 << iota
	// AllowOOM lets a script run when memory is used up.
	AllowOOM
	// AllowStale lets a script run on a replica that lost its primary.
	AllowStale
	// NoCluster keeps a script from running in a cluster.
	NoCluster
	// AllowCrossSlotKeys lets the keys of a script be in several slots.
	AllowCrossSlotKeys
	// Compat marks a script without such a line, which Redis judges by its commands.
	Compat
)

// flagNames are the words after flags=.
var flagNames = []struct {
	name string
	flag Flags
}{
	{"no-writes", NoWrites}, {"allow-oom", AllowOOM}, {"allow-stale", AllowStale}, {"no-cluster", NoCluster},
	{"allow-cross-slot-keys", AllowCrossSlotKeys},
}

// MaxSource is the length in bytes of the longest script.
const MaxSource = 1 << 20

// maxSyntaxDepth bounds how deep a script nests, because the compiler recurses.
const maxSyntaxDepth = 2000

// chunkName is what error messages call a script.
const chunkName = "user_script"

// Script is a compiled script. But for Memo it never changes, and any number of runs may use it at once.
type Script struct {
	// SHA is the hexadecimal SHA1 of Source.
	SHA string
	// Source is the text, with its first line.
	Source string
	Flags  Flags
	// Straight is what is known of the script before it runs, nil where that is too little.
	Straight *Straight
	// Memo is for the host, which may keep here what it found out about the script. It is 0 at first.
	Memo  atomic.Int32
	proto *lua.FunctionProto
	plain *plain // nil: it needs an interpreter
}

// Sum returns the hexadecimal SHA1 of a source.
func Sum(source []byte) string {
	sum := sha1.Sum(source)
	return hex.EncodeToString(sum[:])
}

// Compile makes a script. Errors have the text of an error reply.
func Compile(source []byte) (*Script, error) {
	flags, code, err := parseShebang(source)
	if err != nil {
		return nil, err
	}
	proto, chunk, err := compile(code, chunkName)
	if err != nil {
		return nil, errors.New("ERR Error compiling script (new function): " + err.Error())
	}
	return &Script{SHA: Sum(source), Source: string(source), Flags: flags, Straight: straighten(chunk), proto: proto, plain: readPlain(chunk)}, nil
}

// parseShebang splits the line that begins with #! from a script. The newline stays, so that lines keep their numbers.
func parseShebang(source []byte) (Flags, []byte, error) {
	if !bytes.HasPrefix(source, []byte("#!")) {
		return Compat, source, nil
	}
	end := bytes.IndexByte(source, '\n')
	if end < 0 {
		return 0, nil, errors.New("ERR Invalid script shebang")
	}
	words := strings.Fields(string(source[:end]))
	if words[0] != "#!lua" {
		return 0, nil, fmt.Errorf("ERR Unexpected engine in script shebang: %s", words[0])
	}
	var flags Flags
	for _, word := range words[1:] {
		list, found := strings.CutPrefix(strings.Trim(word, `"`), "flags=")
		if list == "" {
			continue
		}
		if !found {
			return 0, nil, fmt.Errorf("ERR Unknown lua shebang option: %s", word)
		}
		for name := range strings.SplitSeq(list, ",") {
			flag := flagOf(name)
			if flag == 0 {
				return 0, nil, fmt.Errorf("ERR Unexpected flag in script shebang: %s", name)
			}
			flags |= flag
		}
	}
	return flags, source[end:], nil
}

// flagOf returns the flag of a name, 0 for none.
func flagOf(name string) Flags {
	for _, f := range flagNames {
		if f.name == name {
			return f.flag
		}
	}
	return 0
}

// compile turns Lua into instructions. Errors begin with chunk and line, as Lua writes them.
func compile(code []byte, chunk string) (proto *lua.FunctionProto, chunks []ast.Stmt, err error) {
	defer func() {
		if r := recover(); r != nil {
			proto, chunks, err = nil, nil, fmt.Errorf("%s:1: syntax error", chunk)
		}
	}()
	if len(code) > MaxSource {
		return nil, nil, fmt.Errorf("%s:1: chunk has too many lines", chunk)
	}
	if len(code) > 0 && code[0] == '\x1b' {
		return nil, nil, fmt.Errorf("%s:1: bad header in precompiled chunk", chunk)
	}
	chunks, err = parse.Parse(bytes.NewReader(code), chunk)
	if err != nil {
		return nil, nil, syntaxError(err, code, chunk)
	}
	if !shallow(reflect.ValueOf(chunks), 0) {
		return nil, nil, fmt.Errorf("%s:1: chunk has too many syntax levels", chunk)
	}
	proto, err = lua.Compile(chunks, chunk)
	var failed *lua.CompileError
	if errors.As(err, &failed) {
		return nil, nil, fmt.Errorf("%s:%d: %s", chunk, failed.Line, failed.Message)
	}
	if err == nil {
		proto.IsVarArg &^= lua.VarArgNeedsArg // a chunk has no table arg, and making one is most of the cost of a call
	}
	return proto, chunks, err
}

// shallow reports whether a syntax tree nests less than maxSyntaxDepth levels.
func shallow(v reflect.Value, depth int) bool {
	if depth > maxSyntaxDepth {
		return false
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		return v.IsNil() || shallow(v.Elem(), depth+1)
	case reflect.Slice:
		for i := range v.Len() {
			if !shallow(v.Index(i), depth+1) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Type != reflect.TypeFor[ast.Node]() && !shallow(v.Field(i), depth) {
				return false
			}
		}
	}
	return true
}

// before returns the words in front of the one that is wrong: the last such word of the line.
func before(all []word, line int, token string) []word {
	for i, w := range slices.Backward(all) {
		if w.line == line && w.text == token {
			return all[:i]
		}
	}
	return all
}

// syntaxError gives the parser's error the form of Lua's.
func syntaxError(err error, code []byte, chunk string) error {
	var failed *parse.Error
	if !errors.As(err, &failed) {
		return fmt.Errorf("%s:1: %s", chunk, err)
	}
	line, token := failed.Pos.Line, failed.Token
	if line == parse.EOF {
		line, token = bytes.Count(code, []byte("\n"))+1, "<eof>"
	}
	message := failed.Message
	switch {
	case strings.HasPrefix(message, "syntax error"), strings.HasPrefix(message, "parse error"):
		message = "unexpected symbol"
		if len(code) <= maxWords {
			message = expected(before(words(string(code)), line, token), token, line)
		}
	case strings.HasPrefix(message, "unterminated multiline string"):
		message, token = "unfinished long string", "<eof>"
	case strings.HasPrefix(message, "unterminated string"):
		message, token = "unfinished string", "<eof>"
	}
	return fmt.Errorf("%s:%d: %s near '%s'", chunk, line, message, token)
}
