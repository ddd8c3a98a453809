package cli

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// checked runs check on a terminal of that width, with something of every state, and returns what was written to it.
func checked(t *testing.T, s *stage, width uint16, args ...string) string {
	t.Helper()
	for _, name := range []string{"credentials", "room", "more-objects", "full"} {
		scene(name)(s)
	}
	return onTerminal(t, s, width, append([]string{"check"}, args...)...)
}

func TestACheckFitsTheTerminal(t *testing.T) {
	for _, width := range []uint16{60, 80, 120, 200} {
		t.Run(strconv.Itoa(int(width)), func(t *testing.T) {
			screen := checked(t, newStage(t), width)
			plain := escapes.ReplaceAllString(screen, "")
			for line := range strings.Lines(plain) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > int(width) {
					t.Errorf("this line has %d columns:\n%s", n, line)
				}
			}
			words := strings.Join(strings.Fields(plain), " ")
			for _, want := range []string{"does not exist on the source", "→ correct the name in the config", "checks: 1 failure, 2 warnings,"} {
				if !strings.Contains(words, want) {
					t.Errorf("the screen lacks %q:\n%s", want, plain)
				}
			}
		})
	}
}

func TestTheStatesOfACheckHaveColoursWhereTheyAreWanted(t *testing.T) {
	for _, c := range []struct {
		key, value string
		want       bool
	}{{"LANG", "C", true}, {"NO_COLOR", "1", false}, {"TERM", "dumb", false}} {
		s := newStage(t)
		s.env[c.key] = c.value
		screen := checked(t, s, 100)
		for _, state := range []string{"\x1b[31mfail\x1b[0m", "\x1b[33mwarn\x1b[0m", "\x1b[32mok\x1b[0m"} {
			if strings.Contains(screen, state) != c.want {
				t.Errorf("%s=%s: colours: want %t, got %q", c.key, c.value, c.want, screen)
			}
		}
	}
}

func TestAQuietCheckSaysNothingOfWhatIsWell(t *testing.T) {
	screen := checked(t, newStage(t), 100, "-q")
	if strings.Contains(screen, "\x1b[32mok") || !strings.Contains(screen, "\x1b[31mfail") || !strings.Contains(screen, "\x1b[33mwarn") {
		t.Errorf("quiet prints %s", screen)
	}
}
