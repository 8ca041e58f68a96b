package goclients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessd/test/sessdtest"
)

func TestKeyspaceByOptions(t *testing.T) {
	d := sessdtest.Start(t)
	for _, l := range libraries() {
		t.Run(l.name, func(t *testing.T) {
			third, err := l.open(t, settings{addr: d.Addr, keyspace: 3})
			if err != nil {
				t.Fatal(err)
			}
			id := must(t, third, "SESS.CREATE", "*", "FIELDS", 1, "a", "1").(string)
			wantBag(t, third, map[string]string{"a": "1"}, "SESS.GET", id)
			first, err := l.open(t, settings{addr: d.Addr})
			if err != nil {
				t.Fatal(err)
			}
			want(t, first, 0, "EXISTS", id)

			far, err := l.open(t, settings{addr: d.Addr, keyspace: 16})
			if err == nil {
				_, err = far.do("PING")
			}
			if err == nil {
				t.Error("a keyspace that is not there was selected")
			}
		})
	}
}

// login is who tries to come in, and how the error begins that the server is to answer; empty: none.
type login struct{ user, password, refusal string }

// try opens a client of every library for every login, each at a daemon of its own: one that has heard several wrong
// passwords takes its time to answer the next.
func try(t *testing.T, logins []login, flags ...string) {
	for _, l := range libraries() {
		for _, who := range logins {
			t.Run(l.name+" as "+who.user+" by "+who.password, func(t *testing.T) {
				t.Parallel()
				addr := sessdtest.Start(t, flags...).Addr
				c, err := l.open(t, settings{addr: addr, user: who.user, password: who.password})
				if err == nil {
					_, err = c.do("SESS.CREATE", "*")
				}
				if who.refusal == "" {
					if err != nil {
						t.Error(err)
					}
				} else if got := answered(err); !strings.HasPrefix(got, who.refusal) {
					t.Errorf("got %q (%v), want %q", got, err, who.refusal)
				}
			})
		}
	}
}

// answered returns the text of an error that the server answered to any library.
func answered(err error) string {
	for _, c := range []client{goRedisClient{}, rueidisClient{}, redigoClient{}} {
		if text := c.answered(err); text != "" {
			return text
		}
	}
	return ""
}

const (
	noAuth    = "NOAUTH "
	wrongPass = "WRONGPASS invalid username-password pair or user is disabled."
)

func TestPasswordByOptions(t *testing.T) {
	try(t, []login{
		{password: "open sesame"},
		{user: "default", password: "open sesame"},
		{password: "open", refusal: wrongPass},
		{refusal: noAuth},
	}, "--requirepass", "open sesame")
}

func TestNamedUserByOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users")
	users := "user default off\nuser web on >secret ~* +@all\nuser reader on >other ~* +@connection +sess.get\n"
	if err := os.WriteFile(file, []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	try(t, []login{
		{user: "web", password: "secret"},
		{user: "web", password: "other", refusal: wrongPass},
		{user: "nobody", password: "secret", refusal: wrongPass},
		{user: "reader", password: "other", refusal: "NOPERM this user has no permissions to run the 'sess.create' command"},
		{refusal: noAuth},
	}, "--users-file", file)
}
