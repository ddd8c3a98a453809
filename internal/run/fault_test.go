package run_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

// Whatever single call of a run fails, with its effect or without: nothing that is to stay is lost, the other items are
// done, what ran runs, and two more runs leave all as it should be.
func TestEverySingleFailureHealsByItself(t *testing.T) {
	for _, c := range []struct {
		says string
		make func(*testing.T) *stage
	}{
		{"first run", newStage},
		{"later run", newStageWithHistory},
	} {
		calls := len(callsOfCleanRun(c.make(t)))
		if calls < 2*len(refs) {
			t.Fatalf("%s: only %d calls", c.says, calls)
		}
		for n := range calls {
			for _, lost := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, call %d, lost %t", c.says, n+1, lost), func(t *testing.T) {
					s := c.make(t)
					s.w.FailAt(n+1, lost)
					before := s.snapshots()
					p, report := s.execute(context.Background(), s.w)
					s.checkAfterFailure(p, report, before, s.w.Calls()[n])
					s.write()
					s.runClean()
					s.runClean()
				})
			}
		}
	}
}

func callsOfCleanRun(s *stage) []runtest.Call {
	s.w.FailAt(0, false)
	s.execute(context.Background(), s.w)
	return s.w.Calls()
}

type placed struct {
	side plan.Side
	ref  plan.Ref
	name string
}

// snapshots returns everything that both sides hold.
func (s *stage) snapshots() []placed {
	var list []placed
	for _, job := range s.jobs {
		for _, side := range plan.BothSides {
			h, _ := s.w.Holding(side, job.RefOn(side))
			for _, snapshot := range h.Snapshots {
				list = append(list, placed{side, job.RefOn(side), snapshot.Name})
			}
		}
	}
	return list
}

// checkAfterFailure looks at both sides right after a run of which one call failed.
func (s *stage) checkAfterFailure(p plan.Plan, report run.Report, before []placed, failed runtest.Call) {
	s.t.Helper()
	after := s.snapshots()
	for _, snapshot := range before {
		if !slices.Contains(after, snapshot) && !mayGo(p, snapshot) {
			s.t.Errorf("%s of %s on the %s is gone", snapshot.name, snapshot.ref, snapshot.side)
		}
	}
	for _, ref := range refs {
		if s.running(ref) != (ref == app) {
			s.t.Errorf("%s runs: %t", ref, s.running(ref))
		}
	}
	for _, item := range p.Items {
		result, calls := resultOf(report, item.Ref), callsFor(s.w.Calls(), item.Ref)
		if item.Ref != failed.Ref {
			if result.Outcome != run.OK || !slices.Equal(calls, planned(item)) {
				s.t.Errorf("%s: %s: %s, calls %v", item.Ref, result.Outcome, result.Error, calls)
			}
			continue
		}
		if result.Outcome != run.Failure || !strings.Contains(result.Error, runtest.ErrInjected.Error()) {
			s.t.Errorf("%s: %s: %q", item.Ref, result.Outcome, result.Error)
		}
		for _, call := range calls[slices.Index(calls, failed)+1:] {
			if call.Verb != "start" {
				s.t.Errorf("after the failure of %v: %v", failed, call)
			}
		}
	}
}

// mayGo reports whether the plan deletes the snapshot or a copy takes it from the replica.
func mayGo(p plan.Plan, snapshot placed) bool {
	for _, item := range p.Items {
		for _, action := range item.Actions {
			if item.Job.RefOn(snapshot.side) != snapshot.ref {
				continue
			}
			if action.Verb == plan.VerbDelete && action.Side == snapshot.side && action.Snapshot == snapshot.name {
				return true
			}
			if action.Verb == plan.VerbCopy && snapshot.side == plan.Target && slices.Contains(action.Loses, snapshot.name) {
				return true
			}
		}
	}
	return false
}

// Between reading the servers and taking its snapshot IAB can't see what others do. The pile that comes of it
// can't be sent as it is: the next run sends it by a detour, and every name is right afterwards.
func TestASnapshotTakenBehindTheBackIsSentByADetour(t *testing.T) {
	s := newStage(t)
	s.runClean()
	s.pile()
	s.write()
	p, report := s.execute(context.Background(), s.w)
	if result := resultOf(report, logs); result.Outcome != run.OK {
		t.Fatalf("%+v", result)
	}
	if catchUp := actionsOf(p, logs)[0]; catchUp.Phase != plan.CatchUp || catchUp.Detour == "" {
		t.Fatalf("%+v", catchUp)
	}
	s.written[p.Snapshot] = s.content
	s.checkNames("foreign")
	s.write()
	s.runClean()
	s.runClean()
}

// A process that dies in the middle of a detour leaves a snapshot under the wrong name; the next run puts it right.
func TestADetourThatWasNeverEndedIsPutRight(t *testing.T) {
	for _, sides := range [][]plan.Side{{plan.Source}, {plan.Source, plan.Target}, {plan.Target}} {
		s := newStage(t)
		s.runClean()
		s.pile()
		s.write()
		p, _ := s.plan()
		moved := actionsOf(p, logs)[0].Detour
		if len(sides) == 2 || sides[0] == plan.Target { // the copy itself was done
			_, report := s.execute(context.Background(), s.w)
			if resultOf(report, logs).Outcome != run.OK {
				t.Fatalf("%+v", report)
			}
			s.written[p.Snapshot] = s.content
			s.write()
		}
		for _, side := range sides {
			s.w.RenameSnapshot(side, logs, "foreign", moved)
		}
		s.runClean()
		s.checkNames("foreign")
		s.runClean()
	}
}

// pile leaves snapshots on the source that btrfs can't send as they are.
func (s *stage) pile() {
	s.t.Helper()
	s.w.OnCall(func(c runtest.Call) {
		if c.Verb == "snapshot" && c.Ref == logs {
			if err := s.w.Take(plan.Source, logs, "foreign"); err != nil {
				s.t.Error(err)
			}
			s.written["foreign"] = s.content
		}
	})
	p, report := s.execute(context.Background(), s.w)
	s.w.OnCall(nil)
	s.written[p.Snapshot] = s.content
	if result := resultOf(report, logs); result.Outcome != run.Failure || report.Totals.OK != len(refs)-1 {
		s.t.Fatalf("%+v", result)
	}
}

// checkNames checks that both sides of logs have the snapshot, and none on a detour.
func (s *stage) checkNames(foreign string) {
	s.t.Helper()
	for _, side := range plan.BothSides {
		h, _ := s.w.Holding(side, logs)
		found := false
		for _, snapshot := range h.Snapshots {
			found = found || snapshot.Name == foreign
			if strings.Contains(snapshot.Name, "--iab-moved--") {
				s.t.Errorf("%s holds %s", side, snapshot.Name)
			}
		}
		if !found {
			s.t.Errorf("%s lacks %s: %v", side, foreign, h.Snapshots)
		}
	}
}

func actionsOf(p plan.Plan, ref plan.Ref) []plan.Action {
	for _, item := range p.Items {
		if item.Ref == ref {
			return item.Actions
		}
	}
	return nil
}
