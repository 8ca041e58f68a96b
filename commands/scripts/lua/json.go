package lua

import (
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"
)

// jsonOptions are the settings of cjson. Redis keeps them until the server ends; here they last for one run.
type jsonOptions struct {
	sparseConvert           bool
	sparseRatio, sparseSafe int
	encodeDepth             int
	decodeDepth             int
	precision               int
	keepBuffer              bool
	encodeInvalid           string
	decodeInvalid           bool
	arrayMetatable          bool
}

// maxJSONDepth bounds the depth settings, because encoding and decoding recurse.
const maxJSONDepth = 10000

// reset sets the defaults of lua-cjson.
func (o *jsonOptions) reset() {
	*o = jsonOptions{
		sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000, precision: 14, keepBuffer: true, encodeInvalid: "off",
		decodeInvalid: true,
	}
}

// openJSON makes the library cjson with settings of its own or those of the run.
func (s *state) openJSON(o *jsonOptions) *lua.LTable {
	t := s.library(map[string]function{
		"encode": func(a args) int { return jsonEncode(a, o) },
		"decode": func(a args) int { return jsonDecode(a, o) },
		"encode_sparse_array": func(a args) int {
			a.atMost(3)
			a.setBool(1, &o.sparseConvert)
			a.setInt(2, &o.sparseRatio, 0)
			a.setInt(3, &o.sparseSafe, 0)
			return a.returns(lua.LBool(o.sparseConvert), lua.LNumber(o.sparseRatio), lua.LNumber(o.sparseSafe))
		},
		"encode_max_depth":           func(a args) int { return a.intOption(&o.encodeDepth, 1) },
		"decode_max_depth":           func(a args) int { return a.intOption(&o.decodeDepth, 1) },
		"encode_number_precision":    func(a args) int { return a.precisionOption(&o.precision) },
		"encode_keep_buffer":         func(a args) int { return a.boolOption(&o.keepBuffer) },
		"decode_invalid_numbers":     func(a args) int { return a.boolOption(&o.decodeInvalid) },
		"decode_array_with_array_mt": func(a args) int { return a.boolOption(&o.arrayMetatable) },
		"encode_invalid_numbers":     func(a args) int { return a.invalidOption(o) },
		"new": func(a args) int {
			a.charge(16 << 10)
			own := new(jsonOptions)
			own.reset()
			return a.returns(s.openJSON(own))
		},
	})
	t.RawSetString("null", s.null)
	t.RawSetString("array_mt", s.arrayMark)
	t.RawSetString("_NAME", lua.LString("cjson"))
	t.RawSetString("_VERSION", lua.LString("2.1.0"))
	return t
}

// atMost refuses more than n arguments.
func (a args) atMost(n int) {
	if a.GetTop() > n {
		a.bad(n+1, "found too many arguments")
	}
}

// setBool changes a setting to on or off where the argument is there.
func (a args) setBool(i int, setting *bool) {
	switch v := a.Get(i).(type) {
	case *lua.LNilType:
	case lua.LBool:
		*setting = bool(v)
	default:
		switch option := a.text(i); option {
		case "on", "off":
			*setting = option == "on"
		default:
			a.bad(i, "invalid option '"+option+"'")
		}
	}
}

// setInt changes a setting to a number from least on where the argument is there.
func (a args) setInt(i int, setting *int, least int) {
	if a.absent(i) {
		return
	}
	n := a.int(i)
	if n < least || n > math.MaxInt32 {
		a.bad(i, fmt.Sprintf("expected integer between %d and %d", least, math.MaxInt32))
	}
	*setting = n
}

// boolOption changes a setting that is on or off, and returns what it is then.
func (a args) boolOption(setting *bool) int {
	a.atMost(1)
	a.setBool(1, setting)
	return a.returns(lua.LBool(*setting))
}

// intOption changes a setting that is a number, and returns what it is then.
func (a args) intOption(setting *int, least int) int {
	a.atMost(1)
	a.setInt(1, setting, least)
	return a.returns(lua.LNumber(*setting))
}

// precisionOption changes the number of digits, 1 to 14.
func (a args) precisionOption(setting *int) int {
	a.atMost(1)
	if !a.absent(1) {
		if n := a.int(1); n < 1 || n > 14 {
			a.bad(1, "expected integer between 1 and 14")
		}
		*setting = a.int(1)
	}
	return a.returns(lua.LNumber(*setting))
}

// invalidOption is encode_invalid_numbers: off, on or null.
func (a args) invalidOption(o *jsonOptions) int {
	a.atMost(1)
	if a.Get(1) == lua.LString("null") {
		o.encodeInvalid = "null"
	} else if !a.absent(1) {
		on := false
		a.setBool(1, &on)
		o.encodeInvalid = map[bool]string{true: "on", false: "off"}[on]
	}
	if o.encodeInvalid == "null" {
		return a.returns(lua.LString("null"))
	}
	return a.returns(lua.LBool(o.encodeInvalid == "on"))
}
