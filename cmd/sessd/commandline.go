package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"sessd/commands"
)

// parseOptions reads the configuration file that the first argument names, if any, then variables and then flags. Each
// counts before the last. The variable of a setting is SESSD_ and its name in capitals. environment has lines as
// os.Environ has.
func parseOptions(args, environment []string) (*options, error) {
	all := args
	file, args := splitFile(args)
	given := newOptions()
	flags := given.flags()
	if err := flags.Parse(joinValues(args)); err != nil {
		return given, given.explain(err)
	}
	switch {
	case flags.NArg() > 0:
		return given, fmt.Errorf("unexpected argument %q: a configuration file is the first argument, and every setting a flag", flags.Arg(0))
	case given.showHelp || given.showVersion:
		return given, nil
	}
	o := newOptions()
	o.args, o.environment = all, slices.Clone(environment)
	if file != "" {
		var err error
		if o.configFile, err = filepath.Abs(file); err != nil {
			return o, err
		}
		if err := o.readFile(file); err != nil {
			return o, err
		}
	}
	if err := o.readVariables(environment, flags); err != nil {
		return o, err
	}
	err := o.flags().Parse(joinValues(args)) // which gave no error above
	if !o.stated["idle-timeout"] && o.commands.SessionProfile != "custom" {
		o.commands.IdleTimeout = 0 // the profile's, rather than the default
	}
	return o, err
}

// splitFile takes the configuration file from the arguments; empty: there is none.
func splitFile(args []string) (file string, flags []string) {
	if len(args) > 0 && args[0] != "" && !strings.HasPrefix(args[0], "-") {
		return args[0], args[1:]
	}
	return "", args
}

// joinValues makes one value of several words behind a flag, as redis-server does: --bind 127.0.0.1 ::1.
func joinValues(args []string) []string {
	var joined []string
	for i := 0; i < len(args); {
		end := i + 1
		for end < len(args) && !strings.HasPrefix(args[end], "--") {
			end++
		}
		if words := args[i+1 : end]; len(words) > 1 && strings.HasPrefix(args[i], "--") && !strings.Contains(args[i], "=") {
			joined = append(joined, args[i], strings.Join(words, " "))
		} else {
			joined = append(joined, args[i:end]...)
		}
		i = end
	}
	return joined
}

// flags returns the flags, each of which sets the value of a row.
func (o *options) flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("sessd", pflag.ContinueOnError)
	flags.Usage = func() {}
	flags.BoolVar(&o.showVersion, "version", false, "")
	flags.BoolVarP(&o.showHelp, "help", "h", false, "")
	for i := range o.settings {
		flags.Var(&settingFlag{o, &o.settings[i]}, o.settings[i].Name, "")
	}
	for i := range redisDirectives {
		d := &redisDirectives[i]
		flags.Var(&ignored{d, &o.notes}, d.name, "")
	}
	return flags
}

// settingFlag is a row as the flag library sees it.
type settingFlag struct {
	options *options
	setting *commands.Setting
}

func (f *settingFlag) String() string {
	if f.setting == nil { // the zero value, which the flag library compares with
		return ""
	}
	return f.setting.Value.Get()
}

func (f *settingFlag) Set(text string) error {
	err := f.options.set(f.setting, text)
	if err == nil && f.setting.Section == commands.RedisSection {
		f.options.notes = append(f.options.notes, passedOver(f.setting.Name, text))
	}
	return err
}

func (f *settingFlag) Type() string { return f.setting.Value.Kind }

// set sets the value of a row. Its error says what the row takes.
func (o *options) set(row *commands.Setting, text string) error {
	err := row.Value.Set(text)
	if err == nil {
		o.stated[cmp.Or(row.Alias, row.Name)] = true
		return nil
	}
	if row.Value.Takes != "" {
		return errors.New(row.Value.Takes)
	}
	return err
}

// errValue is the one wording for a wrong flag and a wrong variable. It does not repeat a secret.
func errValue(name, text string, row *commands.Setting, why error) error {
	if row != nil && row.Secret {
		return fmt.Errorf("%s: %w", name, why)
	}
	return fmt.Errorf("%s %q: %w", name, text, why)
}

// explain rewrites an error of the flag library.
func (o *options) explain(err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &invalid):
		return errValue("--"+invalid.GetFlag().Name, invalid.GetValue(), o.named(invalid.GetFlag().Name), errors.Unwrap(err))
	case errors.As(err, &missing):
		return fmt.Errorf("--%s needs a value", missing.GetSpecifiedName())
	case errors.As(err, &unknown):
		word, given := unknown.GetSpecifiedName(), "--"+unknown.GetSpecifiedName()
		if short := unknown.GetSpecifiedShortnames(); short != "" {
			word, given = short, "-"+short
		}
		if near := o.near(word, true); near != "" {
			return fmt.Errorf("unknown flag %s: did you mean --%s?", given, near)
		}
		return fmt.Errorf("unknown flag %s: sessd --help lists them", given)
	}
	return err
}

// serviceVariable matches what Kubernetes sets for a service of the name sessd, or of a name that begins with sessd-.
var serviceVariable = regexp.MustCompile(`^SESSD_(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)

// readVariables sets what no flag did. A variable that is empty counts as not there: deployment tools leave such ones.
func (o *options) readVariables(environment []string, flags *pflag.FlagSet) error {
	slices.Sort(environment)
	for _, line := range environment {
		variable, text, _ := strings.Cut(line, "=")
		word, ours := strings.CutPrefix(variable, "SESSD_")
		if !ours || text == "" || serviceVariable.MatchString(variable) {
			continue
		}
		name := strings.ToLower(strings.ReplaceAll(word, "_", "-"))
		row := o.named(name)
		switch {
		case row == nil && strings.HasSuffix(name, "-port") && strings.Contains(text, "://"): // of a service, too
		case row == nil:
			o.note(variable, name)
		case flags.Changed(name):
		case (name == "port" || strings.HasSuffix(name, "-port")) && strings.Contains(text, "://"):
			o.notes = append(o.notes, variable+" is passed over: "+text+" is what Kubernetes sets for a service of this name; --"+name+" sets the port")
		default:
			if err := o.set(row, text); err != nil {
				return errValue(variable, text, row, err)
			}
		}
	}
	return nil
}

// note notes a variable that means nothing.
func (o *options) note(variable, name string) {
	text := variable + " means nothing: there is no such setting"
	if near := o.near(name, false); near != "" {
		text += "; did you mean " + variableOf(near) + "?"
	}
	o.notes = append(o.notes, text)
}

// variableOf returns the name of the environment variable that stands for a flag.
func variableOf(flag string) string {
	return "SESSD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// maxNear is longer than any setting's name; a longer word is like none.
const maxNear = 64

// near returns the setting, or the directive of Redis, whose name is most like a word, or nothing when none is.
func (o *options) near(word string, redis bool) string {
	if len(word) > maxNear {
		return ""
	}
	best, found := 2+len(word)/4, ""
	consider := func(name string) {
		if d := distance(strings.ReplaceAll(word, "-", ""), strings.ReplaceAll(name, "-", "")); d < best {
			best, found = d, name
		}
	}
	for i := range o.settings {
		consider(o.settings[i].Name)
	}
	for i := 0; redis && i < len(redisDirectives); i++ {
		consider(redisDirectives[i].name)
	}
	return found
}

// distance returns how many bytes must be changed, added or removed to make one word of the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
