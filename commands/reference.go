package commands

import (
	"fmt"
	"slices"
	"strings"
)

// Reference returns every command in Markdown, group by group: usage line, summary and example. HELP, which every
// container of subcommands has, is left out.
func Reference(families []Family) string {
	t := newTable(families)
	var groups []Group
	for _, f := range t.families {
		if !slices.Contains(groups, f.Group) {
			groups = append(groups, f.Group)
		}
	}
	var b strings.Builder
	for _, group := range groups {
		fmt.Fprintf(&b, "### %s%s\n\n", strings.ToUpper(string(group[:1])), group[1:])
		for _, c := range t.commands {
			if c.Group == group && c.Example != "" {
				b.WriteString(c.markdown())
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
