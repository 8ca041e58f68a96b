package architecture

import (
	"slices"
	"strings"
	"testing"
)

// layer says what the packages under a path may import beside the standard library. A path that ends in a slash stands
// for all that is under it.
type layer struct {
	path string
	may  []string
	why  string
}

const (
	redcon     = "github.com/tidwall/redcon"
	pflag      = "github.com/spf13/pflag"
	histogram  = "github.com/HdrHistogram/hdrhistogram-go"
	gopherLua  = "github.com/yuin/gopher-lua"
	compress   = "github.com/klauspost/compress/"
	porcupine  = "github.com/anishathalye/porcupine"
	rueidis    = "github.com/redis/rueidis"
	redigo     = "github.com/gomodule/redigo/redis"
	prometheus = "github.com/prometheus/client_golang/"
	rapid      = "pgregory.net/rapid"
	system     = "golang.org/x/sys/"
	goSystemd  = "github.com/coreos/go-systemd/v22/"
)

// layers are the import rules. A package is under the rule with the longest path that fits.
var layers = []layer{
	{"store", nil, "the contract of an engine must fit every engine, in memory or remote, so it knows none of their means"},
	{"store/", []string{"sessd/store", system}, "an engine knows its contract alone, never commands or the wire, so that it can be replaced"},
	{"store/persist", []string{"sessd/store", "sessd/store/journal"}, "it joins an engine, whichever, to a journal"},
	{"store/memory", []string{"sessd/store", "sessd/store/hyperloglog", "sessd/store/memory/arena", "sessd/store/memory/tree", system}, "an engine knows its contract and its own parts, never commands or the wire, so that it can be replaced"},
	{"store/memory/arena", []string{"sessd/store/line"}, "an arena keeps bytes and asks a layout for their hash, so it knows no session and no type of entry"},
	{"store/memory/tree", nil, "a tree stores bytes in nodes of whoever owns them, so it can be tested over nodes that move at every chance"},
	{"store/journal", []string{compress, system}, "a journal keeps bytes and knows no engine, so that it is tested against every fault of a disk alone"},
	{"store/line", nil, "memory is fetched alike for every engine"},
	{"store/hyperloglog", []string{"sessd/store"}, "a HyperLogLog is functions over bytes, so that it is fuzzed alone and serves every engine"},
	{"store/upstream", []string{"sessd/store", "sessd/store/line", rueidis}, "an engine knows its contract and its own means, never commands or the wire, so that it can be replaced"},
	{"store/storetest", []string{"sessd/store", "sessd/store/hyperloglog", porcupine, rapid}, "the contract's tests name no engine, so that every engine passes the same ones"},
	{"commands/", []string{"sessd/commands", "sessd/store"}, "a family of commands adds to the core and knows no other family, so that each can be read, and left out, alone"},
	{"commands/dump", []string{"sessd/commands", "sessd/store", "sessd/commands/dump/rdb"}, "DUMP and RESTORE bind Redis's format to the core"},
	{"commands/dump/rdb", nil, "Redis's format knows no command and no engine, so that it is fuzzed alone"},
	{"commands/scripts", []string{"sessd/commands", "sessd/store", "sessd/commands/scripts/lua"}, "the commands on scripts bind Lua to the core; they know no other family, because the core finds what a script calls"},
	{"commands/scripts/lua", []string{gopherLua, gopherLua + "/"}, "Lua as Redis has it knows no command and no engine, so that it is tested, fuzzed and bounded alone"},
	{"commands/families", []string{"sessd/commands", "sessd/commands/", "sessd/store"}, "it is the one list of families"},
	{"commands/commandstest", nil, "the core's own tests use it, so it must not import the core"},
	{"commands", []string{"sessd/store"}, "commands say what a reply is, not how it is written, and never assume which engine keeps the data"},
	{"server", []string{"sessd/commands", "sessd/server/netio", "sessd/server/resp", "sessd/store", system}, "RESP stops in the server, and the server knows no engine"},
	{"server/netio", []string{system}, "the kernel's calls are tried and raced by themselves, without a connection around them"},
	{"server/resp", []string{redcon}, "the protocol is functions over bytes, so that it is read, tested and fuzzed without a server around it"},
	{"server/web", []string{"sessd/commands", prometheus, "github.com/prometheus/client_model/go"}, "HTTP is beside the server, so that the server and its commands know neither it nor Prometheus"},
	{"server/web/console", []string{redigo}, "the console is a client like any other, so that no page does what the rules of its user forbid"},
	{"server/servertest", []string{"sessd/commands", "sessd/commands/families", "sessd/server", "sessd/store", "sessd/store/memory"}, "it puts a whole server together for tests"},
	{"cmd/sessd/audit", []string{"sessd/commands", "sessd/store"}, "the record knows what changes and who asks, and neither server nor engine"},
	{"cmd/sessd/logging", nil, "the log must not depend on what it tells about"},
	{"cmd/sessd/systemd", []string{goSystemd}, "the service manager is talked with in one place, which knows nothing of the daemon"},
	{"cmd/sessd/redisconf", []string{"sessd/server/resp"}, "a configuration file is words and lines, split as on the wire, so that it is tested and fuzzed alone"},
	{"cmd/sessd/importer", []string{"sessd/commands/dump", "sessd/commands/dump/rdb", "sessd/store", redigo}, "it moves keys from a file to a target, so that it is tested without a daemon"},
	{"cmd/sessd", []string{"sessd/cmd/sessd/", "sessd/commands", "sessd/commands/dump/rdb", "sessd/commands/families", "sessd/server", "sessd/server/web", "sessd/server/web/console", "sessd/store", "sessd/store/journal", "sessd/store/memory", "sessd/store/persist", "sessd/store/upstream", pflag, system}, "main puts the layers together and does nothing else"},
	{"cmd/sessd-bench", []string{pflag, histogram, system}, "the load generator measures any server that speaks RESP, so it shares no code with this one"},
	{"test/", []string{""}, "black-box tests may use whatever a user may"},
}

// layerOf returns the rule for a package, nil where nobody thought of one.
func layerOf(path string) *layer {
	var best *layer
	for i := range layers {
		l := &layers[i]
		fits := path == l.path || strings.HasSuffix(l.path, "/") && strings.HasPrefix(path, l.path)
		if fits && (best == nil || len(l.path) > len(best.path)) {
			best = l
		}
	}
	return best
}

// isStandard reports whether an import is of the standard library, whose paths alone begin without a host.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return first != "sessd" && !strings.Contains(first, ".")
}

// under reports whether a path is one of these, or below one that ends in a slash or is empty.
func under(path string, these []string) bool {
	return slices.ContainsFunc(these, func(one string) bool {
		return path == one || (one == "" || strings.HasSuffix(one, "/")) && strings.HasPrefix(path, one)
	})
}

// each runs a test on every package, as Linux and as a system without event loops build it.
func each(t *testing.T, test func(t *testing.T, p *goPackage)) {
	for _, system := range []string{"linux", "darwin"} {
		t.Run(system, func(t *testing.T) {
			for _, p := range packages(t, system) {
				test(t, p)
			}
		})
	}
}

func TestLayers(t *testing.T) {
	each(t, func(t *testing.T, p *goPackage) {
		l := layerOf(p.path())
		if l == nil {
			t.Errorf("%s has no import rule: a new layer is a decision, so write it down in layers", p.path())
			return
		}
		for _, one := range p.Imports {
			if !isStandard(one) && !under(one, l.may) {
				t.Errorf("%s imports %s, and may import the standard library and %q only: %s", p.path(), one, l.may, l.why)
			}
		}
	})
}

// ownership says who alone may import some packages in code that is not a test.
type ownership struct {
	owned  []string
	owners []string
	why    string
}

var testSupport = []string{"server/servertest", "store/storetest", "commands/commandstest", "test/"}

var ownerships = []ownership{
	{
		[]string{"sessd/store/memory", "sessd/store/upstream"}, []string{"cmd/sessd", "server/servertest"},
		"only main names an engine, or choosing another one means changes everywhere",
	},
	{
		[]string{"sessd/store/journal"}, []string{"cmd/sessd", "store/persist", "test/"},
		"only main says where an engine's changes are kept",
	},
	{
		[]string{"sessd/store/memory/"}, []string{"store/memory"},
		"parts of an engine may change with it, so nobody else leans on them",
	},
	{
		[]string{pflag}, []string{"cmd/"},
		"flags are how a person starts a program; packages take options",
	},
	{
		[]string{gopherLua, gopherLua + "/"}, []string{"commands/scripts/lua"},
		"the virtual machine is bounded in one place, and nobody runs a script past those bounds",
	},
	{
		[]string{redigo}, append([]string{"server/web/console", "cmd/sessd/importer"}, testSupport...),
		"the console and the import alone are clients of a server",
	},
	{
		[]string{prometheus, "github.com/prometheus/"}, []string{"server/web"},
		"figures are rows that know no Prometheus, so that INFO, pages and series have one source",
	},
	{
		[]string{redcon}, []string{"server/resp"},
		"one package knows RESP",
	},
	{
		[]string{rueidis}, append([]string{"store/upstream"}, testSupport...),
		"one engine talks to another server, and its client library stays inside",
	},
	{
		[]string{porcupine, rapid, "github.com/redis/go-redis/", "testing", "testing/", "sessd/server/servertest", "sessd/store/storetest", "sessd/test/"}, testSupport,
		"what tests need has no place in the binaries that users run",
	},
}

func TestOwnership(t *testing.T) {
	each(t, func(t *testing.T, p *goPackage) {
		for _, o := range ownerships {
			for _, one := range p.Imports {
				if under(one, o.owned) && !under(p.path(), o.owners) {
					t.Errorf("%s imports %s, which only %q may: %s", p.path(), one, o.owners, o.why)
				}
			}
		}
	})
}

func TestNobodyImportsMain(t *testing.T) {
	each(t, func(t *testing.T, p *goPackage) {
		for _, one := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if strings.HasPrefix(one, module+"cmd/") && !strings.HasPrefix(one, p.ImportPath+"/") {
				t.Errorf("%s imports %s: commands stand at the top, and what others need from them belongs into a layer below", p.path(), one)
			}
		}
	})
}
