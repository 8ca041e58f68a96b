package lua

import (
	"regexp"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// The messages of gopher-lua that Lua writes differently.
var (
	indexMessage  = regexp.MustCompile(`^(.*?)attempt to index a non-table object\((\w+)\) with key '(?s:.*)'$`)
	binaryMessage = regexp.MustCompile(`^(.*?)cannot perform (\w+) operation between (\w+) and (\w+)$`)
	equalMessage  = regexp.MustCompile(`^(.*?)attempt to compare (\w+) with (\w+)$`)
	otherMessages = strings.NewReplacer(
		"registry overflow", stackText, "lua callstack overflow", stackText,
		"too many recursions in gettable", "loop in gettable", "too many recursions in settable", "loop in settable",
		"for statement init must be a number", "'for' initial value must be a number",
		"for statement limit must be a number", "'for' limit must be a number",
		"for statement step must be a number", "'for' step must be a number",
		"can not yield from outside of a coroutine", "attempt to yield across metamethod/C-call boundary",
	)
)

// reword gives a message of the virtual machine the words of Lua 5.1, with the name of the variable where the last
// instruction shows it.
func (s *state) reword(text string) string {
	last := s.budget.instruction
	if m := indexMessage.FindStringSubmatch(text); m != nil {
		return m[1] + "attempt to index " + last.describe(last.indexed(), m[2])
	}
	if m := binaryMessage.FindStringSubmatch(text); m != nil {
		operand, kind := last.b(), m[3]
		if kind == "number" || kind == "string" {
			operand, kind = last.c(), m[4]
		}
		return m[1] + "attempt to perform arithmetic on " + last.describe(operand, kind)
	}
	if m := equalMessage.FindStringSubmatch(text); m != nil && m[2] == m[3] {
		return m[1] + "attempt to compare two " + m[2] + " values"
	}
	if strings.HasSuffix(text, "number") || strings.Contains(text, "recursions") || strings.Contains(text, "overflow") || strings.Contains(text, "can not") {
		return otherMessages.Replace(text)
	}
	return text
}

// instruction is a place in a function: the instruction before pc.
type instruction struct {
	proto *lua.FunctionProto
	pc    int
}

// code returns the instruction, 0 for none.
func (i instruction) code() uint32 {
	if i.proto == nil || i.pc < 1 || i.pc > len(i.proto.Code) {
		return 0
	}
	return i.proto.Code[i.pc-1]
}

// a, b and c return the operands.
func (i instruction) a() int { return int(i.code() >> 18 & 0xff) }
func (i instruction) b() int { return int(i.code() & 0x1ff) }
func (i instruction) c() int { return int(i.code() >> 9 & 0x1ff) }

// indexed returns the register that an instruction indexes.
func (i instruction) indexed() int {
	switch int(i.code() >> 26) {
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		return i.a()
	}
	return i.b()
}

// describe returns "local 'x' (a nil value)", or "a nil value" where the variable has no name.
func (i instruction) describe(register int, typeName string) string {
	if i.proto != nil && register&0x100 == 0 {
		if kind, name := objectName(i.proto, i.pc-1, register); kind != "" {
			return kind + " '" + name + "' (a " + typeName + " value)"
		}
	}
	return "a " + typeName + " value"
}

// objectName returns what a register holds before the instruction at pc: a local, global, upvalue, field or method and its
// name. It follows the instructions backwards, as if none jumped.
func objectName(p *lua.FunctionProto, pc, register int) (kind, name string) {
	index := 0
	for _, local := range p.DbgLocals {
		if local.StartPc <= pc && pc < local.EndPc {
			if index == register {
				return "local", local.Name
			}
			index++
		}
	}
	for at := pc - 1; at >= 0; at-- {
		i := instruction{proto: p, pc: at + 1}
		op := int(i.code() >> 26)
		if i.a() != register && (op != lua.OP_SELF || i.a()+1 != register) {
			continue
		}
		switch op {
		case lua.OP_MOVE, lua.OP_MOVEN:
			if i.b() < i.a() {
				return objectName(p, at, i.b())
			}
		case lua.OP_GETGLOBAL:
			return "global", constant(p, int(i.code()&0x3ffff))
		case lua.OP_GETUPVAL:
			if i.b() < len(p.DbgUpvalues) {
				return "upvalue", p.DbgUpvalues[i.b()]
			}
		case lua.OP_GETTABLE, lua.OP_GETTABLEKS:
			return "field", constant(p, i.c())
		case lua.OP_SELF:
			return "method", constant(p, i.c())
		case lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_SETGLOBAL, lua.OP_TEST, lua.OP_JMP, lua.OP_EQ, lua.OP_LT, lua.OP_LE, lua.OP_SETLIST, lua.OP_SETUPVAL:
			continue // these do not write to A
		}
		return "", ""
	}
	return "", ""
}

// constant returns a string constant, "?" for anything else.
func constant(p *lua.FunctionProto, index int) string {
	if index &^= 0x100; index < len(p.Constants) {
		if text, ok := p.Constants[index].(lua.LString); ok {
			return string(text)
		}
	}
	return "?"
}
