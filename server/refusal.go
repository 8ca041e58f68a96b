package server

import (
	"net"
	"time"
)

// refusalsAtOnce is how many refused streams are told why at the same time. The others are closed without a word, so that
// refused peers take a bounded number of descriptors.
const refusalsAtOnce = 16

// refusalTime bounds how long a refused stream may take for its TLS handshake and for its refusal together.
const refusalTime = time.Second

// refuse tells a stream why it is refused, within refusalTime. The caller closes it.
func (s *Server) refuse(nc net.Conn, why string) {
	select {
	case s.refusals <- struct{}{}:
		defer func() { <-s.refusals }()
	default:
		return
	}
	defer s.hurry(nc, min(refusalTime, s.limits.HandshakeTimeout))()
	nc.Write([]byte(why)) // an encrypted connection shakes hands first
}
