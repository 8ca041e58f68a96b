package lua

import (
	"slices"

	"github.com/yuin/gopher-lua/ast"
)

// Site is a place in a script that calls a command.
type Site struct {
	Words []Word
	// More is set where words follow whose number is not known.
	More bool
}

// Word is what is known of a word of a command before a script runs.
type Word struct {
	// Text is the word itself; empty: it is not known.
	Text string
	// Key is set for an element of KEYS.
	Key bool
}

// Straight describes a script of which it is known what it may call. It has neither loops nor functions, and leaves KEYS as
// it is. It calls commands by name, and of the library only functions whose time is in proportion to their arguments. It
// ends soon, and each of its Sites runs at most once.
type Straight struct{ Sites []Site }

// libraryCalls are the functions that a straight script may call, beside call and pcall.
var libraryCalls = map[string][]string{
	"":       {"tonumber", "tostring", "type"},
	"redis":  {"sha1hex", "error_reply", "status_reply", "setresp", "log", "replicate_commands", "set_repl"},
	"math":   {"floor", "ceil", "abs", "max", "min", "fmod", "modf", "sqrt", "pow"},
	"string": {"len", "sub", "lower", "upper", "byte"},
	"cjson":  {"encode", "decode"},
}

// special reports whether a name means something to straighten, so that no local may have it.
func special(name string) bool {
	return name == "KEYS" || name == "ARGV" || name == "unpack" || libraryCalls[name] != nil || slices.Contains(libraryCalls[""], name)
}

// straightener reads the syntax tree of a script.
type straightener struct {
	locals map[string]bool // whether every value that is given to the name is an element of KEYS
	sites  []Site
	bent   bool // the script is not straight
}

// straighten returns what is known of a script, nil where that is too little.
func straighten(chunk []ast.Stmt) *Straight {
	s := &straightener{locals: make(map[string]bool)}
	s.define(chunk)
	s.block(chunk)
	if s.bent {
		return nil
	}
	return &Straight{s.sites}
}

// define finds the names of locals, and which of them stand for keys. A name counts as one, whatever block it is of.
func (s *straightener) define(stmts []ast.Stmt) {
	for again := true; again; { // a key may go through several names
		before := len(s.locals)
		keys := s.keys()
		s.definitions(stmts)
		again = len(s.locals) != before || s.keys() != keys
	}
}

// keys returns how many names stand for keys.
func (s *straightener) keys() (n int) {
	for _, key := range s.locals {
		if key {
			n++
		}
	}
	return n
}

func (s *straightener) definitions(stmts []ast.Stmt) {
	for _, stmt := range stmts {
		switch stmt := stmt.(type) {
		case *ast.LocalAssignStmt:
			for i, name := range stmt.Names {
				s.give(name, stmt.Exprs, i)
			}
		case *ast.AssignStmt:
			for i, to := range stmt.Lhs {
				if name, ok := to.(*ast.IdentExpr); ok {
					s.give(name.Value, stmt.Rhs, i)
				}
			}
		case *ast.DoBlockStmt:
			s.definitions(stmt.Stmts)
		case *ast.IfStmt:
			s.definitions(stmt.Then)
			s.definitions(stmt.Else)
		}
	}
}

// give notes that a name gets the i-th of some values.
func (s *straightener) give(name string, values []ast.Expr, i int) {
	if special(name) {
		s.bent = true
	}
	key := i < len(values) && s.isKey(values[i])
	if before, known := s.locals[name]; known {
		key = key && before
	}
	s.locals[name] = key
}

// isKey reports whether an expression is an element of KEYS.
func (s *straightener) isKey(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.AttrGetExpr:
		return isName(e.Object, "KEYS")
	case *ast.IdentExpr:
		return s.locals[e.Value]
	}
	return false
}

func isName(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.IdentExpr)
	return ok && ident.Value == name
}

func (s *straightener) block(stmts []ast.Stmt) {
	for _, stmt := range stmts {
		switch stmt := stmt.(type) {
		case *ast.LocalAssignStmt:
			s.exprs(stmt.Exprs)
		case *ast.AssignStmt:
			for _, to := range stmt.Lhs {
				s.target(to)
			}
			s.exprs(stmt.Rhs)
		case *ast.FuncCallStmt:
			s.expr(stmt.Expr)
		case *ast.DoBlockStmt:
			s.block(stmt.Stmts)
		case *ast.IfStmt:
			s.expr(stmt.Condition)
			s.block(stmt.Then)
			s.block(stmt.Else)
		case *ast.ReturnStmt:
			s.exprs(stmt.Exprs)
		default: // loops, functions, goto
			s.bent = true
		}
	}
}

// target reads what is assigned to.
func (s *straightener) target(e ast.Expr) {
	if get, ok := e.(*ast.AttrGetExpr); ok {
		if ident, ok := get.Object.(*ast.IdentExpr); ok && special(ident.Value) {
			s.bent = true
		}
	}
	s.expr(e)
}

func (s *straightener) exprs(all []ast.Expr) {
	for _, e := range all {
		s.expr(e)
	}
}

func (s *straightener) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.TrueExpr, *ast.FalseExpr, *ast.NilExpr, *ast.NumberExpr, *ast.StringExpr:
	case *ast.IdentExpr:
		if _, known := s.locals[e.Value]; !known {
			s.bent = true
		}
	case *ast.AttrGetExpr:
		if !isName(e.Object, "KEYS") && !isName(e.Object, "ARGV") {
			s.expr(e.Object)
		}
		s.expr(e.Key)
	case *ast.TableExpr:
		for _, field := range e.Fields {
			if field.Key != nil {
				s.expr(field.Key)
			}
			s.expr(field.Value)
		}
	case *ast.FuncCallExpr:
		s.call(e)
	case *ast.LogicalOpExpr:
		s.exprs([]ast.Expr{e.Lhs, e.Rhs})
	case *ast.RelationalOpExpr:
		s.exprs([]ast.Expr{e.Lhs, e.Rhs})
	case *ast.StringConcatOpExpr:
		s.exprs([]ast.Expr{e.Lhs, e.Rhs})
	case *ast.ArithmeticOpExpr:
		s.exprs([]ast.Expr{e.Lhs, e.Rhs})
	case *ast.UnaryMinusOpExpr:
		s.expr(e.Expr)
	case *ast.UnaryNotOpExpr:
		s.expr(e.Expr)
	case *ast.UnaryLenOpExpr:
		if !isName(e.Expr, "KEYS") && !isName(e.Expr, "ARGV") {
			s.expr(e.Expr)
		}
	default: // functions, ...
		s.bent = true
	}
}

// call reads a call of a command or of a library function.
func (s *straightener) call(e *ast.FuncCallExpr) {
	library, name := "", ""
	switch f := e.Func.(type) {
	case *ast.IdentExpr:
		name = f.Value
	case *ast.AttrGetExpr:
		object, isIdent := f.Object.(*ast.IdentExpr)
		key, isText := f.Key.(*ast.StringExpr)
		if isIdent && isText && object.Value != "" {
			library, name = object.Value, key.Value
		}
	}
	switch {
	case e.Receiver != nil:
		s.bent = true
	case library == "redis" && (name == "call" || name == "pcall"):
		s.command(e.Args)
	case slices.Contains(libraryCalls[library], name):
		s.exprs(e.Args)
	default:
		s.bent = true
	}
}

// command reads a call of a command.
func (s *straightener) command(args []ast.Expr) {
	var site Site
	for i, arg := range args {
		if words, ok := arg.(*ast.FuncCallExpr); ok && isName(words.Func, "unpack") && len(words.Args) == 1 {
			switch list := words.Args[0]; {
			case isName(list, "KEYS"):
				site.Words = append(site.Words, Word{Key: true})
			case isName(list, "ARGV"):
				site.Words = append(site.Words, Word{})
			default:
				s.bent = true
			}
			site.More = true
			continue
		}
		word := Word{Key: s.isKey(arg)}
		switch arg := arg.(type) {
		case *ast.StringExpr:
			word.Text = arg.Value
		case *ast.FuncCallExpr:
			site.More = site.More || i == len(args)-1 && !arg.AdjustRet
		}
		site.Words = append(site.Words, word)
		s.expr(arg)
	}
	s.sites = append(s.sites, site)
}
