//go:build unix

package audit

import (
	"bytes"
	"io"
	"log/syslog"
)

// Syslog returns a target that sends each line as a message of the facility authpriv. It goes to the system's log, or
// to the datagram socket with a path. It connects again by itself.
func Syslog(path string) (io.Writer, error) {
	network := ""
	if path != "" {
		network = "unixgram"
	}
	w, err := syslog.Dial(network, path, syslog.LOG_AUTHPRIV|syslog.LOG_INFO, "sessd")
	if err != nil {
		return nil, err
	}
	return messages{w}, nil
}

// messages writes each line by a call of its own.
type messages struct{ to io.Writer }

// Write is part of io.Writer.
func (m messages) Write(lines []byte) (n int, err error) {
	for line := range bytes.Lines(lines) {
		if text := bytes.TrimSuffix(line, []byte("\n")); len(text) > 0 {
			if _, err := m.to.Write(text); err != nil {
				return n, err
			}
		}
		n += len(line)
	}
	return n, nil
}
