package server

// reason is why the server closed a connection, or why the client was the one that did.
type reason uint8

const (
	notClosing reason = iota
	closedByPeer
	closedByCommand
	closedByKill
	closedByShutdown
	closedByDrainTimeout
	closedByProtocolError
	closedByHTTP
	closedByQueryLimit
	closedByOutputLimit
	closedByBudget
	closedByTimeout
	closedByFrameTimeout
	closedByAuthTimeout
	closedByWriteTimeout
	closedByWriteError
	closedByHandshake
	closedByPanic
	closedByLogError
	reasons // how many there are
)

var reasonNames = [reasons]string{
	closedByPeer: "peer", closedByCommand: "command", closedByKill: "kill", closedByShutdown: "shutdown", closedByDrainTimeout: "drain_timeout",
	closedByProtocolError: "protocol_error", closedByHTTP: "http", closedByQueryLimit: "query_buffer_limit",
	closedByOutputLimit: "output_buffer_limit", closedByBudget: "maxmemory_clients", closedByTimeout: "timeout", closedByFrameTimeout: "frame_timeout",
	closedByAuthTimeout: "auth_timeout", closedByWriteTimeout: "write_timeout", closedByWriteError: "write_error", closedByHandshake: "tls_handshake", closedByPanic: "panic",
	closedByLogError: "log_error",
}

// closeMessages are sent to a client whose time is over, if it has no replies to come. One that was idle for too long gets none,
// as in Redis: its library would take it for the reply to its next request.
var closeMessages = [reasons]string{
	closedByFrameTimeout: "-ERR Protocol error: the request did not arrive whole in time\r\n",
	closedByAuthTimeout:  "-ERR the client did not authenticate in time\r\n",
}

// abrupt reports whether the connection ends at once, without the replies that wait.
func (r reason) abrupt() bool {
	switch r {
	case closedByKill, closedByDrainTimeout, closedByOutputLimit, closedByBudget, closedByTimeout, closedByFrameTimeout, closedByAuthTimeout,
		closedByWriteTimeout, closedByWriteError, closedByHandshake, closedByLogError:
		return true
	}
	return false
}
