package plan_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

// carryOut puts the scene on a pair of servers in memory and does the plan there.
func carryOut(r *rapid.T, s *scene, p plan.Plan) *runtest.World {
	w := runtest.NewWorld(s.opts.Now, identity)
	for _, side := range plan.BothSides {
		for name, project := range s.inv.On(side).Projects {
			w.PutProject(side, name, project)
		}
		for ref, h := range s.inv.On(side).Holdings {
			w.Put(side, ref, h)
		}
	}
	report := run.Execute(context.Background(), w, p, s.inv, run.Options{Parallel: 1, Clock: w.Now})
	for _, result := range report.Results {
		if result.Outcome != run.OK && result.Outcome != run.Problem {
			r.Fatalf("%s: %s: %s\n%s", result.Ref, result.Outcome, result.Error, show(p.Items))
		}
	}
	return w
}

// reread replaces the scene's inventory by what the servers hold now.
func (s *scene) reread(r *rapid.T, w *runtest.World) {
	inv, err := w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		r.Fatal(err)
	}
	s.inv = inv
}

func TestInvariant9PlanningAgainAfterACleanRunPrunesNothing(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, _ plan.Plan) {
		s.opts.NoPrune = false
		p := s.plan()
		w := carryOut(r, s, p)
		s.reread(r, w)
		s.opts.NoCopy = true
		for i, item := range s.plan().Items {
			if p.Items[i].Problem == "" && len(item.Actions) > 0 {
				r.Fatalf("%s: first %s\nthen %s", item.Ref, show(p.Items[i].Actions), show(item.Actions))
			}
		}
	})
}

func TestInvariant9PlanningAgainAfterACleanRunSendsOneSnapshot(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, _ plan.Plan) {
		s.opts.NoPrune, s.opts.NoCopy = false, false
		first := s.plan()
		w := carryOut(r, s, first)
		w.Advance(time.Hour)
		s.reread(r, w)
		s.opts.Now, s.opts.Reseed = w.Now(), nil
		second := s.plan()
		for i, item := range second.Items {
			if first.Items[i].Problem != "" {
				continue
			}
			checkAgain(r, first.Items[i], item, second.Snapshot)
		}
	})
}

// checkAgain compares what is planned for an object with what was done for it an hour before.
func checkAgain(r *rapid.T, first, second plan.Item, name string) {
	verbs := []plan.Verb{}
	for _, action := range second.Actions {
		if action.Phase != plan.Prune {
			verbs = append(verbs, action.Verb)
		}
	}
	if !slices.Equal(verbs, []plan.Verb{plan.VerbSnapshot, plan.VerbCopy}) {
		r.Fatalf("%s: planned again: %v %s", second.Ref, verbs, second.Problem)
	}
	sent := copiesOf(second)[0]
	if !slices.Equal(sent.Sends, []string{name}) || len(sent.Loses) > 0 {
		r.Fatalf("%s: %v is sent and %v lost right after a clean run", second.Ref, sent.Sends, sent.Loses)
	}
	for _, side := range plan.BothSides {
		for _, snapshot := range deletions(second, side) {
			due := slices.ContainsFunc(first.Verdicts.On(side), func(v plan.Verdict) bool {
				return v.Snapshot == snapshot && v.Expired && v.Archive == "" && v.Reasons[0].Code != plan.CodeLost
			})
			if due {
				r.Fatalf("%s: %s on the %s was due before", second.Ref, snapshot, side)
			}
		}
	}
}

// What the plan says that a side holds in the end is what the servers hold then.
func TestAPlanForetellsWhatBothSidesHoldAfterwards(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		w := carryOut(r, s, p)
		s.reread(r, w)
		for _, item := range p.Items {
			if item.Problem != "" {
				continue
			}
			for _, side := range plan.BothSides {
				var want []string
				for _, v := range item.Verdicts.On(side) {
					switch {
					case v.Reasons[0].Code == plan.CodeLost:
					case v.Archive != "":
						ref := item.Job.RefOn(side)
						ref.Name = v.Archive
						if _, held := w.Holding(side, ref); held == (v.Expired && !s.opts.NoPrune) {
							r.Fatalf("%s: archive %s of %s, expired %v: there is %v", item.Ref, v.Archive, v.Snapshot, v.Expired, held)
						}
					case !v.Expired || s.opts.NoPrune:
						want = append(want, v.Snapshot)
					}
				}
				slices.Sort(want)
				if got := sortedNames(s.snapshots(side, item.Job)); !slices.Equal(got, want) {
					r.Fatalf("%s on the %s: %v, foretold %v", item.Ref, side, got, want)
				}
			}
		}
	})
}
