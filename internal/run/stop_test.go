package run_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

func verbsFor(calls []runtest.Call, ref plan.Ref) []string {
	var verbs []string
	for _, call := range callsFor(calls, ref) {
		verbs = append(verbs, call.Verb)
	}
	return verbs
}

func TestAStoppingSnapshotStopsAndStartsTheObject(t *testing.T) {
	s := newStage(t)
	var during bool
	s.w.OnCall(func(c runtest.Call) {
		if c.Verb == "snapshot" && c.Ref == app {
			during = s.running(app)
		}
	})
	_, report := s.execute(context.Background(), s.w)
	want := []string{"stop", "snapshot", "start", "announce", "copy", "mark base"}
	if got := verbsFor(s.w.Calls(), app); !slices.Equal(got, want) || during || !s.running(app) || !report.OK {
		t.Errorf("calls %v, want %v; runs during the snapshot: %t, after: %t; %s", got, want, during, s.running(app), report.Text())
	}
	if got := verbsFor(s.w.Calls(), db); slices.Contains(got, "start") || s.running(db) {
		t.Errorf("one that did not run: calls %v, runs: %t", got, s.running(db))
	}
}

func TestInvariant11WhatWasStoppedIsStartedWhateverFails(t *testing.T) {
	for _, c := range []struct {
		says  string
		fails map[string]bool
		lost  bool // the failing call has its effect all the same
	}{
		{"the stop", map[string]bool{"stop": true}, false},
		{"the answer to the stop", map[string]bool{"stop": true}, true},
		{"the snapshot", map[string]bool{"snapshot": true}, false},
		{"the first start", map[string]bool{"start": true}, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := newStage(t)
			s.jobs = s.jobs[:1]
			calls := map[string]int{"stop": 1, "snapshot": 2, "start": 3}
			for verb := range c.fails {
				s.w.FailAt(calls[verb], c.lost)
			}
			_, report := s.execute(context.Background(), s.w)
			if result := resultOf(report, app); result.Outcome != run.Failure || result.Error == "" {
				t.Errorf("%+v", result)
			}
			if !s.running(app) {
				t.Errorf("it does not run: %v", s.w.Calls())
			}
			if got := verbsFor(s.w.Calls(), app); slices.Contains(got, "copy") {
				t.Errorf("calls %v", got)
			}
		})
	}
}

func TestInvariant11AGuestThatGoesDownLongAfterItsStopFailedIsStarted(t *testing.T) {
	s := newStage(t)
	s.w.OnCall(func(c runtest.Call) {
		if c.Verb == "copy" && c.Ref == data {
			s.w.Put(plan.Source, app, plan.Holding{Running: false})
		}
	})
	stubborn := &faulty{World: s.w, fails: func(c runtest.Call) bool { return c.Verb == "stop" }}
	_, report := s.execute(context.Background(), stubborn)
	if result := resultOf(report, app); result.Outcome != run.Failure || result.Error != errFault.Error() {
		t.Errorf("%+v", result)
	}
	if got := verbsFor(s.w.Calls(), app); !s.running(app) || !slices.Equal(got, []string{"start", "start"}) {
		t.Errorf("runs: %t, calls %v", s.running(app), got)
	}
}

func TestInvariant11AnObjectThatDoesNotStartIsReportedWithAHint(t *testing.T) {
	for _, interrupted := range []bool{false, true} {
		s := newStage(t)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		s.w.OnCall(func(c runtest.Call) {
			if c.Verb == "snapshot" && interrupted {
				cancel()
			}
		})
		broken := &faulty{World: s.w, fails: func(c runtest.Call) bool { return c.Verb == "start" }}
		_, report := s.execute(ctx, broken)
		result := resultOf(report, app)
		if result.Outcome != run.Failure || !strings.Contains(result.Error, errFault.Error()) || result.Hint != "start it by hand: IAB stopped it for its snapshot" {
			t.Errorf("interrupted: %t: %+v", interrupted, result)
		}
	}
}

func TestInvariant11AnInterruptedRunStartsWhatItStopped(t *testing.T) {
	for _, c := range []struct {
		says string
		at   func(runtest.Call) bool
	}{
		{"while it catches up", func(c runtest.Call) bool { return c.Verb == "copy" && c.Snapshot == "foreign" }},
		{"while it stops", func(c runtest.Call) bool { return c.Verb == "stop" }},
		{"while it takes the snapshot of the stopped", func(c runtest.Call) bool { return c.Verb == "snapshot" && c.Ref == app }},
		{"while it starts", func(c runtest.Call) bool { return c.Verb == "start" }},
		{"while it takes another snapshot", func(c runtest.Call) bool { return c.Verb == "snapshot" && c.Ref == data }},
		{"while it copies", func(c runtest.Call) bool { return c.Verb == "copy" && c.Ref == db }},
		{"while it prunes", func(c runtest.Call) bool { return c.Verb == "delete" }},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := newStageWithHistory(t)
			if foreign, _ := s.w.Holding(plan.Source, logs); len(foreign.Snapshots) == 0 {
				t.Fatal("there is no foreign snapshot")
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			s.w.OnCall(func(call runtest.Call) {
				if c.at(call) {
					cancel()
				}
			})
			_, report := s.execute(ctx, s.w)
			s.w.OnCall(nil)
			if ctx.Err() == nil {
				t.Fatal("the run was not interrupted")
			}
			if !report.Interrupted || report.OK || report.Totals.Failed != 0 || report.Totals.Skipped == 0 {
				t.Errorf("interrupted: %t, ok: %t, totals: %+v", report.Interrupted, report.OK, report.Totals)
			}
			if !s.running(app) {
				t.Error("what was stopped does not run")
			}
			for _, result := range report.Results {
				if result.Outcome == run.Skipped && !strings.HasPrefix(result.Error, "interrupted") {
					t.Errorf("%s is skipped: %q", result.Ref, result.Error)
				}
			}
			s.write()
			s.runClean()
			s.runClean()
		})
	}
}

func TestAnInterruptionThatComesAfterTheLastActionIsTold(t *testing.T) {
	s := newStage(t)
	p, inv := s.plan()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	finished := 0
	report := run.Execute(ctx, s.w, p, inv, run.Options{Parallel: 1, Clock: s.w.Now, Observe: func(e run.Event) {
		if e.Stage == run.Done {
			finished++
		}
		if finished == 2*len(refs) {
			cancel()
		}
	}})
	if report.OK || !report.Interrupted || report.Totals != (run.Totals{OK: len(refs)}) {
		t.Errorf("ok: %t, interrupted: %t, totals: %+v", report.OK, report.Interrupted, report.Totals)
	}
}

func TestNothingBeginsAfterAnInterruption(t *testing.T) {
	s := newStageWithHistory(t)
	s.w.FailAt(0, false)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, report := s.execute(ctx, s.w)
	if len(s.w.Calls()) > 0 || report.Totals.Skipped != len(refs) {
		t.Errorf("calls %v, totals %+v", s.w.Calls(), report.Totals)
	}
}
