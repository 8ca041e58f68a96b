package commands

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// latency keeps when requests took long, by kind, as the latency monitor of Redis does.
type latency struct {
	mu        sync.Mutex
	threshold time.Duration // from which on a request counts; 0: none does
	events    map[string]*latencyEvent
}

// latencyEvent is the latest times of one kind.
type latencyEvent struct {
	samples []latencySample // the oldest first; one for each second that had any
	worst   int64           // of all times, milliseconds
}

type latencySample struct{ at, took int64 } // seconds since the Unix epoch, milliseconds

// latencySamples is how many samples of a kind are kept, as in Redis.
const latencySamples = 160

// configure sets the threshold in milliseconds.
func (l *latency) configure(milliseconds int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.threshold = time.Duration(milliseconds) * time.Millisecond
}

// add counts a request, which is of one of Redis's two kinds.
func (l *latency) add(c *Command, took time.Duration) {
	kind := "command"
	if c.Flags&Fast != 0 {
		kind = "fast-command"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.threshold == 0 || took < l.threshold {
		return
	}
	if l.events == nil {
		l.events = make(map[string]*latencyEvent)
	}
	e := l.events[kind]
	if e == nil {
		e = &latencyEvent{}
		l.events[kind] = e
	}
	e.add(latencySample{time.Now().Unix(), took.Milliseconds()})
}

func (e *latencyEvent) add(s latencySample) {
	e.worst = max(e.worst, s.took)
	if last := len(e.samples) - 1; last >= 0 && e.samples[last].at == s.at {
		e.samples[last].took = max(e.samples[last].took, s.took)
		return
	}
	if len(e.samples) == latencySamples {
		e.samples = slices.Delete(e.samples, 0, 1)
	}
	e.samples = append(e.samples, s)
}

// snapshot returns copies of the events, whose names are sorted.
func (l *latency) snapshot() (names []string, events map[string]latencyEvent, threshold time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	events = make(map[string]latencyEvent)
	for name, e := range l.events {
		events[name] = latencyEvent{slices.Clone(e.samples), e.worst}
	}
	return slices.Sorted(maps.Keys(events)), events, l.threshold
}

// reset forgets the events with these names, or all, and returns how many it had.
func (l *latency) reset(names []string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(names) == 0 {
		n = len(l.events)
		l.events = nil
	}
	for _, name := range names {
		if l.events[name] != nil {
			delete(l.events, name)
			n++
		}
	}
	return n
}

// report is the text of LATENCY DOCTOR, in Redis's words as far as they are true here.
func (l *latency) report(slower time.Duration) string {
	names, events, threshold := l.snapshot()
	switch {
	case threshold == 0:
		return "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET latency-monitor-threshold " +
			"<milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n"
	case len(names) == 0:
		return "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I honestly think you ought to sit " +
			"down calmly, take a stress pill, and think things over.\n"
	}
	var b strings.Builder
	b.WriteString("Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n")
	for i, name := range names {
		e := events[name]
		mean, deviation, period := e.statistics()
		fmt.Fprintf(&b, "%d. %s: %d latency spikes (average %dms, mean deviation %dms, period %.2f sec). Worst all time event %dms.\n",
			i+1, name, len(e.samples), mean, deviation, period, e.worst)
	}
	b.WriteString("\nI have a few advices for you:\n\n")
	if slower < 0 || slower > threshold {
		fmt.Fprintf(&b, "- Your current Slow Log configuration only logs events that are slower than your configured latency monitor threshold. "+
			"Please use 'CONFIG SET slowlog-log-slower-than %d'.\n", threshold.Microseconds())
	}
	b.WriteString("- Check your Slow Log to understand what are the commands you are running which are too slow to execute. " +
		"Please check https://redis.io/commands/slowlog for more information.\n")
	return b.String()
}

// statistics returns the mean, the mean deviation, and the seconds from one sample to the next.
func (e *latencyEvent) statistics() (mean, deviation int64, period float64) {
	n := int64(len(e.samples))
	for _, s := range e.samples {
		mean += s.took
	}
	mean /= n
	for _, s := range e.samples {
		deviation += max(s.took-mean, mean-s.took)
	}
	return mean, deviation / n, float64(time.Now().Unix()-e.samples[0].at) / float64(n)
}

// graphColumns and graphRows are the size of a graph.
const (
	graphColumns = 80
	graphRows    = 4
)

// graph draws the latest samples as columns, each with its age below.
func (e *latencyEvent) graph(name string) string {
	samples := e.samples[max(0, len(e.samples)-graphColumns):]
	low, high := samples[0].took, samples[0].took
	for _, s := range samples {
		low, high = min(low, s.took), max(high, s.took)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s - high %d ms, low %d ms (all time high %d ms)\n%s\n", name, high, low, e.worst, strings.Repeat("-", graphColumns))
	lines := make([][]byte, graphRows)
	var ages []string
	longest := 0
	for _, s := range samples {
		height := graphRows - 1
		if high > low {
			height = int((s.took - low) * (graphRows*3 - 1) / (high - low))
		} else {
			height = graphRows*3 - 1
		}
		for row := range lines {
			mark := byte(' ')
			switch from := graphRows - 1 - row; {
			case height/3 == from:
				mark = "_o#"[height%3]
			case height/3 > from:
				mark = '|'
			}
			lines[row] = append(lines[row], mark)
		}
		age := shortAge(time.Now().Unix() - s.at)
		ages, longest = append(ages, age), max(longest, len(age))
	}
	for _, line := range lines {
		b.Write(append([]byte(strings.TrimRight(string(line), " ")), '\n'))
	}
	b.WriteByte('\n')
	for i := range longest {
		for _, age := range ages {
			if i < len(age) {
				b.WriteByte(age[i])
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// shortAge writes seconds in the largest unit, as Redis's graphs do.
func shortAge(seconds int64) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm", seconds/60)
	case seconds < 24*3600:
		return fmt.Sprintf("%dh", seconds/3600)
	}
	return fmt.Sprintf("%dd", seconds/(24*3600))
}
