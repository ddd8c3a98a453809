//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
)

// left begins a run and kills it when all objects are being copied; the servers go on.
func (f *fixture) left(g *gate, refs ...plan.Ref) {
	f.Helper()
	reached := g.shut()
	running := f.begin("run")
	f.await("the copy", reached)
	f.until("the target receives every object", func() bool {
		list, err := f.target.Project(f.project).GetOperations()
		f.must(err)
		for _, ref := range refs {
			receives := false
			for _, op := range list {
				for _, address := range slices.Concat(op.Resources["instances"], op.Resources["storage_volumes"]) {
					path, _, _ := strings.Cut(address, "?")
					receives = receives || strings.HasSuffix(path, "/"+ref.Name) && !op.StatusCode.IsFinal()
				}
			}
			if !receives {
				return false
			}
		}
		return true
	})
	running.signal(syscall.SIGKILL)
	running.end()
}

// waits begins a run, opens the gate when the run waits for what was left, and returns how it ended.
func (f *fixture) waits(g *gate) outcome {
	f.Helper()
	running := f.begin("run", "--json")
	f.until("the run waits", func() bool {
		return strings.Contains(running.stderr.String(), "waiting for a copy that an earlier run began")
	})
	g.open()
	return running.end()
}

// TestACopyThatAKilledRunLeftIsWaitedForAndContinued kills a run in first copies and in incremental ones, with a certificate that
// may see its own project only.
func TestACopyThatAKilledRunLeftIsWaitedForAndContinued(t *testing.T) {
	for mode, contents := range map[string][]string{"push": {heavy("first"), heavy("second")}, "pull": {heavy("first")}} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			f := visit(t)
			called := f.target
			if mode == "pull" {
				called = f.source
			}
			g := f.gated(called)
			f.onboard(f.project)
			refs := []plan.Ref{f.container("web", "local", "first"), f.disk("local", "files", "first")}
			f.configure(object{"projects": []object{project(f.project, mode, refs...)}})
			for _, content := range contents {
				for _, ref := range refs {
					write(t, f.source, ref, content)
				}
				f.left(g, refs...)
				f.iab("plan").ok().says("a copy that an earlier run began is still going on")
				f.checkContinued(f.waits(g).ok(), refs, content)
				f.run().ok()
			}
			if got := f.iab("plan").ok(); strings.Contains(got.stdout, "going on") || strings.Contains(got.stdout, "interrupted") {
				t.Errorf("something is left:\n%s", got.stdout)
			}
		})
	}
}

// checkContinued checks that a run has built on what the killed one before had begun to send, and sent none of it again.
func (f *fixture) checkContinued(done outcome, refs []plan.Ref, content string) {
	f.Helper()
	for _, ref := range refs {
		r, held := done.of(ref), snapshots(f.T, f.target, ref)
		if r.Copied == nil || !r.Copied.Incremental || r.Copied.Bytes > bulk/4 {
			f.Errorf("%s: the run has copied %+v", ref, r.Copied)
		}
		for _, snapshot := range held[len(held)-2:] { // that of the killed run, and that of this one
			f.holds(f.target, ref, snapshot, content)
		}
		f.holds(f.target, ref, "", content)
	}
}

// TestANetworkThatIsCutInACopy cuts the way to the target for a moment, which the run survives, and for longer, which the
// next run heals.
func TestANetworkThatIsCutInACopy(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.target)
	f.onboard()
	refs := []plan.Ref{f.container("web", "local", "first"), f.disk("local", "files", "first")}
	f.replicate(refs...)
	f.run().ok()
	for _, lasts := range []bool{false, true} {
		content := heavy(map[bool]string{false: "cut for a moment ", true: "cut for longer "}[lasts])
		for _, ref := range refs {
			write(t, f.source, ref, content)
		}
		reached := g.shut()
		running := f.begin("run", "--json")
		f.await("the copy", reached)
		g.cut()
		g.open()
		if lasts {
			done := running.end().exits(1)
			failed := slices.DeleteFunc(done.report().Results, func(r run.Result) bool { return r.Outcome == run.OK })
			if len(failed) == 0 || !strings.Contains(failed[0].Error, "tried 3 times") {
				t.Errorf("the report says %+v", failed)
			}
			g.mend()
			f.idle()
			running = f.begin("run", "--json")
		}
		g.mend()
		last := running.end().ok().report().Results[0].Snapshot
		for _, ref := range refs {
			f.holds(f.target, ref, last, content)
			f.holds(f.target, ref, "", content)
		}
	}
}

// TestACopyThatStandsStillFailsAndTheOthersGoOn holds the data of one object until it has been given up.
func TestACopyThatStandsStillFailsAndTheOthersGoOn(t *testing.T) {
	f := visit(t)
	t.Parallel()
	g := f.gated(f.target)
	f.onboard()
	stuck, small := f.disk("local", "stuck", heavy("first")), f.disk("local", "small", "first")
	f.replicate(stuck, small)
	f.configure(object{"iab": object{"stallTimeout": "3s"}})

	g.shut()
	done := f.run().exits(1)
	if r := done.of(stuck); r.Outcome != run.Failure || !strings.Contains(r.Error, "nothing has moved for 3s") || r.Hint == "" {
		t.Errorf("the report says %+v", r)
	}
	if r := done.of(small); r.Outcome != run.OK {
		t.Errorf("the other one: %+v", r)
	}
	done = f.run().exits(1)
	if r := done.of(stuck); r.Outcome != run.Problem || !strings.Contains(r.Error, "still works on the replica") || r.Hint == "" {
		t.Errorf("the next report says %+v", r)
	}
	if r := done.of(small); r.Outcome != run.OK {
		t.Errorf("the other one: %+v", r)
	}
	g.open()
	last := f.run().ok().of(stuck).Snapshot
	f.holds(f.target, stuck, last, heavy("first"))
	f.holds(f.target, stuck, "", heavy("first"))
}
