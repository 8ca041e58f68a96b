package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"sessd/store"
)

// Options is how an Engine begins.
type Options struct {
	URL         string // see ParseURL
	Password    string // in place of the one in URL, when not empty
	TLS         *tls.Config
	Timeout     time.Duration // for one answer
	Connections int           // to each server, for requests that share them
	MostWaiting int64         // requests that wait for an answer; 0: no limit
	HashIDs     bool          // keys carry a hash of the id
	Limits      store.Limits
	Log         *slog.Logger

	NearCache    int64         // bytes; 0: none
	MaxStale     time.Duration // for which what is cached is served without word from the server
	StaleIfError time.Duration // for which it is served while the server cannot be asked; 0: MaxStale

	Replicas     int // that must have a destroy; Auto: 0 of a server alone, 1 behind Sentinel or in a cluster
	SaveReplicas int // that must have every other change

	Clock *store.Clock // that Op.Now comes from; nil: the wall clock

	// CallerTime makes Op.Now the time of every operation, in place of the server's clock. It is for tests.
	CallerTime bool
	linkTo     string // the address of the link, in place of the server's, for tests
}

// sentinelInterval is how often Sentinel is asked for the primary, in case its word of a new one was lost.
const sentinelInterval = 5 * time.Second

// waitingConnections is how many connections to a server wait for its replicas at most.
const waitingConnections = 64

// Auto leaves the number of replicas to the kind of upstream.
const Auto = -1

// topology is the kind of upstream.
type topology uint8

const (
	alone topology = iota
	sentinel
	cluster
)

// schemes are the kinds of URLs, and what they stand for.
var schemes = map[string]struct {
	topology topology
	tls      bool
}{
	"redis": {alone, false}, "rediss": {alone, true}, "unix": {alone, false},
	"redis-sentinel": {sentinel, false}, "rediss-sentinel": {sentinel, true},
	"redis-cluster": {cluster, false}, "rediss-cluster": {cluster, true},
}

// URLForms are the URLs of upstreams.
const URLForms = "redis://host:port/database, rediss://host:port, unix:///path, redis-sentinel://host,host/name or redis-cluster://host,host"

var errURL = errors.New("takes " + URLForms)

// CheckURL returns an error for a text that is no URL of an upstream.
func CheckURL(text string) error {
	_, _, err := parseURL(text)
	return err
}

// parseURL reads scheme://[user[:password]@]host[:port][,host[:port]...][/database or /name[/database]].
func parseURL(text string) (o rueidis.ClientOption, kind topology, err error) {
	scheme, rest, found := strings.Cut(text, "://")
	form, known := schemes[scheme]
	if !found || !known || rest == "" {
		return o, 0, errURL
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		name, password, _ := strings.Cut(rest[:at], ":")
		if o.Username, err = url.PathUnescape(name); err == nil {
			o.Password, err = url.PathUnescape(password)
		}
		if err != nil {
			return o, 0, errURL
		}
		rest = rest[at+1:]
	}
	if scheme == "unix" {
		path, query, _ := strings.Cut(rest, "?db=")
		o.InitAddress = []string{path}
		o.DialCtxFn = unixDialer
		return o, alone, parseDatabase(query, &o.SelectDB)
	}
	hosts, path, _ := strings.Cut(rest, "/")
	port := "6379"
	if form.topology == sentinel {
		port = "26379"
		o.Sentinel.MasterSet, path, _ = strings.Cut(path, "/")
		if o.Sentinel.MasterSet == "" {
			return o, 0, errors.New("the URL needs the name that Sentinel has for the primary: redis-sentinel://host,host/name")
		}
	}
	if form.topology == cluster && path != "" && path != "0" {
		return o, 0, errors.New("the URL names a database, and a cluster has only one")
	}
	for _, host := range strings.Split(hosts, ",") {
		name, number, err := net.SplitHostPort(host)
		if err != nil {
			name, number = strings.Trim(host, "[]"), port
		}
		if name == "" {
			return o, 0, errURL
		}
		o.InitAddress = append(o.InitAddress, net.JoinHostPort(name, number))
	}
	if form.topology == alone && len(o.InitAddress) > 1 {
		return o, 0, errors.New("the URL names several hosts, which redis-sentinel:// and redis-cluster:// do")
	}
	if form.tls {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return o, form.topology, parseDatabase(path, &o.SelectDB)
}

// unixDialer connects to a unix socket.
func unixDialer(ctx context.Context, path string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
	return d.DialContext(ctx, "unix", path)
}

func parseDatabase(text string, number *int) (err error) {
	if text == "" {
		return nil
	}
	if *number, err = strconv.Atoi(text); err != nil || *number < 0 {
		return fmt.Errorf("the URL has %q where the number of a database belongs", text)
	}
	return nil
}

// client returns the options of the client library.
func (o *Options) client() (rueidis.ClientOption, topology, error) {
	c, kind, err := parseURL(o.URL)
	if err != nil {
		return c, 0, err
	}
	if o.Password != "" {
		c.Password = o.Password
	}
	if c.TLSConfig != nil && o.TLS != nil {
		c.TLSConfig = o.TLS.Clone()
	}
	if c.TLSConfig != nil && c.TLSConfig.ServerName == "" && len(c.InitAddress) == 1 {
		c.TLSConfig.ServerName, _, _ = net.SplitHostPort(c.InitAddress[0])
	}
	if kind == sentinel {
		c.Sentinel.TLSConfig = c.TLSConfig
	}
	c.ClientName = "sessd"
	c.ClusterOption.ShardsRefreshInterval = patience
	c.Sentinel.TopologyRefreshInterval = sentinelInterval
	c.DisableCache, c.DisableRetry = true, true
	c.ForceSingleClient = kind == alone // or the library would ask for slots
	c.BlockingPoolSize = waitingConnections
	c.ConnWriteTimeout, c.Dialer.Timeout = o.Timeout, o.Timeout
	c.Dialer.KeepAlive = time.Second
	for c.PipelineMultiplex = 0; 1<<c.PipelineMultiplex < o.Connections; c.PipelineMultiplex++ {
	}
	if c.PipelineMultiplex == 0 {
		c.PipelineMultiplex = -1
	}
	return c, kind, nil
}
