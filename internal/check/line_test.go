package check_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/check"
	"iab/internal/plan"
)

func TestTheWorstLinesComeFirstAndElseTheOrderStays(t *testing.T) {
	line := func(name string, state check.State) check.Line { return check.Line{Name: name, State: state} }
	report := check.NewReport(noon, []check.Line{
		line("a", check.OK), line("b", check.Warn), line("c", check.Fail), line("d", check.OK), line("e", check.Fail), line("f", check.Warn),
	})
	var order string
	for _, l := range report.Checks {
		order += l.Name
	}
	if order != "cebfad" || report.Worst != check.Fail || report.Count(check.Fail) != 2 || report.Count(check.OK) != 2 {
		t.Errorf("the order is %s, the worst %s", order, report.Worst)
	}
	data, err := json.Marshal(check.NewReport(noon, nil))
	if want := `{"at":"2026-03-10T12:00:00Z","worst":"ok","checks":[]}`; err != nil || string(data) != want {
		t.Errorf("nothing looked at is %s (%v), want %s", data, err, want)
	}
}

// TestTheSameFactsGiveTheSameLines judges scenes whose objects lie in maps again and again.
func TestTheSameFactsGiveTheSameLines(t *testing.T) {
	for _, c := range cases {
		s := newScene(t)
		c.change(s)
		first := s.lines()
		for range 20 {
			if diff := cmp.Diff(first, s.lines()); diff != "" {
				t.Fatalf("%s: %s", c.name, diff)
			}
		}
	}
}

func TestEveryLineIsOnePlainSentence(t *testing.T) {
	for _, c := range cases {
		s := newScene(t)
		c.change(s)
		for _, l := range s.lines() {
			if l.Name == "" || l.Subject == "" || l.Text == "" || l.State == check.OK && l.Hint != "" {
				t.Errorf("%s: %s", c.name, written(l))
			}
			if strings.HasSuffix(l.Text, ".") || strings.Contains(l.Text+l.Hint, "\n") {
				t.Errorf("%s: not one plain sentence: %s", c.name, written(l))
			}
		}
	}
}

// TestOneSideIsLookedAtWithoutTheOther takes each side away: what is said of the other stays.
func TestOneSideIsLookedAtWithoutTheOther(t *testing.T) {
	gone := check.Trouble{Text: "connect: nothing listens there", Hint: "start it"}
	for _, side := range plan.BothSides {
		s := newScene(t)
		s.facts.Servers.On(side).Trouble = &gone
		other := map[plan.Side]string{plan.Source: "target", plan.Target: "source"}[side]
		lost := s.missing()
		if slices.ContainsFunc(lost, func(l string) bool {
			return strings.Contains(l, "["+other+"]") && !strings.Contains(l, "ok retention")
		}) {
			t.Errorf("without the %s nothing is said of the other side any more:\n%s", side, strings.Join(lost, "\n"))
		}
		if got := of(s.changed(), "server"); got != "fail server ["+string(side)+"] connect: nothing listens there (start it)" {
			t.Errorf("%s", got)
		}
	}
}

func TestTheInputsOfFurtherReadsAreThoseOfTheNextRun(t *testing.T) {
	s := newScene(t)
	s.history(instance("web1"), own(2, 1), own(2, 1), "2", "2")
	s.lines()
	if got := check.FirstCopies(s.facts.Next.Plan); !slices.Equal(got, []plan.Ref{volume("plain", "data")}) {
		t.Errorf("first copies: %v", got)
	}
	if got := check.Pools(append(s.facts.Jobs, plan.Job{Ref: instance("gone")}), plan.Target); !slices.Equal(got, []string{"local", "plain"}) {
		t.Errorf("pools of the target: %v", got)
	}
	if got := check.Pools(s.facts.Jobs, plan.Source); !slices.Equal(got, []string{"plain"}) {
		t.Errorf("pools of the source: %v", got)
	}
}
