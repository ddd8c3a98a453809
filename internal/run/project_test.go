package run_test

import (
	"context"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
)

// mirrored lets the jobs of a stage lead to another project on the target.
func mirrored(s *stage) *stage {
	s.w.AddProject(plan.Target, "mirror")
	for i := range s.jobs {
		s.jobs[i].TargetProject = "mirror"
	}
	return s
}

// Where the target's project has another name, runs, a reseeding, a failover, a failback and a restore work there, and nothing comes into
// the project of the source's name.
func TestEverythingWorksInAnotherProjectOfTheTarget(t *testing.T) {
	s := mirrored(newStage(t))
	s.longer("2", "4")
	for range 3 {
		s.runClean()
	}
	s.write()
	s.w.Power(plan.Source, db, true)
	s.allWell(s.failover(true))
	for _, ref := range []plan.Ref{app, db} {
		replica := ref
		replica.Project = "mirror"
		if held, _ := s.w.Holding(plan.Target, replica); !held.Running || s.running(ref) {
			t.Errorf("%s runs on the target: %t, on the source: %t", ref, held.Running, s.running(ref))
		}
		s.w.Write(plan.Target, replica, "the work of the worst day")
	}
	s.allWell(s.failback())
	if content, _ := s.w.Read(plan.Source, db, ""); content != "the work of the worst day" || !s.running(db) {
		t.Errorf("at home is %q, and runs: %t", content, s.running(db))
	}
	s.write()
	if _, report := s.execute(context.Background(), s.w); !report.OK {
		t.Fatal(report.Text())
	}
	s.checkReplicas()

	s.lose(data)
	if restored := s.restore(s.restoring(data, "", nil)); !restored.OK {
		t.Fatalf("%+v", restored)
	}
	if content, _ := s.w.Read(plan.Source, data, ""); content != s.content {
		t.Errorf("restored is %q", content)
	}
	s.reseed = map[plan.Ref]bool{logs: true}
	if _, report := s.execute(context.Background(), s.w); !report.OK {
		t.Fatal(report.Text())
	}
	for ref := range s.inventory().Target.Holdings {
		if ref.Project != "mirror" {
			t.Errorf("the target has %s", ref)
		}
	}
}

// Two sources of one target: objects of one name go to different projects, or are a problem; nothing is ever overwritten.
func TestSourcesOfOneTargetDoNotOverwriteEachOther(t *testing.T) {
	s := newStage(t)
	s.runClean()
	other := &stage{t: t, w: s.w.Into(second), jobs: append([]plan.Job{}, s.jobs...), written: map[string]string{}}
	for _, ref := range refs {
		other.w.Put(plan.Source, ref, plan.Holding{Running: ref == app})
		other.w.Write(plan.Source, ref, "of the other source")
	}
	build := func() plan.Plan {
		p := plan.Build(other.jobs, other.inventory(), plan.Options{Now: other.w.Now(), Identity: second})
		return p
	}
	for _, item := range build().Items {
		if len(item.Actions) > 0 || item.Problem == "" || item.Hint != "let this config's objects go to another project there (projects[].targetName); nothing was changed" {
			t.Errorf("%s: %s (%s)", item.Ref, item.Problem, item.Hint)
		}
	}
	mirrored(other)
	for _, item := range build().Items {
		if item.Problem != "" {
			t.Errorf("%s: %s", item.Ref, item.Problem)
		}
	}
	p := build()
	if report := runOf(other, p); !report.OK {
		t.Fatal(report.Text())
	}
	s.write()
	s.runClean()
	for _, ref := range refs {
		replica := ref
		replica.Project = "mirror"
		if content, _ := other.w.Read(plan.Target, replica, p.Snapshot); content != "of the other source" {
			t.Errorf("%s holds %q", replica, content)
		}
	}
}

func runOf(s *stage, p plan.Plan) run.Report {
	return run.Execute(context.Background(), s.w, p, s.inventory(), run.Options{Parallel: 1, Clock: s.w.Now})
}
