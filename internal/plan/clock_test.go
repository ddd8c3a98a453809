package plan_test

import (
	"strings"
	"testing"
	"time"

	"iab/internal/plan"
)

func TestClocksThatDifferAreWarnedOfOnceInAPlan(t *testing.T) {
	for _, c := range []struct {
		source, target time.Duration
		want           string
	}{
		{0, 0, ""},
		{5 * time.Second, 0, ""},
		{-3 * time.Second, 2 * time.Second, ""},
		{-3 * time.Second, 3 * time.Second, "the clock of the source is 3s behind this machine's, that of the target is 3s ahead of it"},
		{6 * time.Second, 0, "the clock of the source is 6s ahead of this machine's, that of the target agrees with it"},
		{0, -time.Hour, "the clock of the source agrees with this machine's, that of the target is 1h0m0s behind it"},
		{time.Hour, time.Hour, "the clock of the source is 1h0m0s ahead of this machine's, that of the target is 1h0m0s ahead of it"},
	} {
		s := newScene(t)
		for _, name := range []string{"web1", "web2"} {
			s.job(instance(name))
			s.source(instance(name), nil)
		}
		s.inv.Source.Skew, s.inv.Target.Skew = c.source, c.target
		p := s.plan()
		got := strings.Join(p.Warnings, "\n")
		if sentence, _, _ := strings.Cut(got, "; "); sentence != c.want {
			t.Errorf("source %s, target %s: %q, want %q", c.source, c.target, got, c.want)
		}
		for _, item := range p.Items {
			if len(item.Warnings) > 0 || item.Problem != "" {
				t.Errorf("source %s, target %s: an object is told %q %q", c.source, c.target, item.Warnings, item.Problem)
			}
		}
	}
}

func TestLeadReadsTheSameForFractionsOfASecond(t *testing.T) {
	for ahead, want := range map[time.Duration]string{400 * time.Millisecond: "agrees with", -90*time.Second - 300*time.Millisecond: "is 1m30s behind"} {
		if got := plan.Lead(ahead); got != want {
			t.Errorf("%s: %q, want %q", ahead, got, want)
		}
	}
}
