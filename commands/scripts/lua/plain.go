package lua

import (
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/yuin/gopher-lua/ast"
)

// plain is a script that runs without an interpreter, in a quarter of the time. It has comparisons, conditions, locals
// and calls of commands over constants, KEYS and ARGV. Most scripts that hold locks are so: compare and delete, compare
// and expire.
type plain struct {
	body       []plainStmt
	keys, args int // the highest elements of KEYS and ARGV that it names
}

// The bounds of a plain script. It calls few commands, so it needs no interrupt.
const (
	plainLocals = 8
	plainCalls  = 8
)

type plainOp uint8

const (
	plainConstant plainOp = iota
	plainKey
	plainArg
	plainLocal
	plainEqual
	plainUnequal
	plainAnd
	plainOr
	plainNot
	plainCall  // redis.call
	plainPCall // redis.pcall

	plainLet    // gives a local a value
	plainIf     // runs one of two bodies
	plainReturn // ends the script
	plainDo     // calls a command
)

// plainExpr is an expression: a tree whose leaves are constants, elements of KEYS and ARGV, and locals.
type plainExpr struct {
	op    plainOp
	index int // of an element or a local
	line  int // of a call
	value plainValue
	parts []plainExpr
}

// plainStmt is a statement.
type plainStmt struct {
	op          plainOp
	index       int // of the local that plainLet sets
	expr        plainExpr
	then, other []plainStmt
}

// plainKind is the Lua type of a value.
type plainKind uint8

const (
	plainNil plainKind = iota
	plainFalse
	plainTrue
	plainNumber
	plainText
	plainTable // the reply of a command that is a table to a script
)

// plainValue is a value of a plain script.
type plainValue struct {
	kind   plainKind
	text   string
	number float64
	table  Value
}

func (v *plainValue) isTrue() bool { return v.kind > plainFalse }

// equal reports whether two values are equal, of which one at most is a table.
func (v *plainValue) equal(w *plainValue) bool {
	return v.kind == w.kind && v.text == w.text && v.number == w.number
}

// plainRun is one run of a plain script.
type plainRun struct {
	run     *Run
	locals  [plainLocals]plainValue
	words   [][]byte
	scratch []byte
	left    int // bytes that replies may still have
	fault   *Fault
}

var plainRuns = sync.Pool{New: func() any { return new(plainRun) }}

// fits reports whether a run has the elements that the script names, none of which is nil then.
func (p *plain) fits(r *Run) bool { return p != nil && len(r.Keys) >= p.keys && len(r.Args) >= p.args }

// execute runs the script. Replies may have so many bytes of memory in all.
func (p *plain) execute(r *Run, memory uint64) (Value, error) {
	x := plainRuns.Get().(*plainRun)
	x.run, x.left = r, int(min(memory, math.MaxInt))
	v, _ := x.block(p.body)
	fault := x.fault
	x.release()
	if fault != nil {
		return Value{}, fault
	}
	return v.reply(), nil
}

func (x *plainRun) release() {
	clear(x.words[:cap(x.words)])
	if cap(x.scratch) > 1<<10 || cap(x.words) > 1<<10 {
		*x = plainRun{}
	}
	*x = plainRun{words: x.words[:0], scratch: x.scratch[:0]}
	plainRuns.Put(x)
}

// block runs statements, and reports whether the script ended with a value.
func (x *plainRun) block(body []plainStmt) (v plainValue, ended bool) {
	for i := range body {
		s := &body[i]
		v := x.eval(&s.expr)
		if x.fault != nil {
			return plainValue{}, true
		}
		switch s.op {
		case plainLet:
			x.locals[s.index] = v
		case plainReturn:
			return v, true
		case plainIf:
			branch := s.then
			if !v.isTrue() {
				branch = s.other
			}
			if v, ended := x.block(branch); ended {
				return v, true
			}
		}
	}
	return plainValue{}, false
}

func (x *plainRun) eval(e *plainExpr) plainValue {
	switch e.op {
	case plainKey:
		return plainValue{kind: plainText, text: unsafeString(x.run.Keys[e.index])}
	case plainArg:
		return plainValue{kind: plainText, text: unsafeString(x.run.Args[e.index])}
	case plainLocal:
		return x.locals[e.index]
	case plainEqual, plainUnequal:
		v, w := x.eval(&e.parts[0]), x.eval(&e.parts[1])
		return plainBool(v.equal(&w) == (e.op == plainEqual))
	case plainNot:
		v := x.eval(&e.parts[0])
		return plainBool(!v.isTrue())
	case plainAnd, plainOr:
		v := x.eval(&e.parts[0])
		if x.fault != nil || v.isTrue() == (e.op == plainOr) {
			return v
		}
		return x.eval(&e.parts[1])
	case plainCall, plainPCall:
		return x.call(e)
	}
	return e.value
}

func plainBool(b bool) plainValue {
	if b {
		return plainValue{kind: plainTrue}
	}
	return plainValue{kind: plainFalse}
}

// call runs a command.
func (x *plainRun) call(e *plainExpr) plainValue {
	begin := len(x.words)
	wrong := false
	for i := range e.parts {
		v := x.eval(&e.parts[i])
		if x.fault != nil {
			return plainValue{}
		}
		switch v.kind {
		case plainText:
			x.words = append(x.words, unsafeBytes(v.text))
		case plainNumber:
			from := len(x.scratch)
			x.scratch = strconv.AppendInt(x.scratch, int64(v.number), 10)
			x.words = append(x.words, x.scratch[from:len(x.scratch):len(x.scratch)])
		default:
			wrong = true
		}
	}
	reply := Value{Kind: Error, Text: "ERR Lua redis lib command arguments must be strings or integers"}
	if !wrong {
		reply = x.run.Host.Call(x.words[begin:], 2)
	}
	x.words = x.words[:begin]
	if reply.Kind == Error && e.op == plainCall {
		x.fault = &Fault{Text: oneLine(reply.Text + x.run.Script.at(chunkName, e.line)), Counted: !wrong}
		return plainValue{}
	}
	return x.push(&reply, e.line)
}

// push converts the reply of a command to a value.
func (x *plainRun) push(v *Value, line int) plainValue {
	switch v.Kind {
	case Null:
		return plainValue{kind: plainFalse}
	case Int:
		return plainValue{kind: plainNumber, number: float64(v.Int)}
	case Bulk:
		if x.pay(len(v.Text), line) {
			return plainValue{kind: plainText, text: v.Text}
		}
	case Array:
		if x.pay(plainPrice(v), line) {
			return plainValue{kind: plainTable, table: *v}
		}
	default:
		return plainValue{kind: plainTable, table: *v}
	}
	return plainValue{}
}

// plainPrice returns what an array counts for, in bytes.
func plainPrice(v *Value) int {
	n := len(v.Text)
	for i := range v.Items {
		n += itemPrice + plainPrice(&v.Items[i])
	}
	return n
}

// pay pays for bytes of a reply, and reports whether there are enough.
func (x *plainRun) pay(bytes, line int) bool {
	if x.left -= bytes; x.left >= 0 {
		return true
	}
	x.fault = &Fault{Text: "ERR " + chunkName + ":" + strconv.Itoa(line) + ": not enough memory" + x.run.Script.at(chunkName, line)}
	return false
}

// reply converts what the script returns.
func (v *plainValue) reply() Value {
	switch v.kind {
	case plainTrue:
		return Value{Kind: Int, Int: 1}
	case plainNumber:
		return Value{Kind: Int, Int: truncate(v.number)}
	case plainText:
		return Value{Kind: Bulk, Text: v.text}
	case plainTable:
		return throughTable(&v.table)
	}
	return Value{}
}

// throughTable returns the reply of a command as a script returns it that has it as a table.
func throughTable(v *Value) Value {
	switch v.Kind {
	case Status:
		return Value{Kind: Status, Text: replyLine(v.Text)}
	case Error:
		return Value{Kind: Error, Text: errorLine(v.Text)}
	case Int:
		return Value{Kind: Int, Int: truncate(float64(v.Int))}
	case Array:
		items := make([]Value, len(v.Items))
		for i := range items {
			items[i] = throughTable(&v.Items[i])
		}
		return Value{Kind: Array, Items: items}
	}
	return *v
}

// plainReader turns the syntax tree of a script into a plain one.
type plainReader struct {
	plain
	names []string // of the locals that are in scope
	most  int      // how many were at once
	calls int
	bent  bool // the script is not plain
}

// readPlain returns a script as a plain one, nil where it is none.
func readPlain(chunk []ast.Stmt) *plain {
	r := &plainReader{}
	r.body = r.block(chunk)
	if r.bent || r.most > plainLocals || r.calls > plainCalls {
		return nil
	}
	return &r.plain
}

func (r *plainReader) block(stmts []ast.Stmt) (body []plainStmt) {
	scope := len(r.names)
	for _, stmt := range stmts {
		switch stmt := stmt.(type) {
		case *ast.LocalAssignStmt:
			body = append(body, r.let(stmt))
		case *ast.AssignStmt:
			body = append(body, r.assign(stmt))
		case *ast.FuncCallStmt:
			body = append(body, plainStmt{op: plainDo, expr: r.expr(stmt.Expr)})
		case *ast.IfStmt:
			s := plainStmt{op: plainIf, expr: r.expr(stmt.Condition)}
			s.then, s.other = r.block(stmt.Then), r.block(stmt.Else)
			body = append(body, s)
		case *ast.ReturnStmt:
			s := plainStmt{op: plainReturn}
			if len(stmt.Exprs) == 1 {
				s.expr = r.expr(stmt.Exprs[0])
			}
			r.bent = r.bent || len(stmt.Exprs) > 1
			body = append(body, s)
		default:
			r.bent = true
		}
	}
	r.names = r.names[:scope]
	return body
}

// let reads: local name = value.
func (r *plainReader) let(stmt *ast.LocalAssignStmt) plainStmt {
	if len(stmt.Names) != 1 || len(stmt.Exprs) > 1 || special(stmt.Names[0]) {
		r.bent = true
		return plainStmt{}
	}
	s := plainStmt{op: plainLet, index: len(r.names)}
	if len(stmt.Exprs) == 1 {
		s.expr = r.expr(stmt.Exprs[0])
	}
	r.names = append(r.names, stmt.Names[0])
	r.most = max(r.most, len(r.names))
	return s
}

// assign reads: name = value.
func (r *plainReader) assign(stmt *ast.AssignStmt) plainStmt {
	if len(stmt.Lhs) == 1 && len(stmt.Rhs) == 1 {
		if to := r.expr(stmt.Lhs[0]); to.op == plainLocal {
			return plainStmt{op: plainLet, index: to.index, expr: r.expr(stmt.Rhs[0])}
		}
	}
	r.bent = true
	return plainStmt{}
}

func (r *plainReader) expr(e ast.Expr) plainExpr {
	switch e := e.(type) {
	case *ast.NilExpr:
		return plainExpr{}
	case *ast.TrueExpr:
		return plainExpr{value: plainValue{kind: plainTrue}}
	case *ast.FalseExpr:
		return plainExpr{value: plainValue{kind: plainFalse}}
	case *ast.StringExpr:
		return plainExpr{value: plainValue{kind: plainText, text: e.Value}}
	case *ast.NumberExpr:
		if n, err := strconv.ParseInt(e.Value, 10, 32); err == nil {
			return plainExpr{value: plainValue{kind: plainNumber, number: float64(n)}}
		}
	case *ast.IdentExpr:
		if i := lastIndex(r.names, e.Value); i >= 0 {
			return plainExpr{op: plainLocal, index: i}
		}
	case *ast.AttrGetExpr:
		return r.element(e)
	case *ast.FuncCallExpr:
		return r.call(e)
	case *ast.UnaryNotOpExpr:
		return plainExpr{op: plainNot, parts: []plainExpr{r.expr(e.Expr)}}
	case *ast.LogicalOpExpr:
		op := plainAnd
		if e.Operator == "or" {
			op = plainOr
		}
		return plainExpr{op: op, parts: []plainExpr{r.expr(e.Lhs), r.expr(e.Rhs)}}
	case *ast.RelationalOpExpr:
		return r.relation(e)
	}
	r.bent = true
	return plainExpr{}
}

func lastIndex(names []string, name string) int {
	for i, n := range slices.Backward(names) {
		if n == name {
			return i
		}
	}
	return -1
}

// element reads KEYS[n] or ARGV[n].
func (r *plainReader) element(e *ast.AttrGetExpr) plainExpr {
	number, ok := e.Key.(*ast.NumberExpr)
	if !ok {
		r.bent = true
		return plainExpr{}
	}
	n, err := strconv.ParseUint(number.Value, 10, 16)
	switch {
	case err != nil || n == 0:
	case isName(e.Object, "KEYS"):
		r.keys = max(r.keys, int(n))
		return plainExpr{op: plainKey, index: int(n) - 1}
	case isName(e.Object, "ARGV"):
		r.args = max(r.args, int(n))
		return plainExpr{op: plainArg, index: int(n) - 1}
	}
	r.bent = true
	return plainExpr{}
}

// relation reads a == b or a ~= b. Tables are compared by who they are, so one side must be none.
func (r *plainReader) relation(e *ast.RelationalOpExpr) plainExpr {
	x := plainExpr{op: plainEqual, parts: []plainExpr{r.expr(e.Lhs), r.expr(e.Rhs)}}
	switch e.Operator {
	case "==":
	case "~=":
		x.op = plainUnequal
	default:
		r.bent = true
	}
	r.bent = r.bent || x.parts[0].op > plainArg && x.parts[1].op > plainArg
	return x
}

// call reads a call of a command.
func (r *plainReader) call(e *ast.FuncCallExpr) plainExpr {
	x := plainExpr{op: plainCall, line: e.Line()}
	f, isField := e.Func.(*ast.AttrGetExpr)
	if !isField || e.Receiver != nil || !isName(f.Object, "redis") || len(e.Args) == 0 {
		r.bent = true
		return x
	}
	name, _ := f.Key.(*ast.StringExpr)
	switch {
	case name != nil && name.Value == "call":
	case name != nil && name.Value == "pcall":
		x.op = plainPCall
	default:
		r.bent = true
	}
	r.calls++
	for _, arg := range e.Args {
		x.parts = append(x.parts, r.expr(arg))
	}
	return x
}
