//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"

	"iab/internal/run"
)

func TestAReplicaThatRunsIsAProblemAndTheOthersAreDone(t *testing.T) {
	f := scenario(t)
	web, db, files := f.container("web", "local", "first"), f.container("db", "local", "first"), f.disk("local", "files", "first")
	f.replicate(web, db, files)
	f.run().ok()
	f.must(f.target.StartInstance(t.Context(), f.project, "web"))
	done := f.run().exits(1)
	if r := done.of(web); r.Outcome != run.Problem || r.Error == "" || r.Hint == "" {
		t.Errorf("the running replica is %+v", r)
	}
	if done.of(db).Outcome != run.OK || done.of(files).Outcome != run.OK {
		t.Errorf("the others: %s", done.stdout)
	}
	if list := snapshots(t, f.source, web); len(list) != 1 {
		t.Errorf("the source of the running replica has %v", list)
	}
	// Stopped again it may hold what was written on the worst day: nothing goes over it until that is allowed.
	write(t, f.target, web, "written on the target")
	f.must(f.target.StopInstance(t.Context(), f.project, "web"))
	if r := f.run().exits(1).of(web); r.Outcome != run.Problem || !strings.Contains(r.Hint, "--allow-loss") {
		t.Errorf("the replica that was started is %+v", r)
	}
	f.holds(f.target, web, "", "written on the target")
	f.run("--allow-loss", "--only", "web").ok()
	f.holds(f.target, web, "", "first")
	f.run().ok()
}

func TestAJobThatFailsLeavesTheOthersAloneAndDeletesNothing(t *testing.T) {
	f := scenario(t)
	web, files := f.container("web", "local", "first"), f.disk("plain", "files", "first")
	take(t, f.source, web, "IAB_20200101-000000", "IAB_20200102-000000", "IAB_20200103-000000")
	f.must(f.target.CreatePool("tight", "btrfs", "120MiB"))
	write(t, f.source, web, strings.Repeat("more than the pool holds", 6<<20))
	section := project(f.project, "push", web, files)
	section["instances"].([]object)[0]["storage"] = "tight"
	f.configure(object{"projects": []object{section}, "retention": policies("1", "1")})
	done := f.run().exits(1)
	if r := done.of(web); r.Outcome != run.Failure || r.Error == "" || len(r.Deleted.Source) > 0 {
		t.Errorf("the job without room is %+v", r)
	}
	if list := snapshots(t, f.source, web); len(list) != 4 {
		t.Errorf("the source of the failed job has %v", list)
	}
	f.holds(f.target, files, "", "first")
}

func TestABadConfigEndsWith2AndChangesNothing(t *testing.T) {
	f := scenario(t)
	ref := f.disk("local", "files", "first")
	f.replicate(ref)
	f.configure(object{"retention": policies("3,xx", ""), "notice": 1})
	f.iab("run").exits(2).says("notice", "xx")
	f.iab("run", "--config", filepath.Join(f.dir, "none.json")).exits(2).says("none.json")
	if list := snapshots(t, f.source, ref); len(list) > 0 {
		t.Errorf("the source has %v", list)
	}
}

func TestAServerThatDoesNotAnswerEndsWith3AndChangesNothing(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.target)
	f.onboard()
	ref := f.disk("local", "files", "first")
	f.replicate(ref)
	g.listener.Close()
	for _, command := range []string{"run", "plan"} {
		f.iab(command).exits(3).says("target", "hint:")
	}
	if list := snapshots(t, f.source, ref); len(list) > 0 {
		t.Errorf("the source has %v", list)
	}
}

func TestASecondRunEndsWith4WhileTheFirstGoesOn(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.source)
	f.onboard()
	ref := f.disk("local", "files", heavy("first"))
	f.configure(object{"projects": []object{project(f.project, "pull", ref)}})
	reached := g.shut()
	first := f.begin("run", "--json")
	f.await("the copy", reached)
	f.run().exits(4).says("iab.lock", "--lock-wait")
	f.iab("plan").exits(0)
	waiting := f.begin("run", "--json", "--lock-wait", "1m")
	g.open()
	first.end().ok()
	waiting.end().ok()
	f.holds(f.target, ref, "", heavy("first"))
	if list := snapshots(t, f.target, ref); len(list) != 2 {
		t.Errorf("the target has %v", list)
	}
}

func TestTheLockEndsWithItsProcess(t *testing.T) {
	f := scenario(t)
	f.replicate(f.disk("local", "files", "first"))
	lock := flock.New(filepath.Join(f.credDir(), "iab.lock"))
	if held, err := lock.TryLock(); err != nil || !held {
		t.Fatal(held, err)
	}
	f.run().exits(4)
	f.must(lock.Close())
	f.run().ok()
}
