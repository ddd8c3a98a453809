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

// restoring decides on a restore of an object by what both servers hold.
func (s *stage) restoring(ref plan.Ref, at string, change func(*plan.RestoreRequest)) plan.Restore {
	s.t.Helper()
	inv := s.inventory()
	opts := plan.Options{Now: s.w.Now(), Identity: identity, Self: s.self}
	request := plan.RestoreRequest{To: plan.Source}
	for _, object := range plan.SurveyOf(s.jobs, inv, opts).Objects {
		if object.Ref == ref {
			point, err := object.Choose(at, nil, s.w.Now())
			if err != nil {
				s.t.Fatal(err)
			}
			request.Object, request.Point = object, point
		}
	}
	if change != nil {
		change(&request)
	}
	return plan.RestoreOf(request, inv, opts)
}

func (s *stage) restore(r plan.Restore) run.Restored {
	s.t.Helper()
	if r.Problem != "" {
		s.t.Fatalf("%s; %s", r.Problem, r.Hint)
	}
	return run.Restore(context.Background(), s.w, r, run.Options{Clock: s.w.Now})
}

func inPlace(r *plan.RestoreRequest) { r.InPlace = true }

// lose takes an object away from the source, as a dead disk does.
func (s *stage) lose(ref plan.Ref) { s.w.Lose(plan.Source, ref) }

func verbs(r plan.Restore) []plan.StepVerb {
	var list []plan.StepVerb
	for _, step := range r.Steps {
		list = append(list, step.Verb)
	}
	return list
}

// A restore that was carried out leaves the object with the content of the point, what was there before under another name or in a
// snapshot, and runs that go on without hands and lose no restore point.
func TestEveryWayOfARestore(t *testing.T) {
	for _, c := range []struct {
		says  string
		ref   plan.Ref
		make  func(s *stage, taken []string)
		at    int // index of the snapshot
		ask   func(*plan.RestoreRequest)
		steps []plan.StepVerb
		as    string
	}{
		{says: "back by a snapshot of its own", ref: db, at: 3, ask: inPlace, steps: []plan.StepVerb{plan.StepKeep, plan.StepRevert}},
		{says: "back while it runs", ref: app, at: 3, ask: inPlace, steps: []plan.StepVerb{plan.StepStop, plan.StepKeep, plan.StepRevert, plan.StepStart}},
		{says: "back by what only the target has", ref: data, at: 0, ask: inPlace, steps: []plan.StepVerb{plan.StepFetch, plan.StepRename, plan.StepAdopt}},
		{says: "back by what only the target has, while it runs", ref: app, at: 0, ask: inPlace,
			steps: []plan.StepVerb{plan.StepFetch, plan.StepStop, plan.StepRename, plan.StepAdopt, plan.StepStart}},
		{says: "a lost object from its replica", ref: db, at: 3, make: func(s *stage, _ []string) { s.lose(db) }, steps: []plan.StepVerb{plan.StepFetch, plan.StepAdopt}},
		{says: "a lost object from an archive", ref: db, at: 0, make: func(s *stage, _ []string) { s.lose(db) }, steps: []plan.StepVerb{plan.StepFetch, plan.StepAdopt}},
		{says: "a second object", ref: db, at: 1, ask: func(r *plan.RestoreRequest) { r.As = "db2" }, steps: []plan.StepVerb{plan.StepFetch, plan.StepAdopt}, as: "db2"},
		{says: "a second object on the target", ref: db, at: 2, ask: func(r *plan.RestoreRequest) { r.As, r.To = "db2", plan.Target },
			steps: []plan.StepVerb{plan.StepFetch, plan.StepAdopt}, as: "db2"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s, taken := newStageWithPast(t)
			if c.make != nil {
				c.make(s, taken)
			}
			before := s.running(c.ref)
			r := s.restoring(c.ref, taken[c.at], c.ask)
			if got := verbs(r); !slices.Equal(got, c.steps) {
				t.Fatalf("%v, want %v", got, c.steps)
			}
			if done := s.restore(r); !done.OK {
				t.Fatal(done.Error)
			}
			restored := r.To.Object
			if got, _ := s.w.Read(r.To.Side, restored, ""); got != s.written[taken[c.at]] {
				t.Errorf("it holds %q, want %q", got, s.written[taken[c.at]])
			}
			if s.running(c.ref) != before {
				t.Errorf("it runs: %t, it ran: %t", s.running(c.ref), before)
			}
			s.checkPast(c.ref, taken)
			if c.as == "" {
				s.checkKept(c.ref, r)
			}
			s.followRuns(c.ref, taken, c.as == "")
		})
	}
}

// newStageWithPast is a stage with five snapshots: the newest two are on the source, the others only on the target.
func newStageWithPast(t *testing.T) (*stage, []string) { return newStageWithPastOn(t, "btrfs") }

// newStageWithPastOn is a stage whose pools are of that driver.
func newStageWithPastOn(t *testing.T, driver string) (*stage, []string) {
	s := newStage(t)
	for _, side := range plan.BothSides {
		s.w.AddPool(side, "local", driver)
	}
	s.longer("2", "5")
	var taken []string
	for range 5 {
		p, report := s.execute(context.Background(), s.w)
		if !report.OK {
			t.Fatal(report.Text())
		}
		s.written[p.Snapshot] = s.content
		taken = append(taken, p.Snapshot)
		s.write()
	}
	return s, taken
}

// checkPast checks that every restore point is still listed, with its content.
func (s *stage) checkPast(ref plan.Ref, taken []string) {
	s.t.Helper()
	survey := plan.SurveyOf(s.jobs, s.inventory(), plan.Options{Now: s.w.Now(), Identity: identity})
	held := map[string]bool{}
	for _, object := range survey.Objects {
		for _, point := range object.Points {
			snapshot := ""
			if point.Within {
				snapshot = point.Snapshot
			}
			if object.Ref == ref && point.Complete {
				content, _ := s.w.Read(point.Side, point.Holder, snapshot)
				held[point.Snapshot] = held[point.Snapshot] || content == s.written[point.Snapshot]
			}
		}
	}
	for _, name := range taken {
		if !held[name] {
			s.t.Errorf("restore point %s of %s is lost or has other content", name, ref)
		}
	}
}

// checkKept checks that what was replaced is still there.
func (s *stage) checkKept(ref plan.Ref, r plan.Restore) {
	s.t.Helper()
	for _, step := range r.Steps {
		kept := ref
		switch step.Verb {
		case plan.StepKeep:
			if got, _ := s.w.Read(plan.Source, ref, step.Name); got != s.content {
				s.t.Errorf("snapshot %s holds %q, want %q", step.Name, got, s.content)
			}
		case plan.StepRename:
			kept.Name = step.Name
			if got, _ := s.w.Read(plan.Source, kept, ""); got != s.content {
				s.t.Errorf("%s holds %q, want %q", kept, got, s.content)
			}
		}
	}
}

// followRuns lets runs go on after a restore.
func (s *stage) followRuns(ref plan.Ref, taken []string, replaced bool) {
	s.t.Helper()
	for n := range 2 {
		_, report := s.execute(context.Background(), s.w)
		if !report.OK {
			s.t.Fatal(report.Text())
		}
		if n == 0 {
			s.checkPast(ref, taken[1:]) // the policy of five lets the oldest go
		}
		s.write()
	}
	if h, _ := s.w.Holding(plan.Source, ref); replaced && h.Config[plan.MarkRestored] != "" {
		s.t.Error("the mark of the restore is still there")
	}
}

// Whatever single call of a restore fails, with its effect or without: what was there is there, what ran runs, nothing half is left,
// and the restore can be repeated.
func TestARestoreThatFailsIsPutBack(t *testing.T) {
	for _, c := range []struct {
		says string
		ref  plan.Ref
		at   int
		lost bool
	}{
		{"by a snapshot of its own", app, 3, false},
		{"by what only the target has", app, 0, false},
		{"of a lost object", db, 2, true},
	} {
		prepare := func(t *testing.T) (*stage, []string, plan.Restore) {
			s, taken := newStageWithPast(t)
			ask := inPlace
			if c.lost {
				s.lose(c.ref)
				ask = nil
			}
			r := s.restoring(c.ref, taken[c.at], ask)
			return s, taken, r
		}
		_, _, r := prepare(t)
		for n := range r.Steps {
			for _, lost := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, call %d, lost %t", c.says, n+1, lost), func(t *testing.T) {
					s, taken, r := prepare(t)
					s.w.FailAt(n+1, lost)
					done := s.restore(r)
					s.w.FailAt(0, false)
					if done.OK || done.Error == "" {
						t.Fatalf("%+v", done)
					}
					s.checkPast(c.ref, taken)
					_, exists := s.w.Holding(plan.Source, c.ref)
					if done.Undone && exists == c.lost || !c.lost && (!exists || !s.running(c.ref)) {
						t.Errorf("undone: %t, it is there: %t, it runs: %t: %s", done.Undone, exists, s.running(c.ref), done.Error)
					}
					if content, _ := s.w.Read(plan.Source, c.ref, ""); !c.lost && content != s.content && content != s.written[taken[c.at]] {
						t.Errorf("it holds %q", content)
					}
					s.repeat(c.ref, taken[c.at], c.lost)
				})
			}
		}
	}
}

// repeat restores once more, and looks whether anything half is left.
func (s *stage) repeat(ref plan.Ref, at string, wasLost bool) {
	s.t.Helper()
	ask := inPlace
	if _, exists := s.w.Holding(plan.Source, ref); !exists && wasLost {
		ask = nil
	}
	if done := s.restore(s.restoring(ref, at, ask)); !done.OK {
		s.t.Fatal(done.Error)
	}
	if got, _ := s.w.Read(plan.Source, ref, ""); got != s.written[at] {
		s.t.Errorf("repeated, it holds %q, want %q", got, s.written[at])
	}
	for other, holding := range s.inventory().Source.Holdings {
		if holding.Config[plan.MarkFetched] != "" {
			s.t.Errorf("%s is left", other)
		}
	}
}

// A restore that is killed leaves what the next one removes.
func TestWhatAKilledRestoreHasLeftIsRemovedByTheNext(t *testing.T) {
	s, taken := newStageWithPast(t)
	s.lose(db)
	r := s.restoring(db, taken[3], nil)
	for n := range len(r.Steps) - 1 {
		killed := r
		killed.Steps = r.Steps[:n+1]
		if done := run.Restore(context.Background(), s.w, killed, run.Options{Clock: s.w.Now}); !done.OK {
			t.Fatal(done.Error)
		}
		s.w.Advance(1e9)
		s.repeat(db, taken[2], true)
		s.lose(db)
	}
}

func TestARestoreSaysWhyItCantBe(t *testing.T) {
	s, taken := newStageWithPast(t)
	for _, c := range []struct {
		says string
		ask  func(*plan.RestoreRequest)
	}{
		{"exists on the source", nil},
		{"IAB itself runs in it", func(r *plan.RestoreRequest) { r.InPlace = true }},
		{"on the target already, as the replica", func(r *plan.RestoreRequest) { r.To = plan.Target }},
		{"leave --to and --as out", func(r *plan.RestoreRequest) { r.InPlace, r.As = true, "x" }},
		{"choose another name", func(r *plan.RestoreRequest) { r.As = "db" }},
	} {
		s.self = plan.Self{}
		if strings.HasPrefix(c.says, "IAB itself") {
			s.w.Power(plan.Source, db, true)
			s.self.Name = db.Name
		}
		r := s.restoring(db, taken[4], c.ask)
		if r.Problem == "" || len(r.Steps) > 0 || !strings.Contains(r.Problem+r.Hint, c.says) {
			t.Errorf("%q: %q, %q", c.says, r.Problem, r.Hint)
		}
	}
}
