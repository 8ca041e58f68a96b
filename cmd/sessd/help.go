package main

import (
	"fmt"
	"strings"

	"sessd/commands"
)

// helpColumns is where the text of a line of help begins, and helpWidth where it ends.
const (
	helpColumns = 36
	helpWidth   = 100
)

// help returns what --help prints.
func (o *options) help() string {
	var b strings.Builder
	b.WriteString("sessd is a session store daemon that speaks the Redis protocol.\n\nUsage: sessd [FILE] [flags]\n\n")
	b.WriteString("  sessd                                          on 127.0.0.1:6379, without a limit of memory\n")
	b.WriteString("  sessd --maxmemory 1gb --maxmemory-policy anonymous-first --idle-timeout 45m\n")
	b.WriteString("  sessd --bind 0.0.0.0 --users-file /etc/sessd/users\n")
	b.WriteString("  sessd /etc/sessd/sessd.conf --port 7000        with directives as in redis.conf; flags count before them\n\nCommands:\n")
	for _, one := range subcommands {
		fmt.Fprintf(&b, "%-*s%s\n", helpColumns, "  sessd "+one[0], one[1])
	}
	writeHelp(&b, "Common", o.settings, func(s *commands.Setting) bool { return s.Common })
	for _, section := range commands.Sections() {
		if section == commands.RedisSection {
			continue
		}
		writeHelp(&b, string(section), o.settings, func(s *commands.Setting) bool { return s.Section == section && !s.Common })
	}
	b.WriteString(`
  -h, --help                        print this help and exit
      --version                     print the version and exit

Sizes are written as 512kb or 2gb, times as 30m, 12h or 1500ms. Every flag is also a directive of the file and an
environment variable, which counts when the flag is not given: SESSD_PORT stands for --port. Flags and directives of
redis-server that ask for nothing, such as --save "" and --appendonly no, are passed over with a note in the log.

Exit code: 0 after a clean stop, 1 when it could not start, failed or was forced to end, 2 for a wrong flag,
variable or file.
`)
	return b.String()
}

// writeHelp writes a section of help.
func writeHelp(b *strings.Builder, title string, settings []commands.Setting, include func(*commands.Setting) bool) {
	empty := true
	for i := range settings {
		row := &settings[i]
		if !include(row) {
			continue
		}
		if empty {
			fmt.Fprintf(b, "\n%s:\n", title)
			empty = false
		}
		head := "      --" + row.Name + " " + row.Value.Kind
		for i, line := range wrap(row.Help+defaultText(row), helpWidth-helpColumns-2) {
			switch {
			case i == 0 && len(head) > helpColumns-2:
				fmt.Fprintf(b, "%s\n%*s%s\n", head, helpColumns, "", line)
			case i == 0:
				fmt.Fprintf(b, "%-*s%s\n", helpColumns, head, line)
			default:
				fmt.Fprintf(b, "%*s%s\n", helpColumns, "", line)
			}
		}
	}
}

// defaultText tells the default of a setting that has one.
func defaultText(row *commands.Setting) string {
	if text := shownDefault(row); text != "" {
		return " " + strings.ReplaceAll("(default "+text+")", " ", unbroken)
	}
	return ""
}

// shownDefault returns the default as people write it, the same on every machine.
func shownDefault(row *commands.Setting) string {
	if row.Name == "io-threads" {
		return "one for each processor"
	}
	return row.Value.String()
}

// unbroken stands for a space that no line ends at.
const unbroken = "\x00"

// wrap breaks a text into lines of a width.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	lines = append(lines, line)
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], unbroken, " ")
	}
	return lines
}

// markdown returns the reference of all settings.
func (o *options) markdown() string {
	var b strings.Builder
	for _, section := range commands.Sections() {
		title := fmt.Sprintf("## %s\n\n| flag | takes | default | |\n|---|---|---|---|\n", section)
		for i := range o.settings {
			row := &o.settings[i]
			if row.Section != section {
				continue
			}
			when := "fixed at the start"
			if !row.Fixed {
				when = "`CONFIG SET` changes it"
			}
			fmt.Fprintf(&b, "%s| `--%s` | %s | %s | %s; %s |\n", title, row.Name, code(row.Value.Kind), code(shownDefault(row)), escape(row.Help), when)
			title = ""
		}
		if title == "" {
			b.WriteString("\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + escape(text) + "`"
}

func escape(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
