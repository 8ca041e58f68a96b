package upstream

import (
	"context"
	"strings"

	"github.com/redis/rueidis"
)

// advise logs once each what about the upstream may lose sessions. A server that does not tell its settings is not advised.
func (e *Engine) advise() {
	ctx, cancel := context.WithTimeout(e.context, e.options.Timeout)
	defer cancel()
	told := make(map[string]bool)
	e.eachPrimary(func(c rueidis.Client) error {
		settings, err := c.Do(ctx, c.B().ConfigGet().Parameter("maxmemory", "maxmemory-policy", "save", "appendonly", "min-replicas-to-write", "min-slaves-to-write").Build()).AsStrMap()
		if err != nil {
			return nil
		}
		for _, one := range adviceFor(settings, e.kind) {
			if !told[one] {
				told[one] = true
				e.log.Warn("the upstream may lose sessions: " + one)
			}
		}
		return nil
	})
}

// adviceFor returns the warnings that a server with these settings deserves.
func adviceFor(settings map[string]string, kind topology) (advice []string) {
	if policy := settings["maxmemory-policy"]; policy != "" && policy != "noeviction" {
		text := "its maxmemory-policy is " + policy + ", which evicts them when memory is short; noeviction refuses new ones instead"
		if settings["maxmemory"] == "0" {
			text += " (it has no maxmemory now)"
		}
		advice = append(advice, text)
	}
	if strings.TrimSpace(settings["save"]) == "" && settings["appendonly"] == "no" {
		advice = append(advice, "it keeps nothing on disk (save and appendonly), so a restart empties it")
	}
	least, known := settings["min-replicas-to-write"]
	if !known {
		least, known = settings["min-slaves-to-write"]
	}
	if kind != alone && known && least == "0" {
		advice = append(advice, "min-replicas-to-write is 0, so a primary that is cut off goes on taking writes that a failover undoes")
	}
	return advice
}
