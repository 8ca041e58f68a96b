package console

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// liveFields are the lines of INFO that plots are drawn from.
var liveFields = []string{
	"sessions", "principals", "sessions_created", "sessions_destroyed", "sessions_expired", "sessions_evicted", "sessions_saved", "revision_conflicts",
	"used_memory", "used_memory_rss", "maxmemory", "connected_clients", "total_commands_processed",
}

// live answers figures of this moment as JSON, and the health beside them. Counters are as they stand; the script makes rates of them.
func (c *Console) live(w http.ResponseWriter, r *http.Request) {
	one := c.current(r)
	if one == nil {
		http.Error(w, "not logged in", http.StatusUnauthorized)
		return
	}
	info, err := readInfo(one)
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	figures := map[string]any{"at": time.Now().UnixMilli(), "ready": c.problem(), "health": health(info)}
	for _, name := range liveFields {
		if n, err := strconv.ParseFloat(info[name], 64); err == nil {
			figures[name] = n
		}
	}
	for name, command := range map[string]string{"get": "sess.get", "save": "sess.save"} {
		for part := range strings.SplitSeq(info["latency_percentiles_usec_"+command], ",") {
			percent, value, _ := strings.Cut(part, "=")
			if n, err := strconv.ParseFloat(value, 64); err == nil {
				figures[name+"_"+percent] = n
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(figures)
}

// readInfo returns the lines of INFO by name.
func readInfo(one *login) (map[string]string, error) {
	reply, err := one.link.do("INFO", "all")
	if err != nil {
		return nil, err
	}
	info := make(map[string]string)
	for line := range strings.Lines(text(reply)) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			info[name] = value
		}
	}
	return info, nil
}

// text returns a reply that is a string.
func text(reply any) string {
	switch value := reply.(type) {
	case []byte:
		return string(value)
	case string:
		return value
	case int64:
		return strconv.FormatInt(value, 10)
	}
	return ""
}

// list returns a reply that is an array.
func list(reply any) []any {
	values, _ := reply.([]any)
	return values
}

// pairs returns a reply that is names and values.
func pairs(reply any) map[string]any {
	all, named := list(reply), make(map[string]any)
	for i := 0; i+1 < len(all); i += 2 {
		named[text(all[i])] = all[i+1]
	}
	return named
}
