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

// on is the same IAB with another member as the source's daemon, for making objects there and looking at them.
func (f *fixture) on(d *lab.Daemon) *fixture {
	other := *f
	other.source = d
	return &other
}

// TestAClusterIsASource replicates objects wherever they lie, also while a member is dead, and brings them back, by a
// certificate that is restricted to the project.
func TestAClusterIsASource(t *testing.T) {
	f, l := clustered(t, plan.Source)
	f.onboard(f.project)
	m2, m3 := f.on(l.Daemon("m2")), f.on(l.Daemon("m3"))
	data := m2.disk("local", "data", "first")
	web := m2.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true,
		Devices: map[string]map[string]string{"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"}}}, "first")
	lone, files, near := m3.container("lone", "local", "first"), m3.disk("plain", "files", "first"), f.container("near", "local", "first")
	homes := map[plan.Ref]*fixture{data: m2, web: m2, lone: m3, files: m3, near: f}
	all := []plan.Ref{data, web, lone, files, near}
	f.configure(object{"retention": policies("2", "4"), "iab": object{"stopInstance": true}})
	for i, mode := range []string{"push", "pull", "relay", "push"} {
		content := mode + strings.Repeat("+", i)
		for ref, home := range homes {
			write(t, home.source, ref, content)
		}
		f.configure(object{"projects": []object{project(f.project, mode, all...)}})
		done := f.run().ok()
		for _, ref := range all {
			if copied := done.of(ref).Copied; copied == nil || copied.Incremental != (i > 0) {
				t.Errorf("%s: %s copied %+v", mode, ref, copied)
			}
			f.holds(f.target, ref, "", content)
		}
	}
	if status := f.status(f.source, web); status != api.Running {
		t.Errorf("%s is %s after its snapshots", web, status)
	}
	f.iab("status").ok()
	f.iab("check").says("all members of the cluster answer: m1, m2, m3", "is restricted to "+f.project)
	f.iab("verify", "--content").ok()

	f.twins(l)
	f.withoutMember(l, m3, lone, all)

	f.toAnotherMember(all)
	f.broughtBack(l, web, data, near)
	f.anotherMember(l, data)
}

// twins makes a volume of one name on two members: which one is meant is not guessed.
func (f *fixture) twins(l *lab.Lab) {
	f.Helper()
	jobs := f.config()["projects"]
	twin := f.disk("local", "twin", "on m1")
	f.must(l.Daemon("m3").CreateVolume(f.Context(), lab.VolumeSpec{Project: f.project, Pool: "local", Name: "twin"}))
	f.replicate(twin)
	if r := f.run().exits(1).of(twin); r.Outcome != run.Problem || !strings.Contains(r.Error, "m1, m3") || !strings.Contains(r.Hint, "incus storage volume rename local twin NEW --target m1") {
		f.Errorf("the report says %+v", r)
	}
	f.must(f.source.Project(f.project).UseTarget("m3").RenameStoragePoolVolume("local", "custom", "twin", api.StorageVolumePost{Name: "other"}))
	f.run().ok()
	f.holds(f.target, twin, "", "on m1")
	f.configure(object{"projects": jobs})
}

// withoutMember kills a member of the source. Nothing of its objects is touched, and the target can take over.
func (f *fixture) withoutMember(l *lab.Lab, home *fixture, lone plan.Ref, all []plan.Ref) {
	f.Helper()
	before := map[plan.Ref][]string{}
	for _, ref := range all {
		before[ref] = snapshots(f.T, f.target, ref)
	}
	f.must(home.source.Kill())
	done := f.run().exits(1)
	for _, ref := range all {
		r := done.of(ref)
		if lies := ref.Name == "lone" || ref.Name == "files"; !lies && r.Outcome != run.OK || lies && (r.Outcome != run.Problem || !strings.Contains(r.Error, "its cluster member m3 on the source does not answer")) {
			f.Errorf("%s: %+v", ref, r)
		}
		if after := snapshots(f.T, f.target, ref); (ref.Name == "lone" || ref.Name == "files") && !slices.Equal(before[ref], after) {
			f.Errorf("%s on the target had %v and has %v", ref, before[ref], after)
		}
	}
	f.iab("status").exits(1).says("its cluster member m3 on the source does not answer", "5 ok")
	f.iab("restore", "lone", "--in-place", "--yes").exits(1).says("cluster member m3")
	f.iab("failover", "lone", "--yes").ok().says("the source can't be asked")
	write(f.T, f.target, lone, "written on the target")
	f.must(home.source.Start(f.Context()))
	f.back(l, "m3")
	f.run().exits(1).says("iab failback")
	f.iab("failback", "lone", "--yes").ok()
	f.holds(home.source, lone, "", "written on the target")
	if got := f.location(f.source, lone); got != "m3" {
		f.Errorf("%s came home to %s", lone, got)
	}
	f.run().ok()
	f.holds(f.target, lone, "", "written on the target")
}

// toAnotherMember lets a person move an instance to another member, in pools of driver dir. On btrfs no copy can build on what was moved.
func (f *fixture) toAnotherMember(all []plan.Ref) {
	f.Helper()
	mover := f.container("mover", "plain", "first")
	section := project(f.project, "push", append(all, mover)...)
	for _, instance := range section["instances"].([]object) {
		if instance["name"] == mover.Name {
			instance["storage"] = "plain"
		}
	}
	f.configure(object{"projects": []object{section}})
	f.run().ok()
	f.move(f.source, mover, "m3")
	f.followed(mover, f.target)
}

// broughtBack loses objects and restores them.
func (f *fixture) broughtBack(l *lab.Lab, web, data, near plan.Ref) {
	f.Helper()
	f.place(plan.Source, "m3")
	f.iab("restore", "data", "--as", "data-copy", "--yes").ok()
	f.holds(l.Daemon("m2"), f.volume("local", "data-copy"), "", read(f.T, l.Daemon("m2"), data, "")) // beside the first one
	changed := read(f.T, l.Daemon("m2"), data, "")
	write(f.T, l.Daemon("m2"), data, "a mistake")
	f.iab("restore", "data", "--file", dataFile, "--in-place", "--yes").ok()
	f.holds(l.Daemon("m2"), data, "", changed)
	f.must(f.source.StopInstance(f.Context(), f.project, "web"))
	was := read(f.T, f.source, near, "")
	for _, name := range []string{"web", "near"} {
		f.must(f.source.DeleteInstance(f.Context(), f.project, name))
	}
	f.iab("restore", "web", "--yes").ok()
	f.iab("restore", "near", "--yes").ok()
	if got := f.location(f.source, web); got != "m2" {
		f.Errorf("%s came back to %s, not to its volume", web, got)
	}
	if got := f.location(f.source, near); got != "m3" {
		f.Errorf("%s came back to %s, not where the config says", near, got)
	}
	f.holds(f.source, near, "", was)
	f.run().ok()
}

// anotherMember kills the member that the config names. The error says what to do, and another one does without onboarding.
func (f *fixture) anotherMember(l *lab.Lab, data plan.Ref) {
	f.Helper()
	f.must(l.Daemon("m1").Kill())
	f.iab("run").exits(3).says("nothing listens there", "it is one member of a cluster", l.Daemon("m2").URL())
	hosts := f.config()["hosts"].([]any)
	for _, host := range hosts {
		if h := host.(object); h["role"] == "source" {
			h["url"] = l.Daemon("m2").URL()
		}
	}
	f.configure(object{"hosts": hosts})
	write(f.T, l.Daemon("m2"), data, "by another member")
	f.until("the cluster has a new leader, which hears the members that are left", func() bool { return f.iab("plan").code == 0 })
	f.run().ok()
	f.holds(f.target, data, "", "by another member")
}
