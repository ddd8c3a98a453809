//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/run"
)

// TestADaemonThatDiesInACopyFailsThatRunOnly kills each side in an incremental copy.
func TestADaemonThatDiesInACopyFailsThatRunOnly(t *testing.T) {
	f := private(t, lab.Options{})
	g := f.gated(f.target)
	f.onboard()
	refs := []plan.Ref{f.disk("local", "files", "first"), f.disk("plain", "files", "first"), f.container("web", "local", "first")}
	f.replicate(refs...)
	f.run().ok()
	for _, victim := range []*lab.Daemon{f.source, f.target} {
		content := heavy("written before the " + victim.Name + " dies ")
		for _, ref := range refs {
			write(t, f.source, ref, content)
		}
		f.dies(victim, g).exits(1)
		f.must(victim.Start(t.Context()))
		f.idle()
		// What is listed on the target without a finished copy is deleted and sent again, and nothing else is.
		done := f.run().ok().report()
		last := done.Results[0].Snapshot
		for _, ref := range refs {
			f.holds(f.target, ref, last, content)
			f.holds(f.target, ref, "", content)
		}
		again := 0
		for _, result := range done.Results {
			again += len(result.Deleted.Target)
		}
		if victim == f.target && again == 0 {
			t.Error("nothing was in doubt after the target died: the copies were not held in their middle")
		}
		for _, held := range refs {
			for _, name := range snapshots(t, f.target, held) {
				read(t, f.target, held, name)
			}
		}
	}
}

// TestWhatAKilledFirstCopyLeavesIsRemovedAndMadeAgain kills the target in first copies of every sort.
func TestWhatAKilledFirstCopyLeavesIsRemovedAndMadeAgain(t *testing.T) {
	f := private(t, lab.Options{})
	g := f.gated(f.target)
	f.onboard()
	refs := []plan.Ref{f.disk("local", "files", heavy("first")), f.disk("plain", "files", heavy("first")), f.container("web", "local", "first")}
	write(t, f.source, refs[2], heavy("first"))
	f.replicate(refs...)
	done := f.dies(f.target, g).exits(1)
	for _, ref := range refs {
		if r := done.of(ref); r.Outcome != run.Failure || r.Snapshot == "" || r.Error == "" {
			t.Errorf("the report says %+v", r)
		}
		f.holds(f.source, ref, "", heavy("first"))
	}
	f.run().exits(3)

	f.must(f.target.Start(t.Context()))
	f.idle()
	last := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		f.holds(f.target, ref, last, heavy("first"))
		f.holds(f.target, ref, "", heavy("first"))
	}
	f.run().ok()
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

// TestASnapshotThatAServerHasTornIsRemovedAndTheInstanceWorksAgain: a server that dies while it takes or deletes a snapshot of an
// instance does nothing to that any more, not even start it.
func TestASnapshotThatAServerHasTornIsRemovedAndTheInstanceWorksAgain(t *testing.T) {
	f := scenario(t)
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true}, "first")
	f.configure(object{"iab": object{"stopInstance": true}})
	f.replicate(web)
	const torn = "IAB_20260101-000000"
	f.run().ok()
	f.change(web, func(put *api.InstancePut) { put.Config[plan.MarkStopped] = f.identity() })
	f.must(f.source.StopInstance(t.Context(), f.project, web.Name))
	take(t, f.source, web, torn)
	f.must(f.source.TearSnapshot(f.project, web.Name, torn))

	if r := f.run().exits(1).of(web); r.Outcome != run.Failure || r.Hint == "" {
		t.Errorf("the report says %+v", r)
	}
	if status := f.status(f.source, web); status != api.Running {
		t.Errorf("%s is %s", web, status)
	}
	f.run().ok()
	last := f.run().ok().of(web).Snapshot
	f.must(f.target.TearSnapshot(f.project, web.Name, last))
	f.run().exits(1)
	f.run().ok()
	name := f.run().ok().of(web).Snapshot
	f.holds(f.target, web, name, "first")
	f.holds(f.target, web, last, "first") // sent again
	for _, d := range []*lab.Daemon{f.source, f.target} {
		if list := snapshots(t, d, web); slices.Contains(list, torn) {
			t.Errorf("the %s has %v", d.Name, list)
		}
	}

	take(t, f.source, web, "by-hand")
	f.must(f.source.TearSnapshot(f.project, web.Name, "by-hand"))
	if r := f.run().exits(1).of(web); !strings.Contains(r.Hint, "incus snapshot delete web by-hand") {
		t.Errorf("the report says %+v", r)
	}
	if list := snapshots(t, f.source, web); !slices.Contains(list, "by-hand") {
		t.Errorf("the source has %v", list)
	}
	if status := f.status(f.source, web); status != api.Running {
		t.Errorf("%s is %s", web, status)
	}
}
