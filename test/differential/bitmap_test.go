package differential

var (
	bitOffset = one("bit offset", "0", "1", "7", "8", "13", "63", "100", "300", "-1", "#1", "4294967296", "9223372036854775807", "9223372036854775808", "x", "")
	bit       = one("bit", "0", "1", "0", "1", "2", "-1", "x", "", "01", "4294967296")
	fieldAt   = one("field offset", "0", "1", "5", "8", "#0", "#1", "#3", "100", "-1", "#-1", "#", "4294967296", "#9223372036854775807", "9223372036854775808", "x", "")
	encoding  = one("encoding", "i8", "u8", "u1", "i1", "i5", "u16", "i32", "u63", "i64", "u7", "i63", "u64", "i65", "i0", "U8", "i", "", "x8", "u 8", "u08")
	operand   = one("operand", "0", "1", "-1", "127", "128", "-128", "-129", "255", "256", "2147483648", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "x", "")
	unit      = one("unit", "BIT", "BYTE", "bit", "Byte", "BITS", "")
)

var bitmapRows = []row{
	{name: "GETBIT", args: []words{key, bitOffset}},
	{name: "SETBIT", args: []words{key, bitOffset, bit}},
	{name: "BITCOUNT", args: []words{key, maybe(index), maybe(index), maybe(unit)}},
	{name: "BITPOS", args: []words{key, bit, maybe(index), maybe(index), maybe(unit)}},
	{name: "BITOP", args: []words{one("operation", "AND", "OR", "XOR", "NOT", "and", "Or", "xOR", "not", "NAND", ""), key, several(1, 3, key)}},
	{name: "BITFIELD", args: []words{key, options(
		option("GET", encoding, fieldAt), option("SET", encoding, fieldAt, operand), option("INCRBY", encoding, fieldAt, operand),
		option("INCRBY", encoding, fieldAt, operand), option("OVERFLOW", one("overflow", "WRAP", "SAT", "FAIL", "sat", "fail", "NONE")), option("GET", encoding), option("SET"),
	)}},
	{name: "BITFIELD_RO", args: []words{key, several(0, 3, option("GET", encoding, fieldAt)), maybe(option("SET", encoding, fieldAt, operand))}},
}
