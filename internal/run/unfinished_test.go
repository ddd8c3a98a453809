package run_test

import (
	"context"
	"slices"
	"testing"

	"iab/internal/plan"
)

// What an interrupted first copy has left is removed and made again: it bears this config's marks and was never complete.
func TestAnInterruptedFirstCopyIsMadeAgain(t *testing.T) {
	s := newStage(t)
	s.w.Put(plan.Target, db, plan.Holding{Config: map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica}})
	p, _ := s.plan()
	var verbs []plan.Verb
	for _, action := range actionsOf(p, db) {
		verbs = append(verbs, action.Verb)
	}
	if want := []plan.Verb{plan.VerbSnapshot, plan.VerbDelete, plan.VerbCopy}; !slices.Equal(verbs, want) {
		t.Fatalf("%v, want %v", verbs, want)
	}
	_, report := s.execute(context.Background(), s.w)
	if !report.OK {
		t.Fatal(report.Text())
	}
	s.checkReplicas()
	s.runClean()
}

// One that holds a snapshot which the source does not have is no leftover to remove, even if nothing says that it was complete.
func TestAnUnfinishedCopyThatHoldsMoreThanTheSourceStays(t *testing.T) {
	s := newStage(t)
	s.w.Put(plan.Target, db, plan.Holding{
		Config:    map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica},
		Snapshots: []plan.Snapshot{{Name: "IAB_20260301-120000", CreatedAt: s.w.Now().AddDate(0, 0, -9)}},
	})
	p, report := s.execute(context.Background(), s.w)
	for _, action := range actionsOf(p, db) {
		if action.Whole {
			t.Error("it is removed")
		}
	}
	if _, held := s.w.Read(plan.Target, db, "IAB_20260301-120000"); !held {
		t.Errorf("its snapshot is gone: %+v", resultOf(report, db))
	}
}

// A replica that was complete once is never removed, whatever else its marks say; nor is one of another config or of nobody.
func TestOnlyAnUnfinishedCopyOfOnesOwnIsRemoved(t *testing.T) {
	for name, config := range map[string]map[string]string{
		"complete once":  {plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica, plan.MarkComplete: "IAB_20260101-000000"},
		"another config": {plan.MarkReplicaOf: "another", plan.MarkRole: plan.RoleReplica},
		"no marks":       {},
		"active":         {plan.MarkReplicaOf: identity, plan.MarkRole: "active"},
	} {
		s := newStage(t)
		s.w.Put(plan.Target, db, plan.Holding{Config: config, Snapshots: []plan.Snapshot{{Name: "theirs", CreatedAt: s.w.Now()}}})
		p, _ := s.execute(context.Background(), s.w)
		for _, action := range actionsOf(p, db) {
			if action.Whole {
				t.Errorf("%s: it is removed", name)
			}
		}
		if err := s.w.DeleteUnfinished(context.Background(), s.jobs[1]); err == nil {
			t.Errorf("%s: the servers let it be removed", name)
		}
		if _, held := s.w.Holding(plan.Target, db); !held {
			t.Errorf("%s: it is gone", name)
		}
	}
}
