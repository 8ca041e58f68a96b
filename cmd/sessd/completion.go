package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sessd/commands"
)

// subcommands are the words that may stand in the place of a configuration file, with what they do.
var subcommands = [][2]string{
	{"check", "read the folder of a daemon that does not run, and tell what a start would load; --fix: cut off what is damaged"},
	{"check-config", "read a configuration file as a start would, and tell what is wrong"},
	{"completion", "print a script that completes flags in bash, zsh or fish"},
	{"import", "FILE.rdb --to DIR or --addr HOST:PORT: move the keys of a dump of Redis or Valkey into a folder or a running server"},
	{"man", "print the manual page"},
}

// completions are the scripts by shell.
var completions = map[string]func(*options) string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}

// printCompletion is the command completion.
func printCompletion(args []string, stdout, stderr io.Writer) int {
	if len(args) != 1 || completions[args[0]] == nil {
		fmt.Fprintf(stderr, "sessd: %v\n", errors.New("completion takes bash, zsh or fish"))
		return exitUsage
	}
	io.WriteString(stdout, completions[args[0]](newOptions()))
	return exitOK
}

// completed returns the rows that a person may want to complete.
func (o *options) completed() []commands.Setting {
	return slices.DeleteFunc(slices.Clone(o.settings), func(s commands.Setting) bool { return s.Section == commands.RedisSection })
}

// choices returns the words that a setting takes where they are few; nil: others.
func choices(row *commands.Setting) []string {
	if !strings.Contains(row.Value.Kind, "|") {
		return nil
	}
	return strings.Split(row.Value.Kind, "|")
}

func bashCompletion(o *options) string {
	var flags, cases, files []string
	for _, row := range o.completed() {
		flags = append(flags, "--"+row.Name)
		if words := choices(&row); words != nil {
			cases = append(cases, fmt.Sprintf("    --%s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", row.Name, strings.Join(words, " ")))
		} else if row.Value.Kind == "path" {
			files = append(files, "--"+row.Name)
		}
	}
	var words []string
	for _, one := range subcommands {
		words = append(words, one[0])
	}
	return fmt.Sprintf(`# bash completion of sessd: source <(sessd completion bash)
_sessd() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case $before in
%s    %s|check|check-config|import|--to) COMPREPLY=($(compgen -f -- "$word")); return ;;
    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$word")); return ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W '--help --version %s' -- "$word"))
  elif ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '%s' -- "$word") $(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _sessd sessd
`, strings.Join(cases, ""), strings.Join(files, "|"), strings.Join(flags, " "), strings.Join(words, " "))
}

func zshCompletion(o *options) string {
	var b strings.Builder
	b.WriteString("#compdef sessd\n# zsh completion of sessd: sessd completion zsh > \"${fpath[1]}/_sessd\"\n_arguments -s \\\n")
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	for _, row := range o.completed() {
		action := ""
		if words := choices(&row); words != nil {
			action = "(" + strings.Join(words, " ") + ")"
		} else if row.Value.Kind == "path" {
			action = "_files"
		}
		fmt.Fprintf(&b, "  '--%s[%s]:%s:%s' \\\n", row.Name, quote.Replace(row.Help), quote.Replace(row.Value.Kind), action)
	}
	b.WriteString("  '(-h --help)'{-h,--help}'[print help and exit]' \\\n  '--version[print the version and exit]' \\\n")
	var words []string
	for _, one := range subcommands {
		words = append(words, one[0])
	}
	fmt.Fprintf(&b, "  '1:file or command:{_alternative \"commands:command:(%s)\" \"files:file:_files\"}' \\\n  '*:file:_files'\n", strings.Join(words, " "))
	return b.String()
}

func fishCompletion(o *options) string {
	quote := func(text string) string { return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'" }
	var b strings.Builder
	b.WriteString("# fish completion of sessd: sessd completion fish > ~/.config/fish/completions/sessd.fish\n")
	for _, one := range subcommands {
		fmt.Fprintf(&b, "complete -c sessd -n __fish_is_first_arg -a %s -d %s\n", one[0], quote(one[1]))
	}
	b.WriteString("complete -c sessd -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n")
	b.WriteString("complete -c sessd -s h -l help -d 'print help and exit'\ncomplete -c sessd -l version -d 'print the version and exit'\n")
	for _, row := range o.completed() {
		fmt.Fprintf(&b, "complete -c sessd -l %s -d %s", row.Name, quote(row.Help))
		switch words := choices(&row); {
		case words != nil:
			fmt.Fprintf(&b, " -x -a %s", quote(strings.Join(words, " ")))
		case row.Value.Kind == "path":
			b.WriteString(" -r")
		default:
			b.WriteString(" -x")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
