package commands

import "sessd/store"

// The errors about replication. Nothing is replicated here, so they are those of a master without replicas.
const (
	errNoFailover      Error = "ERR No failover in progress."
	errNoReplicas      Error = "ERR FAILOVER requires connected replicas."
	errFailoverTimeout Error = "ERR FAILOVER timeout must be greater than 0"
	errMasterPort      Error = "ERR Invalid master port"
	errNoReplica       Error = "ERR this server cannot have replicas"
	errNoReplication   Error = "ERR this server cannot be a replica"
	errTimeout         Error = "ERR timeout is not an integer or out of range"
	errTimeoutNegative Error = "ERR timeout is negative"
)

func replicationSpecs() []Spec {
	return []Spec{
		{
			Usage:   "WAIT numreplicas timeout",
			Summary: "Returns how many replicas have the client's writes, which is 0, without waiting for any.",
			Group:   ServerGroup, Flags: NoScript | ForConnection, Since: "1.0.0", Run: wait,
			Example: `WAIT 1 100 -> 0`,
		},
		{
			Usage:   "ROLE",
			Summary: "Returns that the server is a master without replicas.",
			Group:   ServerGroup, Flags: NoScript | Loading | Stale | Fast | Dangerous, Categories: []string{"admin"}, Since: "1.0.0", Run: role,
			Example: `ROLE -> ["master",0,[]]`,
		},
		{
			Usage:   "REPLICAOF host port",
			Summary: "Is taken as NO ONE alone, which the server always is the replica of.",
			Group:   ServerGroup, Flags: Admin | NoScript | Stale | NoAsyncLoading, Since: "1.0.0", Run: replicaOf,
			Example: `REPLICAOF NO ONE -> "OK"`,
		},
		{
			Usage:   "SLAVEOF host port",
			Summary: "The former name of REPLICAOF.",
			Group:   ServerGroup, Flags: Admin | NoScript | Stale | NoAsyncLoading, Since: "1.0.0", Run: replicaOf,
			Example: `SLAVEOF NO ONE -> "OK"`,
		},
		{
			Usage:   "FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]",
			Summary: "Is refused, as by a master without replicas.",
			Group:   ServerGroup, Flags: Admin | NoScript | Stale, Since: "1.0.0", Run: failover,
			Example: `FAILOVER ABORT -> error:"ERR No failover in progress."`,
		},
		{
			Usage:   "PSYNC replicationid offset",
			Summary: "Is refused: this server cannot have replicas.",
			Group:   ServerGroup, Flags: Admin | NoScript | NoAsyncLoading | NoMulti, Since: "1.0.0", Run: refuseReplica, Arity: -3,
			Example: `PSYNC ? -1 -> error:"ERR this server cannot have replicas"`,
		},
		{
			Usage:   "SYNC",
			Summary: "Is refused: this server cannot have replicas.",
			Group:   ServerGroup, Flags: Admin | NoScript | NoAsyncLoading | NoMulti, Since: "1.0.0", Run: refuseReplica,
			Example: `SYNC -> error:"ERR this server cannot have replicas"`,
		},
		{
			Usage:   "REPLCONF [arg ...]",
			Summary: "Is refused: this server cannot have replicas.",
			Group:   ServerGroup, Flags: Admin | NoScript | Loading | Stale | AllowBusy, Since: "1.0.0", Run: refuseReplica,
			Example: `REPLCONF capa eof -> error:"ERR this server cannot have replicas"`,
		},
	}
}

func refuseReplica(*Call) error { return errNoReplica }

func wait(c *Call) error {
	if _, ok := store.ParseInt(c.Args[0]); !ok {
		return ErrNotInteger
	}
	timeout, ok := store.ParseInt(c.Args[1])
	switch {
	case !ok:
		return errTimeout
	case timeout < 0:
		return errTimeoutNegative
	}
	c.Reply.Int(0)
	return nil
}

func role(c *Call) error {
	c.Reply.Array(3)
	c.Reply.BulkString("master")
	c.Reply.Int(0)
	c.Reply.Array(0)
	return nil
}

func replicaOf(c *Call) error {
	if Is(c.Args[0], "NO") && Is(c.Args[1], "ONE") {
		c.Reply.Status("OK")
		return nil
	}
	if port, ok := store.ParseInt(c.Args[1]); !ok || port < 0 || port > 65535 {
		return errMasterPort
	}
	return errNoReplication
}

// failoverRequest is what FAILOVER is asked for.
type failoverRequest struct{ to, force, abort, timeout bool }

// parseFailover reads what follows FAILOVER.
func parseFailover(words [][]byte) (r failoverRequest, err error) {
	for rest := Read(words); rest.More(); {
		word, _ := rest.Next()
		switch {
		case Is(word, "TIMEOUT") && rest.More() && !r.timeout:
			n, err := rest.Integer()
			if err != nil {
				return r, err
			}
			if n <= 0 {
				return r, errFailoverTimeout
			}
			r.timeout = true
		case Is(word, "ABORT") && !r.abort && !r.force && !r.to && !r.timeout && !rest.More():
			r.abort = true
		case Is(word, "TO") && len(rest.rest) > 1 && !r.to:
			rest.Next()
			if _, err := rest.Integer(); err != nil {
				return r, err
			}
			r.to = true
		case Is(word, "FORCE") && !r.force:
			r.force = true
		default:
			return r, ErrSyntax
		}
	}
	return r, nil
}

func failover(c *Call) error {
	r, err := parseFailover(c.Args)
	switch {
	case err != nil:
		return err
	case r.abort:
		return errNoFailover
	}
	return errNoReplicas
}
