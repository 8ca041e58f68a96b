package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gomodule/redigo/redis"
)

// sampled is how many sessions the top of principals is made of: more would take the server's time.
const (
	sampled      = 2000
	topLength    = 20
	scanCalls    = 40
	scanCount    = "500"
	healthLength = 12
)

type overviewData struct {
	Ready   string // why the server is not; empty: it is
	Health  []figure
	Top     []principalCount
	Sampled int
	Whole   bool   // every session was looked at
	NoTop   string // why there is no top
}

type figure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type principalCount struct {
	Name     string
	Sessions int
}

// healthFields are the lines of INFO on the log and the upstream, where they are there.
var healthFields = []string{
	"uptime_in_seconds", "aof_enabled", "aof_last_write_status", "rdb_last_bgsave_status", "aof_current_size", "log_unsynced_steps",
	"upstream_up", "upstream_linked", "upstream_waiting", "upstream_outages", "near_cache_hits", "near_cache_misses", "near_cache_stale",
}

func (c *Console) overview(one *login, _ *http.Request) (any, error) {
	d := &overviewData{Ready: c.problem()}
	info, err := readInfo(one)
	if err != nil {
		return nil, err
	}
	d.Health = health(info)
	if err := d.count(one); err != nil {
		d.NoTop = err.Error()
	}
	return d, nil
}

// problem returns why the server is not ready; empty: it is.
func (c *Console) problem() string {
	if err := c.Ready(); err != nil {
		return err.Error()
	}
	return ""
}

// health returns the lines of INFO that tell it.
func health(info map[string]string) (all []figure) {
	for _, name := range healthFields {
		if value := info[name]; value != "" && len(all) < healthLength {
			all = append(all, figure{name, value})
		}
	}
	return all
}

// count counts the principals of some sessions, all of them where there are not many.
func (d *overviewData) count(one *login) error {
	bySessions := make(map[string]int)
	cursor := "0"
	for range scanCalls {
		reply, err := one.link.do("SESS.SCAN", cursor, "COUNT", scanCount)
		if err != nil {
			return err
		}
		page := list(reply)
		if len(page) != 2 {
			return nil
		}
		var calls []call
		for _, id := range list(page[1]) {
			calls = append(calls, call{"SESS.META", id})
		}
		metas, err := one.link.pipeline(calls...)
		if err != nil {
			return err
		}
		for _, meta := range metas {
			if failed, is := meta.(redis.Error); is {
				if strings.HasPrefix(failed.Error(), "NOSESSION") {
					continue // it has ended since
				}
				return failed
			}
			if principal := text(pairs(meta)["principal"]); principal != "" {
				bySessions[principal]++
			}
		}
		d.Sampled += len(metas)
		if cursor = text(page[0]); cursor == "0" || d.Sampled >= sampled {
			d.Whole = cursor == "0"
			break
		}
	}
	for name, n := range bySessions {
		d.Top = append(d.Top, principalCount{name, n})
	}
	slices.SortFunc(d.Top, func(a, b principalCount) int {
		return cmp.Or(cmp.Compare(b.Sessions, a.Sessions), cmp.Compare(a.Name, b.Name))
	})
	d.Top = d.Top[:min(len(d.Top), topLength)]
	return nil
}
