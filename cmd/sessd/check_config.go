package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"sessd/server"
)

// checkConfig is the command check-config: it reads a file, and flags behind it, as a start would, and tells what is wrong.
func checkConfig(args, environment []string, stdout, stderr io.Writer) int {
	o, err := readChecked(args, environment)
	if err != nil {
		fmt.Fprintf(stderr, "sessd: %v\n", err)
		return exitUsage
	}
	for _, note := range o.notes {
		fmt.Fprintln(stdout, note)
	}
	fmt.Fprintf(stdout, "%s is right\n", args[0])
	return exitOK
}

// readChecked returns the options of a start that would succeed, as far as files tell.
func readChecked(args, environment []string) (*options, error) {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil, errors.New("check-config takes a file: sessd check-config FILE")
	}
	o, err := parseOptions(args, environment)
	if err != nil {
		return nil, err
	}
	if err := o.listens(); err != nil {
		return nil, err
	}
	d, err := assemble(o, io.Discard)
	if err != nil {
		return nil, err
	}
	defer d.engine.Close()
	if err := d.configure(); err != nil {
		return nil, err
	}
	if o.server.TLS.Port != server.PortOff {
		return o, o.server.TLS.Check()
	}
	return o, nil
}
