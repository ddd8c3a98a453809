package run_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

// short carries a plan out in which every copy takes an hour, one at a time, with so much time for new work.
func (s *stage) short(limit time.Duration) (plan.Plan, run.Report) {
	s.t.Helper()
	s.w.FailAt(0, false)
	s.w.OnCall(func(c runtest.Call) {
		if c.Verb == "copy" {
			s.w.Advance(time.Hour)
		}
	})
	defer s.w.OnCall(nil)
	p, inv := s.plan()
	return p, run.Execute(context.Background(), s.w, p, inv, run.Options{Parallel: 1, Clock: s.w.Now, Until: s.w.Now().Add(limit)})
}

func outcomes(report run.Report) map[plan.Ref]run.Outcome {
	list := map[plan.Ref]run.Outcome{}
	for _, result := range report.Results {
		list[result.Ref] = result.Outcome
	}
	return list
}

func TestAfterItsTimeARunBeginsNothingAndTheNextGoesOnThere(t *testing.T) {
	s := newStage(t)
	s.runClean()
	s.runClean()

	p, report := s.short(90 * time.Minute) // two copies begin
	if got := outcomes(report); report.OK || !report.TimeOver || got[app] != run.OK || got[data] != run.OK || got[logs] != run.Skipped || got[db] != run.Skipped {
		t.Fatalf("%s", report.Text())
	}
	for _, item := range p.Items {
		verbs, result := strings.Join(verbsFor(s.w.Calls(), item.Ref), " "), resultOf(report, item.Ref)
		switch {
		case result.Outcome == run.OK && !strings.HasSuffix(verbs, "copy mark base delete delete"):
			t.Errorf("%s is finished, but was not pruned: %s", item.Ref, verbs)
		case result.Outcome == run.Skipped && (verbs != "snapshot" || result.Snapshot == "" || !strings.Contains(result.Error, "its copy was not begun: --max-duration is over")):
			t.Errorf("%s is skipped (%+v) after %s", item.Ref, result, verbs)
		}
	}
	if !s.running(app) {
		t.Error("what was stopped was not started")
	}
	if !strings.HasPrefix(report.Summary(), "backup cut short by --max-duration: 2 ok, 2 skipped") {
		t.Errorf("the summary is %q", report.Summary())
	}

	_, report = s.short(90 * time.Minute)
	if got := outcomes(report); got[app] != run.Skipped || got[data] != run.Skipped || got[logs] != run.OK || got[db] != run.OK {
		t.Errorf("the next run does not go on with the rest: %s", report.Text())
	}
	s.write()
	s.runClean()
}

func TestARunWithoutAnyTimeLeftBeginsNothing(t *testing.T) {
	s := newStage(t)
	_, report := s.short(0)
	if calls := s.w.Calls(); len(calls) > 0 || report.OK || report.Totals.Skipped != len(s.jobs) {
		t.Errorf("it made the calls %v: %s", calls, report.Text())
	}
	for _, result := range report.Results {
		if result.Error != "not begun: --max-duration is over" {
			t.Errorf("%s: %s", result.Ref, result.Error)
		}
	}
}

func TestACatchUpThatEndsTooLateIsNotFollowedByASnapshot(t *testing.T) {
	s := newStageWithHistory(t)
	_, report := s.short(time.Minute)
	result := resultOf(report, logs)
	if got := strings.Join(verbsFor(s.w.Calls(), logs), " "); got != "copy" || !strings.Contains(result.Error, "only what was pending was copied") {
		t.Errorf("after %s: %+v", got, result)
	}
}

func TestARunThatIsInTimeIsNotCutShort(t *testing.T) {
	s := newStage(t)
	if _, report := s.short(100 * time.Hour); !report.OK || report.TimeOver {
		t.Error(report.Text())
	}
}

func TestHostArchivesForWhichThereIsNoTimeFailTheRun(t *testing.T) {
	report := run.Report{OK: true, StartedAt: time.Unix(0, 0)}
	report.LeaveHostArchives([]run.HostArchive{{Host: "incus1", Outcome: run.Skipped, Error: "not begun: " + run.TimeOver}}, time.Unix(60, 0))
	if report.OK || !report.TimeOver || !strings.HasPrefix(report.Summary(), "backup cut short by --max-duration") || !strings.Contains(report.Text(), "skipped: incus1: not begun") {
		t.Errorf("%+v: %s", report, report.Text())
	}
}
