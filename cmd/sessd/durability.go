package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"sessd/commands"
	"sessd/store/journal"
	"sessd/store/persist"
)

// durabilityOptions say whether and how the engine is kept on disk.
type durabilityOptions struct {
	dir        string // empty: it is not
	policy     string
	unsynced   bool // ends of sessions are answered before they are on stable storage
	percentage int64
	minSize    int64
	keyFile    string
	appendOnly string // "no" keeps nothing though there is a folder; "yes" needs one; empty: as dir says

	keeper *persist.Keeper // nil until it is opened
}

// settings are the rows of the options.
func (o *durabilityOptions) settings() []commands.Setting {
	growth := func() error {
		if o.keeper != nil {
			o.keeper.SetGrowth(o.percentage, o.minSize)
		}
		return nil
	}
	return []commands.Setting{
		{
			Name: "dir", Section: commands.DurabilitySection, Common: true, Fixed: true, Value: commands.Text(&o.dir, "path"),
			Help: "folder in which everything is kept; empty: everything ends with the process",
		},
		{
			Name: "appendfsync", Section: commands.DurabilitySection, Value: commands.Choice(&o.policy, "always", "everysec", "no"),
			Help: "when the log is made to survive a power cut: before each write is answered, once a second, or when the kernel wants to",
			Changed: func() error {
				if policy, ok := journal.ParsePolicy(o.policy); ok && o.keeper != nil {
					o.keeper.SetPolicy(policy)
				}
				return nil
			},
		},
		{
			Name: "sync-destroy", Section: commands.DurabilitySection, Value: commands.InverseSwitch(&o.unsynced),
			Help: "answer SESS.DESTROY, SESS.DESTROYALL and SESS.ROTATE only once they survive a power cut, whatever appendfsync says",
			Changed: func() error {
				if o.keeper != nil {
					o.keeper.SetUnsyncedEnds(o.unsynced)
				}
				return nil
			},
		},
		{
			Name: "auto-aof-rewrite-percentage", Section: commands.DurabilitySection, Value: commands.Integer(&o.percentage, 0, math.MaxInt32),
			Help: "a snapshot is written when the log has outgrown the last one by so many percent; 0: never by itself", Changed: growth,
		},
		{
			Name: "auto-aof-rewrite-min-size", Section: commands.DurabilitySection, Value: commands.Size(&o.minSize, 0),
			Help: "and when the log has at least so many bytes", Changed: growth,
		},
		{
			Name: "encryption-key-file", Section: commands.DurabilitySection, Fixed: true, Value: commands.Text(&o.keyFile, "path"),
			Help: "keys of 32 bytes that seal what is on disk, one a line in hex or base64, or one raw; the first seals, all open",
		},
		{
			Name: "appendonly", Section: commands.DurabilitySection, Fixed: true, Value: o.appendOnlyValue(),
			Help: "no keeps nothing though there is a dir; without a word of it, dir decides",
		},
	}
}

// enabled reports whether the engine is kept on disk.
func (o *durabilityOptions) enabled() bool { return o.dir != "" && o.appendOnly != "no" }

// appendOnlyValue is yes or no, as enabled is.
func (o *durabilityOptions) appendOnlyValue() commands.Value {
	v := commands.Choice(&o.appendOnly, "yes", "no")
	v.Get = func() string {
		if o.enabled() {
			return "yes"
		}
		return "no"
	}
	return v
}

// keys reads the keys that seal what is on disk.
func (o *durabilityOptions) keys() (journal.Keys, error) {
	if o.keyFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(o.keyFile)
	if err != nil {
		return nil, err
	}
	keys, err := journal.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.keyFile, err)
	}
	return keys, nil
}

// lockPatience is how long the start waits for a process that is about to leave the folder.
const lockPatience = 5 * time.Second

// open locks the folder and reads what is in it, if there is one; load loads it.
func (o *durabilityOptions) open(d *daemon) error {
	switch {
	case o.dir == "" && o.appendOnly == "yes":
		return errors.New("appendonly yes needs --dir: the folder to keep everything in")
	case o.dir == "" && o.keyFile != "":
		return errors.New("--encryption-key-file needs --dir")
	case !o.enabled():
		return nil
	case d.memory == nil:
		return errors.New("--dir keeps what is in memory, and --upstream what is in another server: give one of them")
	}
	keys, err := o.keys()
	if err != nil {
		return err
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil { // clients may ask for it, wherever they are
		return err
	}
	policy, _ := journal.ParsePolicy(o.policy) // it is one of those
	options := persist.Options{
		Journal:          journal.Options{Policy: policy, Keys: keys},
		GrowthPercentage: o.percentage, MinLogBytes: o.minSize, UnsyncedEnds: o.unsynced, Log: d.log.Logger, Fatal: d.fail,
	}
	locked := new(journal.LockedError)
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if o.keeper, err = persist.Open(d.memory, o.dir, options); err == nil {
			break
		}
		if !errors.As(err, &locked) || time.Since(begin) > lockPatience {
			return err
		}
	}
	d.dispatcher.SetDurability(o.keeper)
	d.dispatcher.SetLoading(true)
	return nil
}

// close ends the log, after a snapshot where one is wanted, and unlocks the folder.
func (o *durabilityOptions) close() error {
	if o.keeper == nil {
		return nil
	}
	return o.keeper.Close()
}
