package main

import (
	"fmt"
	"strings"

	"sessd/commands"
)

// manual returns the manual page, in the language of man.
func (o *options) manual() string {
	var b strings.Builder
	fmt.Fprintf(&b, `.\" Made by: sessd man
.TH SESSD 1 "" "sessd %s" "User Commands"
.SH NAME
sessd \- session store daemon that speaks the Redis protocol
.SH SYNOPSIS
.B sessd
.RI [ file ]
.RI [ flags ]
.br
.B sessd check\-config
.I file
.RI [ flags ]
.br
.B sessd completion
.BR bash | zsh | fish
.br
.B sessd import
.I file
.BI \-\-to " dir"
|
.BI \-\-addr " address"
.RB [ \-\-tls ]
.RB [ \-\-replace ]
.br
.B sessd man
.SH DESCRIPTION
.B sessd
keeps the sessions of web applications, and the keys of a cache, in memory, and serves them to clients of Redis.
It listens on the loopback unless
.B \-\-bind
says otherwise.
.PP
Settings come from a configuration file, which is written as redis.conf is, with the names of flags as directives; from environment
variables, such as SESSD_PORT for
.BR \-\-port ;
and from flags. Each of these counts before the ones before it.
.B CONFIG SET
changes many of them while it runs.
.PP
Sizes are written as 512kb or 2gb, times as 30m, 12h or 1500ms.
.SH COMMANDS
`, roff(version))
	for _, one := range subcommands {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s.\n", roff(one[0]), roff(one[1]))
	}
	b.WriteString(".SH OPTIONS\n.TP\n.BR \\-h \", \" \\-\\-help\nPrint help and exit.\n.TP\n.B \\-\\-version\nPrint the version and exit.\n")
	for _, section := range commands.Sections() {
		title := ".SS " + roff(string(section)) + "\n"
		for i := range o.settings {
			row := &o.settings[i]
			if row.Section != section || section == commands.RedisSection {
				continue
			}
			help := row.Help
			if text := shownDefault(row); text != "" {
				help += " (default " + text + ")"
			}
			fmt.Fprintf(&b, "%s.TP\n.BI \\-\\-%s \" %s\"\n%s.\n", title, roff(row.Name), roff(row.Value.Kind), roff(help))
			title = ""
		}
	}
	b.WriteString(`.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
Answer what was read and stop; a second SIGINT ends at once.
.TP
.B SIGHUP
Read the configuration file, users and certificates again, all of them or, after a mistake, none.
.TP
.B SIGUSR1
Open the log file again.
.SH EXIT STATUS
.TP
.B 0
It stopped cleanly.
.TP
.B 1
It could not start, failed, or was forced to end.
.TP
.B 2
A flag, a variable or the configuration file is wrong.
.SH SEE ALSO
.BR redis\-cli (1)
`)
	return b.String()
}

// roff writes text so that man shows it as it is.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
