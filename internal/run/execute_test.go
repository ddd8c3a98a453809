package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
	"iab/internal/runtest"
)

func TestExecuteDoesExactlyTheActionsOfThePlan(t *testing.T) {
	s := newStageWithHistory(t)
	s.w.FailAt(0, false)
	p, report := s.execute(context.Background(), s.w)
	if !report.OK || p.Totals.Delete == 0 || p.Totals.Copy != len(refs)+1 {
		t.Fatalf("%+v\n%s", p.Totals, report.Text())
	}
	all := 0
	for _, item := range p.Items {
		want := planned(item)
		all += len(want)
		if diff := cmp.Diff(want, callsFor(s.w.Calls(), item.Ref)); diff != "" {
			t.Errorf("calls for %s (-planned +made):\n%s", item.Ref, diff)
		}
	}
	if made := len(s.w.Calls()); made != all {
		t.Errorf("%d calls were made, %d are planned", made, all)
	}
}

func TestNoPhaseBeginsBeforeTheOneBeforeHasEnded(t *testing.T) {
	for _, parallel := range []int{1, 4} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			s := newStageWithHistory(t)
			p, inv := s.plan()
			var w watched
			run.Execute(context.Background(), s.w, p, inv, run.Options{Parallel: parallel, Clock: s.w.Now, Observe: w.observe})
			latest := plan.Rename
			seen := map[plan.Phase]int{}
			for _, event := range w.events {
				if event.Action.Phase < latest {
					t.Errorf("%s %s of %s is %s in phase %d, after phase %d", event.Action.Verb, event.Action.Snapshot,
						event.Ref, event.Stage, event.Action.Phase, latest)
				}
				latest = event.Action.Phase
				seen[latest]++
			}
			if len(seen) != len(plan.Phases())-1 { // nothing was renamed
				t.Errorf("phases with events: %v", seen)
			}
		})
	}
}

func TestAnInstanceIsCopiedAfterTheVolumesItUses(t *testing.T) {
	s := newStage(t)
	s.w.Put(plan.Source, app, plan.Holding{Devices: map[string]plan.Device{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/srv"}}})
	p, inv := s.plan()
	s.w.FailAt(0, false)
	run.Execute(context.Background(), s.w, p, inv, run.Options{Parallel: 4, Clock: s.w.Now})
	copied := func(ref plan.Ref) int {
		return slices.IndexFunc(s.w.Calls(), func(c runtest.Call) bool { return c.Verb == "copy" && c.Ref == ref })
	}
	if copied(data) < 0 || copied(app) < copied(data) {
		t.Errorf("the volume is copied by call %d, the instance by call %d", copied(data), copied(app))
	}
}

// counting lets calls for snapshots through in groups, so that as many as allowed must be under way at once.
type counting struct {
	*runtest.World
	inside atomic.Int32
	most   atomic.Int32
	gate   chan struct{}
}

func (c *counting) Snapshot(ctx context.Context, ref plan.Ref, name string) error {
	n := c.inside.Add(1)
	defer c.inside.Add(-1)
	for most := c.most.Load(); n > most && !c.most.CompareAndSwap(most, n); most = c.most.Load() {
	}
	select { // meet one other call
	case c.gate <- struct{}{}:
	case <-c.gate:
	case <-ctx.Done():
		return ctx.Err()
	}
	return c.World.Snapshot(ctx, ref, name)
}

func TestAsManyItemsAsAllowedAreWorkedOnAtOnce(t *testing.T) {
	w := runtest.NewWorld(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), identity)
	var jobs []plan.Job
	for i := range 8 {
		ref := plan.Ref{Project: "default", Kind: plan.Instance, Name: fmt.Sprintf("c%d", i)}
		w.Put(plan.Source, ref, plan.Holding{})
		jobs = append(jobs, plan.Job{Ref: ref, TargetPool: "local"})
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	inv, err := w.Inventory(ctx, plan.Scope{Projects: []string{"default"}})
	if err != nil {
		t.Fatal(err)
	}
	p := plan.Build(jobs, inv, plan.Options{Now: w.Now(), Identity: identity})
	c := &counting{World: w, gate: make(chan struct{})}
	report := run.Execute(ctx, c, p, inv, run.Options{Parallel: 2, Clock: w.Now})
	if !report.OK || c.most.Load() != 2 {
		t.Errorf("at most %d at once, want 2: %s", c.most.Load(), report.Text())
	}
}

func TestOneFailureEndsThatItemOnly(t *testing.T) {
	for _, verb := range []string{"snapshot", "copy", "delete"} {
		t.Run(verb, func(t *testing.T) {
			s := newStageWithHistory(t)
			failing := &faulty{World: s.w, fails: func(c runtest.Call) bool { return c.Verb == verb && c.Ref == db }}
			p, report := s.execute(context.Background(), failing)
			for _, item := range p.Items {
				result := resultOf(report, item.Ref)
				if item.Ref != db {
					if result.Outcome != run.OK {
						t.Errorf("%s: %s: %s", item.Ref, result.Outcome, result.Error)
					}
					continue
				}
				if result.Outcome != run.Failure || result.Error != errFault.Error() || result.Hint != "mend it" {
					t.Errorf("%s: %+v", item.Ref, result)
				}
			}
			if report.OK || report.Totals != (run.Totals{OK: len(refs) - 1, Failed: 1}) {
				t.Errorf("ok is %t, totals are %+v", report.OK, report.Totals)
			}
		})
	}
}

func TestInvariant4NothingIsDeletedAfterAFailure(t *testing.T) {
	for _, verb := range []string{"snapshot", "copy", "delete"} {
		s := newStageWithHistory(t)
		s.w.FailAt(0, false)
		failing := &faulty{World: s.w, fails: func(c runtest.Call) bool { return c.Verb == verb && c.Ref == db }}
		s.execute(context.Background(), failing)
		for _, call := range callsFor(s.w.Calls(), db) {
			if call.Verb == "delete" {
				t.Errorf("after the failure of a %s: %+v", verb, call)
			}
		}
	}
}

// faulty fails chosen calls for good, before they have any effect.
type faulty struct {
	*runtest.World
	fails func(runtest.Call) bool
}

type fault struct{}

func (fault) Error() string  { return "do it: the server is out of order" }
func (fault) Advice() string { return "mend it" }

var errFault error = fault{}

func (f *faulty) Profile(ctx context.Context, change plan.ProfileChange) error {
	if f.fails(runtest.Call{Verb: "profile", Side: plan.Target, Ref: plan.Ref{Project: change.Project, Name: change.Profile}}) {
		return errFault
	}
	return f.World.Profile(ctx, change)
}

func (f *faulty) Stop(ctx context.Context, ref plan.Ref) error {
	if f.fails(runtest.Call{Verb: "stop", Side: plan.Source, Ref: ref}) {
		return errFault
	}
	return f.World.Stop(ctx, ref)
}

func (f *faulty) Start(ctx context.Context, ref plan.Ref) error {
	if f.fails(runtest.Call{Verb: "start", Side: plan.Source, Ref: ref}) {
		return errFault
	}
	return f.World.Start(ctx, ref)
}

func (f *faulty) Snapshot(ctx context.Context, ref plan.Ref, name string) error {
	if f.fails(runtest.Call{Verb: "snapshot", Side: plan.Source, Ref: ref, Snapshot: name}) {
		return errFault
	}
	return f.World.Snapshot(ctx, ref, name)
}

func (f *faulty) Copy(ctx context.Context, job plan.Job, action plan.Action, progress func(int64)) (int64, error) {
	if f.fails(runtest.Call{Verb: "copy", Side: plan.Target, Ref: job.Replica(), Snapshot: action.Snapshot}) {
		return 0, errFault
	}
	return f.World.Copy(ctx, job, action, progress)
}

func (f *faulty) Delete(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string) error {
	if f.fails(runtest.Call{Verb: "delete", Side: side, Ref: ref, Snapshot: snapshot}) {
		return errFault
	}
	return f.World.Delete(ctx, side, ref, snapshot)
}

func TestAPlanWithAnUnknownVerbFailsItsItem(t *testing.T) {
	w := runtest.NewWorld(time.Time{}, identity)
	p := plan.Plan{Items: []plan.Item{{Ref: db, Actions: []plan.Action{{Verb: "polish"}}}}}
	report := run.Execute(context.Background(), w, p, plan.Inventory{}, run.Options{Clock: w.Now})
	if got := report.Results[0]; got.Outcome != run.Failure || got.Error != `carry out "polish": unknown verb` {
		t.Errorf("%+v", got)
	}
}

func TestItemsWithAProblemAreReportedAndLeftAlone(t *testing.T) {
	s := newStage(t)
	gone := plan.Ref{Project: "default", Kind: plan.Instance, Name: "gone"}
	s.jobs = append(s.jobs, plan.Job{Ref: gone, TargetPool: "local", Retention: plan.Sides[retention.Policy]{}})
	_, report := s.execute(context.Background(), s.w)
	result := resultOf(report, gone)
	if result.Outcome != run.Problem || result.Error == "" || result.Hint == "" || report.OK || report.Totals.Problem != 1 {
		t.Errorf("%+v, totals %+v", result, report.Totals)
	}
	if calls := callsFor(s.w.Calls(), gone); len(calls) > 0 {
		t.Errorf("calls for it: %v", calls)
	}
}

func TestAdviceIsFoundBelowWrappings(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("plain"), ""},
		{errFault, "mend it"},
		{fmt.Errorf("copy: %w", errFault), "mend it"},
		{errors.Join(errors.New("first"), errFault), "mend it"},
		{fmt.Errorf("%w; then %w", errors.New("first"), fmt.Errorf("second: %w", errFault)), "mend it"},
	} {
		if got := run.Advice(c.err); got != c.want {
			t.Errorf("advice of %v is %q, want %q", c.err, got, c.want)
		}
	}
}
