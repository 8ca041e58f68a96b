package commands

// sampleTable returns a table with a family like that of sessions.
func sampleTable() *table {
	run := func(*Call) error { return nil }
	return newTable([]Family{{
		Group: "session", Categories: []string{"session"}, Values: map[string]string{"id": "key", "newid": "key", "id|*": "key"},
		Specs: []Spec{
			{Usage: "SESS.CREATE id|* [EX seconds]", Flags: Write, Access: OW | Insert, Run: run},
			{Usage: "SESS.GET id", Flags: ReadOnly | Fast, Run: run},
			{Usage: "SESS.SAVE id field value [field value ...]", Flags: Write, Run: run},
			{Usage: "SESS.CLEAR id", Flags: Write, Run: run},
			{Usage: "SESS.ROTATE id newid", Flags: Write, Run: run},
			{Usage: "SESS.DESTROY id [id ...]", Flags: Write, Run: run},
			{Usage: "SESS.LIST principal", Flags: ReadOnly | AnyKey, Run: run},
			{Usage: "SESS.DESTROYALL principal", Flags: Write | AnyKey, Run: run},
		},
	}})
}
