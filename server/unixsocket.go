package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// DefaultUnixSocketPerm lets this user alone connect.
const DefaultUnixSocketPerm fs.FileMode = 0o600

// listenUnix opens a unix socket that those may connect to whom a mode, which the socket has from its beginning, lets
// write. A socket file that nobody listens on is left from a process that died, and is replaced.
func listenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&os.ModeSocket == 0 {
			return nil, fmt.Errorf("%s exists and is no socket: choose another path with --unixsocket", path)
		}
		nc, err := net.Dial("unix", path)
		if err == nil {
			nc.Close()
		}
		if !errors.Is(err, syscall.ECONNREFUSED) { // a full backlog, and a socket of another user, are somebody's too
			return nil, fmt.Errorf("%s is in use by another program: stop that one, or choose another path with --unixsocket", path)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	defer maskFiles(^mode & fs.ModePerm)()
	return net.Listen("unix", path)
}
