package run_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"iab/internal/plan"
	"iab/internal/retention"
)

// newStageWithRenamed is a stage on which db, whose replica has archives, is called www now, and another object has its name.
func newStageWithRenamed(t *testing.T) *stage {
	s := newStage(t)
	for i := range s.jobs {
		s.jobs[i].Retention.Target = retention.MustParse("9")
	}
	s.w.Put(plan.Source, db, plan.Holding{Config: map[string]string{"volatile.uuid": "a"}})
	for range 4 {
		s.runClean()
	}
	www := db
	www.Name = "www"
	if err := s.w.RenameObject(plan.Source, db, www.Name); err != nil {
		t.Fatal(err)
	}
	s.w.Put(plan.Source, db, plan.Holding{Config: map[string]string{"volatile.uuid": "b"}})
	s.w.Write(plan.Source, db, s.content)
	job := s.jobs[slices.IndexFunc(s.jobs, func(j plan.Job) bool { return j.Ref == db })]
	job.Ref = www
	s.jobs = append(s.jobs, job)
	return s
}

// checkRenamed holds that every restore point of the renamed object is one of its new name, with what was in it.
func (s *stage) checkRenamed(points int) {
	s.t.Helper()
	inv, err := s.w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, object := range plan.SurveyOf(s.jobs, inv, plan.Options{Now: s.w.Now(), Identity: identity}).Objects {
		held := 0
		for _, p := range object.Points {
			if p.Side == plan.Source {
				continue
			}
			held++
			snapshot := p.Snapshot
			if !p.Within {
				snapshot = ""
			}
			if got, _ := s.w.Read(plan.Target, p.Holder, snapshot); got != s.written[p.Snapshot] {
				s.t.Errorf("%s of %s in %s holds %q, want %q", p.Snapshot, object.Ref, p.Holder.Name, got, s.written[p.Snapshot])
			}
		}
		if object.Jobless || object.Ref.Name == "www" && held != points || object.Ref == db && held >= points {
			s.t.Errorf("%s has %d restore points on the target, and a job: %t", object.Ref, held, !object.Jobless)
		}
	}
}

// lastBefore is the last snapshot of the object when it was renamed.
const lastBefore = "IAB_20260310-160000"

func TestTheReplicaOfARenamedObjectFollowsWhateverFails(t *testing.T) {
	first := newStageWithRenamed(t)
	p, _ := first.plan()
	if p.Totals.Rename != 1 || p.Totals.Problems != 0 {
		t.Fatalf("%+v", p.Totals)
	}
	calls := len(callsOfCleanRun(first))
	first.checkRenamed(5)
	for n := range calls {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("call %d, lost %t", n+1, lost), func(t *testing.T) {
				s := newStageWithRenamed(t)
				s.w.FailAt(n+1, lost)
				s.execute(context.Background(), s.w)
				s.w.Advance(1e9)
				s.w.FailAt(0, false)
				if _, report := s.execute(context.Background(), s.w); !report.OK {
					t.Fatal(report.Text())
				}
				s.checkReplicas()
				www, _ := s.w.Holding(plan.Source, plan.Ref{Project: "default", Kind: plan.Instance, Name: "www"})
				taken := 4 // before it was renamed
				for name := range s.written {
					if slices.ContainsFunc(www.Snapshots, func(s plan.Snapshot) bool { return s.Name == name }) && name > lastBefore {
						taken++
					}
				}
				s.checkRenamed(taken)
			})
		}
	}
}
