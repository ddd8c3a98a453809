package run_test

import (
	"context"
	"slices"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
)

// torn lets every copy of the next run end as when the target dies in it.
func (s *stage) torn() {
	s.t.Helper()
	s.w.Tear(true)
	_, report := s.execute(context.Background(), s.w)
	s.w.Tear(false)
	for _, result := range report.Results {
		if result.Outcome != run.Failure {
			s.t.Fatalf("%+v", result)
		}
	}
	s.write()
}

// A server that dies in a copy lists snapshots that it has no data for. They count for nothing, and are sent again.
func TestASnapshotWhoseCopyWasNeverFinishedIsSentAgain(t *testing.T) {
	s := newStage(t)
	s.runClean()
	s.torn()
	s.torn()
	p, _ := s.plan()
	for _, item := range p.Items {
		var again []string
		for _, action := range item.Actions {
			if action.Verb == plan.VerbDelete && action.Phase != plan.Prune {
				again = append(again, action.Snapshot)
			}
		}
		if sends := item.Actions[len(again)+1].Sends; len(again) != 2 || !slices.Equal(sends[:2], again) {
			t.Errorf("%s: %v is deleted and %v sent", item.Ref, again, sends)
		}
	}
	s.runClean()
	s.runClean()
}

// So are older ones that were being sent into the replica's history: the mark of completeness can't tell them.
func TestAnOlderSnapshotWhoseCopyWasNeverFinishedIsSentAgain(t *testing.T) {
	s := newStage(t)
	s.longer("4", "4")
	for range 3 {
		s.runClean()
	}
	for _, ref := range refs {
		s.w.Remove(plan.Target, ref, s.snapshotsOf(plan.Target, ref)[0])
	}
	s.torn()
	s.runClean()
	s.runClean()
}

// What is in doubt is no base, and nothing that the source still has of it is pruned before it has been sent again.
func TestInvariant3WhatIsInDoubtIsNoBase(t *testing.T) {
	s := newStage(t)
	s.longer("1", "1")
	s.runClean()
	s.torn()
	s.torn()
	p := plan.Build(s.jobs, s.inventory(), plan.Options{Now: s.w.Now(), Identity: identity, NoCopy: true})
	for _, item := range p.Items {
		if len(item.Actions) > 0 {
			t.Errorf("%s: %+v", item.Ref, item.Actions)
		}
		for _, v := range item.Verdicts.Target[1:] {
			if v.Reasons[0].Code != plan.CodeDoubt {
				t.Errorf("%s: %s is kept for %v", item.Ref, v.Snapshot, v.Reasons)
			}
		}
	}
	s.runClean()
	s.runClean()
}

// A snapshot that only the replica has is not given up because its copy is in doubt: it is archived as every other.
func TestInvariant5ADoubtfulSnapshotThatTheSourceHasLostIsKept(t *testing.T) {
	s := newStage(t)
	s.longer("3", "5")
	s.runClean()
	s.runClean()
	h, _ := s.w.Holding(plan.Target, db)
	h.Config[plan.MarkComplete] = h.Snapshots[0].Name
	s.w.Put(plan.Target, db, h)
	doubted := h.Snapshots[1].Name
	s.w.Remove(plan.Source, db, doubted)
	if _, report := s.execute(context.Background(), s.w); !report.OK {
		t.Fatal(report.Text())
	}
	if points, _ := s.points(db); points[doubted] != s.written[doubted] {
		t.Errorf("%s is %q in %v", doubted, points[doubted], points)
	}
}

// Between pools that can leave older snapshots out of a copy, the target keeps fewer than the source.
func TestAThinnerTargetKeepsWhatItsOwnPolicySays(t *testing.T) {
	s := newStage(t)
	s.longer("5", "2")
	s.jobs = s.jobs[:1]
	for _, pool := range []string{"plain", "local"} {
		ref := plan.Ref{Project: "default", Kind: plan.Instance, Name: "thin-" + pool}
		s.w.Put(plan.Source, ref, plan.Holding{Pool: pool})
		job := s.jobs[0]
		job.Ref, job.TargetPool, job.Consistency = ref, pool, plan.Crash
		s.jobs = append(s.jobs, job)
	}
	for range 7 {
		_, report := s.execute(context.Background(), s.w)
		if !report.OK {
			t.Fatal(report.Text())
		}
		s.write()
	}
	for _, job := range s.jobs[1:] {
		source, target := len(s.snapshotsOf(plan.Source, job.Ref)), len(s.snapshotsOf(plan.Target, job.Ref))
		if want := map[string]int{"plain": 2, "local": 5}[job.TargetPool]; source != 5 || target != want {
			t.Errorf("%s: the source has %d snapshots and the target %d, want %d", job.Ref, source, target, want)
		}
	}
}
