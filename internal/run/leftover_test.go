package run_test

import (
	"context"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
)

// leave makes a clone of a replica's snapshot, as a command does that is killed then.
func (s *stage) leave() plan.Leftover {
	s.t.Helper()
	inv, err := s.w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		s.t.Fatal(err)
	}
	held := inv.Target.Holdings[app]
	ref := app
	ref.Name += "-IAB-content-20260310-110000"
	point := plan.Point{Side: plan.Target, Holder: app, Within: true, Snapshot: held.Snapshots[0].Name}
	if err := s.w.Clone(context.Background(), plan.Clone{Ref: ref, Of: point, Purpose: plan.PurposeContent}); err != nil {
		s.t.Fatal(err)
	}
	return plan.Leftover{Side: plan.Target, Ref: ref}
}

func TestWhatAKilledCommandHasLeftIsRemovedByTheNextRun(t *testing.T) {
	s := newStage(t)
	s.runClean()
	left := s.leave()
	if p, _ := s.plan(); len(p.Leftovers) != 1 || p.Leftovers[0] != left {
		t.Fatalf("leftovers %v", p.Leftovers)
	}
	s.runClean()
	if p, _ := s.plan(); len(p.Leftovers) > 0 {
		t.Errorf("it is still there: %v", p.Leftovers)
	}
}

// A clone that can't be removed is reported, and everything else goes on.
func TestACloneThatCannotBeRemovedFailsByItself(t *testing.T) {
	s := newStage(t)
	s.runClean()
	left := s.leave()
	s.w.FailAt(1, false)
	_, report := s.execute(context.Background(), s.w)
	if result := resultOf(report, left.Ref); result.Outcome != run.Failure || result.Hint == "" || report.OK || report.Totals.OK != len(refs) {
		t.Errorf("%+v of %+v", result, report.Totals)
	}
}
