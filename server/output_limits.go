package server

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sessd/commands"
)

// OutputLimits bound the replies that wait for clients, by class: normal, replica, pubsub. Here all clients are normal, one
// that asked for MONITOR too; the other classes are kept for the tools that set them.
type OutputLimits [3]OutputLimit

// OutputLimit bounds the replies that wait for a client. It is closed as soon as they are more than Hard, and once they
// were more than Soft for so many seconds without a break.
type OutputLimit struct {
	Hard, Soft int64 // bytes; 0: no limit
	Seconds    int64
}

const normal = 0 // the class of clients

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

// output returns how many bytes of replies may wait for a client.
func (l *limits) output(authenticated bool) int {
	most := l.outputs.Load()[normal].Hard
	switch {
	case !authenticated:
		return unauthOutput
	case most == 0:
		most = unlimited
	}
	return int(min(max(most, minOutput), unlimited))
}

// mayWait returns until when so many bytes of replies may wait under the soft limit, it being now; both are milliseconds
// since the server began.
func (c *conn) mayWait(output int, now int64) (until int64) {
	limit := c.server.limits.outputs.Load()[normal]
	if limit.Soft == 0 || int64(output) <= limit.Soft {
		c.overSoft = 0
		return math.MaxInt64
	}
	if c.overSoft == 0 {
		c.overSoft = now
	}
	return c.overSoft + limit.Seconds*1000
}
