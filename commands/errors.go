package commands

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"sessd/store"
)

// Error is an error whose text is the reply on the wire, code first. Clients match on these texts, so those that
// Redis has too are Redis's, to the letter.
type Error string

func (e Error) Error() string { return string(e) }

// The errors a client can cause.
const (
	ErrSyntax        Error = "ERR syntax error"
	ErrNotInteger    Error = "ERR value is not an integer or out of range"
	ErrNotPositive   Error = "ERR value is out of range, must be positive"
	ErrCursor        Error = "ERR invalid cursor"
	ErrNoKey         Error = "ERR no such key"
	errDatabase      Error = "ERR DB index is out of range"
	ErrWrongType     Error = "WRONGTYPE Operation against a key holding the wrong kind of value"
	ErrNoMemory      Error = "OOM command not allowed when used memory > 'maxmemory'."
	errNoAuth        Error = "NOAUTH Authentication required."
	errNoProto       Error = "NOPROTO unsupported protocol version"
	errNoPassword    Error = "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
	errTooManyLogins Error = "ERR too many passwords from this address wait for their check, try again later"
	errWrongPass     Error = "WRONGPASS invalid username-password pair or user is disabled."
	errNoKeyAccess   Error = "NOPERM this user has no permissions to access one of the keys used as arguments"
	errLoading       Error = "LOADING Redis is loading the dataset in memory"
	errInternal      Error = "ERR internal error"
)

// errAgain is ErrLater for a call that runs again later, from its beginning.
const errAgain Error = "ERR runs again later"

// ErrLater is what a handler returns whose reply comes through the Pending of its connection. It is no answer.
const ErrLater Error = "ERR answered later"

// The errors of commands on connections and on the server.
const (
	errNotInt32      Error = "ERR value is out of range, value must between -2147483648 and 2147483647"
	errProtocol      Error = "ERR Protocol version is not an integer or out of range"
	errHelloNoAuth   Error = "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time"
	errClientName    Error = "ERR Client names cannot contain spaces, newlines or special characters."
	errNoClient      Error = "ERR No such client"
	errClientID      Error = "ERR client-id should be greater than 0"
	errClientIDs     Error = "ERR Invalid client ID"
	errNoCommand     Error = "ERR Invalid command specified"
	errNoKeys        Error = "ERR The command has no key arguments"
	errInnerArity    Error = "ERR Invalid number of arguments specified for command"
	errInnerKeys     Error = "ERR Invalid arguments specified for command"
	errMonitorInStep Error = "ERR MONITOR isn't allowed for DENY BLOCKING client"
	errNoShutdown    Error = "ERR No shutdown in progress."
	errShutdown      Error = "ERR Errors trying to SHUTDOWN. Check logs."
	errMissing       Error = "ERR this server's store cannot do that"
	errWaitsInStep   Error = "ERR this server's store has to wait, which no step can"
	errNoCluster     Error = "ERR This instance has cluster support disabled"
	errMaxAge        Error = "ERR maxage should be greater than 0"
	errMaxAgeInteger Error = "ERR maxage is not an integer or out of range"
)

// Errorf formats an error as Redis does. A word ends at its first zero byte, and the text before the line ends that it
// closes with.
func Errorf(format string, args ...any) Error {
	for i, arg := range args {
		switch arg := arg.(type) {
		case []byte:
			args[i], _, _ = bytes.Cut(arg, []byte{0})
		case string:
			args[i], _, _ = strings.Cut(arg, "\x00")
		}
	}
	return Error(strings.TrimRight(fmt.Sprintf(format, args...), "\r\n"))
}

// ErrArity is for a request with too few or too many words.
func ErrArity(name string) Error {
	return Errorf("ERR wrong number of arguments for '%s' command", name)
}

// ErrExpire is for an expiry that is no time or out of range.
func ErrExpire(name string) Error {
	return Errorf("ERR invalid expire time in '%s' command", name)
}

// errUnknownCommand leaves out the arguments that Redis quotes here: one of them may be a session id.
func errUnknownCommand(name []byte) Error {
	return Errorf("ERR unknown command '%.128s', with args beginning with: ", name)
}

func errUnknownSubcommand(container, name []byte) Error {
	return Errorf("ERR unknown subcommand '%.128s'. Try %s HELP.", name, upper(container))
}

// ErrSubcommandWords is for a request with words that its subcommand, the second of them, has no use for.
func ErrSubcommandWords(words [][]byte) Error {
	return Errorf("ERR unknown subcommand or wrong number of arguments for '%.128s'. Try %s HELP.", words[1], upper(words[0]))
}

// wireText returns the text on the wire for an error of a command of a family, which may be nil. known is false for an
// error that no client can cause; its own words are for the log alone.
func wireText(from *Family, err error) (text string, known bool) {
	if e, ok := err.(Error); ok {
		return string(e), true
	}
	if from != nil && from.Errors != nil {
		if text := from.Errors(err); text != "" {
			return string(text), true
		}
	}
	switch {
	case errors.Is(err, store.ErrWrongType):
		return string(ErrWrongType), true
	case errors.Is(err, store.ErrNoMemory):
		return string(ErrNoMemory), true
	case errors.Is(err, store.ErrNotPermitted):
		return string(errNoKeyAccess), true
	case errors.Is(err, store.ErrMissing):
		return missingText(err), true
	case errors.Is(err, store.ErrWaits):
		return string(errWaitsInStep), true
	}
	var unavailable *store.UnavailableError
	var uncertain *store.UncertainError
	switch {
	case errors.As(err, &unavailable):
		return "UPSTREAM unavailable: " + unavailable.Reason, true
	case errors.As(err, &uncertain):
		return "UNCERTAIN " + uncertain.Reason, true
	}
	return string(errInternal), false
}

// missingText returns the text for an error that is a store.ErrMissing.
func missingText(err error) string {
	if missing, is := errors.AsType[*store.MissingError](err); is {
		return string(errMissing) + ": " + missing.What
	}
	return string(errMissing)
}
