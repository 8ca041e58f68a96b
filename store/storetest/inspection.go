package storetest

import (
	"strings"

	"sessd/store"
)

func inspectionCases() []testCase {
	return []testCase{
		{"how an entry is kept is told without using it", func(f *fixture) {
			inspector := ability[store.Inspector](f)
			f.create("s", store.CreateOptions{})
			f.set("int", "12")
			f.set("short", "012")
			f.set("long", strings.Repeat("x", 45))
			f.pass(5000)
			for key, want := range map[string]string{"s": "session", "int": "int", "short": "embstr", "long": "raw"} {
				for range 2 {
					i, found, err := inspector.InspectKey(background, f.op, []byte(key))
					f.ok(err)
					f.want("found", found, true)
					f.want("encoding of "+key, i.Encoding, want)
					if i.Idle < 4000 || i.Idle > 7000 || i.Bytes <= 0 || i.Uses < 0 {
						f.Errorf("%s: %+v", key, i)
					}
				}
			}
			_, found, err := inspector.InspectKey(background, f.op, []byte("none"))
			f.ok(err)
			f.want("found", found, false)
		}},
	}
}
