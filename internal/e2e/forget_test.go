//go:build e2e

package e2e

import (
	"encoding/json"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
)

// forgotten decodes what `iab forget --json` says.
func (o outcome) forgotten() (list run.Forgets) {
	o.f.Helper()
	o.f.must(json.Unmarshal([]byte(o.stdout), &list))
	return list
}

// TestReplicasAreForgottenWhenTheirSourceIsGoneForGood uses a restricted certificate, which sees the project and its pools.
func TestReplicasAreForgottenWhenTheirSourceIsGoneForGood(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.source)
	f.onboard(f.project)
	web, files := f.container("web", "local", "first"), f.disk("plain", "files", "first")
	stays := f.container("stays", "local", "first")
	f.configure(object{"projects": []object{{"name": f.project, "instances": []object{{"name": "*"}}, "volumes": []object{{"name": "*", "storage": "plain"}}}},
		"retention": policies("1", "4")})
	f.run().ok()
	f.run("--reseed", "web").ok() // a former replica
	f.run().ok()                  // and archives
	f.iab("forget", "web", "--yes").exits(1).says("the source still has it")
	f.remove(f.source, web)
	f.remove(f.source, files)
	f.run().ok()
	f.wantStates("web orphan warning 1+2, files orphan warning 1+2, stays ok ok 1+3", 1)

	f.iab("forget", "stays", "--yes").exits(1).says("the source still has it")
	planned := f.iab("forget", "web", "files", "--dry-run", "--json").ok().forgotten()
	if len(planned.Forgets) != 2 || planned.Forgets[0].Plan.Points != 3 || planned.Forgets[1].Plan.Points != 3 || len(planned.Forgets[0].Plan.Removes) != 3 {
		t.Errorf("planned: %+v", planned)
	}
	f.iab("forget", "web").exits(2).says("there is no terminal to ask on")
	done := f.iab("forget", "web", "files", "--yes", "--json").ok().forgotten()
	for _, d := range done.Forgets {
		if len(d.Removed) != len(d.Plan.Removes) || len(d.Removed) == 0 {
			t.Errorf("removed %v of %v", d.Removed, d.Plan.Removes)
		}
	}
	f.wantStates("stays ok ok 1+3", 0)
	f.holds(f.target, stays, "", "first")
	f.iab("forget", "web", "--yes").exits(2).says("this config has no replica of that name")

	// What a restore has replaced goes by its own name.
	f.iab("restore", "stays", "--at", f.points0(stays), "--in-place", "--yes").ok()
	kept := f.kept(stays)
	f.run().ok()
	f.iab("forget", kept.Name, "--yes").ok()
	if _, _, err := f.source.Project(f.project).GetInstance(kept.Name); err == nil {
		t.Errorf("%s is still there", kept)
	}
	f.run().ok()
	f.must(g.listener.Close())
	f.iab("forget", "stays", "--yes").exits(3)
	f.holds(f.target, stays, "", "first")
}

// kept is what a restore has set aside on the source.
func (f *fixture) kept(ref plan.Ref) plan.Ref {
	f.Helper()
	instances, err := f.source.Project(f.project).GetInstances("")
	f.must(err)
	for _, instance := range instances {
		if instance.Config[plan.MarkKept] == ref.String() {
			return f.instance(instance.Name)
		}
	}
	f.Fatalf("nothing of %s was kept", ref)
	return plan.Ref{}
}
