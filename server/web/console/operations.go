package console

import (
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	shownClients = 500
	shownSlow    = 100
)

// functions are those of the pages.
var functions = template.FuncMap{
	"when": func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.Format("2006-01-02 15:04:05")
	},
	"menu": func() []figure {
		return []figure{{"overview", "Overview"}, {"clients", "Clients"}, {"slow", "Slow requests"}, {"settings", "Settings"}}
	},
	"path": func(page string) string { return "/" + strings.TrimPrefix(page, "overview") },
}

type clientRow struct{ Addr, Name, Library, User, Age, Idle, Command, Memory string }

func (c *Console) clients(one *login, _ *http.Request) (any, error) {
	reply, err := one.link.do("CLIENT", "LIST")
	if err != nil {
		return nil, err
	}
	var rows []clientRow
	for line := range strings.Lines(text(reply)) {
		of := make(map[string]string)
		for word := range strings.FieldsSeq(line) {
			name, value, _ := strings.Cut(word, "=")
			of[name] = value
		}
		if rows = append(rows, clientRow{of["addr"], of["name"], of["lib-name"], of["user"], of["age"], of["idle"], of["cmd"], of["tot-mem"]}); len(rows) == shownClients {
			break
		}
	}
	return rows, nil
}

type slowRow struct {
	At                   time.Time
	Microseconds         int64
	Request, Addr, Named string
}

func (c *Console) slow(one *login, _ *http.Request) (any, error) {
	reply, err := one.link.do("SLOWLOG", "GET", strconv.Itoa(shownSlow))
	if err != nil {
		return nil, err
	}
	var rows []slowRow
	for _, entry := range list(reply) {
		parts := list(entry)
		if len(parts) < 6 {
			return nil, fmt.Errorf("an entry of SLOWLOG has %d parts", len(parts))
		}
		at, _ := parts[1].(int64)
		took, _ := parts[2].(int64)
		var request []string
		for _, word := range list(parts[3]) {
			request = append(request, text(word))
		}
		rows = append(rows, slowRow{time.Unix(at, 0).UTC(), took, strings.Join(request, " "), text(parts[4]), text(parts[5])})
	}
	return rows, nil
}

func (c *Console) settings(one *login, _ *http.Request) (any, error) {
	reply, err := one.link.do("CONFIG", "GET", "*")
	if err != nil {
		return nil, err
	}
	all := list(reply)
	var rows []figure
	for i := 0; i+1 < len(all); i += 2 {
		rows = append(rows, figure{text(all[i]), text(all[i+1])})
	}
	return rows, nil
}
