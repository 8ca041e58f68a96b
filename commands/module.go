package commands

import "strconv"

const errNoModules Error = "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."

// moduleSpecs are the commands on modules, of which there are none.
func moduleSpecs() []Spec {
	const manages = Admin | NoScript | NoAsyncLoading
	refuse := func(*Call) error { return errNoModules }
	return []Spec{
		{
			Usage:   "MODULE LIST",
			Summary: "Returns the modules, of which there are none.",
			Group:   ServerGroup, Flags: Admin | NoScript, Since: "1.0.0", Run: func(c *Call) error {
				c.Reply.Array(0)
				return nil
			},
			Example: `MODULE LIST -> []`,
		},
		{
			Usage:   "MODULE LOAD path [arg ...]",
			Summary: "Is refused.",
			Group:   ServerGroup, Flags: manages, Since: "1.0.0", Run: refuse,
			Example: `MODULE LOAD /lib/x.so -> error:` + quoted(errNoModules),
		},
		{
			Usage:   "MODULE LOADEX path [CONFIG name value] [ARGS arg ...]",
			Summary: "Is refused.",
			Group:   ServerGroup, Flags: manages, Since: "1.0.0", Run: refuse,
			Example: `MODULE LOADEX /lib/x.so -> error:` + quoted(errNoModules),
		},
		{
			Usage:   "MODULE UNLOAD name",
			Summary: "Is refused.",
			Group:   ServerGroup, Flags: manages, Since: "1.0.0", Run: refuse,
			Example: `MODULE UNLOAD x -> error:` + quoted(errNoModules),
		},
	}
}

// quoted is an error as the example of a command shows it.
func quoted(err Error) string { return strconv.Quote(string(err)) }
