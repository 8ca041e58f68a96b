package commands

import (
	"strings"
	"testing"
)

func parseUser(t *testing.T, rules string) (*permissions, error) {
	t.Helper()
	return parseUserLine(newUsers(sampleTable()), append([]string{"user", "app"}, strings.Fields(rules)...))
}

// parseUserLine makes permissions by the words of a user's line.
func parseUserLine(users *Users, words []string) (*permissions, error) {
	all := users.NewSet()
	err := all.addLine(words, make(map[string]bool))
	if err != nil {
		return nil, err
	}
	return all.byName[words[1]], nil
}

// loadUsers puts the users of a text in force.
func loadUsers(users *Users, text string) error {
	all := users.NewSet()
	err := all.read("users", strings.NewReader(text))
	if err == nil {
		users.Replace(all, nil)
	}
	return err
}

func words(request string) [][]byte {
	var all [][]byte
	for _, w := range strings.Fields(request) {
		all = append(all, []byte(w))
	}
	return all
}

func TestUserRules(t *testing.T) {
	table := sampleTable()
	for _, test := range []struct {
		rules  string
		may    []string
		mayNot []string
	}{
		{"on", nil, []string{"SESS.GET a"}},
		{"on allkeys +@session", []string{"SESS.GET a", "SESS.LIST ann", "AUTH x"}, []string{"ACL LIST", "PING"}},
		{"on ~app:* +@all", []string{"SESS.GET app:1", "SESS.ROTATE app:1 app:2"}, []string{"SESS.GET other", "SESS.ROTATE app:1 other", "SESS.CREATE *", "SESS.DESTROY app:1 other", "SESS.LIST ann", "SESS.DESTROYALL ann"}},
		{"on ~* +@all -sess.destroy -@admin", []string{"SESS.GET a", "ACL WHOAMI"}, []string{"SESS.DESTROY a", "ACL LIST"}},
		{"on %R~r:* %W~w:* +@session", []string{"SESS.GET r:1", "SESS.SAVE w:1 a b"}, []string{"SESS.SAVE r:1 a b", "SESS.GET w:1"}},
		{"on ~* +acl|whoami +acl|users", []string{"ACL WHOAMI", "ACL USERS"}, []string{"ACL LIST"}},
		{"on ~* +acl -acl|list", []string{"ACL USERS"}, []string{"ACL LIST"}},
		{"on ~a ~b resetkeys ~c +@all -@all +sess.get", []string{"SESS.GET c"}, []string{"SESS.GET a", "SESS.CLEAR c"}},
	} {
		user, err := parseUser(t, test.rules)
		if err != nil {
			t.Errorf("%s: %v", test.rules, err)
			continue
		}
		for i, request := range append(test.may, test.mayNot...) {
			command, err := table.find(words(request))
			if err != nil {
				t.Fatal(err)
			}
			keys, _ := command.appendKeys(nil, words(request))
			if denied := user.may(command, words(request), keys); (denied == nil) != (i < len(test.may)) {
				t.Errorf("user %s: %s: denied %v", test.rules, request, denied)
			}
		}
	}
}

func TestUserRulesThatAreWrong(t *testing.T) {
	for rules, want := range map[string]Error{
		"foo": errRuleSyntax, "+nosuch": errRuleCommand, "+@nosuch": errRuleCommand, "-acl|nosuch": errRuleCommand, "%Q~x": errRuleSyntax,
		"#zz": errRuleHash, "#" + strings.Repeat("A", 64): errRuleHash, "~* ~x": errRuleKey, "<unknown": errRuleAbsent, "(on)": errRuleSyntax, "(+nosuch)": errRuleCommand, "+config|get|x": errRuleFirstArg, "+sess.get|": errRuleSyntax, "-select|0": errRuleCommand, "%~x": errRuleSyntax,
	} {
		if _, err := parseUser(t, rules); err == nil || !strings.HasSuffix(err.Error(), string(want)) {
			t.Errorf("%s: error %v, want %q", rules, err, want)
		}
	}
	if _, err := parseUser(t, ">secret <other"); err == nil || strings.Contains(err.Error(), "other") {
		t.Errorf("error %q quotes a password", err)
	}
}

func TestUserPasswords(t *testing.T) {
	// The hash is of the word "secret".
	const hash = "#2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
	for rules, right := range map[string]bool{
		"on >secret": true, "on " + hash: true, "on >other >secret": true, "on nopass": true, "off >secret": false, "on >other": false, "on": false,
		"on >secret <secret": false, "on nopass resetpass": false, "on nopass >other": false, "on >secret reset on": false,
	} {
		user, err := parseUser(t, rules)
		if err != nil {
			t.Fatal(err)
		}
		if user.accepts([]byte("secret")) != right {
			t.Errorf("%s: password accepted: %v", rules, !right)
		}
	}
}

func TestUsersFile(t *testing.T) {
	users := newUsers(sampleTable())
	err := loadUsers(users, "# people\n\nuser app on >secret ~app:* +@session\n  user ops on nopass ~* +@all -@dangerous\n")
	if err != nil {
		t.Fatal(err)
	}
	if users.OpenToAll() {
		t.Error("a file without the default user leaves the door open")
	}
	const want = "user app on #2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b ~app:* resetchannels -@all +@session"
	if rules := users.named("app").permissions.Load().describe("app"); rules != want {
		t.Errorf("rules\n got %s\nwant %s", rules, want)
	}
	if again, err := parseUserLine(users, strings.Fields(want)); err != nil || again.describe("app") != want {
		t.Errorf("the rules do not read back: %v", err)
	}
	for text, place := range map[string]string{
		"user a on\nusr b\n": "users:2: ", "user a on +foo": `users:1: rule 2 of user "a", "+foo": `, "user a\nuser a": "users:2: ", "user": "users:1: ",
	} {
		before := users.named("app")
		if err := loadUsers(users, text); err == nil || !strings.HasPrefix(err.Error(), place) {
			t.Errorf("%q: error %v, want one at %s", text, err, place)
		}
		if users.named("app") != before {
			t.Errorf("%q changed the users", text)
		}
	}
}

func FuzzUsersFile(f *testing.F) {
	f.Add("user app on >secret ~app:* %R~x +@session -sess.get +acl|list\n")
	f.Add("user default off\n#\nuser x reset nopass &*")
	table := sampleTable()
	f.Fuzz(func(t *testing.T, text string) {
		users := newUsers(table)
		if loadUsers(users, text) != nil {
			return
		}
		for _, u := range users.sorted() {
			line := u.permissions.Load().describe(u.Name)
			again, err := parseUserLine(users, strings.Fields(line))
			if err != nil || again.describe(u.Name) != line {
				t.Errorf("%q reads back as %v: %v", line, again, err)
			}
		}
	})
}
