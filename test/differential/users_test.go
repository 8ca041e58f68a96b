package differential

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessd/server/servertest"
	"sessd/test/redistest"
)

// usersFile is what both read, its rules in the order in which Redis 7.0 tells them; of several commands that is a chance order.
const usersFile = `user default on >secret ~* &* +@all
user web on >pw ~a:* %R~read:* &* +@read +@connection +@write -del
user gone off >pw ~* &* +@all
user ear on >pw ~* resetchannels &a* &ch +@all
user deaf on >pw ~* +@all
`

// dialogs are of clients whose rights differ, each on a connection of its own. Words have no spaces.
var dialogs = []string{
	// before AUTH
	`PING; GET a:x; GET; NOSUCH a; INFO; CLIENT ID; COMMAND; ACL WHOAMI; RESET; PING; HELLO; HELLO 3; HELLO 9; HELLO x; HELLO 3 SETNAME a`,
	`AUTH; AUTH wrong; AUTH a b c; HELLO 3 AUTH a; HELLO 2 AUTH gone pw; PING`,
	`AUTH gone pw; AUTH nobody pw; PING`,
	// as one user after another
	`AUTH secret; ACL WHOAMI; PING; AUTH web pw; ACL WHOAMI; AUTH web wrong; ACL WHOAMI; RESET; ACL WHOAMI`,
	`AUTH web pw; GET a:x; SET a:x 1; GET a:x; GET b; MGET a:x b; GET read:x; SET read:x 1; GETSET read:x 1; DEL a:x; SET b 1; CONFIG GET maxmemory; ` +
		`ACL LIST; ACL USERS; INFO; CLIENT KILL ID 99; CLIENT GETNAME; NOSUCH; GET; CONFIG NOSUCH; EXISTS a:x b; FLUSHALL; SHUTDOWN NOSAVE; MONITOR`,
	// on channels
	`AUTH ear pw; PUBLISH zz m; PUBLISH abc m; SPUBLISH zz m; SPUBLISH ch m; SUBSCRIBE ch zz; SSUBSCRIBE zz; PSUBSCRIBE ab; PSUBSCRIBE *; PUBLISH; SUBSCRIBE; ` +
		`PUBSUB NUMSUB zz; PSUBSCRIBE a*; SUBSCRIBE ab; UNSUBSCRIBE zz; PUBLISH zz m; PUBLISH abc m; SSUBSCRIBE ch; SUNSUBSCRIBE zz`,
	`AUTH deaf pw; SUBSCRIBE a; PSUBSCRIBE *; PUBLISH a m; UNSUBSCRIBE a; GET a`,
	`AUTH secret; ACL GETUSER ear; ACL GETUSER deaf; ACL DRYRUN ear PUBLISH zz x; ACL DRYRUN ear SUBSCRIBE ab q; ACL DRYRUN ear PSUBSCRIBE a* ab; ACL DRYRUN ear UNSUBSCRIBE q; ACL DRYRUN deaf SSUBSCRIBE a`,
	// about users
	`AUTH secret; ACL USERS; ACL LIST; ACL GETUSER web; ACL GETUSER gone; ACL GETUSER nobody; ACL GETUSER; HELLO 3 AUTH a b; ` +
		`ACL DRYRUN web GET a:x; ACL DRYRUN web GET b; ACL DRYRUN web SET read:x 1; ACL DRYRUN web DEL a:x; ACL DRYRUN web GET; ACL DRYRUN web NOSUCH; ` +
		`ACL DRYRUN nobody GET x; ACL DRYRUN web; ACL CAT nosuch; ACL CAT string x; ACL LOG RESET; ACL LOG; ACL LOG x; ACL LOG 0; ACL LOG 1 2; ACL NOSUCH; ACL`,
	// of users that are made, changed and removed; the rules of each that is listed change something
	`AUTH secret; ACL SETUSER n; ACL GETUSER n; ACL SETUSER n on >p >q <p ~k:* %R~x %W~y %RW~z +config|get; ACL GETUSER n; ACL LIST; ACL SETUSER n resetkeys resetpass nopass ON; ` +
		`ACL LIST; ACL SETUSER n reset; ACL GETUSER n; ACL SETUSER n allkeys allchannels allcommands skip-sanitize-payload; ACL LIST; ACL SETUSER n sanitize-payload -@all +@string -get; ACL GETUSER n; ` +
		`ACL SETUSER n nocommands +@all -@dangerous +monitor; ACL LIST; ACL DELUSER n nobody; ACL DELUSER n; ACL DELUSER default; ACL DELUSER n default; ACL DELUSER; ACL SETUSER; ACL USERS`,
	`AUTH secret; ACL SETUSER s on nopass (+get ~a) (%W~x &c +@write) ~own +ping; ACL GETUSER s; ACL LIST; ACL DRYRUN s GET a; ACL DRYRUN s GET x; ACL DRYRUN s SET x 1; ACL DRYRUN s SET a 1; ` +
		`ACL DRYRUN s PUBLISH c m; ACL DRYRUN s GET own; ACL DRYRUN s PING; ACL SETUSER s ( +set ~b ); ACL GETUSER s; ACL SETUSER s clearselectors; ACL LIST; ACL SETUSER s (+get); ACL GETUSER s; ACL DELUSER s`,
	`AUTH secret; ACL SETUSER w +select|0 +select|1; ACL GETUSER w; ACL DRYRUN w SELECT 0; ACL DRYRUN w SELECT 2; ACL DRYRUN w SELECT 1; ACL SETUSER w +select; ACL GETUSER w; ACL SETUSER w -select; ` +
		`ACL DRYRUN w SELECT 0; ACL SETUSER w +config|get|x; ACL SETUSER w +get|; ACL SETUSER w +config|nosuch; ACL SETUSER w -config|nosuch; ACL SETUSER w -select|1; ACL DELUSER w`,
	`AUTH secret; ACL SETUSER e (x; ACL SETUSER e x); ACL SETUSER e (+get; ACL SETUSER e (+foo); ACL SETUSER e (on); ACL SETUSER e ((+get)); ACL SETUSER e +@nosuch; ACL SETUSER e <nope; ACL SETUSER e #abc; ` +
		`ACL SETUSER e !abc; ACL SETUSER e %X~a; ACL SETUSER e %~a; ACL SETUSER e %RR~a; ACL SETUSER e bogus; ACL SETUSER e ~a ~* ~b; ACL SETUSER e &* &b; ACL SETUSER e on >pw +nosuch; ACL GETUSER e; ` +
		`ACL SETUSER e (); ACL GETUSER e; ACL DELUSER e; ACL GENPASS 0; ACL GENPASS 4097; ACL GENPASS x; ACL GENPASS 1 2; ACL GENPASS -1; ACL SAVE x; ACL LOAD x; ACL WHOAMI x`,
	// of one whose rules change while it is there
	`AUTH secret; ACL SETUSER m on nopass ~a +get +acl; AUTH m x; GET a; GET b; ACL SETUSER m ~b -get +set +ping; GET a; SET b 1; ACL SETUSER m off; SET b 2; ACL DELUSER m`,
}

// TestUsers compares who may do what, and what the others are told. A server of its own for each dialog forgets the wrong
// passwords of the one before, for which it would make the client wait.
func TestUsers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(path, []byte(usersFile), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := redistest.Start(t, "--aclfile", path)
	for _, dialog := range dialogs {
		server := servertest.Start(t)
		if err := server.Dispatcher.Users.LoadFile(path); err != nil {
			t.Fatal(err)
		}
		redis, sessd := servertest.Dial(t, "unix", socket), server.Dial(t)
		for request := range strings.SplitSeq(dialog, "; ") {
			words := strings.Fields(request)
			want, got := quoted.ReplaceAllString(redis.Do(words...), "$1"), sessd.Do(words...)
			if got != want {
				t.Errorf("%s\nRedis answers %q\nsessd answers %q", request, want, got)
			}
		}
	}
}
