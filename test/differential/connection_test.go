package differential

var connectionRows = []row{
	{name: "PING", args: []words{maybe(value)}},
	{name: "ECHO", args: []words{value}},
	{name: "SELECT", args: []words{one("index", "0", "0", "1", "15", "16", "-1", "2147483648", "9223372036854775808", "x", "", "01")}},
}
