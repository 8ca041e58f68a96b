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

// Overview returns the names of all commands but those that Refused tells of, in Markdown, as a row of a table for each group.
func Overview(families []Family) string {
	t := newTable(families)
	names := make(map[Group][]string)
	var groups []Group
	for _, c := range t.commands {
		if isRefused(c.Name) || strings.HasSuffix(c.Name, "|help") {
			continue
		}
		if names[c.Group] == nil {
			groups = append(groups, c.Group)
		}
		container, sub, has := strings.Cut(strings.ToUpper(c.Name), "|")
		list := names[c.Group]
		switch begun := len(list) > 0 && (list[len(list)-1] == "`"+container+"`" || strings.HasPrefix(list[len(list)-1], "`"+container+"` (")); {
		case !has:
			list = append(list, "`"+container+"`")
		case !begun:
			list = append(list, fmt.Sprintf("`%s` (%s)", container, sub))
		default:
			last := &list[len(list)-1]
			if inside, open := strings.CutSuffix(*last, ")"); open {
				*last = inside + " " + sub + ")"
			} else {
				*last += fmt.Sprintf(" (%s)", sub)
			}
		}
		names[c.Group] = list
	}
	var b strings.Builder
	for _, group := range groups {
		fmt.Fprintf(&b, "| %s%s | %s |\n", strings.ToUpper(string(group[:1])), group[1:], strings.Join(names[group], " "))
	}
	return b.String()
}
