package goclients

import (
	"fmt"
	"slices"
	"testing"

	"sessd/test/sessdtest"
)

func TestSessionFromCreationToEnd(t *testing.T) {
	everywhere(t, sessdtest.Start(t), func(t *testing.T, c client) {
		id := must(t, c, "SESS.CREATE", "*", "EX", 600, "PRINCIPAL", "ann", "FIELDS", 2, "lang", "en", "cart", "3").(string)
		if len(id) != 43 {
			t.Errorf("the server made an id of %d bytes", len(id))
		}
		wantBag(t, c, map[string]string{"lang": "en", "cart": "3"}, "SESS.GET", id)
		want(t, c, 1, "SESS.SAVE", id, "lang", "de")
		want(t, c, 2, "SESS.SAVE", id, "COMPONENT", "wizard", "FIELDS", 1, "step", "\x00\r\n\xff")
		wantBag(t, c, map[string]string{"lang": "de", "cart": "3"}, "SESS.GET", id)
		wantBag(t, c, map[string]string{"step": "\x00\r\n\xff"}, "SESS.GET", id, "COMPONENT", "wizard")
		wantBag(t, c, map[string]string{}, "SESS.GET", id, "COMPONENT", "nobody saved to it")
		want(t, c, []any{"de", nil}, "SESS.GET", id, "FIELDS", 2, "lang", "none")
		want(t, c, 3, "SESS.SAVE", id, "IFREV", 2, "UNSET", 1, "cart", "FIELDS", 1, "paid", "yes")
		want(t, c, []any{int64(3), []any{"yes"}}, "SESS.GET", id, "WITHREV", "FIELDS", 1, "paid")
		want(t, c, 4, "SESS.CLEAR", id, "COMPONENT", "wizard")

		rotated := must(t, c, "SESS.ROTATE", id, "*", "PRINCIPAL", "bob").(string)
		if _, found, err := c.bag("SESS.GET", id); found || err != nil {
			t.Errorf("the old id: found %v, error %v", found, err)
		}
		wantBag(t, c, map[string]string{"lang": "de", "paid": "yes"}, "SESS.GET", rotated)
		want(t, c, []any{}, "SESS.LIST", "ann")
		want(t, c, []any{rotated}, "SESS.LIST", "bob")
		want(t, c, 1, "SESS.DESTROY", rotated)
		wantError(t, c, "NOSESSION no such session", "SESS.SAVE", rotated, "lang", "fr")
		want(t, c, 0, "EXISTS", rotated)
	})
}

func TestConflictOfRevisions(t *testing.T) {
	everywhere(t, sessdtest.Start(t), func(t *testing.T, c client) {
		id := must(t, c, "SESS.CREATE", "*").(string)
		want(t, c, 1, "SESS.SAVE", id, "IFREV", 0, "FIELDS", 1, "a", "1")
		_, err := c.do("SESS.SAVE", id, "IFREV", 0, "FIELDS", 1, "a", "2")
		if !hasCode(c, err, "REVISION") || hasCode(c, err, "REV") {
			t.Fatalf("got %v, want an error with the code REVISION", err)
		}
		var now int64
		if _, err := fmt.Sscanf(c.answered(err), "REVISION session is at revision %d", &now); err != nil || now != 1 {
			t.Fatalf("%q tells revision %d, %v", c.answered(err), now, err)
		}
		want(t, c, 2, "SESS.SAVE", id, "IFREV", now, "FIELDS", 1, "a", "2")
		wantBag(t, c, map[string]string{"a": "2"}, "SESS.GET", id)
	})
}

func TestLogOutEverywhere(t *testing.T) {
	everywhere(t, sessdtest.Start(t), func(t *testing.T, c client) {
		var ids []string
		for range 5 {
			ids = append(ids, must(t, c, "SESS.CREATE", "*", "PRINCIPAL", "carol").(string))
		}
		want(t, c, 4, "SESS.DESTROYALL", "carol", "EXCEPT", ids[2])
		want(t, c, []any{ids[2]}, "SESS.LIST", "carol")
		want(t, c, 1, "SESS.DESTROYALL", "carol")
		want(t, c, 0, "EXISTS", ids[0], ids[1], ids[2], ids[3], ids[4])
	})
}

func TestMetaIsAMap(t *testing.T) {
	everywhere(t, sessdtest.Start(t), func(t *testing.T, c client) {
		id := must(t, c, "SESS.CREATE", "*", "EX", 60, "PRINCIPAL", "dan", "FIELDS", 1, "a", "1").(string)
		reply := must(t, c, "SESS.META", id)
		meta, ok := reply.(map[string]any)
		if !ok { // RESP2 sends a map as a flat array
			meta = make(map[string]any)
			for pair := range slices.Chunk(reply.([]any), 2) {
				meta[pair[0].(string)] = pair[1]
			}
		}
		for name, value := range map[string]any{
			"idle-timeout": int64(60000), "absolute-timeout": int64(0), "revision": int64(0), "principal": "dan",
			"fields": int64(1), "expires-at": meta["accessed-at"].(int64) + 60000,
		} {
			if meta[name] != value {
				t.Errorf("%s is %v, want %v", name, meta[name], value)
			}
		}
	})
}

func TestErrorsAreTheServersOwn(t *testing.T) {
	everywhere(t, sessdtest.Start(t), func(t *testing.T, c client) {
		id := must(t, c, "SESS.CREATE", "*").(string)
		wantError(t, c, "SESSEXISTS session already exists", "SESS.CREATE", id)
		wantError(t, c, "NOSESSION no such session", "SESS.ROTATE", "gone", "*")
		wantError(t, c, "ERR wrong number of arguments for 'sess.save' command", "SESS.SAVE", id)
		wantError(t, c, "ERR syntax error", "SESS.SAVE", id, "UNSET", 1, "a", "NEVER", 5)
		wantError(t, c, "WRONGTYPE Operation against a key holding the wrong kind of value", "GET", id)
		want(t, c, "OK", "SET", "plain", "1")
		wantError(t, c, "WRONGTYPE Operation against a key holding the wrong kind of value", "SESS.GET", "plain")
		wantError(t, c, "ERR unknown command 'NONE', with args beginning with: ", "NONE", "a")
		want(t, c, "PONG", "PING") // the connection goes on
	})
}
