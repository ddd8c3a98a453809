//go:build e2e

package e2e

import (
	"testing"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/run"
)

// TestADaemonThatDiesInACopyFailsThatRunOnly kills each side in an incremental copy. What a killed FIRST copy leaves on the
// target has to be deleted by hand, as the hint says.
func TestADaemonThatDiesInACopyFailsThatRunOnly(t *testing.T) {
	f := private(t, lab.Options{})
	g := f.gated(f.target)
	f.onboard()
	files, web := f.disk("local", "files", "first"), f.container("web", "local", "first")
	f.replicate(files, web)
	f.run().ok()
	for _, victim := range []*lab.Daemon{f.source, f.target} {
		content := heavy("written before the " + victim.Name + " dies ")
		for _, ref := range []plan.Ref{files, web} {
			write(t, f.source, ref, content)
		}
		f.dies(victim, g).exits(1)
		f.must(victim.Start(t.Context()))
		f.idle()
		last := f.run().ok().report().Results[0].Snapshot
		for _, ref := range []plan.Ref{files, web} {
			f.holds(f.target, ref, last, content)
			f.holds(f.target, ref, "", content)
		}
	}
}

func TestADaemonThatDiesInAFirstCopyIsReportedAndTheSourceStaysWhole(t *testing.T) {
	f := private(t, lab.Options{})
	g := f.gated(f.target)
	f.onboard()
	files := f.disk("local", "files", heavy("first"))
	f.replicate(files)
	done := f.dies(f.target, g).exits(1)
	if r := done.of(files); r.Outcome != run.Failure || r.Snapshot == "" || r.Error == "" {
		t.Errorf("the report says %+v", r)
	}
	f.holds(f.source, files, "", heavy("first"))
	f.run().exits(3)

	f.must(f.target.Start(t.Context()))
	again := f.run()
	if r := again.of(files); r.Outcome != run.OK && r.Hint == "" {
		t.Errorf("the run after the restart gives no advice: %+v", r)
	}
	t.Logf("after the restart: exit code %d, %+v", again.code, again.of(files))
	if _, _, err := f.target.Project(f.project).GetStoragePoolVolume("local", "custom", "files"); err == nil && again.code != 0 {
		f.must(f.target.Project(f.project).DeleteStoragePoolVolume("local", "custom", "files"))
	}
	last := f.run().ok().of(files).Snapshot
	f.holds(f.target, files, last, heavy("first"))
}

// dies begins a run, kills a daemon in the middle of a copy, and returns how the run ended.
func (f *fixture) dies(victim *lab.Daemon, g *gate) outcome {
	f.Helper()
	reached := g.shut()
	running := f.begin("run", "--json")
	f.await("the copy", reached)
	f.must(victim.Kill())
	g.open()
	return running.end()
}
