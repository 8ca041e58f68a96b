// Command sessd is a session daemon that speaks the Redis protocol.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes.
const (
	exitOK    = 0
	exitError = 1 // it could not start, or failed, or was forced to end
	exitUsage = 2 // a flag or a variable is wrong
)

func main() {
	// A log whose reader is gone is no reason to die: without this, Go ends the process at the next line.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// run is the daemon from its flags to its end.
func run(args, environment []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		switch args[0] {
		case "check":
			return checkFolder(args[1:], environment, stdout, stderr)
		case "check-config":
			return checkConfig(args[1:], environment, stdout, stderr)
		case "completion":
			return printCompletion(args[1:], stdout, stderr)
		case "import":
			return importDump(args[1:], environment, stdout, stderr)
		case "man":
			fmt.Fprint(stdout, newOptions().manual())
			return exitOK
		}
	}
	o, err := parseOptions(args, environment)
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "sessd: %v\n", err)
		return exitUsage
	case o.showHelp:
		fmt.Fprint(stdout, o.help())
		return exitOK
	case o.showVersion:
		fmt.Fprint(stdout, versionLine(thisBuild()))
		return exitOK
	}
	d, err := start(o, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "sessd: %v\n", err)
		return exitError
	}
	return d.serve()
}
