package server

// What other goroutines want of a loop goes through its inbox.

// wake makes the loop look at a socket soon, from any goroutine. It returns false when another loop has the socket.
func (l *loop) wake(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.loop.Load() != l {
		return false
	}
	if !s.mailed {
		s.mailed = true
		l.inbox = append(l.inbox, s)
		l.rouse()
	}
	return true
}

// end makes the loop end with its last socket, from any goroutine.
func (l *loop) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ending = true
	l.rouse()
}

// rouse makes the loop look into its inbox. The flag is set before the loop is seen to be awake, and the loop
// looks at it after it has said that it sleeps. So one of both notices.
func (l *loop) rouse() {
	l.mail.Store(true)
	if l.asleep.Swap(false) {
		l.poll.Wake()
	}
}

// takeInbox empties the inbox.
func (l *loop) takeInbox() (inbox []*socket, ending bool) {
	if !l.mail.Load() {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mail.Store(false)
	inbox, l.inbox = l.inbox, nil
	for _, s := range inbox {
		s.mailed = false
	}
	return inbox, l.ending
}
