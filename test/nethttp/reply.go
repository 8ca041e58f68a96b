package nethttp

import "fmt"

// Pairs returns the fields of a reply: a map of RESP3, or RESP2's flat list.
func Pairs(reply any) map[string]string {
	fields := map[string]string{}
	put := func(field, value any) {
		name, _ := text(field)
		fields[name], _ = text(value)
	}
	switch reply := reply.(type) {
	case map[any]any:
		for field, value := range reply {
			put(field, value)
		}
	case map[string]any:
		for field, value := range reply {
			put(field, value)
		}
	case []any:
		for i := 0; i+1 < len(reply); i += 2 {
			put(reply[i], reply[i+1])
		}
	}
	return fields
}

// text returns a string of a reply, and reports whether it is one rather than null.
func text(reply any) (string, bool) {
	switch reply := reply.(type) {
	case nil:
		return "", false
	case string:
		return reply, true
	case []byte:
		return string(reply), true
	}
	return fmt.Sprint(reply), true
}
