package cli

import (
	"strings"
	"testing"

	"iab/internal/run"
)

func TestATerminalThatIsWideEnoughShowsHowLongSomethingWasOutOfService(t *testing.T) {
	for _, c := range []struct {
		window float64
		width  int
		shown  bool
	}{{0.42, 120, true}, {0.42, 80, false}, {0, 120, false}} {
		report := run.Report{Results: []run.Result{{Ref: instance("web1"), Outcome: run.OK, Window: c.window}, {Ref: instance("web2"), Outcome: run.OK}}}
		text := reportTable(report, c.width, false)
		if strings.Contains(text, "out of service") != c.shown || strings.Contains(text, "420ms") != c.shown {
			t.Errorf("%.2f s at width %d:\n%s", c.window, c.width, text)
		}
	}
}
