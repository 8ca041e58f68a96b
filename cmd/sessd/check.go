package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"sessd/store/journal"
	"sessd/store/memory"
	"sessd/store/persist"
)

// errCheckUsage says how the command check is called.
var errCheckUsage = errors.New("check takes a folder: sessd check [--fix] DIR [--encryption-key-file FILE]")

// checkFolder is the command check: it reads the folder of a daemon that does not run, and tells what a start would load. With
// --fix it keeps copies of damaged files and cuts off what keeps a start from loading. It is exitError where a start would refuse.
func checkFolder(args, environment []string, stdout, stderr io.Writer) int {
	dir, fix, o, err := parseCheck(args, environment)
	if err != nil {
		fmt.Fprintf(stderr, "sessd: %v\n", err)
		return exitUsage
	}
	keys, err := o.durability.keys()
	if err == nil && fix {
		err = fixFolder(dir, keys, stdout)
	}
	if err == nil {
		err = reportFolder(dir, keys, o.databases, !fix, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "sessd: %v\n", err)
		return exitError
	}
	return exitOK
}

// parseCheck takes the folder and --fix out of the words; the others are flags of a start.
func parseCheck(args, environment []string) (dir string, fix bool, o *options, err error) {
	if i := slices.Index(args, "--fix"); i >= 0 {
		fix, args = true, slices.Delete(slices.Clone(args), i, i+1)
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return "", false, nil, errCheckUsage
	}
	if len(args) > 1 && !strings.HasPrefix(args[1], "-") {
		return "", false, nil, errCheckUsage
	}
	o, err = parseOptions(args[1:], environment)
	return args[0], fix, o, err
}

// reportFolder prints what is in each file, where that is asked for, and what a start would load. It loads that as a start does, into
// an engine that is thrown away.
func reportFolder(dir string, keys journal.Keys, databases int, files bool, w io.Writer) error {
	engine := memory.New(memory.Options{Keyspaces: databases})
	defer engine.Close()
	to := persist.Loader{Restorer: engine.Restore()}
	report, err := journal.Check(journal.DiskToRead, dir, keys, to)
	if err = errors.Join(err, to.Done()); err != nil {
		return err
	}
	for _, file := range report.Files {
		if !files {
			break
		}
		state := "whole"
		if file.Damage != nil {
			state = file.Damage.Error()
		}
		if file.Sealed {
			state = "sealed, " + state
		}
		fmt.Fprintf(w, "%s: %d bytes, steps %d to %d, %s\n", filepath.Base(file.Name), file.Bytes, file.First, file.Last, state)
	}
	if report.Refusal == nil {
		printRecovered(w, report.Recovered)
		return nil
	}
	const refuses = "a start would refuse this folder: %w"
	if report.Fix == nil {
		return fmt.Errorf(refuses, advised(report.FixError))
	}
	return fmt.Errorf(refuses+"; sessd check --fix %s keeps copies, cuts, and leaves the state after step %d", report.Refusal, dir, report.Fix.Recovered.Last)
}

// advised adds to an error what can be done where nothing would be left.
func advised(err error) error {
	if errors.Is(err, journal.ErrNothingLeft) {
		return fmt.Errorf("%w: put back what is missing from a backup, or begin with an empty folder", err)
	}
	return err
}

// printRecovered prints what a start loads.
func printRecovered(w io.Writer, found *journal.Recovered) {
	for _, bad := range found.Bad {
		fmt.Fprintf(w, "a start would pass over a snapshot: %v\n", bad)
	}
	for _, cut := range found.Cuts {
		fmt.Fprintf(w, "a start would cut off %d bytes of %s at %d that were not written wholly\n", cut.Bytes, cut.File, cut.Offset)
	}
	fmt.Fprintf(w, "a start would load the snapshot of step %d and %d steps after it\n", found.Snapshot, found.Steps)
}

// fixFolder makes a folder such that a start loads it, and prints what was cut off.
func fixFolder(dir string, keys journal.Keys, w io.Writer) error {
	fixed, err := journal.Fix(journal.Disk, dir, keys)
	if err != nil {
		return advised(err)
	}
	if fixed.Copies == "" {
		fmt.Fprintln(w, "nothing was wrong")
	} else {
		fmt.Fprintf(w, "copies of the files as they were are in %s\n", fixed.Copies)
	}
	for _, cut := range fixed.Cuts {
		what := fmt.Sprintf("cut off %d bytes of %s at %d", cut.Bytes, cut.File, cut.Offset)
		if cut.Offset == 0 {
			what = fmt.Sprintf("removed %s of %d bytes", cut.File, cut.Bytes)
		}
		fmt.Fprintf(w, "%s: %s\n", what, cut.Reason)
	}
	return nil
}
