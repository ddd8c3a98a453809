package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

// newGroup is a stage on which app is frozen with data, which is attached to it, and db, which the config names with it; both run. logs
// has nothing to do with them.
func newGroup(t *testing.T) *stage {
	s := newStage(t)
	for i, job := range s.jobs {
		switch job.Ref {
		case app:
			s.jobs[i].Consistency = plan.Freeze
			s.jobs[i].Hooks = plan.Hooks{Pre: []string{"first", "second"}, Post: []string{"third"}}
		case db:
			s.jobs[i].Consistency = plan.Freeze
		}
		if job.Ref == app || job.Ref == db {
			s.jobs[i].Group = "default/shop"
		}
	}
	attached := map[string]plan.Device{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/srv"}}
	s.w.Put(plan.Source, app, plan.Holding{Running: true, Devices: attached, Inherited: attached})
	s.w.Put(plan.Source, db, plan.Holding{Running: true})
	return s
}

var grouped = []plan.Ref{app, db, data}

// frozen reports whether an object is frozen, or bears the mark of it.
func (s *stage) frozen(ref plan.Ref) bool {
	h, _ := s.w.Holding(plan.Source, ref)
	return h.Frozen || h.Config[plan.MarkFrozen] != ""
}

// checkGoesOn checks that all that ran runs.
func (s *stage) checkGoesOn() {
	s.t.Helper()
	for _, ref := range []plan.Ref{app, db} {
		if !s.running(ref) || s.frozen(ref) {
			h, _ := s.w.Holding(plan.Source, ref)
			s.t.Errorf("%s does not go on: %+v", ref, h)
		}
	}
}

// sequence returns the verbs of the calls on the group up to its first copy, each run of equal verbs once.
func sequence(calls []runtest.Call) []string {
	var verbs []string
	for _, c := range calls {
		if c.Verb == "copy" {
			break
		}
		if slices.Contains(grouped, c.Ref) {
			verbs = append(verbs, c.Verb)
		}
	}
	return slices.Compact(verbs)
}

func TestTheSnapshotsOfAGroupAreTakenWhileAllOfItIsFrozen(t *testing.T) {
	s := newGroup(t)
	s.w.OnCall(func(c runtest.Call) {
		inWindow := s.frozen(app) && s.frozen(db)
		if c.Verb == "snapshot" && slices.Contains(grouped, c.Ref) != inWindow {
			t.Errorf("%s of %s, while the group is frozen: %t", c.Verb, c.Ref, inWindow)
		}
	})
	p, report := s.execute(context.Background(), s.w)
	if want := []string{"exec", "freeze", "snapshot", "unfreeze", "exec", "announce"}; !slices.Equal(sequence(s.w.Calls()), want) || !report.OK {
		t.Errorf("calls %v, want %v; %s", sequence(s.w.Calls()), want, report.Text())
	}
	if len(p.Groups) != 1 || len(p.Groups[0].Members) != len(grouped) {
		t.Errorf("groups %+v", p.Groups)
	}
	s.checkGoesOn()
	for _, ref := range refs {
		if result := resultOf(report, ref); result.Window > 0 != slices.Contains(grouped, ref) {
			t.Errorf("%s: window %f", ref, result.Window)
		}
	}
	s.checkReplicas()
}

func TestCommandsRunInTheirOrderAndKnowTheSnapshot(t *testing.T) {
	s := newGroup(t)
	var ran []string
	s.w.OnExec(func(_ context.Context, ref plan.Ref, c plan.Command) (string, error) {
		ran = append(ran, fmt.Sprintf("%s %s %s %s %s", ref.Name, c.Name, c.Text, c.Env["IAB_PHASE"], c.Env["IAB_SNAPSHOT"]))
		return "said by " + c.Text, nil
	})
	p, inv := s.plan()
	var w watched
	report := run.Execute(context.Background(), s.w, p, inv, run.Options{Parallel: 1, Clock: s.w.Now, Observe: w.observe})
	want := []string{"app preSnapshot[0] first pre " + p.Snapshot, "app preSnapshot[1] second pre " + p.Snapshot, "app postSnapshot[0] third post " + p.Snapshot}
	if !slices.Equal(ran, want) || !report.OK {
		t.Errorf("ran %q, want %q", ran, want)
	}
	var said []string
	for _, e := range w.events {
		if e.Stage == run.Said {
			said = append(said, e.Hook+": "+e.Text)
		}
	}
	if want := []string{"preSnapshot[0]: said by first", "preSnapshot[1]: said by second", "postSnapshot[0]: said by third"}; !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}

// Whatever single call of a run fails, with its effect or without: what was frozen goes on, objects of no group are done, and two
// more runs leave all as it should be.
func TestInvariant11WhatWasFrozenIsResumedWhateverFails(t *testing.T) {
	calls := callsOfCleanRun(newGroup(t))
	for n, failed := range calls {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("call %d, %s of %s, lost %t", n+1, failed.Verb, failed.Ref.Name, lost), func(t *testing.T) {
				s := newGroup(t)
				s.w.FailAt(n+1, lost)
				_, report := s.execute(context.Background(), s.w)
				s.checkGoesOn()
				if report.OK || report.Totals.Failed == 0 {
					t.Errorf("nothing has failed: %s", report.Text())
				}
				for _, ref := range refs {
					inGroup := slices.Contains(grouped, ref) && slices.Contains(grouped, failed.Ref)
					if result := resultOf(report, ref); ref != failed.Ref && !inGroup && result.Outcome != run.OK {
						t.Errorf("%s: %+v", ref, result)
					}
				}
				if posts := slices.IndexFunc(s.w.Calls(), func(c runtest.Call) bool { return c.Verb == "exec" && c.Snapshot == "postSnapshot[0]" }); posts < 0 {
					t.Error("the command after the snapshot was not run")
				}
				s.write()
				s.runClean()
				s.runClean()
				s.checkGoesOn()
			})
		}
	}
}

func TestAFailingCommandBeforeTheSnapshotStopsItsGroupAndNoOther(t *testing.T) {
	s := newGroup(t)
	s.w.OnExec(func(_ context.Context, _ plan.Ref, c plan.Command) (string, error) {
		if c.Text == "second" {
			return "the reason", errors.New("it ended with exit status 1")
		}
		return "", nil
	})
	_, report := s.execute(context.Background(), s.w)
	for _, ref := range grouped {
		if result := resultOf(report, ref); result.Outcome != run.Failure || result.Error != "run preSnapshot[1] in default/instance/app: it ended with exit status 1" || result.Hint == "" {
			t.Errorf("%+v", result)
		}
	}
	if resultOf(report, logs).Outcome != run.OK || report.Totals.OK != 1 {
		t.Errorf("%s", report.Text())
	}
	if want := []string{"exec"}; !slices.Equal(sequence(s.w.Calls()), want) {
		t.Errorf("calls %v", s.w.Calls())
	}
	if last := s.w.Calls()[slices.IndexFunc(s.w.Calls(), func(c runtest.Call) bool { return c.Snapshot == "preSnapshot[1]" })+1]; last.Snapshot != "postSnapshot[0]" {
		t.Errorf("after it came %v", last)
	}
}

func TestACommandThatTakesTooLongFails(t *testing.T) {
	s := newGroup(t)
	s.jobs[0].Hooks.Timeout = time.Millisecond
	s.w.OnExec(func(ctx context.Context, _ plan.Ref, c plan.Command) (string, error) {
		if c.Text == "first" {
			<-ctx.Done()
		}
		return "", ctx.Err()
	})
	_, report := s.execute(context.Background(), s.w)
	if result := resultOf(report, data); result.Outcome != run.Failure || result.Error != "run preSnapshot[0] in default/instance/app: it has not ended within 1ms" {
		t.Errorf("%+v", result)
	}
}

func TestAFailingCommandAfterTheSnapshotFailsItsObjectAlone(t *testing.T) {
	s := newGroup(t)
	s.w.OnExec(func(_ context.Context, _ plan.Ref, c plan.Command) (string, error) {
		if c.Text == "third" {
			return "", errors.New("it ended with exit status 1")
		}
		return "", nil
	})
	_, report := s.execute(context.Background(), s.w)
	if result := resultOf(report, app); result.Outcome != run.Failure || !strings.Contains(result.Error, "run postSnapshot[0]") {
		t.Errorf("%+v", result)
	}
	if report.Totals.OK != len(refs)-1 {
		t.Errorf("%s", report.Text())
	}
}

// blocking takes no snapshot of one object until its context ends.
type blocking struct {
	*runtest.World
	ref     plan.Ref
	blocked func()
}

func (b *blocking) Snapshot(ctx context.Context, ref plan.Ref, name string) error {
	if ref == b.ref {
		if b.blocked != nil {
			b.blocked()
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return b.World.Snapshot(ctx, ref, name)
}

func TestAWindowThatIsTooLongIsClosedAndItsGroupFails(t *testing.T) {
	s := newGroup(t)
	s.jobs[0].MaxPause = time.Millisecond
	_, report := s.execute(context.Background(), &blocking{World: s.w, ref: data})
	s.checkGoesOn()
	for _, ref := range grouped {
		if result := resultOf(report, ref); result.Outcome != run.Failure || !strings.Contains(result.Error, "within 1ms") || result.Hint == "" {
			t.Errorf("%+v", result)
		}
	}
	if resultOf(report, logs).Outcome != run.OK {
		t.Errorf("%s", report.Text())
	}
	s.jobs[0].MaxPause = 0
	s.write()
	s.runClean()
}

func TestInvariant11AnInterruptedRunResumesWhatItFroze(t *testing.T) {
	s := newGroup(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_, report := s.execute(ctx, &blocking{World: s.w, ref: data, blocked: cancel})
	s.checkGoesOn()
	if !report.Interrupted || report.Totals.Failed != 0 {
		t.Errorf("%s", report.Text())
	}
	if calls := s.w.Calls(); !slices.ContainsFunc(calls, func(c runtest.Call) bool { return c.Snapshot == "postSnapshot[0]" }) {
		t.Errorf("the calls are %v", calls)
	}
	s.write()
	s.runClean()
}

// A process that is killed at any moment leaves marks; the next run resumes what bears them.
func TestInvariant11WhatAKilledRunHasFrozenIsResumedByTheNext(t *testing.T) {
	for _, n := range []int{1, 2} { // as many as it had frozen
		s := newGroup(t)
		for _, ref := range []plan.Ref{app, db}[:n] {
			if _, err := s.w.Freeze(context.Background(), ref); err != nil {
				t.Fatal(err)
			}
		}
		s.jobs = s.jobs[2:] // it need not be a job any more
		p, _ := s.plan()
		if len(p.Resumes) != n {
			t.Fatalf("resumes %v", p.Resumes)
		}
		s.runClean()
		s.checkGoesOn()
		if p, _ := s.plan(); len(p.Resumes) > 0 {
			t.Errorf("once more: %v", p.Resumes)
		}
	}
}

// Wherever IAB is killed, the next run lets all go on, and the one after that is clean.
func TestInvariant11WhereverAGroupIsKilledTheNextRunResumesIt(t *testing.T) {
	for n := range callsOfCleanRun(newGroup(t)) {
		for _, death := range deaths {
			t.Run(fmt.Sprintf("%s call %d", death.says, n+1), func(t *testing.T) {
				s := newGroup(t)
				s.w.KillAt(n+1, death.lost, death.halfway)
				s.execute(context.Background(), s.w)
				s.w.FailAt(0, false)
				s.write()
				s.execute(context.Background(), s.w)
				s.checkGoesOn()
				s.write()
				s.runClean()
				s.runClean()
				s.checkGoesOn()
			})
		}
	}
}

func TestWhatCannotBeResumedIsTriedOnceMoreAndReportedWithAHint(t *testing.T) {
	s := newGroup(t)
	stubborn := &stiff{World: s.w, times: 1}
	if _, report := s.execute(context.Background(), stubborn); resultOf(report, app).Outcome != run.Failure {
		t.Errorf("%s", report.Text())
	}
	s.checkGoesOn()

	s.write()
	stubborn.times = 3
	_, report := s.execute(context.Background(), stubborn)
	if result := resultOf(report, app); result.Outcome != run.Failure || !strings.HasPrefix(result.Hint, "resume it by hand (incus resume app)") || !s.frozen(app) {
		t.Errorf("%+v", result)
	}
	s.write()
	s.runClean()
	s.checkGoesOn()
}

// stiff does not resume app for some times.
type stiff struct {
	*runtest.World
	mu    sync.Mutex
	times int
}

func (f *stiff) Unfreeze(ctx context.Context, ref plan.Ref) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ref == app && f.times > 0 {
		f.times--
		return errFault
	}
	return f.World.Unfreeze(ctx, ref)
}

func TestWhatAPersonHasPausedStaysPausedAndIsTaken(t *testing.T) {
	s := newGroup(t)
	s.w.Pause(db, true)
	_, report := s.execute(context.Background(), s.w)
	if h, _ := s.w.Holding(plan.Source, db); !h.Frozen || !report.OK {
		t.Errorf("%+v\n%s", h, report.Text())
	}
	s.w.Pause(db, false)
	p, inv := s.plan()
	s.w.Pause(db, true) // behind the back of the plan
	if report := run.Execute(context.Background(), s.w, p, inv, run.Options{Parallel: 1, Clock: s.w.Now}); !report.OK {
		t.Errorf("%s", report.Text())
	}
	if h, _ := s.w.Holding(plan.Source, db); !h.Frozen || h.Config[plan.MarkFrozen] != "" {
		t.Errorf("%+v", h)
	}
}

func TestAStoppedGroupIsDownForAllItsSnapshots(t *testing.T) {
	s := newGroup(t)
	s.jobs[0].Consistency = plan.Stop
	s.w.OnCall(func(c runtest.Call) {
		if c.Verb == "snapshot" && slices.Contains(grouped, c.Ref) && (s.running(app) || !s.frozen(db)) {
			t.Errorf("%s of %s: app runs: %t, db is frozen: %t", c.Verb, c.Ref, s.running(app), s.frozen(db))
		}
	})
	_, report := s.execute(context.Background(), s.w)
	want := []string{"exec", "stop", "freeze", "snapshot", "unfreeze", "start", "exec", "announce"}
	if got := sequence(s.w.Calls()); !slices.Equal(got, want) || !report.OK {
		t.Errorf("calls %v, want %v; %s", got, want, report.Text())
	}
	s.checkGoesOn()
}
