package commands

import "bytes"

// clusterArity is the arity of each subcommand of CLUSTER, by its name.
var clusterArity = map[string]int{
	"help": 2, "shards": 2, "nodes": 2, "addslots": -3, "keyslot": 3, "flushslots": 2, "bumpepoch": 2, "slots": 2, "countkeysinslot": 3, "delslots": -3,
	"meet": -4, "delslotsrange": -4, "links": 2, "getkeysinslot": 4, "forget": 3, "myid": 2, "slaves": 3, "set-config-epoch": 3, "replicate": 3,
	"failover": -2, "count-failure-reports": 3, "addslotsrange": -4, "replicas": 3, "reset": -2, "saveconfig": 2, "info": 2, "setslot": -4,
}

// cluster refuses every subcommand, and words that are none as Redis does.
func cluster(c *Call) error {
	name := string(bytes.ToLower(c.Words[1]))
	n, known := clusterArity[name]
	switch {
	case !known:
		return errUnknownSubcommand(c.Words[0], c.Words[1])
	case !arityFits(n, len(c.Words)):
		return ErrArity("cluster|" + name)
	}
	return errNoCluster
}

func noCluster(*Call) error { return errNoCluster }
