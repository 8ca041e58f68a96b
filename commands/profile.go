package commands

import "time"

// profile is the timeouts of a level of assurance.
type profile struct {
	name           string
	idle, absolute time.Duration // 0: none
}

// profiles are the limits of NIST SP 800-63B-4, sections 2.1.3, 2.2.3 and 2.3.3.
var profiles = []profile{
	{"custom", 0, 0},
	{"aal1", 0, 30 * 24 * time.Hour},
	{"aal2", time.Hour, 24 * time.Hour},
	{"aal3", 15 * time.Minute, 12 * time.Hour},
}

func profileNames() (names []string) {
	for _, p := range profiles {
		names = append(names, p.name)
	}
	return names
}

// profileValue is the name of a profile; empty is the first.
func profileValue(name *string) Value {
	if *name == "" {
		*name = profiles[0].name
	}
	v := Choice(name, profileNames()...)
	v.Kind = "profile"
	return v
}

// timeouts returns the timeouts of new sessions: those of the options, and no longer than those of the profile.
func (o *Options) timeouts() (idle, absolute time.Duration) {
	idle, absolute = o.IdleTimeout, o.AbsoluteTimeout
	for _, p := range profiles {
		if p.name == o.SessionProfile {
			idle, absolute = shorter(idle, p.idle), shorter(absolute, p.absolute)
		}
	}
	return idle, absolute
}

// shorter returns the shorter of two timeouts, of which 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
