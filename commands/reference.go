package commands

import (
	"fmt"
	"strings"
)

// Reference returns every command in Markdown, group by group: usage line, summary and example. HELP, which every
// container of subcommands has, is left out.
func Reference() string {
	all := rows()
	var b strings.Builder
	for _, group := range []Group{SessionGroup, StringGroup, GenericGroup, ConnectionGroup, ServerGroup} {
		fmt.Fprintf(&b, "### %s%s\n\n", strings.ToUpper(string(group[:1])), group[1:])
		for _, row := range all {
			if row.Group == group {
				b.WriteString(row.markdown())
			}
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// markdown returns the row as an item of a list.
func (r *Spec) markdown() string {
	requests, reply, _ := strings.Cut(r.Example, " -> ")
	return fmt.Sprintf("- `%s`\\\n  %s\\\n  `%s` → `%s`\n", r.Usage, r.Summary, requests, reply)
}
