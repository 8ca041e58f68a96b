package differential

var stringRows = []row{
	{name: "GET", args: []words{key}},
	{name: "SET", args: []words{key, value, options(
		option("NX"), option("XX"), option("GET"), option("KEEPTTL"), option("EX", seconds), option("PX", milliseconds),
		option("EXAT", unixSeconds), option("PXAT", unixMilliseconds), option("EX"), option("PERSIST"), option("OPTION"),
	)}},
	{name: "SETEX", args: []words{key, seconds, value}},
	{name: "PSETEX", args: []words{key, milliseconds, value}},
	{name: "SETNX", args: []words{key, value}},
	{name: "GETSET", args: []words{key, value}},
	{name: "GETDEL", args: []words{key}},
	{name: "GETEX", args: []words{key, options(
		option("EX", seconds), option("PX", milliseconds), option("EXAT", unixSeconds), option("PXAT", unixMilliseconds),
		option("PERSIST"), option("KEEPTTL"), option("NX"), option("PX"),
	)}},
	{name: "MGET", args: []words{several(1, 4, key)}},
	{name: "MSET", args: []words{several(1, 3, key, value)}},
	{name: "MSETNX", args: []words{several(1, 3, key, value)}},
	{name: "INCR", args: []words{key}},
	{name: "DECR", args: []words{key}},
	{name: "INCRBY", args: []words{key, integer}},
	{name: "DECRBY", args: []words{key, integer}},
	{name: "INCRBYFLOAT", args: []words{key, float}},
	{name: "APPEND", args: []words{key, value}},
	{name: "LCS", args: []words{key, key, options(option("LEN"), option("IDX"), option("IDX"), option("WITHMATCHLEN"), option("MINMATCHLEN", integer), option("MINMATCHLEN"), option("X"))}},
	{name: "STRLEN", args: []words{key}},
	{name: "GETRANGE", args: []words{key, index, index}},
	{name: "SUBSTR", args: []words{key, index, index}},
	{name: "SETRANGE", args: []words{key, offset, value}},
}
