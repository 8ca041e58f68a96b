package server

import (
	"context"
	"os"

	"golang.org/x/sys/unix"

	"sessd/commands"
)

// probe sends a request through the loop and waits for its answer until ctx ends.
func (l *loop) probe(ctx context.Context, user *commands.User, request []byte) error {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	peer := os.NewFile(uintptr(fds[1]), probeAddr.Name)
	defer peer.Close()
	k := l.newSocket(fds[0])
	l.server.greet(&k.conn, probeAddr, probeAddr)
	k.become(user)
	if !l.server.addOwn(&k.conn) {
		return unix.Close(fds[0])
	}
	k.begin()
	defer k.kill(closedByPeer)

	return k.ask(ctx, peer, request)
}
