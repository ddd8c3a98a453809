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

// Between pools that allow it a failback sends what differs only, says so before, and says elsewhere why everything is sent.
func TestAFailbackSaysWhatIsSent(t *testing.T) {
	for _, c := range []struct {
		says   string
		driver string
		full   bool
		make   func(s *stage)
		update bool
	}{
		{says: "incremental", driver: "dir", update: true},
		{says: "can't be turned round between pools of driver btrfs;", driver: "btrfs"},
		{says: "(--full)", driver: "dir", full: true},
		{says: "no snapshot in common", driver: "dir", make: func(s *stage) {
			held, _ := s.w.Holding(plan.Source, app)
			for _, snapshot := range held.Snapshots {
				s.w.Remove(plan.Source, app, snapshot.Name)
			}
		}},
		{says: "does not exist on the source", driver: "dir", make: func(s *stage) { s.lose(app) }},
		{says: "not every snapshot of the target is known to be whole", driver: "dir", make: func(s *stage) {
			if err := s.w.Take(plan.Target, app, "by-hand"); err != nil {
				s.t.Fatal(err)
			}
		}},
	} {
		t.Run(c.says, func(t *testing.T) {
			s, _ := newStageWithPastOn(t, c.driver)
			s.allWell(s.failover(true))
			if c.make != nil {
				c.make(s)
			}
			objects, inv, opts := s.objects()
			opts.Full = c.full
			for _, r := range plan.FailbackOf(objects, inv, opts) {
				if r.Ref != app {
					continue
				}
				i := slices.Index(verbs(r), plan.StepFetch)
				if i < 0 || !strings.Contains(r.Steps[i].Why, c.says) {
					t.Fatalf("%s: %v", r.Problem, r.Steps)
				}
				if slices.Contains(verbs(r), plan.StepUpdate) != c.update || strings.Contains(r.NextRun, "incrementally") != c.update {
					t.Errorf("%v, then the next run %s", verbs(r), r.NextRun)
				}
			}
		})
	}
}

// A failback that can't send what differs is put back, and advises to send everything.
func TestAFailbackThatCantBuildOnTheSourceIsPutBack(t *testing.T) {
	s, _ := newStageWithPastOn(t, "dir")
	s.allWell(s.failover(true))
	s.w.Write(plan.Target, app, "written on the target")
	objects, inv, opts := s.objects()
	planned := plan.FailbackOf(objects, inv, opts)
	for _, side := range plan.BothSides {
		s.w.AddPool(side, "local", "btrfs") // behind the plan's back
	}
	for _, d := range run.Takeover(context.Background(), s.w, planned, nil, run.Options{Clock: s.w.Now}) {
		if d.OK || !d.Undone {
			t.Errorf("%s: ok %t, undone %t: %s", d.Plan.Ref, d.OK, d.Undone, d.Error)
		}
		if d.Plan.Ref == app && !strings.Contains(d.Hint, "--full") {
			t.Errorf("%s; %s", d.Error, d.Hint)
		}
	}
	s.works(plan.Target)
	for ref, holding := range s.inventory().Source.Holdings {
		if holding.Config[plan.MarkFetched] != "" || holding.Config[plan.MarkKept] != "" {
			t.Errorf("%s is left", ref)
		}
	}
	s.allWell(s.failback())
	s.works(plan.Source)
}

// kept lists what was replaced on the source of an object.
func (s *stage) kept(ref plan.Ref) []plan.Ref {
	var list []plan.Ref
	for other, holding := range s.inventory().Source.Holdings {
		if holding.Config[plan.MarkKept] == ref.String() {
			list = append(list, other)
		}
	}
	return list
}

// refusal is a pair of servers on which the first deletion of what a failback has replaced fails, before or after its effect.
type refusal struct {
	*runtest.World
	fails string // empty: never
}

func (r *refusal) DeleteReplaced(ctx context.Context, job plan.Job, name string, snapshots []string) error {
	fails := r.fails
	r.fails = ""
	if fails != "before" {
		if err := r.World.DeleteReplaced(ctx, job, name, snapshots); err != nil {
			return err
		}
	}
	if fails != "" {
		return runtest.ErrInjected
	}
	return nil
}

// What a failback has replaced goes with a later run, also if its deletion fails once, and every restore point is there at each moment.
func TestWhatAFailbackHasReplacedGoesWithALaterRun(t *testing.T) {
	for _, driver := range []string{"btrfs", "dir"} {
		for _, fails := range []string{"", "before", "after"} {
			t.Run(driver+" "+fails, func(t *testing.T) {
				s, taken := newStageWithPastOn(t, driver)
				s.longer("3", "19")
				s.allWell(s.failover(true))
				for _, ref := range refs {
					s.w.Write(plan.Target, ref, "written on the target")
				}
				s.w.Advance(1e12)
				s.allWell(s.failback())
				refusal := &refusal{World: s.w, fails: fails}
				for n := range 8 {
					s.write()
					for _, ref := range refs {
						if n == 0 && len(s.kept(ref)) != 1 {
							t.Fatalf("of %s is kept: %v", ref, s.kept(ref))
						}
						s.checkPast(ref, taken)
					}
					p, inv := s.plan()
					report := run.Execute(context.Background(), refusal, p, inv, run.Options{Parallel: 1, Clock: s.w.Now})
					if !report.OK && fails == "" {
						t.Fatal(report.Text())
					}
				}
				for _, ref := range refs {
					if kept := s.kept(ref); len(kept) > 0 {
						t.Errorf("of %s is still kept: %v", ref, kept)
					}
					s.checkPast(ref, taken)
				}
			})
		}
	}
}

// What only the source had when the target took over from it stays a restore point, in what the failback has replaced.
func TestWhatAFailbackHasReplacedStaysARestorePoint(t *testing.T) {
	s, _ := newStageWithPastOn(t, "dir")
	const late = "IAB_20260310-175959"
	if err := s.w.Take(plan.Source, db, late); err != nil {
		t.Fatal(err)
	}
	s.written[late] = s.content
	s.allWell(s.failover(false))
	s.w.Power(plan.Source, app, false)
	s.w.Write(plan.Target, db, "written on the target")
	s.w.Advance(1e12)
	s.allWell(s.failback())
	for range 4 {
		s.write()
		if _, report := s.execute(context.Background(), s.w); !report.OK || !strings.Contains(report.Text(), "nobody knows whether the target had its last state") {
			t.Fatal(report.Text())
		}
		s.checkPast(db, []string{late})
	}
	if len(s.kept(db)) != 1 {
		t.Fatalf("kept is %v", s.kept(db))
	}
	r := s.restoring(db, late, func(r *plan.RestoreRequest) { r.As = "db2" })
	if done := s.restore(r); !done.OK {
		t.Fatal(done.Error)
	}
	if got, _ := s.w.Read(plan.Source, r.To.Object, ""); got != s.written[late] || r.From.Side != plan.Source {
		t.Errorf("it holds %q, want %q, from the %s", got, s.written[late], r.From.Side)
	}
}
