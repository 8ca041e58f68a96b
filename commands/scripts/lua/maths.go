package lua

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// openMath makes the library math.
func (s *state) openMath() *lua.LTable {
	t := s.library(map[string]function{
		"fmod": mathFmod, "mod": mathFmod, "frexp": mathFrexp, "ldexp": mathLdexp, "max": mathMax, "min": mathMin,
		"modf": mathModf, "random": mathRandom, "randomseed": mathRandomSeed, "pow": mathPow, "atan2": mathAtan2,
	})
	for name, f := range map[string]func(float64) float64{
		"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "atan": math.Atan, "ceil": math.Ceil, "cos": math.Cos,
		"cosh": math.Cosh, "exp": math.Exp, "floor": math.Floor, "log": math.Log, "log10": math.Log10, "sin": math.Sin,
		"sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh,
		"deg": func(v float64) float64 { return v / (math.Pi / 180) },
		"rad": func(v float64) float64 { return v * (math.Pi / 180) },
	} {
		t.RawSetString(name, s.function(name, func(a args) int { return a.returns(lua.LNumber(f(a.number(1)))) }))
	}
	t.RawSetString("pi", lua.LNumber(math.Pi))
	t.RawSetString("huge", lua.LNumber(math.Inf(1)))
	return t
}

// mathFmod is math.fmod(x, y): C's remainder, with the sign of x.
func mathFmod(a args) int { return a.returns(lua.LNumber(math.Mod(a.number(1), a.number(2)))) }

// mathPow is math.pow(x, y). The last digit may differ from C's.
func mathPow(a args) int { return a.returns(lua.LNumber(math.Pow(a.number(1), a.number(2)))) }

// mathAtan2 is math.atan2(y, x).
func mathAtan2(a args) int { return a.returns(lua.LNumber(math.Atan2(a.number(1), a.number(2)))) }

// mathLdexp is math.ldexp(fraction, exponent).
func mathLdexp(a args) int { return a.returns(lua.LNumber(math.Ldexp(a.number(1), a.int32(2)))) }

// mathFrexp is math.frexp(x): a fraction from 0.5 to 1 and an exponent of 2.
func mathFrexp(a args) int {
	fraction, exponent := math.Frexp(a.number(1))
	return a.returns(lua.LNumber(fraction), lua.LNumber(exponent))
}

// mathModf is math.modf(x): the whole part and the fraction, both with the sign of x.
func mathModf(a args) int {
	v := a.number(1)
	whole := math.Trunc(v)
	fraction := v - whole
	if math.IsInf(v, 0) {
		fraction = 0
	}
	return a.returns(lua.LNumber(whole), lua.LNumber(math.Copysign(fraction, v)))
}

// mathMax is math.max(x, ...).
func mathMax(a args) int {
	most := a.number(1)
	for i := 2; i <= a.GetTop(); i++ {
		if v := a.number(i); v > most {
			most = v
		}
	}
	return a.returns(lua.LNumber(most))
}

// mathMin is math.min(x, ...).
func mathMin(a args) int {
	least := a.number(1)
	for i := 2; i <= a.GetTop(); i++ {
		if v := a.number(i); v < least {
			least = v
		}
	}
	return a.returns(lua.LNumber(least))
}

// mathRandom is math.random([from [, to]]). Every run sees the same numbers, as in Redis.
func mathRandom(a args) int {
	v := float64(a.s.random.next()) / randomMax
	if v >= 1 {
		v = 0
	}
	switch a.GetTop() {
	case 0:
		return a.returns(lua.LNumber(v))
	case 1:
		to := a.int32(1)
		if to < 1 {
			a.bad(1, "interval is empty")
		}
		return a.returns(lua.LNumber(math.Floor(v*float64(to)) + 1))
	case 2:
		from, to := a.int32(1), a.int32(2)
		if from > to {
			a.bad(2, "interval is empty")
		}
		return a.returns(lua.LNumber(math.Floor(v*(float64(to)-float64(from)+1)) + float64(from)))
	}
	a.fail("wrong number of arguments")
	return 0
}

// mathRandomSeed is math.randomseed(n). It lasts for the run.
func mathRandomSeed(a args) int {
	a.s.random.seed(int32(a.int(1)))
	return 0
}
