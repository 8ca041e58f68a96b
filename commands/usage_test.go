package commands

import "testing"

func TestUsageGivesArityAndKeys(t *testing.T) {
	for _, test := range []struct {
		usage             string
		arity             int
		first, last, step int
	}{
		{"PING [message]", -1, 0, 0, 0},
		{"GET key", 2, 1, 1, 1},
		{"SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | KEEPTTL]", -3, 1, 1, 1},
		{"DEL key [key ...]", -2, 1, -1, 1},
		{"MSET key value [key value ...]", -3, 1, -1, 2},
		{"RENAME key newkey", 3, 1, 2, 1},
		{"CLIENT SETNAME name", 3, 0, 0, 0},
		{"MEMORY USAGE key [SAMPLES count]", -3, 2, 2, 1},
		{"COMMAND INFO [name ...]", -2, 0, 0, 0},
		{"EXPIRE key seconds [NX | XX | GT | LT]", -3, 1, 1, 1},
		{"SESS.CREATE id|* [EX seconds | PX ms] [FIELDS n field value [field value ...]]", -2, 1, 1, 1},
		{"SESS.SAVE id <field value [field value ...] | [IFREV revision] <UNSET n field [field ...] | FIELDS n field value [field value ...]>>", -4, 1, 1, 1},
		{"SESS.ROTATE id newid|* [GRACE ms]", -3, 1, 2, 1},
	} {
		c, err := newCommand(Spec{Usage: test.usage}, &Family{Values: map[string]string{"id": "key", "id|*": "key", "newid|*": "key"}})
		if err != nil {
			t.Error(err)
			continue
		}
		if c.Arity != test.arity {
			t.Errorf("%s: arity %d, want %d", test.usage, c.Arity, test.arity)
		}
		if c.FirstKey != test.first || c.LastKey != test.last || c.KeyStep != test.step {
			t.Errorf("%s: keys %d, %d, %d, want %d, %d, %d", test.usage, c.FirstKey, c.LastKey, c.KeyStep, test.first, test.last, test.step)
		}
	}
}

func TestUsageThatIsWrong(t *testing.T) {
	for _, usage := range []string{"", "get key", "GET [key", "GET key]", "SET <a | b", "GET []", "GET [...]", "GET <a | >", "GET |"} {
		if _, _, err := parseUsage(usage); err == nil {
			t.Errorf("%q was taken", usage)
		}
	}
}
