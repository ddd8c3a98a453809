//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// past takes three runs, each with content of its own, and returns the names of their snapshots with what was written.
func (f *fixture) past(refs ...plan.Ref) (taken []string, written map[string]string) {
	f.Helper()
	written = map[string]string{}
	content := "1"
	for range 3 {
		for _, ref := range refs {
			write(f.T, f.source, ref, content)
		}
		name := f.run().ok().report().Results[0].Snapshot
		taken, written[name] = append(taken, name), content
		content += "+"
	}
	for _, ref := range refs {
		write(f.T, f.source, ref, content)
	}
	written[""] = content
	return taken, written
}

// TestObjectsGoBackInPlace restores every kind by a snapshot of the source and by one that only the target has, of running and
// stopped objects. Two ordinary runs follow without hands, and every restore point stays.
func TestObjectsGoBackInPlace(t *testing.T) {
	f := alone(t)
	refs := []plan.Ref{
		f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true, Config: map[string]string{"boot.autostart": "true"}}, "1"),
		f.container("plain", "plain", "1"), f.disk("local", "files", "1"), f.disk("plain", "files", "1"),
		f.diskOf(lab.VolumeSpec{Pool: "local", Name: "blocks", Block: true}, "1"),
	}
	// Something that uses a volume, and is no object of the config.
	f.must(f.source.CreateInstance(t.Context(), lab.InstanceSpec{Project: f.project, Name: "user", Pool: "local", Devices: map[string]map[string]string{
		"files": {"type": "disk", "pool": "local", "source": "files", "path": "/files"}}}))
	f.replicate(refs...)
	f.configure(object{"retention": policies("2", "6")})
	taken, written := f.past(refs...)

	f.iab("restore", "web", "--in-place").exits(2).says("no terminal to ask on", "--yes")
	for _, ref := range refs {
		f.iab("restore", ref.String(), "--in-place", "--at", taken[1], "--yes").ok().says("revert", "incremental")
		f.holds(f.source, ref, "", written[taken[1]])
		kept := ""
		for _, name := range snapshots(t, f.source, ref) {
			if strings.HasPrefix(name, "before-restore-") {
				kept = name
			}
		}
		f.holds(f.source, ref, kept, written[""])
	}
	if !f.runs(f.source, refs[0]) || f.runs(f.source, refs[1]) {
		t.Error("what ran does not run, or what did not does")
	}
	f.run().ok()

	for _, ref := range refs { // the source has let it go
		f.iab("restore", ref.String(), "--in-place", "--at", taken[0], "--yes").ok().says("fetch", "set aside")
		f.holds(f.source, ref, "", written[taken[0]])
	}
	if !f.runs(f.source, refs[0]) || f.runs(f.source, refs[1]) {
		t.Error("what ran does not run, or what did not does")
	}
	user, _, err := f.source.Project(f.project).GetInstance("user")
	f.must(err)
	if user.Devices["files"]["source"] != "files" {
		t.Errorf("what uses the volume has the device %v", user.Devices["files"])
	}
	web, _, err := f.source.Project(f.project).GetInstance("web")
	f.must(err)
	if web.Config["boot.autostart"] != "true" || web.Config[plan.MarkReplicaOf] != "" || web.Config[plan.MarkStopped] != "" {
		t.Errorf("the restored instance has the config %v", web.Config)
	}
	for range 2 {
		f.run().ok()
	}
	for i, ref := range refs {
		f.holds(f.target, ref, "", written[taken[0]])
		if i%2 == 0 {
			f.restorable(ref, taken, written)
		}
	}
}

// restorable makes a second object of each restore point, and looks at what it holds.
func (f *fixture) restorable(ref plan.Ref, taken []string, written map[string]string) {
	f.Helper()
	for _, name := range taken {
		second := ref
		second.Name = "second"
		f.iab("restore", ref.String(), "--at", name, "--as", second.Name).ok()
		f.holds(f.source, second, "", written[name])
		f.remove(f.source, second)
	}
}

// remove deletes an object as a person would.
func (f *fixture) remove(d *lab.Daemon, ref plan.Ref) {
	f.Helper()
	if ref.Kind == plan.Volume {
		f.must(d.Project(ref.Project).DeleteStoragePoolVolume(ref.Pool, "custom", ref.Name))
		return
	}
	if op, err := d.Project(ref.Project).UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "stop", Force: true, Timeout: -1}, ""); err == nil {
		_ = op.Wait()
	}
	op, err := d.Project(ref.Project).DeleteInstance(ref.Name)
	f.must(err)
	f.must(op.Wait())
}

// runs reports whether an instance runs.
func (f *fixture) runs(d *lab.Daemon, ref plan.Ref) bool {
	f.Helper()
	state, _, err := d.Project(ref.Project).GetInstanceState(ref.Name)
	f.must(err)
	return state.StatusCode == api.Running
}

// TestLostObjectsComeBackWithWhatTheyUse deletes everything on the source, as after the death of its disk.
func TestLostObjectsComeBackWithWhatTheyUse(t *testing.T) {
	f := alone(t)
	data := f.disk("local", "data", "1")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Config: map[string]string{"boot.autostart": "true", "user.color": "blue"},
		Devices: map[string]map[string]string{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"}}}, "1")
	plain, blocks := f.disk("plain", "files", "1"), f.diskOf(lab.VolumeSpec{Pool: "local", Name: "blocks", Block: true}, "1")
	refs := []plan.Ref{data, web, plain, blocks}
	f.replicate(refs...)
	f.configure(object{"retention": policies("1", "5")})
	taken, written := f.past(refs...)
	before, _, err := f.source.Project(f.project).GetInstance("web")
	f.must(err)
	for _, ref := range []plan.Ref{web, data, plain, blocks} {
		f.remove(f.source, ref)
	}

	f.iab("restore", "web", "--dry-run").ok().says("--with-volumes restores it, too")
	f.iab("restore", "web", "--with-volumes", "--start").ok().says("ok: " + web.String())
	f.iab("restore", plain.String(), "--at", taken[0]).ok()
	f.iab("restore", blocks.String(), "--at", taken[1]).ok()
	f.holds(f.source, data, "", written[taken[2]])
	f.holds(f.source, web, "", written[taken[2]])
	f.holds(f.source, plain, "", written[taken[0]])
	f.holds(f.source, blocks, "", written[taken[1]])
	after, _, err := f.source.Project(f.project).GetInstance("web")
	f.must(err)
	for _, key := range []string{"boot.autostart", "user.color", "volatile.eth0.hwaddr"} {
		if after.Config[key] != before.Config[key] {
			t.Errorf("%s is %q, it was %q", key, after.Config[key], before.Config[key])
		}
	}
	if after.Devices["data"]["source"] != "data" || !f.runs(f.source, web) {
		t.Errorf("the devices are %v", after.Devices)
	}

	// An instance that was lost and one that is beside it on the target, from an archive.
	f.iab("restore", "web", "--at", taken[0], "--as", "web2", "--to", "target").ok()
	second := web
	second.Name = "web2"
	f.holds(f.target, second, "", written[taken[0]])
	for range 2 {
		f.run().ok()
	}
	for _, ref := range refs[:2] {
		f.restorable(ref, taken, written)
	}
}

// TestWhatGoesBackKeepsTheMarksOfNow lets an instance go back to a snapshot that bears marks of what was done to it at that time: none of
// them comes back, and runs go on.
func TestWhatGoesBackKeepsTheMarksOfNow(t *testing.T) {
	f := scenario(t)
	web := f.container("web", "local", "first")
	f.replicate(web)
	f.run().ok()
	then := map[string]string{plan.MarkFetched: plan.FetchedMark(f.identity(), web), plan.MarkExclude: "true", plan.MarkRole: plan.RoleActive, plan.MarkStopped: f.identity()}
	for key, value := range then {
		setMark(t, f.source, web, key, value)
	}
	take(t, f.source, web, "then")
	for key := range then {
		setMark(t, f.source, web, key, "")
	}
	before := baseOn(f, web)
	f.iab("restore", "web", "--in-place", "--at", "then", "--yes").ok()
	config := configOn(t, f.source, web)
	for key := range then {
		if value, ok := config[key]; ok {
			t.Errorf("it has %s=%s", key, value)
		}
	}
	if after := baseOn(f, web); after != before {
		t.Errorf("its copies build on %+v, before on %+v", after, before)
	}
	if copied := f.run().ok().of(web).Copied; copied == nil || !copied.Incremental {
		t.Errorf("the next run copied %+v", copied)
	}
}
