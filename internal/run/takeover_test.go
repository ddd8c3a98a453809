package run_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
)

// objects are all objects of the stage as the servers have them now.
func (s *stage) objects() ([]plan.Object, plan.Inventory, plan.Options) {
	s.t.Helper()
	inv := s.inventory()
	opts := plan.Options{Now: s.w.Now(), Identity: identity}
	return plan.SurveyOf(s.jobs, inv, opts).Objects, inv, opts
}

// within is the run within a failover.
func (s *stage) within(refs []plan.Ref) (plan.Plan, plan.Inventory) {
	inv := s.inventory()
	jobs := slices.DeleteFunc(slices.Clone(s.jobs), func(j plan.Job) bool { return !slices.Contains(refs, j.Ref) })
	return plan.Build(jobs, inv, plan.Options{Now: s.w.Now(), Identity: identity, FailingOver: true, NoPrune: true}), inv
}

// brings carries such a run out.
func (s *stage) brings(ctx context.Context, p plan.Plan, inv plan.Inventory) map[plan.Ref]error {
	s.written[p.Snapshot] = s.content
	failed := map[plan.Ref]error{}
	for _, result := range run.Execute(ctx, s.w, p, inv, run.Options{Parallel: 1, Clock: s.w.Now}).Results {
		if result.Outcome != run.OK {
			failed[result.Ref] = fmt.Errorf("%s", result.Error)
		}
	}
	return failed
}

// backup is the run within a failover when the objects are stopped.
func (s *stage) backup(ctx context.Context, refs []plan.Ref) map[plan.Ref]error {
	p, inv := s.within(refs)
	return s.brings(ctx, p, inv)
}

// failover plans all before it does any of it, and begins with the run that it has planned, as the command does.
func (s *stage) failover(reachable bool) []run.Restored {
	objects, inv, opts := s.objects()
	if !reachable {
		inv.Source = plan.Server{}
		objects = plan.SurveyOf(s.jobs, inv, opts).Objects
	}
	t := plan.FailoverOf(objects, reachable, inv, opts)
	if !t.Backs() {
		return s.carryOut(t, nil)
	}
	first, inv := s.within(t.Activates())
	t = t.Within(first)
	if failed := s.brings(context.Background(), first, inv); len(failed) > 0 {
		var done []run.Restored
		for _, r := range t {
			done = append(done, run.Restored{Plan: r, Undone: true, Error: fmt.Sprint(failed)})
		}
		return done
	}
	return s.carryOut(t, s.backup)
}

func (s *stage) failback() []run.Restored {
	objects, inv, opts := s.objects()
	return s.carryOut(plan.FailbackOf(objects, inv, opts), nil)
}

// carryOut does nothing at all if anything has a problem, as the commands do.
func (s *stage) carryOut(t plan.Takeover, backup func(context.Context, []plan.Ref) map[plan.Ref]error) []run.Restored {
	for _, r := range t {
		if r.Problem != "" {
			return []run.Restored{{Plan: r}}
		}
	}
	return run.Takeover(context.Background(), s.w, t, backup, run.Options{Clock: s.w.Now})
}

func (s *stage) allWell(done []run.Restored) {
	s.t.Helper()
	for _, d := range done {
		if !d.OK {
			s.t.Fatalf("%s: %s%s", d.Plan.Ref, d.Plan.Problem, d.Error)
		}
	}
}

// works checks on which side the objects work.
func (s *stage) works(side plan.Side) {
	s.t.Helper()
	for _, job := range s.jobs {
		ref := job.Ref
		source, _ := s.w.Holding(plan.Source, ref)
		target, _ := s.w.Holding(plan.Target, ref)
		if source.Running != (ref == app && side == plan.Source) || target.Running != (ref == app && side == plan.Target) {
			s.t.Errorf("%s runs on the source: %t, on the target: %t", ref, source.Running, target.Running)
		}
		if active := target.Config[plan.MarkRole] == plan.RoleActive; active != (side == plan.Target) {
			s.t.Errorf("%s is active: %t", ref, active)
		}
	}
}

// What is written on the target after a failover comes home with the failback, runs refuse the objects meanwhile and go on afterwards
// without hands, and no restore point is lost.
func TestAFailoverAndAFailbackLoseNothing(t *testing.T) {
	for _, c := range []struct {
		driver    string
		reachable bool
	}{{"btrfs", true}, {"btrfs", false}, {"dir", true}, {"dir", false}} {
		reachable := c.reachable
		t.Run(fmt.Sprintf("%s, source reachable: %t", c.driver, reachable), func(t *testing.T) {
			s, taken := newStageWithPastOn(t, c.driver)
			s.allWell(s.failover(reachable))
			want := s.content
			if !reachable {
				want = s.written[taken[len(taken)-1]]
				for _, ref := range refs {
					s.w.Power(plan.Source, ref, false) // it is gone, and had gone on for a while
				}
			}
			s.works(plan.Target)
			for _, ref := range refs {
				if got, _ := s.w.Read(plan.Target, ref, ""); got != want {
					t.Errorf("%s works on %q, want %q", ref, got, want)
				}
				s.w.Write(plan.Target, ref, "written on the target")
			}
			s.w.Advance(1e12)
			if _, report := s.execute(context.Background(), s.w); report.Totals.Problem != len(refs) {
				t.Errorf("a run: %s", report.Text())
			}

			done := s.failback()
			s.allWell(done)
			s.works(plan.Source)
			s.content = "written on the target"
			s.written[done[0].Plan.From.Snapshot] = s.content
			for _, ref := range refs {
				if got, _ := s.w.Read(plan.Source, ref, ""); got != s.content {
					t.Errorf("%s came home with %q", ref, got)
				}
				s.checkPast(ref, taken[1:]) // the policy of five lets the oldest go
			}
			for range 2 {
				s.write()
				_, report := s.execute(context.Background(), s.w)
				if !report.OK {
					t.Fatal(report.Text())
				}
				if incremental := report.Results[0].Copied.Incremental; c.driver == "dir" && !incremental {
					t.Error("the run after an incremental failback is not incremental")
				}
				s.checkReplicas()
			}
		})
	}
}

// Whatever single call of a failover or a failback fails, with its effect or without: what worked works, on one side only, and the command
// repeated ends what was begun; a failover can be undone instead.
func TestATakeoverThatFailsCanBeRepeatedOrUndone(t *testing.T) {
	t.Parallel()
	for _, driver := range []string{"btrfs", "dir"} {
		t.Run(driver, func(t *testing.T) { takeoversThatFail(t, driver) })
	}
}

func takeoversThatFail(t *testing.T, driver string) {
	prepare := func(t *testing.T, back bool) *stage {
		s, _ := newStageWithPastOn(t, driver)
		s.jobs = slices.DeleteFunc(s.jobs, func(j plan.Job) bool { return j.Ref != app && j.Ref != data })
		if back {
			s.allWell(s.failover(true))
			s.w.Write(plan.Target, app, "written on the target")
			s.w.Write(plan.Target, data, "written on the target")
			s.w.Advance(1e12)
		}
		return s
	}
	for _, back := range []bool{false, true} {
		s := prepare(t, back)
		act := func(s *stage) []run.Restored {
			if back {
				return s.failback()
			}
			return s.failover(true)
		}
		s.w.FailAt(0, false)
		act(s)
		calls := len(s.w.Calls())
		for n := range calls {
			for _, lost := range []bool{false, true} {
				for _, undo := range []bool{false, true} {
					t.Run(fmt.Sprintf("back %t, call %d, lost %t, undo %t", back, n+1, lost, undo), func(t *testing.T) {
						s := prepare(t, back)
						s.w.FailAt(n+1, lost)
						act(s)
						s.w.FailAt(0, false)
						s.oneWorks()
						s.w.Advance(1e12)
						if undo {
							s.failback()
							s.oneWorks()
							return
						}
						s.repeated(act, back)
					})
				}
			}
		}
	}
}

// oneWorks checks that app does not run on both sides, and that some side has it.
func (s *stage) oneWorks() {
	s.t.Helper()
	source, _ := s.w.Holding(plan.Source, app)
	target, _ := s.w.Holding(plan.Target, app)
	if source.Running && target.Running {
		s.t.Error("it runs on both sides")
	}
	if !source.Running && !target.Running {
		s.t.Errorf("it runs nowhere: source %v, target %v", source.Config, target.Config)
	}
}

// repeated ends what was begun, if there is anything left to do.
func (s *stage) repeated(act func(*stage) []run.Restored, back bool) {
	s.t.Helper()
	for _, d := range act(s) {
		if d.Plan.Problem == "" && !d.OK {
			s.t.Fatalf("%s: %s", d.Plan.Ref, d.Error)
		}
	}
	target, _ := s.w.Holding(plan.Target, app)
	source, _ := s.w.Holding(plan.Source, app)
	if target.Running == back || source.Running != back {
		s.t.Errorf("repeated, it runs on the source: %t, on the target: %t", source.Running, target.Running)
	}
	content, _ := s.w.Read(map[bool]plan.Side{true: plan.Source, false: plan.Target}[back], app, "")
	if want := map[bool]string{true: "written on the target", false: s.content}[back]; content != want {
		s.t.Errorf("it works on %q, want %q", content, want)
	}
}
