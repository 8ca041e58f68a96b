package main

import (
	"fmt"
	"time"

	"sessd/commands"
	"sessd/store"
	"sessd/store/upstream"
)

// upstreamOptions are the settings of an engine behind which a server has the truth.
type upstreamOptions struct {
	upstream.Options
	passwordFile                 string
	caFile, certFile, tlsKeyFile string
}

// newUpstreamOptions returns the defaults.
func newUpstreamOptions() upstreamOptions {
	return upstreamOptions{Options: upstream.Options{
		Timeout: time.Second, Connections: 2, MostWaiting: 10_000, NearCache: 64 << 20, MaxStale: 5 * time.Second, Replicas: upstream.Auto,
	}}
}

// upstreamURL takes a URL of an upstream, or nothing.
func upstreamURL(p *string) commands.Value {
	v := commands.Text(p, "url")
	v.Takes = "" // the error says what is wrong
	v.Set = func(text string) error {
		if text != "" {
			if err := upstream.CheckURL(text); err != nil {
				return err
			}
		}
		*p = text
		return nil
	}
	return v
}

// upstreamSettings are the rows of those options.
func (o *options) upstreamSettings() []commands.Setting {
	u := &o.upstream
	const section = commands.UpstreamSection
	return []commands.Setting{
		{
			Name: "upstream", Section: section, Common: true, Fixed: true, Secret: true, Value: upstreamURL(&u.URL),
			Help: "Redis or Valkey that holds sessions and strings in place of this process; redis:// rediss:// unix:// redis-sentinel:// redis-cluster://",
		},
		{
			Name: "upstream-password-file", Section: section, Fixed: true, Value: commands.Text(&u.passwordFile, "path"),
			Help: "file whose first line is the password for the upstream, in place of the one in its URL",
		},
		{
			Name: "upstream-tls-ca-cert-file", Section: section, Fixed: true, Value: commands.Text(&u.caFile, "path"),
			Help: "authorities whose certificates of the upstream are believed, in place of the system's",
		},
		{
			Name: "upstream-tls-cert-file", Section: section, Fixed: true, Value: commands.Text(&u.certFile, "path"),
			Help: "certificate that is shown to the upstream",
		},
		{
			Name: "upstream-tls-key-file", Section: section, Fixed: true, Value: commands.Text(&u.tlsKeyFile, "path"),
			Help: "private key of that certificate",
		},
		{
			Name: "upstream-timeout", Section: section, Fixed: true, Value: commands.Duration(&u.Timeout, 10*time.Millisecond),
			Help: "how long the upstream may take to answer",
		},
		{
			Name: "upstream-connections", Section: section, Fixed: true, Value: commands.Integer(&u.Connections, 1, 64),
			Help: "connections to each server of the upstream that requests share, rounded up to a power of two",
		},
		{
			Name: "upstream-pending", Section: section, Fixed: true, Value: commands.Integer(&u.MostWaiting, 1, 1<<20),
			Help: "requests that may wait for the upstream; more are refused",
		},
		{
			Name: "upstream-hash-ids", Section: section, Fixed: true, Value: commands.Switch(&u.HashIDs),
			Help: "keys of the upstream carry SHA-256 of the session id; lists then show handles, which SESS.DESTROY takes",
		},
		{
			Name: "upstream-replicas", Section: section, Fixed: true, Value: commands.Integer(&u.Replicas, upstream.Auto, 100),
			Help: "replicas that must have a destroy or a rotation before it is answered; -1: 1 behind Sentinel and in a cluster, 0 of a server alone",
		},
		{
			Name: "upstream-save-replicas", Section: section, Fixed: true, Value: commands.Integer(&u.SaveReplicas, 0, 100),
			Help: "replicas that must have every other change of a session",
		},
		{
			Name: "near-cache", Section: section, Fixed: true, Value: commands.Size(&u.NearCache, 0),
			Help: "memory for sessions of the upstream that were read lately; 0: none",
		},
		{
			Name: "max-stale", Section: section, Fixed: true, Value: commands.Duration(&u.MaxStale, 10*time.Millisecond),
			Help: "how long a session is served from the near cache without word from the upstream",
		},
		{
			Name: "stale-if-error", Section: section, Fixed: true, Value: commands.Duration(&u.StaleIfError, 0),
			Help: "the same while the upstream cannot be asked, if it is longer",
		},
	}
}

// newUpstream returns the engine over the upstream that the options name. It is not connected yet.
func (d *daemon) newUpstream(clock *store.Clock) (*upstream.Engine, error) {
	u := &d.options.upstream
	u.Limits, u.Log, u.Clock = d.options.limits, d.log.Logger, clock
	if u.passwordFile != "" {
		password, err := readPassword(u.passwordFile)
		if err != nil {
			return nil, fmt.Errorf("--upstream-password-file: %w", err)
		}
		u.Password = password
	}
	var err error
	files := encryption{caFile: u.caFile, certFile: u.certFile, keyFile: u.tlsKeyFile}
	if u.TLS, err = files.config("--upstream-tls-ca-cert-file", "--upstream-tls-cert-file", "--upstream-tls-key-file"); err != nil {
		return nil, err
	}
	e, err := upstream.New(u.Options)
	if err != nil {
		return nil, fmt.Errorf("--upstream: %w", err)
	}
	return e, nil
}

// upstreamMetrics are the figures of an engine with an upstream.
func upstreamMetrics(e *upstream.Engine) []commands.Metric {
	row := func(name, series string, kind commands.MetricKind, help string, read func(f *upstream.Figures) any) commands.Metric {
		return commands.Metric{
			Section: "Upstream", Redis: name, Prometheus: series, Kind: kind, Help: help,
			Read: func(*commands.Snapshot) any {
				f := e.Figures()
				return read(&f)
			},
		}
	}
	bit := func(on bool) int {
		if on {
			return 1
		}
		return 0
	}
	const gauge, counter = commands.Gauge, commands.Counter
	return []commands.Metric{
		row("upstream_up", "sessd_upstream_up", gauge, "1 where the upstream answered when it was asked last", func(f *upstream.Figures) any { return bit(f.Up) }),
		row("upstream_linked", "sessd_upstream_linked", gauge, "1 where it tells of every change of a session", func(f *upstream.Figures) any { return bit(f.Linked) }),
		row("upstream_waiting", "sessd_upstream_waiting", gauge, "requests that wait for it", func(f *upstream.Figures) any { return f.Waiting }),
		row("upstream_outages", "sessd_upstream_outages_total", counter, "how often it went away", func(f *upstream.Figures) any { return f.Outages }),
		row("upstream_clock_offset_ms", "", gauge, "its clock against this one's, in milliseconds", func(f *upstream.Figures) any { return f.ClockOffset }),
		row("upstream_unavailable", "sessd_upstream_unavailable_total", counter, "requests that it could not be asked", func(f *upstream.Figures) any { return f.Unavailable }),
		row("upstream_uncertain", "sessd_upstream_uncertain_total", counter, "changes of which nobody knows whether they happened or last", func(f *upstream.Figures) any { return f.Uncertain }),
		row("upstream_resurrected", "sessd_upstream_resurrected_total", counter, "sessions that came back after their end and were ended again", func(f *upstream.Figures) any { return f.Resurrected }),
		row("upstream_tombstones", "sessd_upstream_tombstones", gauge, "ended sessions that are watched for", func(f *upstream.Figures) any { return f.Tombstones }),
		row("near_cache_sessions", "sessd_near_cache_sessions", gauge, "sessions in the near cache", func(f *upstream.Figures) any { return f.CachedEntries }),
		row("near_cache_bytes", "sessd_near_cache_bytes", commands.Bytes, "memory of the near cache", func(f *upstream.Figures) any { return f.CachedBytes }),
		row("near_cache_hits", "sessd_near_cache_hits_total", counter, "reads that it answered", func(f *upstream.Figures) any { return f.Hits }),
		row("near_cache_misses", "sessd_near_cache_misses_total", counter, "reads for which the upstream was asked", func(f *upstream.Figures) any { return f.Misses }),
		row("near_cache_stale", "sessd_near_cache_stale_total", counter, "reads that it answered while the upstream was gone", func(f *upstream.Figures) any { return f.Stale }),
		row("near_cache_invalidations", "sessd_near_cache_invalidations_total", counter, "changes that the upstream told of", func(f *upstream.Figures) any { return f.Invalidations }),
		row("near_cache_eras", "sessd_near_cache_eras_total", counter, "how often it began anew", func(f *upstream.Figures) any { return f.Eras }),
	}
}
