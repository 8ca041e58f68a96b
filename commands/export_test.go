package commands

// Table returns every command of some families and this package's own, for the tests outside of the package.
func Table(families []Family) []*Command { return newTable(families).commands }

// NameWords returns how many words the name has.
func (c *Command) NameWords() int { return c.words }

// MostWords returns the greatest number of words a request may have, or false when there is none.
func (c *Command) MostWords() (int, bool) {
	total := c.words
	if c.Arity < 0 && arity(c.words, c.args) > 0 {
		return 0, false // more than its usage line says
	}
	for _, a := range c.args {
		most, bounded := a.most()
		if !bounded {
			return 0, false
		}
		total += most
	}
	return total, len(c.order) == 0
}

// most returns the greatest number of words an argument takes.
func (a argument) most() (most int, bounded bool) {
	if a.multiple {
		return 0, false
	}
	if a.kind == valueKind || a.kind == tokenKind {
		most = 1
	}
	for _, part := range a.parts {
		n, bounded := part.most()
		if !bounded {
			return 0, false
		}
		if a.kind == choiceKind {
			most = max(most, n)
		} else {
			most += n
		}
	}
	if a.token != "" && a.kind != tokenKind {
		most++
	}
	return most, true
}
