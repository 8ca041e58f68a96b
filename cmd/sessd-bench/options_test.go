package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestAWrongValueNamesTheFlagAndWhatItTakes(t *testing.T) {
	for _, args := range []string{
		"--connections=x", "--connections=0", "--pipeline=0", "--threads=0", "--threads=51", "--threads=65",
		"--workload=sesion", "--dialect=json", "--distribution=normal", "--zipf-exponent=1", "--sessions=99",
		"--rate=-1", "--rate=fast", "--duration=0", "--duration=10", "--requests=-1", "--warmup=-1s", "--pid=-1",
		"--value-size=0", "--subscribers=-1", "--idle-timeout=10ms", "--seed=-1", "--settle=-1s", "--stall=0", "--server=nowhere",
		"compare --peer=a=127.0.0.1:1", "compare --peer=a --peer=b", "compare --runs=0", "compare --rate-share=2",
		"compare --peer=a=h:1,pid=x --peer=b=h:2", "compare --peer=a=h:1,depth=3 --peer=b=h:2",
		"compare --peer=a=h:1,dialect=json --peer=b=h:2",
	} {
		list := strings.Fields(args)
		if list[0] == "compare" && !strings.Contains(args, "--peer") {
			list = append(list, "--peer=a=h:1", "--peer=b=h:2")
		}
		code, stdout, stderr := execute(t, list...)
		flag := list[0]
		if flag == "compare" {
			flag = list[1]
		}
		flag, _, _ = strings.Cut(flag, "=")
		if strings.Contains(args, "dialect=json") {
			flag = "--dialect"
		}
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, flag+" ") || !strings.Contains(stderr, ": it takes ") {
			t.Errorf("%s: code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
	for args, want := range map[string]string{
		"--nonsense":      "unknown flag: --nonsense",
		"again":           `"again" is no flag`,
		"--workload=idle": "needs --pid",
	} {
		if code, _, stderr := execute(t, args); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: code %d, stderr %q", args, code, stderr)
		}
	}
}

func TestHelpNamesEveryFlagAndWorkload(t *testing.T) {
	var o compareOptions
	for _, args := range [][]string{{"--help"}, {"compare", "--help"}} {
		code, text, stderr := execute(t, args...)
		if code != exitOK || stderr != "" {
			t.Fatalf("%v: code %d, stderr %q", args, code, stderr)
		}
		for _, name := range slices.Concat(workloads, dialects, distributions) {
			if !strings.Contains(text, name) {
				t.Errorf("%v does not name %s", args, name)
			}
		}
		groups := o.run.register()
		if args[0] == "compare" {
			groups = o.register()
		}
		for _, g := range groups {
			g.flags.VisitAll(func(f *pflag.Flag) {
				if !strings.Contains(text, "--"+f.Name) {
					t.Errorf("%v does not name --%s", args, f.Name)
				}
			})
		}
	}
}

func TestEveryFlagWithARangeSaysWhatItTakes(t *testing.T) {
	var o compareOptions
	free := []string{"user", "password"}
	for _, g := range o.register() {
		g.flags.VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() != "bool" && takes[f.Name] == "" && !slices.Contains(free, f.Name) {
				t.Errorf("--%s does not say what it takes", f.Name)
			}
		})
	}
}
