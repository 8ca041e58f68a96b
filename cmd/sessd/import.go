package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sessd/cmd/sessd/importer"
	"sessd/commands/dump/rdb"
	"sessd/store/journal"
	"sessd/store/memory"
	"sessd/store/persist"
)

// errImportUsage says how the command import is called.
var errImportUsage = errors.New("import takes a dump and where its keys go: sessd import FILE.rdb --to DIR [--databases N] [--encryption-key-file FILE], " +
	"or --addr HOST:PORT|unix:PATH [--user NAME] [--tls] [--cacert FILE] [--cert FILE --key FILE] with the password in REDISCLI_AUTH; " +
	"--replace overwrites keys that exist")

// importCall is what the command import is asked for.
type importCall struct {
	file       string
	dir        string // the folder of a daemon that does not run; empty: addr
	addr, user string
	password   string
	tls        encryption
	replaces   bool
	options    *options // of a start with the folder
}

// importDump is the command import: it moves the keys of a dump of Redis or Valkey into a folder or a running server. It is
// exitError unless every key that can be kept is there then.
func importDump(args, environment []string, stdout, stderr io.Writer) int {
	call, err := parseImport(args, environment)
	if err != nil {
		fmt.Fprintf(stderr, "sessd: %v\n", err)
		return exitUsage
	}
	report, err := call.run(newImportProgress(stderr))
	if report != nil {
		report.Print(stdout, filepath.Base(call.file))
	}
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "sessd: %v\n", err)
		return exitError
	case !report.Complete():
		return exitError
	}
	return exitOK
}

// parseImport takes the words of the command; the others are flags of a start with the folder.
func parseImport(args, environment []string) (*importCall, error) {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil, errImportUsage
	}
	call := &importCall{file: args[0]}
	for _, one := range environment {
		if password, ok := strings.CutPrefix(one, "REDISCLI_AUTH="); ok {
			call.password = password
		}
	}
	texts := map[string]*string{
		"--to": &call.dir, "--addr": &call.addr, "--user": &call.user, "--cacert": &call.tls.caFile, "--cert": &call.tls.certFile, "--key": &call.tls.keyFile,
	}
	var others []string
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		name, value, given := strings.Cut(rest[0], "=")
		text := texts[name]
		switch {
		case rest[0] == "--replace":
			call.replaces = true
		case rest[0] == "--tls":
			call.tls.on = true
		case text == nil:
			others = append(others, rest[0])
		case given:
			*text = value
		case len(rest) > 1:
			*text, rest = rest[1], rest[1:]
		}
	}
	if (call.dir == "") == (call.addr == "") || call.addr != "" && len(others) > 0 || len(others) > 0 && !strings.HasPrefix(others[0], "-") {
		return nil, errImportUsage
	}
	if call.dir == "" {
		return call, nil
	}
	var err error
	call.options, err = parseOptions(append(others, "--dir", call.dir), environment)
	return call, err
}

// run moves the keys. The report is nil where none was tried.
func (call *importCall) run(p *importProgress) (*importer.Report, error) {
	f, err := os.Open(call.file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	dump, err := rdb.NewFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", call.file, err)
	}
	defer p.end()
	if call.dir != "" {
		return call.intoFolder(dump, p)
	}
	config, err := call.tls.config("--cacert", "--cert", "--key")
	if err != nil {
		return nil, err
	}
	target, err := importer.Dial(call.addr, importer.Login{User: call.user, Password: call.password, TLS: config}, call.replaces)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	return importer.Run(dump, target, p.tick)
}

// intoFolder moves the keys into the folder of a daemon that does not run.
func (call *importCall) intoFolder(dump *rdb.File, p *importProgress) (report *importer.Report, err error) {
	keys, err := call.options.durability.keys()
	if err != nil {
		return nil, err
	}
	engine := memory.New(memory.Options{Keyspaces: call.options.databases})
	defer engine.Close()
	keeper, err := persist.Open(engine, call.dir, persist.Options{
		Journal: journal.Options{Policy: journal.Never, Keys: keys}, Log: slog.New(slog.NewTextHandler(p.out, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, keeper.Close()) }()
	if err := keeper.Load(func() {}); err != nil {
		return nil, err
	}
	commit := func() error { return keeper.Commit(keeper.Appended()) }
	return importer.Run(dump, &importer.Engine{Engine: engine, Databases: call.options.databases, Replace: call.replaces, Commit: commit}, p.tick)
}

// importProgress tells on a terminal how far an import is.
type importProgress struct {
	out         io.Writer
	terminal    bool
	began, told time.Time
}

// newImportProgress writes progress to out where that is a terminal.
func newImportProgress(out io.Writer) *importProgress {
	p := &importProgress{out: out, began: time.Now()}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// tick writes a line anew, a few times a second at most.
func (p *importProgress) tick(keys int, read, size int64) {
	if now := time.Now(); p.terminal && now.Sub(p.told) > 200*time.Millisecond {
		p.told = now
		const width = 30
		bar := strings.Repeat("#", int(width*read/max(size, 1)))
		fmt.Fprintf(p.out, "\r[%-*s] %3d %%  %d keys, %.0f/s\x1b[K", width, bar, 100*read/max(size, 1), keys, float64(keys)/now.Sub(p.began).Seconds())
	}
}

// end removes the line.
func (p *importProgress) end() {
	if p.terminal && !p.told.IsZero() {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
