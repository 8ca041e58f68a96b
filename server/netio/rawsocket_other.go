//go:build !linux

package netio

func peerClosed(int) bool { return false }

// Unacked returns 0: this system does not tell.
func Unacked(int) int { return 0 }
