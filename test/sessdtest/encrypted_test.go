package sessdtest

import (
	"net"
	"testing"

	"sessd/server/servertest"
)

func TestEncryptedDaemonAnswersAtBothDoors(t *testing.T) {
	StartEncrypted(t).Doors(t, func(t *testing.T, addr string, dial func(string) (net.Conn, error)) {
		nc, err := dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		servertest.NewConn(t, nc).Want("+PONG\r\n", "PING")
	})
}
