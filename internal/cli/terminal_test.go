package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"iab/internal/plan"
	"iab/internal/runtest"
)

// openTerminal returns a pseudo terminal of that width, and a function that closes it and returns what was written to it.
func openTerminal(t *testing.T, width uint16) (*os.File, func() string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatalf("open a pseudo terminal: %v", err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatalf("unlock the pseudo terminal: %v", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatalf("ask for the number of the pseudo terminal: %v", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("open the other end: %v", err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatalf("set the width: %v", err)
	}
	read := make(chan string)
	go func() {
		var screen bytes.Buffer
		_, _ = io.Copy(&screen, master) // ends with an error when the other end is closed
		read <- screen.String()
	}()
	return slave, func() string {
		_ = slave.Close()
		screen := <-read
		_ = master.Close()
		return strings.ReplaceAll(screen, "\r\n", "\n")
	}
}

const longName = "customer-database-with-a-very-long-name-that-nobody-can-type"

// threeObjects is a config with an object of a long name and one that does not exist.
const threeObjects = `{
  "iab": {"iabCredDir": "creds", "uuid": "11111111-aaaa-4bbb-8ccc-222222222222"},
  "hosts": [
    {"name": "incus1", "role": "source", "url": "https://source:8443"},
    {"name": "incus2", "role": "target", "url": "https://target:8443"}
  ],
  "projects": [{
    "name": "default",
    "instances": [{"name": "` + longName + `", "storage": "local"}, {"name": "gone", "storage": "local"}],
    "volumes": [{"name": "data", "storage": "local"}]
  }],
  "retention": {"hosts": {"source": {"default": "2"}}}
}`

// onTerminal runs a command line on a terminal of that width and returns what was written to it.
func onTerminal(t *testing.T, s *stage, width uint16, args ...string) string {
	t.Helper()
	s.write("config.json", threeObjects)
	scenes["new"](s)
	s.world.Put(plan.Source, instance(longName), plan.Holding{})
	s.world.Write(plan.Source, instance(longName), strings.Repeat("x", 3_000_000))
	tty, read := openTerminal(t, width)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.world.OnCall(func(c runtest.Call) {
		if c.Verb == s.cancel {
			cancel()
		}
	})
	s.app(tty, tty).main(ctx, args)
	return read()
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

func TestNothingIsWiderThanTheTerminal(t *testing.T) {
	for _, width := range []uint16{60, 80, 100, 120, 200} {
		t.Run(strconv.Itoa(int(width)), func(t *testing.T) {
			screen := onTerminal(t, newStage(t), width)
			for line := range strings.Lines(escapes.ReplaceAllString(screen, "")) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > int(width) {
					t.Errorf("this line has %d columns:\n%s", n, line)
				}
			}
			for _, want := range []string{"default/instance/gone", "problem", "nobody-can-type", "5.7 MiB full",
				"\n  hint: correct the name", "\nbackup finished with errors: 2 ok, 1 with a problem, in 0s\n"} {
				if !strings.Contains(screen, want) {
					t.Errorf("the screen lacks %q:\n%s", want, screen)
				}
			}
		})
	}
}

func TestColoursAreForTerminalsThatWantThem(t *testing.T) {
	green := "\x1b[32mok\x1b[0m"
	for _, c := range []struct {
		says, key, value string
		want             bool
	}{
		{"a terminal", "LANG", "C", true},
		{"NO_COLOR is set", "NO_COLOR", "1", false},
		{"a dumb terminal", "TERM", "dumb", false},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := newStage(t)
			s.env[c.key] = c.value
			screen := onTerminal(t, s, 100)
			if got := strings.Contains(screen, green); got != c.want {
				t.Errorf("colours: %t, want %t:\n%q", got, c.want, screen)
			}
			if c.key == "TERM" && escapes.MatchString(screen) {
				t.Errorf("a dumb terminal is sent %q", escapes.FindString(screen))
			}
		})
	}
}

func TestAnInterruptedRunLeavesTheTerminalAsItWas(t *testing.T) {
	s := newStage(t)
	s.cancel = "copy"
	screen := onTerminal(t, s, 80)
	if strings.Contains(screen, "\x1b[?25l") && !strings.Contains(screen, "\x1b[?25h") {
		t.Errorf("the cursor stays hidden: %q", screen)
	}
	_, report, found := strings.Cut(screen, " object ")
	if !found || escapes.MatchString(strings.NewReplacer("\x1b[0m", "", "\x1b[31m", "", "\x1b[33m", "").Replace(report)) {
		t.Errorf("the report comes after the live lines are gone, got %q", screen)
	}
	if !strings.HasSuffix(screen, "backup interrupted: 0 ok, 1 with a problem, 2 skipped, in 0s\n") {
		t.Errorf("the last line is the summary, got %q", screen)
	}
}

func TestLiveLinesAndLogLinesDoNotMix(t *testing.T) {
	for _, args := range [][]string{{"--log-level", "debug"}, {"--log-format", "json"}, {"-q"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			screen := onTerminal(t, newStage(t), 80, args...)
			if strings.Contains(screen, "\x1b[J") {
				t.Errorf("live lines are drawn between those of the log: %q", screen)
			}
		})
	}
	if screen := onTerminal(t, newStage(t), 80); strings.Contains(screen, "level=INFO") || !strings.Contains(screen, "\x1b[J") {
		t.Errorf("want live lines and no log, got %q", screen)
	}
}

func TestADryRunPrintsThePlanByteForByte(t *testing.T) {
	for _, flags := range [][]string{
		{}, {"--json"}, {"--only", "data"}, {"--ios-fix=false"}, {"--json", "--iOSfix=true"}, {"--only", "nothing"}, {"-q"},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			s := newStage(t)
			s.write("config.json", threeObjects)
			scenes["new"](s)
			want := s.iab(append([]string{"plan"}, flags...))
			for _, run := range [][]string{{"run", "--dry-run"}, {"--dryRun"}, {"--dryRunCopy", "--dryRunPrune"}, {"run", "--dry-run", "--dry-run-copy"}} {
				if diff := cmp.Diff(want, s.iab(append(run, flags...))); diff != "" {
					t.Errorf("%s prints something else than plan (-plan +run):\n%s", strings.Join(run, " "), diff)
				}
			}
			if len(s.world.Calls()) > 0 {
				t.Errorf("something was changed: %v", s.world.Calls())
			}
		})
	}
}
