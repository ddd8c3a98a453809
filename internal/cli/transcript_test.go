package cli

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// TestTranscripts plays every session of testdata and compares what it prints. A session is lines of commands that start
// with "$ ", each followed by what it prints: stdout as it is, stderr behind "2| ", and the exit code unless it is 0. Lines
// that start with "# " are for the reader, and files follow behind lines of the form "-- name --".
func TestTranscripts(t *testing.T) {
	sessions, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(sessions) == 0 {
		t.Fatalf("there are no sessions to play: %v", err)
	}
	for _, path := range sessions {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(data))
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(data), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("the session prints something else (-want +got), see go test -update:\n%s", diff)
			}
			if found := goisms.FindString(got); found != "" {
				t.Errorf("the session prints %q, which says nothing to an operator", found)
			}
		})
	}
}

// goisms are words of the language and its libraries that no operator should have to read.
var goisms = regexp.MustCompile(`strconv\.|ParseInt|invalid character|unknown shorthand|unmarshal|invalid syntax|goroutine |panic|` +
	`\*[a-z]+\.[A-Z]|context canceled|context deadline|failed to|%!|no such file or directory|: EOF`)

// play carries out the commands of a session and returns the session with what they print now.
func play(t *testing.T, session string) string {
	script, files := split(session)
	s := newStage(t)
	for _, f := range files {
		s.write(f.name, f.content)
	}
	var out strings.Builder
	printed := false // lines behind a command are what it printed when the session was written
	for line := range strings.Lines(script) {
		text := strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(text, "$ "):
			out.WriteString(line)
			out.WriteString(s.play(strings.TrimPrefix(text, "$ ")))
			printed = true
		case strings.HasPrefix(text, "# "):
			if printed {
				out.WriteString("\n")
			}
			out.WriteString(line)
			printed = false
		case !printed:
			out.WriteString(line)
		}
	}
	if len(files) > 0 {
		out.WriteString("\n" + session[len(script):])
	}
	return out.String()
}

// file is one that a session starts with.
type file struct{ name, content string }

var fileLine = regexp.MustCompile(`(?m)^-- (\S+) --\n`)

func split(session string) (script string, files []file) {
	marks := fileLine.FindAllStringSubmatchIndex(session, -1)
	script = session
	for i, m := range marks {
		if i == 0 {
			script = session[:m[0]]
		}
		end := len(session)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		files = append(files, file{session[m[2]:m[3]], session[m[1]:end]})
	}
	return script, files
}

// words splits a command as a shell does, without variables and globs.
func words(t *testing.T, command string) []string {
	t.Helper()
	var list []string
	word, open, quoted := "", false, rune(0)
	for _, r := range command {
		switch {
		case quoted != 0 && r == quoted:
			quoted = 0
		case quoted == 0 && (r == '\'' || r == '"'):
			quoted, open = r, true
		case quoted == 0 && r == ' ':
			if open {
				list = append(list, word)
			}
			word, open = "", false
		default:
			word, open = word+string(r), true
		}
	}
	if quoted != 0 {
		t.Fatalf("%s: a quote is left open", command)
	}
	if open {
		list = append(list, word)
	}
	return list
}

// screen shows what a command printed as it stands in a session.
func screen(out, err *bytes.Buffer, code int) string {
	var b strings.Builder
	b.WriteString(out.String())
	if text := out.String(); text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteString("(no newline)\n")
	}
	for line := range strings.Lines(err.String()) {
		b.WriteString("2| " + strings.TrimSuffix(line, "\n") + "\n")
	}
	if code != 0 {
		fmt.Fprintf(&b, "exit %d\n", code)
	}
	return b.String()
}
