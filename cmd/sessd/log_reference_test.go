package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestLinesOfTheLog holds the list of lines to the calls in the source that write them.
func TestLinesOfTheLog(t *testing.T) {
	const path, begin, end = "logging/LINES.md", "<!-- lines:begin -->\n", "<!-- lines:end -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s lacks %q or %q", path, begin, end)
	}
	want := "| level | message | fields |\n|---|---|---|\n" + strings.Join(logLines(t), "")
	switch {
	case got == want:
	case *update:
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the source logs; go test ./cmd/sessd -run TestLinesOfTheLog -update writes it anew", path)
	}
}

// logLines returns a row for every line that the daemon may log.
func logLines(t *testing.T) []string {
	t.Helper()
	var rows []string
	for _, root := range []string{".", "../../server", "../../commands", "../../store"} {
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "test/") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if row := logRow(call); row != "" {
						rows = append(rows, row)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// logRow returns the row of a call that logs, or nothing.
func logRow(call *ast.CallExpr) string {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, method.Sel.Name) || len(call.Args) == 0 {
		return ""
	}
	name := ""
	switch log := method.X.(type) {
	case *ast.Ident:
		name = log.Name
	case *ast.SelectorExpr:
		name = log.Sel.Name
	}
	message := literal(call.Args[0])
	if strings.ToLower(name) != "log" || message == "" {
		return ""
	}
	var fields []string
	for i := 1; i < len(call.Args); i++ {
		if attr, ok := call.Args[i].(*ast.CallExpr); ok && len(attr.Args) == 2 && literal(attr.Args[0]) != "" {
			fields = append(fields, "`"+literal(attr.Args[0])+"`")
			continue
		}
		if key := literal(call.Args[i]); key != "" {
			fields = append(fields, "`"+key+"`")
			i++
		}
	}
	return fmt.Sprintf("| %s | %s | %s |\n", strings.ToUpper(method.Sel.Name), escape(message), strings.Join(fields, " "))
}

// literal returns the value of a string literal, or nothing.
func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		text, _ := strconv.Unquote(l.Value)
		return text
	}
	return ""
}

func TestCompletionAndManualTellEveryFlag(t *testing.T) {
	texts := map[string]string{"man": ""}
	for shell := range completions {
		texts["completion "+shell] = ""
	}
	for words := range texts {
		var stdout, stderr strings.Builder
		if code := run(strings.Fields(words), nil, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
			t.Errorf("%s: code %d, %s", words, code, stderr.String())
		}
		texts[words] = stdout.String()
		o := newOptions()
		for _, row := range o.completed() {
			flag := map[string]string{"man": roff("--" + row.Name), "completion fish": "-l " + row.Name + " "}[words]
			if flag == "" {
				flag = "--" + row.Name
			}
			if !strings.Contains(stdout.String(), flag) {
				t.Errorf("%s does not tell --%s", words, row.Name)
			}
		}
	}
	checkRun(t, exitUsage, "", "sessd: completion takes bash, zsh or fish\n", nil, "completion")
	checkRun(t, exitUsage, "", "sessd: completion takes bash, zsh or fish\n", nil, "completion", "tcsh")
	for _, reader := range []struct {
		program, text string
		args          []string
	}{
		{"bash", texts["completion bash"], []string{"-n"}}, {"zsh", texts["completion zsh"], []string{"-n"}}, {"fish", texts["completion fish"], []string{"--no-execute"}},
		{"mandoc", texts["man"], []string{"-T", "lint", "-W", "error"}},
	} {
		t.Run(reader.program, func(t *testing.T) {
			path, err := exec.LookPath(reader.program)
			if err != nil {
				t.Skipf("%s is not there to read what is made for it", reader.program)
			}
			out, err := exec.Command(path, append(reader.args, write(t, "made", reader.text))...).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestBashCompletes asks the script of bash what it completes.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not there")
	}
	script := write(t, "sessd.bash", bashCompletion(newOptions()))
	for line, want := range map[string]string{
		"sessd --idle": "--idle-timeout", "sessd --io-uring y": "yes", "sessd check": "check check-config", "sessd completion z": "zsh", "sessd --port 6": "",
	} {
		ask := fmt.Sprintf("source %s; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _sessd; echo ${COMPREPLY[@]}", script, line)
		cmd := exec.Command(bash, "-c", ask)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", line, got, err, want)
		}
	}
}
