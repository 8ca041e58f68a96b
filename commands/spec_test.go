package commands_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sessd/commands"
	"sessd/commands/families"
	"sessd/server/servertest"
)

// request returns so many words that begin with a command's name.
func request(c *commands.Command, words int) []string {
	all := strings.Split(strings.ToUpper(c.Name), "|")
	for len(all) < words {
		all = append(all, "x")
	}
	return all
}

// runnable returns the commands that a request may name: a container without a function of its own is not one.
func runnable() []*commands.Command {
	return slices.DeleteFunc(commands.Table(families.Of(nil)), func(c *commands.Command) bool { return c.Run == nil })
}

func TestRowsAreComplete(t *testing.T) {
	for _, c := range runnable() {
		_, usage, isSub := strings.Cut(c.Usage, " ")
		help := isSub && usage == "HELP"
		if c.Summary == "" || c.Group == "" || c.Since == "" || c.Example == "" && !help {
			t.Errorf("the row of %s is not complete", c.Name)
		}
		if !strings.HasSuffix(c.Summary, ".") || strings.Contains(c.Summary, "\n") {
			t.Errorf("the summary of %s is no sentence: %q", c.Name, c.Summary)
		}
		if c.Example != "" && !strings.Contains(c.Example, strings.ReplaceAll(strings.ToUpper(c.Name), "|", " ")) {
			t.Errorf("the example of %s shows another command: %s", c.Name, c.Example)
		}
		if c.Flags&commands.ReadOnly != 0 && c.Flags&commands.Write != 0 {
			t.Errorf("%s reads only, and writes", c.Name)
		}
	}
}

func TestOneArgumentTooFew(t *testing.T) {
	conn := servertest.Start(t).Dial(t)
	for _, c := range commands.Table(families.Of(nil)) {
		if c.Run == nil { // a container lacks the word that says what to do
			conn.Want("-ERR wrong number of arguments for '"+c.Name+"' command\r\n", strings.ToUpper(c.Name))
		}
	}
	for _, c := range runnable() {
		least := max(c.Arity, -c.Arity)
		if least == c.NameWords() {
			continue
		}
		conn.Want("-ERR wrong number of arguments for '"+c.Name+"' command\r\n", request(c, least-1)...)
	}
}

// TestFewestWords: what a command finds in a request is no more than its arity says.
func TestFewestWords(t *testing.T) {
	for _, c := range runnable() {
		if c.Name == "shutdown" { // needs no argument, and answers nothing
			continue
		}
		words := request(c, max(c.Arity, -c.Arity))
		if reply := servertest.Start(t).Dial(t).Do(words...); strings.HasPrefix(reply, "-ERR internal error") {
			t.Errorf("%q: %q", words, reply)
		}
	}
}

// TestOneArgumentTooMany: a request longer than any that the usage line allows is an error, whatever its words are.
func TestOneArgumentTooMany(t *testing.T) {
	conn := servertest.Start(t).Dial(t)
	for _, c := range runnable() {
		most, bounded := c.MostWords()
		if !bounded || c.Name == "bitcount" { // which reads what follows its key only where there is a string, as Redis's
			continue
		}
		words := request(c, most+1)
		if c.Arity > 0 {
			conn.Want(refusal(c, "-ERR wrong number of arguments for '"+c.Name+"' command\r\n"), words...)
		} else if reply := conn.Do(words...); !strings.HasPrefix(reply, "-") {
			t.Errorf("%q: %q, want an error", words, reply)
		}
	}
}

// refusal returns what a command answers in place of an error for which it may not run.
func refusal(c *commands.Command, text string) string {
	if c.Refused == nil {
		return text
	}
	return "-EXECABORT Transaction discarded because of: " + strings.TrimPrefix(text[1:], "ERR ")
}

func TestBeforeAuth(t *testing.T) {
	s := users(t)
	conn := s.Dial(t)
	for _, c := range runnable() {
		words := request(c, max(c.Arity, -c.Arity))
		if c.Flags&commands.NoAuth == 0 {
			conn.Want(refusal(c, noAuth), words...)
		} else if reply := s.Dial(t).Do(words...); reply == noAuth {
			t.Errorf("%q is refused before AUTH", words)
		}
	}
}

// TestExamples runs the example of every row on a fresh server and compares the last answer, written as redis-cli
// writes it with --json, to the one that the row shows.
func TestExamples(t *testing.T) {
	for _, c := range runnable() {
		if c.Example == "" {
			continue
		}
		requests, want, found := strings.Cut(c.Example, " -> ")
		if !found {
			t.Errorf("the example of %s has no answer: %s", c.Name, c.Example)
			continue
		}
		conn := servertest.Start(t).Dial(t)
		conn.Do("HELLO", "3")
		conn.Do("CONFIG", "SET", "slowlog-log-slower-than", "-1") // whatever a busy machine makes of a request
		var got string
		for one := range strings.SplitSeq(requests, "; ") {
			got = asJSON(t, conn.Do(strings.Fields(one)...))
		}
		pattern := strings.ReplaceAll(regexp.QuoteMeta(want), regexp.QuoteMeta("..."), ".*")
		if !regexp.MustCompile("(?s)^" + pattern + "$").MatchString(got) {
			t.Errorf("%s\n got %s", c.Example, got)
		}
	}
}

// asJSON writes a reply in RESP3 as redis-cli does.
func asJSON(t *testing.T, reply string) string {
	t.Helper()
	r := bufio.NewReader(strings.NewReader(reply))
	text, err := readJSON(r)
	if err != nil {
		t.Fatalf("%q: %v", reply, err)
	}
	return text
}

func readJSON(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, text := line[0], strings.TrimSuffix(line[1:], "\r\n")
	switch kind {
	case '+':
		return quote(text), nil
	case '-':
		return "error:" + quote(text), nil
	case ':', ',':
		return text, nil
	case '_':
		return "null", nil
	case '#':
		return strconv.FormatBool(text == "t"), nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return "", err
	}
	switch kind {
	case '$', '=':
		value := make([]byte, n+2)
		if _, err := io.ReadFull(r, value); err != nil {
			return "", err
		}
		if kind == '=' {
			value = value[len("txt:"):]
		}
		return quote(string(value[:len(value)-2])), nil
	case '*', '~', '>':
		return readElements(n, "[]", func() (string, error) { return readJSON(r) })
	case '%':
		return readElements(n, "{}", func() (string, error) {
			key, err := readJSON(r)
			if err != nil {
				return "", err
			}
			value, err := readJSON(r)
			return key + ":" + value, err
		})
	}
	return "", fmt.Errorf("unknown reply %q", line)
}

func readElements(n int, brackets string, read func() (string, error)) (string, error) {
	all := make([]string, n)
	for i := range all {
		var err error
		if all[i], err = read(); err != nil {
			return "", err
		}
	}
	return brackets[:1] + strings.Join(all, ",") + brackets[1:], nil
}

func quote(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(text) // a string always has a JSON form
	return strings.TrimSuffix(b.String(), "\n")
}
