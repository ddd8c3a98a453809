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

// clusteredStage is a stage with history between two clusters. On the source, logs and data lie on m2.
func clusteredStage(t *testing.T) *stage {
	s := newStage(t)
	for _, side := range plan.BothSides {
		s.w.Cluster(side, "m1", "m2")
	}
	for _, ref := range refs {
		member := "m1"
		if ref == logs || ref == data {
			member = "m2"
		}
		s.w.Put(plan.Source, ref, plan.Holding{Running: ref == app, Member: member})
	}
	for range 3 {
		s.runClean()
	}
	return s
}

// on lists the objects whose copy on a side lies on a member.
func (s *stage) on(side plan.Side, member string) []plan.Ref {
	return slices.DeleteFunc(slices.Clone(refs), func(ref plan.Ref) bool {
		h, _ := s.w.Holding(side, ref)
		return h.Member != member
	})
}

// A cluster member that dies at any call of a run fails its objects only. Nothing is done to them on either side while it is
// dead, and the first run after its return heals everything.
func TestAClusterMemberThatDiesAtAnyCallFailsItsObjectsOnlyAndTheNextRunHeals(t *testing.T) {
	for _, side := range plan.BothSides {
		for n, more := 1, true; more; n++ {
			t.Run(fmt.Sprintf("%s at call %d", side, n), func(t *testing.T) { more = dieAtCall(t, side, n) })
			if n > 100 {
				t.Fatal("a run has no end")
			}
		}
	}
}

// dieAtCall reports whether the run had that many calls.
func dieAtCall(t *testing.T, side plan.Side, n int) bool {
	s := clusteredStage(t)
	away := s.on(side, "m2")
	if len(away) == 0 || len(away) == len(refs) {
		t.Fatalf("on m2 of the %s lie %v", side, away)
	}
	calls := 0
	s.w.OnCall(func(runtest.Call) {
		if calls++; calls == n {
			s.w.Silence(side, "m2", true)
		}
	})
	_, report := s.execute(context.Background(), s.w)
	s.w.OnCall(nil)
	for _, ref := range refs {
		if r := resultOf(report, ref); r.Outcome != run.OK && !slices.Contains(away, ref) {
			t.Errorf("%s lies on another member: %s", ref, r.Error)
		}
	}
	if calls < n {
		return false
	}

	s.write()
	s.w.FailAt(0, false)
	_, report = s.execute(context.Background(), s.w)
	for _, ref := range refs {
		r := resultOf(report, ref)
		switch {
		case !slices.Contains(away, ref):
			if r.Outcome != run.OK {
				t.Errorf("%s lies on another member: %s", ref, r.Error)
			}
		case r.Outcome != run.Problem || !strings.Contains(r.Error, "its cluster member m2 on the "+string(side)+" does not answer"):
			t.Errorf("%s: %s: %s", ref, r.Outcome, r.Error)
		case len(callsFor(s.w.Calls(), ref)) > 0:
			t.Errorf("%s lies on a dead member: %v", ref, callsFor(s.w.Calls(), ref))
		}
	}

	s.w.Silence(side, "m2", false)
	s.write()
	s.runClean()
	if !s.running(app) {
		t.Error("what was stopped for its snapshot does not run")
	}
	return true
}

// Where a member of the source is dead, the target can take over its objects, as it can those of a dead server; the others are brought up
// to date before.
func TestTheTargetTakesOverFromADeadClusterMember(t *testing.T) {
	s := clusteredStage(t)
	away := s.on(plan.Source, "m2")
	s.w.Silence(plan.Source, "m2", true)
	s.allWell(s.failover(true))
	for _, ref := range refs {
		replica, _ := s.w.Holding(plan.Target, ref)
		if replica.Config[plan.MarkRole] != plan.RoleActive {
			t.Errorf("%s has not taken over", ref)
		}
		content, _ := s.w.Read(plan.Target, ref, "")
		if slices.Contains(away, ref) != (content != s.content) {
			t.Errorf("%s works on %q; the source has %q", ref, content, s.content)
		}
	}
	for _, d := range s.failback() {
		if slices.Contains(away, d.Plan.Ref) != strings.Contains(d.Plan.Problem, "its cluster member m2 on the source does not answer") {
			t.Errorf("%s comes home: %+v", d.Plan.Ref, d.Plan)
		}
	}
	s.w.Silence(plan.Source, "m2", false)
	for _, d := range s.failback() {
		if slices.Contains(away, d.Plan.Ref) && !d.OK {
			t.Errorf("%s: %s%s", d.Plan.Ref, d.Plan.Problem, d.Error)
		}
		if h, _ := s.w.Holding(plan.Source, d.Plan.Ref); slices.Contains(away, d.Plan.Ref) && h.Member != "m2" {
			t.Errorf("%s came home to %s", d.Plan.Ref, h.Member)
		}
	}
}

// A restore brings a lost object to the member that the config names, or to where something lies that it belongs to, and one that is
// there back to where it is.
func TestARestoredObjectHasItsPlaceInTheCluster(t *testing.T) {
	s := clusteredStage(t)
	for i := range s.jobs {
		s.jobs[i].Placement = plan.Sides[string]{Source: "m2"}
	}
	s.lose(db)
	if done := s.restore(s.restoring(db, "", nil)); !done.OK {
		t.Fatal(done.Error)
	}
	if h, _ := s.w.Holding(plan.Source, db); h.Member != "m2" {
		t.Errorf("it came back to %q", h.Member)
	}
	s.write()
	s.runClean()
	beside := s.restore(s.restoring(app, "", func(r *plan.RestoreRequest) { r.As = "app2" }))
	if h, _ := s.w.Holding(plan.Source, plan.Ref{Project: "default", Kind: plan.Instance, Name: "app2"}); !beside.OK || h.Member != "m1" {
		t.Errorf("the second one came to %q: %s", h.Member, beside.Error)
	}
	s.w.Silence(plan.Source, "m2", true)
	s.lose(app)
	if r := s.restoring(app, "", nil); !strings.Contains(r.Problem, "cluster member m2 of the source, where the config places it, does not answer") {
		t.Errorf("it says %q", r.Problem)
	}
	if r := s.restoring(logs, "", inPlace); !strings.Contains(r.Problem, "its cluster member m2 on the source does not answer") {
		t.Errorf("it says %q", r.Problem)
	}
}
