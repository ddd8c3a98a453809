//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	"iab/internal/lab"
	"iab/internal/plan"
)

func TestBothSidesArePrunedByTheirPoliciesAndForeignSnapshotsStay(t *testing.T) {
	f := scenario(t)
	refs := []plan.Ref{f.container("web", "local", "first"), f.disk("local", "files", "first"), f.disk("plain", "files", "first")}
	for _, ref := range refs {
		take(t, f.source, ref, "IAB_20200101-000000", "by-hand", "IAB_20200102-000000", "IAB_20200103-000000", "IAB_20200104-000000", "IAB_notes")
		write(t, f.source, ref, "second, and longer")
	}
	f.replicate(refs...)
	f.configure(object{"retention": policies("2", "4")})

	done := f.run().ok()
	name := done.report().Results[0].Snapshot
	for _, ref := range refs {
		wantSnapshots(f, f.source, ref, "IAB_20200104-000000", "IAB_notes", "by-hand", name)
		wantSnapshots(f, f.target, ref, "IAB_20200104-000000", "IAB_notes", "by-hand", name)
		wantArchives(f, ref, "first", "20200102-000000", "20200103-000000")
		f.holds(f.target, ref, "by-hand", "first")
		f.holds(f.target, ref, name, "second, and longer")
		if got, want := done.of(ref).Deleted.Source, []string{"IAB_20200101-000000", "IAB_20200102-000000", "IAB_20200103-000000"}; !slices.Equal(got, want) {
			t.Errorf("%s: the report names as deleted on the source %v, want %v", ref, got, want)
		}
	}

	next := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		wantSnapshots(f, f.source, ref, "IAB_notes", "by-hand", name, next)
		wantSnapshots(f, f.target, ref, "IAB_notes", "by-hand", name, next)
		wantArchives(f, ref, "first", "20200103-000000", "20200104-000000")
		f.holds(f.target, ref, "by-hand", "first")
		f.holds(f.target, ref, "IAB_notes", "first")
		f.holds(f.target, ref, next, "second, and longer")
	}
}

// TestASourceThatLostItsSnapshotsLeavesThemOnTheTarget: a person or ransomware deletes on the source what its policy keeps.
func TestASourceThatLostItsSnapshotsLeavesThemOnTheTarget(t *testing.T) {
	f := scenario(t)
	refs := []plan.Ref{f.container("web", "local", "first"), f.disk("local", "files", "first"), f.disk("plain", "files", "first")}
	for _, ref := range refs {
		take(t, f.source, ref, "IAB_20200101-000000", "by-hand")
		write(t, f.source, ref, "second")
	}
	f.replicate(refs...)
	f.run().ok()
	for _, ref := range refs {
		drop(t, f.source, ref, "IAB_20200101-000000")
		drop(t, f.source, ref, "by-hand")
	}
	f.run().ok()
	for _, ref := range refs {
		if got := archivesOf(f, ref); len(got) != 2 {
			t.Errorf("%s has the archives %v, want two", ref, got)
		}
		for _, archive := range archivesOf(f, ref) {
			f.holds(f.target, archive, "", "first")
		}
	}
	f.run().ok()
}

// TestArchivesFitTheTarget keeps a longer history of instances whose root disk lies in another pool there, and of which a device
// does not fit.
func TestArchivesFitTheTarget(t *testing.T) {
	f := scenario(t)
	f.disk("local", "unlisted", "not replicated")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Devices: map[string]map[string]string{
		"lost": {"type": "disk", "pool": "local", "source": "unlisted", "path": "/lost"},
	}}, "first")
	section := project(f.project, "push", web)
	section["instances"].([]object)[0]["storage"] = "plain"
	f.configure(object{"projects": []object{section}, "retention": policies("1", "3")})
	for range 4 {
		f.run().ok()
	}
	archives := archivesOf(f, web)
	if len(archives) != 2 {
		t.Fatalf("the archives are %v, want two", archives)
	}
	for _, archive := range archives {
		f.holds(f.target, archive, "", "first")
		instance, _, err := f.target.Project(f.project).GetInstance(archive.Name)
		f.must(err)
		if instance.Devices["root"]["pool"] != "plain" || instance.Devices["lost"]["type"] != "none" || instance.Config[plan.MarkDropped] == "" {
			t.Errorf("%s has the devices %v and the config %v", archive, instance.Devices, instance.Config)
		}
	}
}

// wantArchives checks that exactly these times of an object lie in archives on the target, each with that content.
func wantArchives(f *fixture, ref plan.Ref, content string, times ...string) {
	f.Helper()
	var got, want []string
	for _, archive := range archivesOf(f, ref) {
		got = append(got, archive.Name)
		f.holds(f.target, archive, "", content)
	}
	for _, time := range times {
		want = append(want, ref.Name+"-IAB-"+time)
	}
	if !slices.Equal(got, want) {
		f.Errorf("%s has the archives %v, want %v", ref, got, want)
	}
}

// archivesOf lists the objects on the target that hold a snapshot of an object, sorted by name.
func archivesOf(f *fixture, ref plan.Ref) []plan.Ref {
	f.Helper()
	var names []string
	var err error
	c := f.target.Project(ref.Project)
	if ref.Kind == plan.Volume {
		names, err = c.GetStoragePoolVolumeNames(ref.Pool)
	} else {
		names, err = c.GetInstanceNames("")
	}
	f.must(err)
	var list []plan.Ref
	for _, name := range names {
		name = strings.TrimPrefix(name, "custom/")
		if strings.HasPrefix(name, ref.Name+"-IAB-") && !strings.Contains(name, "/") {
			archive := ref
			archive.Name = name
			list = append(list, archive)
		}
	}
	slices.SortFunc(list, plan.Ref.Compare)
	return list
}

// wantSnapshots compares the names of an object's snapshots, in any order.
func wantSnapshots(f *fixture, d *lab.Daemon, ref plan.Ref, want ...string) {
	f.Helper()
	got := snapshots(f.T, d, ref)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.Errorf("%s on the %s has the snapshots %v, want %v", ref, d.Name, got, want)
	}
}

func TestASnapshotTakenByHandBetweenTwoRunsBreaksNoRun(t *testing.T) {
	f := scenario(t)
	refs := []plan.Ref{f.container("web", "local", "1"), f.disk("local", "files", "1"), f.diskOf(lab.VolumeSpec{Pool: "local", Name: "blocks", Block: true}, "1")}
	f.replicate(refs...)
	f.run().ok()
	for _, ref := range refs {
		write(t, f.source, ref, "12")
		take(t, f.source, ref, "before-upgrade")
		write(t, f.source, ref, "123")
	}
	second := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		f.holds(f.target, ref, "before-upgrade", "12")
		f.holds(f.target, ref, second, "123")
		write(t, f.source, ref, "1234")
	}
	third := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		f.holds(f.target, ref, "before-upgrade", "12")
		f.holds(f.target, ref, third, "1234")
		f.holds(f.target, ref, "", "1234")
	}
}
