package server

import "sessd/server/netio"

// newIO returns the means by which one more loop moves bytes.
func (s *Server) newIO() netio.IO {
	if s.options.io != nil {
		return s.options.io
	}
	if !s.options.IOUring {
		return netio.Syscalls{}
	}
	ring, err := netio.NewUring(s.log)
	if err != nil {
		s.ringless.Do(func() { s.log.Info("replies are sent one by one: there is no io_uring for them", "error", err) })
		return netio.Syscalls{}
	}
	return ring
}
