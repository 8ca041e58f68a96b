package server

import (
	"container/heap"
	"time"
)

// deadlines is a heap of sockets by when the loop looks at them again. A socket whose deadline moves away keeps its place
// until then.
type deadlines []*socket

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].lookAt < d[j].lookAt }
func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i+1, j+1
}

// Push is part of heap.Interface.
func (d *deadlines) Push(x any) {
	s := x.(*socket)
	*d = append(*d, s)
	s.place = len(*d)
}

// Pop is part of heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	s := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	s.place = 0
	return s
}

// lookAgain makes the loop look at a socket at a time in milliseconds since the server began, or soon after.
func (l *loop) lookAgain(s *socket, at int64) {
	if at >= s.lookAt || !s.registered {
		return
	}
	s.lookAt = (at/l.resolution + 1) * l.resolution // together with others
	if s.place == 0 {
		heap.Push(&l.deadlines, s)
	} else {
		heap.Fix(&l.deadlines, s.place-1)
	}
}

// forgetDeadline takes a socket from the heap.
func (l *loop) forgetDeadline(s *socket) {
	if s.place != 0 {
		heap.Remove(&l.deadlines, s.place-1)
	}
	s.lookAt = never
}

// nextDeadline returns when a wait has to end; the zero time: it need not.
func (l *loop) nextDeadline() time.Time {
	if len(l.deadlines) == 0 {
		return time.Time{}
	}
	return l.server.at(l.deadlines[0].lookAt)
}

// lookAtOverdue ends the sockets whose time is over.
func (l *loop) lookAtOverdue() {
	for len(l.deadlines) > 0 && l.deadlines[0].lookAt <= l.now {
		s := l.deadlines[0]
		l.forgetDeadline(s)
		if s.lingers() {
			if s.ending.over(l.now, s.unacked(), l.server.limits) {
				l.closeSocket(s)
			} else {
				l.lookAgain(s, l.now+lingerLook)
			}
			continue
		}
		if why := s.overdue(l.now); why != notClosing {
			l.cut(s, why)
			continue
		}
		at, _ := s.due(l.now)
		l.lookAgain(s, at)
	}
}

// cut ends a socket at once, after it is told why if it can be.
func (l *loop) cut(s *socket, why reason) {
	if last := closeMessages[why]; last != "" && !s.unsent() {
		n, _, _ := s.write([]byte(last)) // as much as the kernel takes
		s.bytes.out.Add(uint64(n))
	}
	s.closing = why
	l.closeSocket(s)
}
