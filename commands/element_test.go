package commands

import "testing"

// The element of a collection that a request means is found where the usage line has no options before it.
func TestElementOfUsage(t *testing.T) {
	for usage, want := range map[string]int{
		"SADD key member [member ...]":                                             2,
		"HSET key field value [field value ...]":                                   2,
		"ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]": 3,
		"ZINCRBY key increment member":                                             3,
		"SPOP key [count]":                                                         0,
		"HTTL key FIELDS numfields field [field ...]":                              0,
		"PING [message]":                                                           0,
	} {
		c, err := newCommand(Spec{Usage: usage, Group: "x", Access: 1}, &Family{})
		if err != nil {
			t.Fatal(err)
		}
		if c.element != want {
			t.Errorf("%s: the element is word %d, want %d", usage, c.element, want)
		}
	}
}
