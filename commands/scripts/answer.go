package scripts

import (
	"sessd/commands"
	"sessd/commands/scripts/lua"
)

// answer writes what a script returned.
func answer(r commands.Reply, v *lua.Value) {
	switch v.Kind {
	case lua.Null:
		r.Null()
	case lua.Status:
		r.Status(v.Text)
	case lua.Error:
		r.Error(v.Text)
	case lua.Int:
		r.Int(v.Int)
	case lua.Bulk:
		r.BulkString(v.Text)
	case lua.Double:
		r.Double(v.Float)
	case lua.Bool:
		r.Bool(v.Int != 0)
	case lua.Verbatim:
		r.Verbatim(v.Format, v.Text)
	case lua.BigNumber:
		r.BigNumber(v.Text)
	case lua.Array:
		r.Array(len(v.Items))
	case lua.Set:
		r.Set(len(v.Items))
	case lua.Map:
		r.Map(len(v.Items) / 2)
	}
	for i := range v.Items {
		answer(r, &v.Items[i])
	}
}
