package run_test

import (
	"context"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

// A process that is killed between stopping an object and starting it again leaves the object's mark; the next run starts it,
// whether or not it is still a job.
func TestInvariant11WhatAKilledRunHasStoppedIsStartedByTheNext(t *testing.T) {
	for _, isJob := range []bool{true, false} {
		s := newStage(t)
		s.runClean()
		if err := s.w.Stop(context.Background(), app); err != nil {
			t.Fatal(err)
		}
		if !isJob {
			s.jobs = s.jobs[1:]
		}
		p, _ := s.plan()
		if len(p.Restarts) != 1 || p.Restarts[0] != app {
			t.Fatalf("restarts %v", p.Restarts)
		}
		s.runClean()
		if !s.running(app) {
			t.Errorf("it does not run again, job %v", isJob)
		}
		if p, _ := s.plan(); len(p.Restarts) > 0 {
			t.Errorf("it is started once more: %v", p.Restarts)
		}
	}
}

func TestWhatCannotBeStartedAgainFails(t *testing.T) {
	s := newStage(t)
	s.runClean()
	if err := s.w.Stop(context.Background(), app); err != nil {
		t.Fatal(err)
	}
	s.jobs = s.jobs[1:]
	s.w.FailAt(1, false)
	_, report := s.execute(context.Background(), s.w)
	result := resultOf(report, app)
	if result.Outcome != run.Failure || result.Hint == "" || report.OK || report.Totals.OK != len(refs)-1 {
		t.Errorf("%+v of %+v", result, report.Totals)
	}
}

// Only this config's mark counts, and an object that runs needs no start.
func TestOnlyOwnMarksOfStoppedObjectsAreRestarts(t *testing.T) {
	w := runtest.NewWorld(newStage(t).w.Now(), identity)
	put := func(name, mark string, change func(*plan.Holding)) {
		h := plan.Holding{Config: map[string]string{plan.MarkStopped: mark}}
		change(&h)
		w.Put(plan.Source, plan.Ref{Project: "default", Kind: plan.Instance, Name: name}, h)
	}
	put("stopped", identity, func(*plan.Holding) {})
	put("runs", identity, func(h *plan.Holding) { h.Running = true })
	put("frozen", identity, func(h *plan.Holding) { h.Frozen = true })
	put("other", "another config", func(*plan.Holding) {})
	inv, err := w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		t.Fatal(err)
	}
	p := plan.Build(nil, inv, plan.Options{Now: w.Now(), Identity: identity})
	if len(p.Restarts) != 1 || p.Restarts[0].Name != "stopped" {
		t.Errorf("restarts %v", p.Restarts)
	}
}
