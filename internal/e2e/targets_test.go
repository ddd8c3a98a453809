//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	"iab/internal/lab"
	"iab/internal/plan"
)

// three is a fixture in a lab of its own, with a third daemon that has the same project.
func three(t *testing.T) (f *fixture, third *lab.Daemon) {
	t.Helper()
	t.Parallel()
	privacy <- struct{}{}
	t.Cleanup(func() { <-privacy })
	l := lab.New(t, lab.Options{Daemons: 3})
	furnish(t, l)
	f, third = settle(t, l, "own"), l.Daemons[2]
	f.must(third.CreateProject(f.project))
	return f, third
}

// beside is another config between two daemons, in the same project, with an identity of its own.
func (f *fixture) beside(source, target *lab.Daemon) *fixture {
	f.Helper()
	g := &fixture{T: f.T, source: source, target: target, project: f.project, dir: f.TempDir()}
	g.sourceURL, g.targetURL = source.URL(), target.URL()
	g.onboard()
	return g
}

// baseOn is what the object on the source says about the copies of a config.
func baseOn(f *fixture, ref plan.Ref) plan.Base {
	f.Helper()
	base, ok := plan.Holding{Config: configOn(f.T, f.source, ref)}.BaseOf(f.identity())
	if !ok {
		f.Fatalf("%s says nothing of the copies of %s", ref, f.identity())
	}
	return base
}

// configOn returns the config of an object, read by a way of its own.
func configOn(t *testing.T, d *lab.Daemon, ref plan.Ref) map[string]string {
	t.Helper()
	server := d.Project(ref.Project)
	if ref.Kind == plan.Volume {
		volume, _, err := server.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		if err != nil {
			t.Fatal(err)
		}
		return volume.Config
	}
	instance, _, err := server.GetInstance(ref.Name)
	if err != nil {
		t.Fatal(err)
	}
	return instance.Config
}

// incremental is a run that goes well and sends nothing twice.
func (f *fixture) incremental(refs ...plan.Ref) outcome {
	f.Helper()
	done := f.run().ok()
	for _, ref := range refs {
		if copied := done.of(ref).Copied; copied == nil || !copied.Incremental {
			f.Errorf("%s: %+v", ref, copied)
		}
	}
	return done
}

// TestTwoTargetsOfOneSourceKeepWhatTheyBuildOn copies one source to two targets by different policies: the first keeps its base when the second
// comes, one target is paused while the other one's runs prune, then goes on incrementally, and a restore in place takes neither's base away.
func TestTwoTargetsOfOneSourceKeepWhatTheyBuildOn(t *testing.T) {
	f, third := three(t)
	f.onboard()
	refs := []plan.Ref{f.container("web", "local", "1"), f.disk("local", "data", "1"), f.disk("plain", "files", "1")}
	f.replicate(refs...)
	f.configure(object{"retention": policies("1", "3")})
	g := f.beside(f.source, third)
	g.replicate(refs...)
	g.configure(object{"retention": policies("1", "1")})

	f.run().ok()
	alone := f.incremental(refs...).report().Results[0].Snapshot
	g.run().ok()
	g.incremental(refs...)
	for _, ref := range refs {
		// The first config has not seen the second one yet, and its key is older than its base.
		if held := snapshots(t, f.source, ref); !slices.Contains(held, alone) || !baseOn(f, ref).Open || baseOn(f, ref).Snapshot == alone {
			t.Errorf("%s on the source has %v, and builds on %+v", ref, held, baseOn(f, ref))
		}
	}
	base := f.incremental(refs...).report().Results[0].Snapshot
	for n := range 4 {
		for _, ref := range refs {
			write(t, f.source, ref, strings.Repeat("x", n+2))
		}
		g.incremental(refs...)
	}
	for _, ref := range refs {
		// What a run leaves because another one may be about to copy it goes with a later one.
		if held := snapshots(t, f.source, ref); len(held) > 3 || !slices.Contains(held, base) || baseOn(f, ref).Snapshot != base || baseOn(f, ref).Open {
			t.Errorf("%s on the source has %v, and builds on %+v", ref, held, baseOn(f, ref))
		}
	}
	next := f.incremental(refs...).report().Results[0].Snapshot
	g.incremental(refs...)
	for _, ref := range refs {
		f.holds(f.target, ref, next, "xxxxx")
		f.holds(third, ref, "", "xxxxx")
		if base := baseOn(f, ref); base.Snapshot != next || base.Pending != "" || base.Address != f.targetURL {
			t.Errorf("%s: %+v", ref, base)
		}
		for _, d := range []*lab.Daemon{f.target, third} {
			for key := range configOn(t, d, ref) {
				if strings.HasPrefix(key, plan.MarkBase) {
					t.Errorf("%s on %s has %s", ref, d.Name, key)
				}
			}
		}
		for _, archive := range archivesOf(f, ref) {
			for key := range configOn(t, f.target, archive) {
				if strings.HasPrefix(key, plan.MarkBase) {
					t.Errorf("the archive %s has %s", archive, key)
				}
			}
		}
	}

	// Back in time, in place: the config of the instance is that of the snapshot, but for what the copies build on.
	before := []plan.Base{baseOn(f, refs[0]), baseOn(g, refs[0])}
	f.iab("restore", "web", "--in-place", "--at", next, "--yes").ok()
	if after := []plan.Base{baseOn(f, refs[0]), baseOn(g, refs[0])}; !slices.Equal(before, after) {
		t.Errorf("after the restore they build on %+v, before on %+v", after, before)
	}
	f.incremental(refs...)
	g.incremental(refs...)

	// Started at the same moment they take turns if they share the directory of their credentials, and none fails.
	together := &fixture{T: t, source: f.source, target: third, project: f.project, dir: t.TempDir(), sourceURL: g.sourceURL, targetURL: g.targetURL}
	together.iab("onboard", "--cred-dir", f.credDir(), "--source-url", g.sourceURL, "--target-url", g.targetURL, "--target-token", f.token(third)).ok()
	together.configure(object{"iab": object{"uuid": g.identity()}, "retention": policies("1", "1")})
	together.replicate(refs...)
	for n := range 3 {
		for _, ref := range refs {
			write(t, f.source, ref, strings.Repeat("t", n+1))
		}
		calls := []*call{f.begin("run", "--json", "--lock-wait", "10m"), together.begin("run", "--json", "--lock-wait", "10m")}
		for _, c := range calls {
			done := c.end().ok()
			for _, ref := range refs {
				if copied := done.of(ref).Copied; copied == nil || !copied.Incremental {
					t.Errorf("round %d: %s: %+v", n, ref, copied)
				}
			}
		}
		for _, ref := range refs {
			f.holds(f.target, ref, "", strings.Repeat("t", n+1))
			f.holds(third, ref, "", strings.Repeat("t", n+1))
		}
	}

	// A copy of the config, with the same uuid and another target, is refused.
	h := f.beside(f.source, third)
	h.configure(object{"iab": object{"uuid": f.identity()}})
	h.replicate(refs...)
	h.run().exits(1).says("a config with the same uuid", "iab.uuid")
}

// TestTwoSourcesOfOneTargetDoNotMeet copies objects of one name from two sources: what the first one has copied is not overwritten, and
// targetName leads the second one to another project, where it can take over and come home.
func TestTwoSourcesOfOneTargetDoNotMeet(t *testing.T) {
	f, third := three(t)
	f.must(f.target.CreateProject("mirror"))
	f.onboard()
	refs := f.serving()
	f.run().ok()

	g := f.beside(third, f.target)
	g.serving()
	for _, ref := range refs {
		write(t, third, ref, "of the other source")
	}
	g.run().exits(1).says("replica of another config", "projects[].targetName")
	_, bad := g.checked(2)
	if !slices.Contains(bad, "fail job "+refs[0].String()) {
		t.Errorf("check says %v", bad)
	}
	mirrored := project(g.project, "push", refs...)
	mirrored["targetName"] = "mirror"
	g.configure(object{"projects": []object{mirrored}})
	g.run().ok()
	g.incremental(refs...)
	f.incremental(refs...)
	there := func(ref plan.Ref) plan.Ref {
		ref.Project = "mirror"
		return ref
	}
	for _, ref := range refs {
		f.holds(f.target, ref, "", "1")
		f.holds(f.target, there(ref), "", "of the other source")
	}
	if _, states := g.states(0); strings.Count(states, " ok ok ") != len(refs) {
		t.Errorf("the states are %s", states)
	}

	web := refs[1]
	g.iab("failover", "--all", "--yes").ok()
	if g.runs(third, web) || !g.runs(f.target, there(web)) {
		t.Error("it does not run in the other project of the target only")
	}
	for _, ref := range refs {
		write(t, f.target, there(ref), "written on the target")
	}
	g.iab("failback", "--all", "--yes").ok()
	for _, ref := range refs {
		g.holds(third, ref, "", "written on the target")
	}
	g.run().ok()
	g.remove(third, refs[2])
	g.iab("restore", "plain", "--yes").ok()
	g.holds(third, refs[2], "", "written on the target")
	g.iab("restore", "web", "--to", "target", "--as", "second", "--yes").ok()
	f.holds(f.target, plan.Ref{Project: "mirror", Kind: plan.Instance, Name: "second"}, "", "written on the target")
	g.iab("verify", "web").ok()
	f.incremental(refs...)
}
