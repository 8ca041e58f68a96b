package server

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sessd/commands"
)

// OutputLimits bound the replies that wait for clients, by class: normal, replica, pubsub. As in Redis a client that asked
// for MONITOR is normal. There are no replicas; their class is kept for the tools that set it.
type OutputLimits [3]OutputLimit

// OutputLimit bounds the replies that wait for a client. It is closed as soon as they are more than Hard, and once they
// were more than Soft for so many seconds without a break.
type OutputLimit struct {
	Hard, Soft int64 // bytes; 0: no limit
	Seconds    int64
}

// The classes of clients.
const (
	normal = iota
	_
	pubsub
)

// outputClasses are the names of the classes, Redis's old name for replicas among them, which it still answers.
var outputClasses = [len(OutputLimits{})]string{"normal", "slave", "pubsub"}

// unlimited is a number of bytes that never wait, with room to add to it.
const unlimited = math.MaxInt / 2

// Redis's texts.
const (
	errOutputWords commands.Error = "Wrong number of arguments in buffer limit configuration."
	errOutputClass commands.Error = "Invalid client class specified in buffer limit configuration."
	errOutputLimit commands.Error = "Error in hard, soft or soft_seconds setting in buffer limit configuration."
)

// ParseOutputLimits reads limits as Redis writes them: a class, its hard limit, its soft limit and its seconds, for one class
// after another. The other classes keep what they had before. Its errors are Redis's.
func ParseOutputLimits(text string, before OutputLimits) (OutputLimits, error) {
	if text == "" {
		return before, nil
	}
	words := strings.Split(text, " ")
	if len(words)%4 != 0 {
		return before, errOutputWords
	}
	after := before
	for ; len(words) > 0; words = words[4:] {
		class := outputClass(words[0])
		if class < 0 {
			return before, errOutputClass
		}
		hard, wrongHard := commands.ParseSize(words[1])
		soft, wrongSoft := commands.ParseSize(words[2])
		seconds, wrongSeconds := strconv.ParseUint(words[3], 10, 31)
		if wrongHard != nil || wrongSoft != nil || wrongSeconds != nil {
			return before, errOutputLimit
		}
		after[class] = OutputLimit{hard, soft, int64(seconds)}
	}
	return after, nil
}

func outputClass(name string) int {
	if strings.EqualFold(name, "replica") {
		name = "slave"
	}
	for class, known := range outputClasses {
		if strings.EqualFold(name, known) {
			return class
		}
	}
	return -1
}

// String returns the limits as ParseOutputLimits reads them.
func (o OutputLimits) String() string {
	var words []string
	for class, limit := range o {
		words = append(words, fmt.Sprintf("%s %d %d %d", outputClasses[class], limit.Hard, limit.Soft, limit.Seconds))
	}
	return strings.Join(words, " ")
}

// output returns how many bytes of replies may wait for a client of a class.
func (l *limits) output(class int) int {
	most := l.outputs.Load()[class].Hard
	if most == 0 {
		most = unlimited
	}
	return int(min(max(most, minOutput), unlimited))
}

// class returns the client's class. Any goroutine may ask.
func (c *conn) class() int {
	if c.client.Subscribed() {
		return pubsub
	}
	return normal
}

// noteOutput accounts for the replies that wait, after each change of them. now is in milliseconds since the server began.
func (c *conn) noteOutput(now int64) {
	setIfOther(&c.outputPieces, int64(len(c.out.chunks)))
	c.server.account(&c.outputBytes, c.out.held)
	if c.softLimitEnds(now) == never && c.overSoft.Load() != 0 {
		c.overSoft.Store(0)
	}
}

// softLimitEnds returns until when the replies that wait may do so under the soft limit, in milliseconds since the server
// began, as now is.
func (c *conn) softLimitEnds(now int64) int64 {
	limit := c.server.limits.outputs.Load()[c.class()]
	if limit.Soft == 0 || int64(c.out.waiting()) <= limit.Soft {
		return never
	}
	since := c.overSoft.Load()
	if since == 0 {
		since = now
		c.overSoft.Store(now)
	}
	return since + limit.Seconds*1000
}
