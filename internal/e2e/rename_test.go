//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// everyName takes all instances, and the volumes of pool local.
func (f *fixture) everyName() {
	f.Helper()
	f.configure(object{"projects": []object{{"name": f.project, "instances": []object{{"name": "*"}}, "volumes": []object{{"name": "*", "storage": "*"}}}},
		"retention": policies("1", "4")})
}

// renameObject gives an object of the source another name, as a person does.
func (f *fixture) renameObject(ref plan.Ref, name string) plan.Ref {
	f.Helper()
	server := f.source.Project(ref.Project)
	if ref.Kind == plan.Volume {
		f.must(server.RenameStoragePoolVolume(ref.Pool, "custom", ref.Name, api.StorageVolumePost{Name: name}))
	} else {
		op, err := server.RenameInstance(ref.Name, api.InstancePost{Name: name})
		f.must(err)
		f.must(op.Wait())
	}
	ref.Name = name
	return ref
}

func TestReplicasFollowRenamedInstancesAndNothingIsSentAgain(t *testing.T) {
	f := scenario(t)
	web, files := f.container("web", "local", strings.Repeat("first", 400_000)), f.disk("local", "files", "first")
	f.everyName()
	f.run().ok()
	f.run().ok() // the first snapshot is in an archive now
	www := f.renameObject(web, "www")
	again := f.container("web", "plain", "another") // its old name is taken again
	papers := f.renameObject(files, "papers")

	f.iab("plan").ok().says("rename    target  web as www", "with web-IAB-", files.String()+" is gone from the source: its replica is kept")
	f.halfRenamed(web, www)
	done := f.run().ok()
	if copied := done.of(www).Copied; copied == nil || !copied.Incremental || copied.Bytes > 500_000 {
		t.Errorf("the renamed instance: %+v", copied)
	}
	f.holds(f.target, www, "", strings.Repeat("first", 400_000))
	f.holds(f.target, again, "", "another")
	// A volume has no identity: it is copied anew, and what was there stays.
	f.holds(f.target, papers, "", "first")
	f.holds(f.target, files, "", "first")
	if got := f.points(0, www.String()); strings.Count(got, "archive web-IAB-")+strings.Count(got, "archive www-IAB-") != 2 {
		t.Errorf("the renamed instance has %s", got)
	}
	f.run().ok()
	f.iab("status").says("1 orphan")
	// What is in its archives comes back under any name.
	f.iab("restore", www.String(), "--as", "past", "--at", f.points0(www), "--yes").ok()
	f.holds(f.source, f.instance("past"), "", strings.Repeat("first", 400_000))
}

// halfRenamed leaves what a run leaves that dies while it renames a replica: its archives are marked, and it has its old name.
func (f *fixture) halfRenamed(old, now plan.Ref) {
	f.Helper()
	server := f.target.Project(f.project)
	instances, err := server.GetInstances(api.InstanceTypeAny)
	f.must(err)
	marked := 0
	for _, instance := range instances {
		if instance.Config[plan.MarkArchiveOf] == old.String() {
			put := instance.Writable()
			put.Config[plan.MarkArchiveOf] = now.String()
			op, err := server.UpdateInstance(instance.Name, put, "")
			f.must(err)
			f.must(op.Wait())
			marked++
		}
	}
	if marked == 0 {
		f.Fatal("there is no archive")
	}
}

// points0 is the oldest restore point of an object.
func (f *fixture) points0(ref plan.Ref) string {
	f.Helper()
	var names []string
	for _, line := range strings.Split(f.iab("snapshots", ref.String()).ok().stdout, "\n") {
		for _, word := range strings.Fields(line) {
			if strings.HasPrefix(word, plan.SnapshotPrefix) {
				names = append(names, word)
			}
		}
	}
	if len(names) == 0 {
		f.Fatal("there are no restore points")
	}
	return names[len(names)-1]
}

func TestWhatMovesGoesOnOrIsCopiedAnewAndNothingIsLost(t *testing.T) {
	f := scenario(t)
	other := *f
	other.project += "m"
	f.makeProject(other.project)
	web, db := f.container("web", "local", "first"), f.container("db", "local", "first")
	f.everyName()
	f.configure(object{"projects": []object{{"name": f.project, "instances": []object{{"name": "*", "storage": "local"}}},
		{"name": other.project, "instances": []object{{"name": "*"}}}}})
	f.run().ok()
	f.movePool(web, "plain")
	f.moveProject(db, other.project)
	done := f.run().ok()
	if copied := done.of(web).Copied; copied == nil || !copied.Incremental {
		t.Errorf("in another pool: %+v", copied)
	}
	f.holds(f.target, web, "", "first")
	f.holds(f.target, db, "", "first")
	f.holds(f.target, other.instance("db"), "", "first")
	if done := done.report(); len(done.Warnings) != 1 || !strings.Contains(done.Warnings[0], db.String()+" is gone from the source") {
		t.Errorf("warnings: %q", done.Warnings)
	}
}

func (f *fixture) movePool(ref plan.Ref, pool string) {
	f.Helper()
	f.incus(f.source, "move", ref.Name, "--storage", pool, "--project", ref.Project)
}

func (f *fixture) moveProject(ref plan.Ref, project string) {
	f.Helper()
	f.incus(f.source, "move", ref.Name, "--project", ref.Project, "--target-project", project)
}

// incus runs the client of a daemon, as a person does.
func (f *fixture) incus(d *lab.Daemon, args ...string) {
	f.Helper()
	cmd := exec.CommandContext(f.Context(), "incus", args...)
	cmd.Env = append(os.Environ(), d.Env()...)
	if out, err := cmd.CombinedOutput(); err != nil {
		f.Fatalf("incus %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
