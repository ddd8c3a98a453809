package run_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
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
