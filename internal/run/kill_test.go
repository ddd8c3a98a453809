package run_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
)

// deaths are the moments of a call in which IAB may die.
var deaths = []struct {
	says          string
	lost, halfway bool
}{{"before", false, false}, {"halfway through", false, true}, {"after", true, false}}

// Wherever IAB is killed in a restore, the same command reaches its end: the object has the content of the point and runs if it
// ran, what was there is kept, nothing half is left, and runs go on without hands.
func TestWhereverARestoreIsKilledTheSameCommandReachesItsEnd(t *testing.T) {
	for _, c := range []struct {
		says string
		ref  plan.Ref
		at   int
		lost bool
		ask  func(*plan.RestoreRequest)
	}{
		{"by a snapshot of its own", app, 3, false, inPlace},
		{"by what only the target has", app, 0, false, inPlace},
		{"of a volume by what only the target has", data, 0, false, inPlace},
		{"of a lost object that is to run", app, 2, true, func(r *plan.RestoreRequest) { r.Start = true }},
	} {
		for n := 1; ; n++ {
			calls := 0
			for _, death := range deaths {
				t.Run(fmt.Sprintf("%s, %s call %d", c.says, death.says, n), func(t *testing.T) {
					s, taken := newStageWithPast(t)
					s.longer("2", "9")
					if c.lost {
						s.lose(c.ref)
					}
					r := s.restoring(c.ref, taken[c.at], c.ask)
					calls = len(r.Steps)
					s.w.KillAt(n, death.lost, death.halfway)
					s.restore(r)
					s.w.FailAt(0, false)
					s.w.Advance(1e9)
					s.checkPast(c.ref, taken)
					if c.lost && s.there(c.ref) { // it has come back; only its start may be missing
						s.execute(context.Background(), s.w)
					} else if done := s.restore(s.restoring(c.ref, taken[c.at], c.ask)); !done.OK {
						t.Fatal(done.Error)
					}
					s.whole(c.ref, s.written[taken[c.at]])
					if !c.lost {
						s.hasKept(c.ref)
					}
					s.followRuns(c.ref, taken, true)
					s.whole(c.ref, s.content, c.ref)
				})
			}
			if n == calls {
				break
			}
		}
	}
}

// What a killed restore has left, and no server removes, is told of and stands in nobody's way.
func TestALeftoverThatCanNotBeRemovedIsTold(t *testing.T) {
	s, taken := newStageWithPast(t)
	half := func() (left []string) {
		for ref := range s.inventory().Source.Holdings {
			if strings.Contains(ref.Name, "-IAB-new-") {
				left = append(left, ref.Name)
			}
		}
		return left
	}
	for n := 1; len(half()) == 0; n++ {
		s.w.KillAt(n, true, false)
		s.restore(s.restoring(app, taken[0], inPlace))
		s.w.FailAt(0, false)
		s.w.Advance(1e12)
	}
	left := half()
	r := s.restoring(app, taken[0], inPlace)
	removal := slices.IndexFunc(r.Steps, func(step plan.Step) bool { return step.Verb == plan.StepRemove })
	if removal < 0 {
		t.Fatalf("nothing removes %q: %v", left, verbs(r))
	}
	s.w.FailAt(removal+1, false)
	done := s.restore(r)
	s.w.FailAt(0, false)
	if !done.OK || len(done.Warnings) != 1 || !strings.Contains(done.Warnings[0], "delete it by hand") {
		t.Errorf("it ended well: %t, with the warnings %q", done.OK, done.Warnings)
	}
	if got, _ := s.w.Read(plan.Source, app, ""); got != s.written[taken[0]] || !slices.Equal(half(), left) {
		t.Errorf("the object holds %q, and left are %q", got, half())
	}
}

// A run after a killed restore starts what that has stopped, or says what to do.
func TestARunAfterAKilledRestoreStartsWhatWasStopped(t *testing.T) {
	for n := range 6 {
		for _, death := range deaths {
			s, taken := newStageWithPast(t)
			s.w.KillAt(n, death.lost, death.halfway)
			s.restore(s.restoring(app, taken[0], inPlace))
			s.w.FailAt(0, false)
			_, report := s.execute(context.Background(), s.w)
			for _, result := range report.Results {
				if result.Ref == app && !s.running(app) && !strings.Contains(result.Hint, "restore it again") {
					t.Errorf("killed %s call %d it does not run, and a run says %q, %q", death.says, n, result.Error, result.Hint)
				}
			}
		}
	}
}

// A source that died while IAB had stopped something there comes back when the target has taken that over: no run starts it, nor does it
// stand in the way of the failback.
func TestWhatTheTargetHasTakenOverIsNotStartedAgain(t *testing.T) {
	s, _ := newStageOfPair(t, "btrfs", false)
	if err := s.w.Stop(context.Background(), app); err != nil {
		t.Fatal(err)
	}
	s.allWell(s.failover(false))
	if _, report := s.execute(context.Background(), s.w); report.Totals.Problem != 2 || s.running(app) {
		t.Errorf("it runs: %t: %s", s.running(app), report.Text())
	}
	s.oneWorks()
	s.w.Write(plan.Target, app, "written on the target")
	s.w.Advance(1e12)
	s.allWell(s.failback())
	s.whole(app, "written on the target")
}

// What is in doubt of a replica that takes over stays so when it has come home: the snapshots that were taken on the target later are whole,
// and the one that a dying server has left without data is not.
func TestADoubtOutlivesAFailback(t *testing.T) {
	s, _ := newStageOfPair(t, "btrfs", false)
	s.w.Tear(true)
	p, _ := s.execute(context.Background(), s.w)
	s.w.Tear(false)
	for _, ref := range []plan.Ref{app, data} {
		s.w.Power(plan.Source, ref, false)
	}
	s.allWell(s.failover(false))
	s.w.Advance(1e12)
	s.allWell(s.failback())
	complete := map[string]bool{}
	objects, _, _ := s.objects()
	for _, object := range objects {
		for _, point := range object.Points {
			if point.Side == plan.Target && object.Ref == data {
				complete[point.Snapshot] = point.Complete
			}
		}
	}
	if at, listed := complete[p.Snapshot]; at || !listed || len(complete) < 3 {
		t.Errorf("%s is listed: %t, as complete: %t, of %v", p.Snapshot, listed, at, complete)
	}
}

// A copy that was never finished is sent again by the run that a failover begins with: nothing stays in doubt.
func TestWhatAFailoverSendsAgainIsInDoubtNoMore(t *testing.T) {
	for _, driver := range []string{"btrfs", "dir"} {
		s, taken := newStageOfPair(t, driver, false)
		s.w.Tear(true)
		p, _ := s.execute(context.Background(), s.w)
		s.w.Tear(false)
		s.w.Advance(1e12)
		s.allWell(s.failover(true))
		s.w.Advance(1e12)
		s.allWell(s.failback())
		s.execute(context.Background(), s.w)
		for _, ref := range []plan.Ref{app, data} {
			s.noneInDoubt(ref)
			s.checkPast(ref, append(taken, p.Snapshot))
		}
	}
}

func (s *stage) there(ref plan.Ref) bool {
	_, exists := s.w.Holding(plan.Source, ref)
	return exists
}

// whole checks that an object is there, runs if it is one that does, and that no mark, clone or half object is left of a command.
func (s *stage) whole(ref plan.Ref, content string, more ...plan.Ref) {
	s.t.Helper()
	if got, _ := s.w.Read(plan.Source, ref, ""); got != content {
		s.t.Errorf("%s holds %q, want %q", ref, got, content)
	}
	if s.running(ref) != (ref == app) {
		s.t.Errorf("%s runs: %t", ref, s.running(ref))
	}
	inv := s.inventory()
	for _, side := range plan.BothSides {
		for other, holding := range inv.On(side).Holdings {
			if holding.Config[plan.MarkFetched] != "" && (other != ref || len(more) > 0) || holding.Config[plan.MarkStopped] != "" || strings.Contains(other.Name, "-IAB-new-") {
				s.t.Errorf("%s on the %s is left with %v", other, side, holding.Config)
			}
		}
	}
}

// hasKept checks that what was on the source before is there: under another name, or as a snapshot.
func (s *stage) hasKept(ref plan.Ref) {
	s.t.Helper()
	for other, holding := range s.inventory().Source.Holdings {
		content, _ := s.w.Read(plan.Source, other, "")
		if holding.Config[plan.MarkKept] == ref.String() && content == s.content {
			return
		}
		for _, snapshot := range holding.Snapshots {
			content, _ := s.w.Read(plan.Source, other, snapshot.Name)
			if other == ref && strings.HasPrefix(snapshot.Name, "before-restore-") && content == s.content {
				return
			}
		}
	}
	s.t.Errorf("what %s held before is nowhere", ref)
}

// Wherever IAB is killed in a failover or a failback, the object never runs on both sides, and the command repeated ends what was begun; the
// other command undoes it. Runs go on without hands once it is home, and no restore point is lost.
func TestWhereverATakeoverIsKilledItCanBeRepeatedOrUndone(t *testing.T) {
	for _, driver := range []string{"btrfs", "dir"} {
		t.Run(driver, func(t *testing.T) { takeoversThatAreKilled(t, driver) })
	}
}

func takeoversThatAreKilled(t *testing.T, driver string) {
	for _, back := range []bool{false, true} {
		for n := 1; ; n++ {
			calls := 0
			for _, death := range deaths {
				for _, undo := range []bool{false, true} {
					t.Run(fmt.Sprintf("back %t, killed %s call %d, undo %t", back, death.says, n, undo), func(t *testing.T) {
						s, taken := newStageOfPair(t, driver, back)
						act, other := func() []run.Restored { return s.failover(true) }, s.failback
						if back {
							act, other = other, act
						}
						s.w.KillAt(n, death.lost, death.halfway)
						act()
						if calls = len(s.w.Calls()); n > calls {
							return
						}
						s.w.FailAt(0, false)
						s.oneSide()
						s.w.Advance(1e12)
						again := act
						if undo {
							again = other
						}
						for _, d := range again() {
							if d.Plan.Problem == "" && !d.OK {
								t.Fatalf("%s: %s", d.Plan.Ref, d.Error)
							}
						}
						s.oneSide()
						s.oneWorks()
						// What works at home already is not sent to the target again by asking for a failover: the failback is to be ended.
						source, _ := s.w.Holding(plan.Source, app)
						if (!back || !undo) && source.Running != (back != undo) {
							t.Errorf("it works at home: %t", source.Running)
						}
						if target, _ := s.w.Holding(plan.Target, app); target.Config[plan.MarkRole] == plan.RoleActive {
							s.w.Advance(1e12)
							s.allWell(s.failback())
						}
						want := s.content
						if back {
							want = "written on the target"
						}
						for _, ref := range []plan.Ref{app, data} {
							s.whole(ref, want)
						}
						for range 2 {
							s.w.Advance(1e12)
							if _, report := s.execute(context.Background(), s.w); !report.OK {
								t.Fatal(report.Text())
							}
						}
						s.oneWorks()
						s.noneInDoubt(app)
						s.checkPast(app, taken)
						s.checkPast(data, taken)
					})
				}
			}
			if n >= calls {
				break
			}
		}
	}
}

// noneInDoubt checks that every restore point of an object counts as complete.
func (s *stage) noneInDoubt(ref plan.Ref) {
	s.t.Helper()
	objects, _, _ := s.objects()
	for _, object := range objects {
		for _, point := range object.Points {
			if object.Ref == ref && !point.Complete {
				s.t.Errorf("%s in %s is in doubt", point.Snapshot, point.Holder)
			}
		}
	}
}

// newStageOfPair is a stage with an instance and a volume that it uses, at work on the target if back.
func newStageOfPair(t *testing.T, driver string, back bool) (*stage, []string) {
	s, taken := newStageWithPastOn(t, driver)
	s.longer("2", "14")
	s.jobs = slices.DeleteFunc(s.jobs, func(j plan.Job) bool { return j.Ref != app && j.Ref != data })
	if back {
		s.allWell(s.failover(true))
		s.w.Write(plan.Target, app, "written on the target")
		s.w.Write(plan.Target, data, "written on the target")
		s.w.Advance(1e12)
	}
	return s, taken
}

// oneSide checks that app does not run on both sides.
func (s *stage) oneSide() {
	s.t.Helper()
	source, _ := s.w.Holding(plan.Source, app)
	target, _ := s.w.Holding(plan.Target, app)
	if source.Running && target.Running {
		s.t.Error("it runs on both sides")
	}
}
