//go:build e2e

package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// TestAReplicaFollowsTheConfigOfItsSource changes everything that a person may change on the source after the first copy.
func TestAReplicaFollowsTheConfigOfItsSource(t *testing.T) {
	f := scenario(t)
	web, files, blocks := f.container("web", "local", "first"), f.disk("local", "files", "first"), f.diskOf(lab.VolumeSpec{Pool: "local", Name: "blocks", Block: true}, "first")
	f.replicate(web, files, blocks)
	f.run().ok()

	target := f.target.Project(f.project)
	added := "added-" + f.project
	f.putProfile(f.source, added, api.ProfilePut{Description: "added"})
	f.change(web, func(put *api.InstancePut) {
		put.Description = "the second version"
		put.Profiles = []string{"default", added}
		put.Config["limits.memory"] = "200MiB"
		put.Config["boot.autostart"] = "true"
		put.Config["snapshots.schedule"] = "@daily"
		put.Devices["extra"] = map[string]string{"type": "disk", "pool": "local", "source": files.Name, "path": "/mnt"}
		put.Devices["lost"] = map[string]string{"type": "nic", "nictype": "macvlan", "parent": "lo"}
	})
	for _, ref := range []plan.Ref{files, blocks} {
		f.changeVolume(ref, func(put *api.StorageVolumePut) {
			put.Description = "the second version"
			put.Config["user.color"] = "blue"
			put.Config["snapshots.expiry"] = "1H"
			if ref == blocks {
				put.Config["size"] = "32MiB"
			}
		})
	}
	name := f.run().ok().of(web).Snapshot

	replica, _, err := target.GetInstance(web.Name)
	f.must(err)
	for key, want := range map[string]string{
		"limits.memory": "200MiB", "boot.autostart": "false", "snapshots.schedule": "", "volatile.last_state.power": "",
		plan.MarkSaved + "boot.autostart": "true", plan.MarkSaved + "snapshots.schedule": "@daily", plan.MarkComplete: name, plan.MarkRole: plan.RoleReplica,
		plan.MarkReplicaOf: f.identity(), plan.MarkSource: f.config()["hosts"].([]any)[0].(object)["name"].(string),
	} {
		if got := replica.Config[key]; got != want {
			t.Errorf("the replica's %s is %q, want %q", key, got, want)
		}
	}
	if replica.Description != "the second version" || !slices.Equal(replica.Profiles, []string{"default", added}) || replica.Devices["extra"]["source"] != files.Name || replica.Devices["root"]["pool"] != "local" {
		t.Errorf("the replica is %q with the profiles %v and the devices %v", replica.Description, replica.Profiles, replica.Devices)
	}
	for ref, size := range map[plan.Ref]string{files: "", blocks: "32MiB"} {
		volume, _, err := target.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		f.must(err)
		if volume.Description != "the second version" || volume.Config["user.color"] != "blue" || volume.Config["snapshots.expiry"] != "" ||
			volume.Config["size"] != size || volume.Config[plan.MarkComplete] != name || volume.Config[plan.MarkReplicaOf] != f.identity() ||
			volume.Config[plan.MarkSaved+"snapshots.expiry"] != "1H" || volume.Config[plan.MarkRole] != plan.RoleReplica {
			t.Errorf("the replica of %s is %q with %v", ref, volume.Description, volume.Config)
		}
	}

	f.change(web, func(put *api.InstancePut) {
		delete(put.Devices, "extra")
		put.Profiles = []string{"default"}
		delete(put.Config, "limits.memory")
	})
	f.run().ok()
	replica, _, err = target.GetInstance(web.Name)
	f.must(err)
	if _, there := replica.Devices["extra"]; there || replica.Config["limits.memory"] != "" || len(replica.Profiles) != 1 {
		t.Errorf("the replica keeps what the source has not got any more: %v %v %v", replica.Devices, replica.Config, replica.Profiles)
	}
}

// change edits an instance on the source as a person would.
func (f *fixture) change(ref plan.Ref, edit func(*api.InstancePut)) {
	f.Helper()
	c := f.source.Project(f.project)
	instance, etag, err := c.GetInstance(ref.Name)
	f.must(err)
	put := instance.Writable()
	edit(&put)
	op, err := c.UpdateInstance(ref.Name, put, etag)
	f.must(err)
	f.must(op.WaitContext(f.Context()))
}

// changeVolume lets a person change a volume of the source.
func (f *fixture) changeVolume(ref plan.Ref, change func(*api.StorageVolumePut)) {
	f.Helper()
	source := f.source.Project(f.project)
	volume, etag, err := source.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	f.must(err)
	put := volume.Writable()
	change(&put)
	f.must(source.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag))
}

// TestRunsLeaveTheSourceAsItIs but for IAB's marks: whatever else a person has set stays, and reaches the replica each time.
func TestRunsLeaveTheSourceAsItIs(t *testing.T) {
	f := scenario(t)
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true}, "1")
	files := f.disk("local", "files", "1")
	source := f.source.Project(f.project)
	added := "kept-" + f.project
	f.putProfile(f.source, added, api.ProfilePut{Description: "kept"})
	f.change(web, func(put *api.InstancePut) {
		put.Description = "the shop"
		put.Profiles = []string{"default", added}
		put.Config["limits.memory"] = "200MiB"
		put.Devices["none"] = map[string]string{"type": "none"}
	})
	f.changeVolume(files, func(put *api.StorageVolumePut) { put.Description = "its pictures" })
	bare := func(config map[string]string) map[string]string {
		config = maps.Clone(config)
		maps.DeleteFunc(config, func(key, _ string) bool {
			return strings.HasPrefix(key, "user.iab.") || strings.HasPrefix(key, "volatile.")
		})
		return config
	}
	held := func() (api.InstancePut, api.StorageVolumePut) {
		instance, _, err := source.GetInstance(web.Name)
		f.must(err)
		volume, _, err := source.GetStoragePoolVolume(files.Pool, "custom", files.Name)
		f.must(err)
		i, v := instance.Writable(), volume.Writable()
		i.Config, v.Config = bare(i.Config), bare(v.Config)
		return i, v
	}
	instanceBefore, volumeBefore := held()
	f.replicate(web, files)
	f.configure(object{"iab": object{"stopInstance": true}})
	for n := range 3 {
		f.run().ok()
		instance, volume := held()
		if diff := cmp.Diff(instanceBefore, instance); diff != "" {
			t.Errorf("run %d changes the instance:\n%s", n, diff)
		}
		if diff := cmp.Diff(volumeBefore, volume); diff != "" {
			t.Errorf("run %d changes the volume:\n%s", n, diff)
		}
		replica, _, err := f.target.Project(f.project).GetInstance(web.Name)
		f.must(err)
		if replica.Description != "the shop" {
			t.Errorf("after run %d the replica is described as %q", n, replica.Description)
		}
	}
	f.iab("restore", "web", "--in-place", "--yes").ok()
	if instance, _ := held(); instance.Description != "the shop" {
		t.Errorf("after a restore it is described as %q", instance.Description)
	}
	f.run().ok()
}
