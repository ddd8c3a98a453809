package internal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// binary is the path of an iab built for a test.
type binary string

func newBinary(t *testing.T) binary {
	t.Helper()
	path := filepath.Join(t.TempDir(), "iab")
	build := exec.Command("go", "build", "-o", path, "./cmd/iab")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build iab: %v\n%s", err, out)
	}
	return binary(path)
}

// output runs the binary where no config lies and returns all that it prints.
func (b binary) output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), string(b), args...)
	cmd.Dir = filepath.Dir(string(b))
	cmd.Env = []string{"HOME=" + cmd.Dir}
	out, _ := cmd.CombinedOutput() // what it prints tells all
	return string(out)
}

func (b binary) help(t *testing.T, args ...string) string {
	t.Helper()
	return b.output(t, append(args, "--help")...)
}

// commands lists the command lines of all commands, found by their help.
func (b binary) commands(t *testing.T) [][]string {
	t.Helper()
	list := [][]string{{}}
	for i := 0; i < len(list); i++ {
		_, below, _ := strings.Cut(b.help(t, list[i]...), "Available Commands:\n")
		for line := range strings.Lines(below) {
			name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name == "" {
				break
			}
			if name != "help" && name != "completion" {
				list = append(list, append(append([]string{}, list[i]...), name))
			}
		}
	}
	return list
}

// knows reports whether a command takes a flag. The flag stands before --help, which is not reached if it is unknown.
func (b binary) knows(t *testing.T, command []string, flag string) bool {
	t.Helper()
	return !strings.Contains(b.output(t, append(command[:len(command):len(command)], flag+"=1", "--help")...), "unknown flag")
}

var flagWord = regexp.MustCompile(`^--[A-Za-z][A-Za-z-]*`)

// mention is a flag as a manual shows it: in a line that begins with iab, or alone, where any command may have it.
type mention struct {
	command []string
	any     bool
	flag    string
}

// mentions lists the flags of iab that a text shows as code.
func mentions(text string, commands [][]string) []mention {
	var pieces []string
	for i, part := range strings.Split(strings.ReplaceAll(text, "\\\n", " "), "```") {
		if i%2 == 1 {
			pieces = append(pieces, strings.Split(part, "\n")...)
			continue
		}
		for _, span := range codeSpan.FindAllStringSubmatch(part, -1) {
			pieces = append(pieces, span[1])
		}
	}
	var list []mention
	for _, piece := range pieces {
		words := strings.Fields(piece)
		if len(words) == 0 {
			continue
		}
		m := mention{any: strings.HasPrefix(words[0], "--")}
		if !m.any && words[0] != "iab" && words[0] != "bin/iab" {
			continue
		}
		for _, command := range commands {
			if !m.any && len(command) > len(m.command) && strings.HasPrefix(strings.Join(words[1:], " ")+" ", strings.Join(command, " ")+" ") {
				m.command = command
			}
		}
		for _, word := range words {
			if m.flag = flagWord.FindString(word); m.flag != "" {
				list = append(list, m)
			}
		}
	}
	return list
}

func TestTheManualsShowNoFlagThatDoesNotExist(t *testing.T) {
	b := newBinary(t)
	commands := b.commands(t)
	if len(commands) < 6 {
		t.Fatalf("only the commands %v were found", commands)
	}
	if b.knows(t, nil, "--no-such-flag") || !b.knows(t, []string{"onboard"}, "--sourceURL") {
		t.Fatal("iab does not tell known flags from unknown ones")
	}
	seen := map[string]bool{}
	for _, name := range manuals(t) {
		for _, m := range mentions(manual(t, name), commands) {
			seen[m.flag] = true
			known := !m.any && b.knows(t, m.command, m.flag)
			for _, command := range commands {
				known = known || m.any && b.knows(t, command, m.flag)
			}
			if !known {
				t.Errorf("%s shows %s %s, which does not exist", name, strings.Join(append([]string{"iab"}, m.command...), " "), m.flag)
			}
		}
	}
	if !seen["--source-url"] || !seen["--dryRun"] {
		t.Errorf("the manuals were not read whole: %v", seen)
	}
}
