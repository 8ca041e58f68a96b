package families_test

import (
	"strings"
	"testing"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/server"
	"sessd/server/servertest"
	"sessd/store"
	"sessd/store/memory"
)

// bare is an engine without an ability.
type bare struct{ store.Engine }

// TestMissingAbility: what an engine cannot do is an error that says so, and the rest of the server works.
func TestMissingAbility(t *testing.T) {
	engine := bare{memory.New(memory.Options{Keyspaces: 1})}
	c := servertest.Start(t, func(o *commands.Options, _ *server.Options) { o.Engine = engine }).Dial(t)
	for request, want := range map[string]string{
		"SESS.GET s":                            "-ERR this server's store holds no sessions\r\n",
		"GET k":                                 "-ERR this server's store holds no strings\r\n",
		"HGET h f":                              "-ERR this server's store holds no hashes\r\n",
		"XLEN s":                                "-ERR this server's store holds no streams\r\n",
		"SCARD s":                               "-ERR this server's store holds no sets\r\n",
		"ZCARD s":                               "-ERR this server's store holds no sorted sets\r\n",
		"DBSIZE":                                "-ERR this server's store has no commands on keys\r\n",
		"DEL k":                                 "-ERR this server's store has no commands on keys\r\n",
		"GET":                                   "-ERR wrong number of arguments for 'get' command\r\n",
		"PING":                                  "+PONG\r\n",
		"PUBLISH a m":                           ":0\r\n",
		"CONFIG SET notify-keyspace-events KEA": "-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - this server's store reports no events\r\n",
		"INFO cluster":                          "$30\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n",
	} {
		c.Want(want, strings.Fields(request)...)
	}
}

// TestFamiliesAreComplete: a family says what it is, what is missing where it needs an engine, and gives every command a
// function.
func TestFamiliesAreComplete(t *testing.T) {
	engine := memory.New(memory.Options{Keyspaces: 1})
	defer engine.Close()
	for _, f := range families.Of(nil) {
		needsEngine := f.Group != "pubsub"
		if f.Group == "" || (f.Missing == "") == needsEngine || len(f.Specs) == 0 {
			t.Errorf("family %q is not complete", f.Group)
		}
		for _, spec := range f.Specs {
			if spec.Run == nil {
				t.Errorf("%s has no function", spec.Usage)
			}
		}
	}
	for _, f := range families.Of(engine) {
		if f.Missing != "" {
			t.Errorf("family %q misses something in an engine that has it: %s", f.Group, f.Missing)
		}
	}
}
