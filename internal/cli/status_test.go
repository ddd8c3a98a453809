package cli

import (
	"context"
	"io/fs"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"iab/internal/config"
	"iab/internal/plan"
	"iab/internal/remote"
)

// watched shows the status on a terminal until it was drawn that many times, and returns what was written to it.
func watched(t *testing.T, s *stage, draws int, args ...string) (screen string, code int) {
	t.Helper()
	s.write("config.json", threeObjects)
	scene("credentials")(s)
	scene("new")(s)
	tty, read := openTerminal(t, 60)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a := s.app(tty, tty)
	reach := a.reach
	a.reach = func(ctx context.Context, cfg config.Config, creds remote.Credentials) (examined, plan.Sides[error]) {
		if draws--; draws < 0 {
			cancel()
		}
		return reach(ctx, cfg, creds)
	}
	code = a.main(ctx, append([]string{"status"}, args...))
	return read(), code
}

func TestAWatchedStatusIsDrawnOverTheLastOne(t *testing.T) {
	for _, args := range [][]string{{"--watch=1ms"}, {"--watch", "1ms"}} {
		screen, code := watched(t, newStage(t), 3, args...)
		if n := strings.Count(screen, "\x1b[H"); n != 3 || code != exitOK {
			t.Errorf("%v: drawn %d times, exit %d:\n%q", args, n, code, screen)
		}
		if !strings.Contains(screen, "IAB CRITICAL: 3 missing") || !strings.HasSuffix(screen, "every 1ms; Ctrl-C ends it\x1b[K\n\x1b[J") {
			t.Errorf("%v: %q", args, screen)
		}
		for line := range strings.Lines(escapes.ReplaceAllString(screen, "")) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 60 {
				t.Errorf("this line has %d columns:\n%s", n, line)
			}
		}
	}
}

func TestAWatchedStatusOutlivesServersThatCanNotBeReached(t *testing.T) {
	s := newStage(t)
	scene("lost-source")(s)
	scene("lost-target")(s)
	screen, code := watched(t, s, 2, "--watch=1ms")
	if n := strings.Count(screen, "\x1b[HIAB UNKNOWN: the source can't be read, the target can't be r"); n != 2 || code != exitOK {
		t.Errorf("told %d times, exit %d:\n%q", n, code, screen)
	}
}

func TestAWatchedStatusEndsWhenItsConfigCanNotBeUsed(t *testing.T) {
	s := newStage(t)
	s.write("config.json", "{}")
	tty, read := openTerminal(t, 60)
	if code := s.app(tty, tty).main(t.Context(), []string{"status", "--watch"}); code != exitUsage {
		t.Errorf("exit %d:\n%s", code, read())
	}
}

func TestOnlyAsMuchIsDrawnAsThereAreLines(t *testing.T) {
	for _, c := range []struct {
		text  string
		lines int
		want  string
	}{
		{"a\nb\nend\n", 24, "a b end"},
		{"a\nb\nc\nend\n", 5, "a b c end"},
		{"a\nb\nc\nd\nend\n", 5, "a b … end"},
		{"a\nb\nc\nd\nend\n", 0, "a b c d end"},
	} {
		got := strings.Join(strings.Fields(escapes.ReplaceAllString(redraw(c.text, 80, c.lines), "")), " ")
		if got != c.want {
			t.Errorf("%q on %d lines: %s, want %s", c.text, c.lines, got, c.want)
		}
	}
}

func TestThePageIsWrittenInOneStep(t *testing.T) {
	s := newStage(t)
	s.write("config.json", threeObjects)
	scene("credentials")(s)
	scene("new")(s)
	s.write("pages/iab.html", "an older page")
	if out := s.iab([]string{"status", "--html", "pages/iab.html"}); !strings.HasSuffix(out, "exit 2\n") {
		t.Errorf("the status is told, too:\n%s", out)
	}
	page, err := os.ReadFile("pages/iab.html")
	if err != nil || !strings.Contains(string(page), "IAB CRITICAL: 3 missing") || !strings.Contains(string(page), "Source: incus1. Target: incus2.") {
		t.Errorf("%v\n%s", err, page)
	}
	info, _ := os.Stat("pages/iab.html")
	files, _ := os.ReadDir("pages")
	if len(files) != 1 || info.Mode() != fs.FileMode(0o644) {
		t.Errorf("%d files, mode %s", len(files), info.Mode())
	}
}

func TestTheStatusIsPrintedAsMetrics(t *testing.T) {
	s := newStage(t)
	s.write("config.json", threeObjects)
	scene("credentials")(s)
	scene("new")(s)
	scene("lost-source")(s)
	out := s.iab([]string{"status", "--metrics"})
	for _, want := range []string{"iab_server_reached{side=\"source\"} 0\n", "iab_server_reached{side=\"target\"} 1\n",
		"iab_object_state{kind=\"volume\",name=\"data\",pool=\"local\",project=\"default\",severity=\"critical\",state=\"missing\"} 1\n", "\nexit 3\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("it lacks %s:\n%s", want, out)
		}
	}
	if strings.Contains(out, `side="source"`+"} 0\niab_object") || strings.Contains(out, "iab_run") {
		t.Errorf("it tells of a run, or of what is not known:\n%s", out)
	}
}

// A run's metrics never change its result, and neither a run that can't begin nor an interrupted one leaves old values.
func TestTheMetricsOfARunAreWrittenHoweverItEnds(t *testing.T) {
	for says, c := range map[string]struct {
		change       func(*stage)
		want, absent string
		code         string
	}{
		"a good run":       {func(*stage) {}, "iab_run_success 1\n", "", ""},
		"a failure":        {scenes["copy-fails"], "iab_run_success 0\n", "", "exit 1"},
		"an interruption":  {func(s *stage) { s.cancel = "copy" }, "iab_run_objects{outcome=\"skipped\"}", "iab_object_state", "exit 130"},
		"no server":        {scenes["unreachable"], "iab_run_success 0\n", "iab_object", "exit 3"},
		"a useless config": {func(s *stage) { s.write("config.json", "{}") }, "iab_run_success 0\n", "iab_object", "exit 2"},
	} {
		t.Run(says, func(t *testing.T) {
			s := newStage(t)
			s.write("config.json", threeObjects)
			scenes["new"](s)
			s.world.Put(plan.Source, instance(longName), plan.Holding{})
			s.world.Put(plan.Source, instance("gone"), plan.Holding{})
			s.write("iab.prom", "old values")
			c.change(s)
			out := s.iab([]string{"run", "-q", "--metrics-file", "iab.prom"})
			data, err := os.ReadFile("iab.prom")
			if text := string(data); err != nil || !strings.Contains(text, c.want) || c.absent != "" && strings.Contains(text, c.absent) {
				t.Errorf("%v, %s\n%s", err, out, text)
			}
			if !strings.Contains(out, c.code) {
				t.Errorf("the run says\n%s", out)
			}
		})
	}
	s := newStage(t)
	s.write("config.json", threeObjects)
	s.write("iab.prom", "of the other run")
	s.play("lock")
	s.iab([]string{"run", "--metrics-file", "iab.prom"})
	if data, _ := os.ReadFile("iab.prom"); string(data) != "of the other run" {
		t.Errorf("a run that found the lock held has written %s", data)
	}
}
