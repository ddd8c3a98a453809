//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"iab/internal/lab"
	"iab/internal/plan"
)

// destroy ends a server as the loss of its machine does: nothing of its storage is left.
func (f *fixture) destroy(d *lab.Daemon) {
	f.Helper()
	f.must(d.Kill())
	f.must(os.RemoveAll(filepath.Join(d.Dir, "disks")))
	f.must(os.RemoveAll(filepath.Join(d.Dir, "database")))
}

// TestRestoresWithoutTheSource brings back on the target what the target has, every point of every kind, after the source and its
// storage are gone, and single files to this machine.
func TestRestoresWithoutTheSource(t *testing.T) {
	f := private(t, lab.Options{})
	f.onboard()
	data := f.disk("local", "data", "1")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true, Config: map[string]string{"boot.autostart": "true", "user.color": "blue"},
		Devices: map[string]map[string]string{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"}}}, "1")
	plain, blocks := f.container("plain", "plain", "1"), f.diskOf(lab.VolumeSpec{Pool: "local", Name: "blocks", Block: true}, "1")
	refs := []plan.Ref{data, web, plain, blocks}
	layout := project(f.project, "push", refs...)
	layout["instances"] = []object{{"name": "web"}, {"name": "plain"}} // in which pools they lie only the servers know
	f.configure(object{"projects": []object{layout}, "retention": policies("1", "5")})
	taken, written := f.past(refs...)
	f.must(f.source.StopInstance(t.Context(), f.project, "web")) // what ran there is gone with the machine
	f.destroy(f.source)

	f.iab("snapshots", "web").exits(3).says("restore points of the source are missing", taken[0], taken[2])
	f.iab("restore", "web").exits(3).says("restore web to the source", "--to target --as NAME", "iab failover web")
	f.iab("restore", "web", "--in-place", "--yes").exits(3)
	f.iab("restore", "web", "--file", "/srv/data", "--in-place", "--yes").exits(3).says("--to-dir DIR")
	f.iab("restore", "web", "--to", "target").exits(1).says("as the replica", "--as NAME")
	for _, ref := range refs {
		for _, name := range taken {
			second := ref
			second.Name = "second"
			f.iab("restore", ref.String(), "--to", "target", "--at", name, "--as", second.Name).ok().says("the source can't be reached")
			f.holds(f.target, second, "", written[name])
			f.remove(f.target, second)
		}
	}
	f.iab("restore", "web", "--to", "target", "--as", "web2", "--start").ok()
	second, _, err := f.target.Project(f.project).GetInstance("web2")
	f.must(err)
	if !f.runs(f.target, f.instance("web2")) || second.Config["boot.autostart"] != "true" || second.Config["user.color"] != "blue" || second.Config[plan.MarkRole] != "" {
		t.Errorf("the second one runs: %t, with the config %v", f.runs(f.target, f.instance("web2")), second.Config)
	}
	for _, ref := range []plan.Ref{web, data} {
		f.iab("restore", ref.String(), "--file", dataFile, "--at", taken[1], "--to-dir", ref.Name).ok()
		got, err := os.ReadFile(filepath.Join(f.dir, ref.Name, dataFile))
		f.must(err)
		if string(got) != written[taken[1]] {
			t.Errorf("%s of %s holds %q, want %q", dataFile, ref, got, written[taken[1]])
		}
	}
	for _, ref := range refs {
		f.holds(f.target, ref, "", written[taken[2]])
	}
}

// TestTheSourceGoesBackWithoutTheTarget restores from the source's own snapshots while the target is out of reach. Afterwards
// runs go on without hands.
func TestTheSourceGoesBackWithoutTheTarget(t *testing.T) {
	f := private(t, lab.Options{})
	f.onboard()
	refs := f.serving()
	f.configure(object{"retention": policies("3", "5")})
	taken, written := f.past(refs...)
	f.must(f.target.Kill())

	f.iab("restore", "web", "--to", "target", "--as", "web2").exits(3).says("leave --to out")
	for _, ref := range refs[1:] {
		f.iab("restore", ref.String(), "--in-place", "--at", taken[0], "--yes").ok().says("the target can't be reached", "revert")
		f.holds(f.source, ref, "", written[taken[0]])
	}
	if !f.runs(f.source, refs[1]) {
		t.Error("what ran does not run")
	}
	for _, ref := range refs {
		second := ref
		second.Name = "second"
		f.iab("restore", ref.String(), "--at", taken[1], "--as", "second").ok()
		f.holds(f.source, second, "", written[taken[1]])
		f.remove(f.source, second)
	}
	f.iab("restore", "plain", "--file", dataFile, "--at", taken[2], "--in-place", "--yes").ok()
	f.holds(f.source, refs[2], "", written[taken[2]])

	f.must(f.target.Start(t.Context()))
	for range 2 {
		f.run().ok()
	}
	f.holds(f.target, refs[1], "", written[taken[0]])
	f.holds(f.target, refs[2], "", written[taken[2]])
}

// TestEverythingComesBackToAnEmptySource loses all objects, of which the config does not name the pools on the source. They come back to
// where they lay, from the replica and from an archive, also if the replica lies in a pool of another name.
func TestEverythingComesBackToAnEmptySource(t *testing.T) {
	f := alone(t)
	refs := []plan.Ref{f.container("web", "local", "1"), f.container("plain", "plain", "1"), f.container("moved", "local", "1")}
	pools := map[string]string{"web": "local", "plain": "plain", "moved": "local"}
	layout := project(f.project, "push")
	layout["instances"] = []object{{"name": "web"}, {"name": "plain"}, {"name": "moved", "storage": "plain"}}
	f.configure(object{"projects": []object{layout}, "retention": policies("1", "5")})
	taken, written := f.past(refs...)
	for _, point := range []string{taken[2], taken[0]} {
		for _, ref := range refs {
			f.remove(f.source, ref)
		}
		for _, ref := range refs {
			f.iab("restore", ref.Name, "--at", point, "--to", "target", "--as", "second").ok()
			f.holds(f.target, f.instance("second"), "", written[point])
			f.remove(f.target, f.instance("second"))
		}
		for _, ref := range refs {
			f.iab("restore", ref.Name, "--at", point).ok()
			f.holds(f.source, ref, "", written[point])
			if got := poolOf(t, f.source, ref); got != pools[ref.Name] {
				t.Errorf("%s lies in pool %s", ref, got)
			}
		}
		for range 2 {
			f.run().ok()
		}
	}
}

// TestAnInstanceGoesBackTogetherWithItsVolumes puts an instance and its volume back to the same point, by snapshots of the source and
// then by what only the target has. The instance has to be stopped for it.
func TestAnInstanceGoesBackTogetherWithItsVolumes(t *testing.T) {
	f := alone(t)
	refs := f.serving()[:2]
	data, web := refs[0], refs[1]
	f.configure(object{"retention": policies("2", "5")})
	taken, written := f.past(refs...)
	f.iab("restore", "web", "--in-place", "--with-volumes", "--at", taken[1], "--yes").exits(1).says("attached to web, which runs", "--start")
	for i, way := range []string{"the source has the snapshot itself", "is sent from the target"} {
		name := taken[1-i]
		f.must(f.source.StopInstance(t.Context(), f.project, "web"))
		f.iab("restore", "web", "--in-place", "--with-volumes", "--at", name, "--start", "--yes").ok().says(way)
		f.holds(f.source, data, "", written[name])
		f.holds(f.source, web, "", written[name])
		if got := f.instanceOn(f.source, web); !f.runs(f.source, web) || got.Devices["data"]["source"] != "data" {
			t.Errorf("by %s: it runs: %t, with the devices %v", name, f.runs(f.source, web), got.Devices)
		}
		for range 2 {
			f.run().ok()
		}
	}
	for _, ref := range refs {
		f.holds(f.target, ref, "", written[taken[0]])
	}
}
