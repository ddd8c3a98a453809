//go:build e2e

package e2e

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/run"
)

// TestProfilesAreMadeOnTheTargetAndFollowTheirSource has an instance that gets its root disk, its NICs and a volume of the same
// run from a profile that the target lacks, and a second profile of which the target has its own.
func TestProfilesAreMadeOnTheTargetAndFollowTheirSource(t *testing.T) {
	f := scenario(t)
	both, lan := "net"+f.project, "lan"+f.project
	f.must(f.source.CreateNetwork(both))
	f.must(f.target.CreateNetwork(both))
	f.must(f.source.CreateNetwork(lan))
	ours, theirs := "ours-"+f.project, "theirs-"+f.project
	data := f.disk("plain", "data", "data")
	put := api.ProfilePut{Description: "first", Config: map[string]string{"limits.memory": "200MiB", "user.color": "blue", "boot.autostart": "true",
		"snapshots.schedule": "@hourly", "snapshots.schedule.stopped": "true"},
		Devices: map[string]map[string]string{
			"root": {"type": "disk", "path": "/", "pool": "local", "size": "100MiB"},
			"eth0": {"type": "nic", "network": both},
			"eth1": {"type": "nic", "network": lan},
			"data": {"type": "disk", "pool": "plain", "source": "data", "path": "/data"},
		}}
	f.putProfile(f.source, ours, put)
	f.putProfile(f.source, theirs, api.ProfilePut{Config: map[string]string{"user.shape": "round"}})
	f.putProfile(f.target, theirs, api.ProfilePut{Config: map[string]string{"user.shape": "square"}, Description: "not yours"})
	web := f.containerOf(lab.InstanceSpec{Name: "web", Profiles: []string{"default", ours, theirs}}, "first")
	f.replicate(web, data)

	reason := "network " + lan + " is missing on the target"
	f.iab("plan").ok().says("profile "+ours+" of project "+f.project+" is made on the target first: it is missing there", "drops device eth1: "+reason)
	if got := f.run().ok().of(web).Warnings; !cmp.Equal(got, []string{"device eth1 is dropped from profile " + ours + ": " + reason}) {
		t.Errorf("the warnings are %q", got)
	}
	f.wantProfile(ours, put, "eth1")
	replica, _, err := f.target.Project(f.project).GetInstance(web.Name)
	f.must(err)
	if !cmp.Equal(replica.Profiles, []string{"default", ours, theirs}) || replica.ExpandedConfig["boot.autostart"] != "false" ||
		replica.ExpandedConfig["snapshots.schedule.stopped"] != "false" ||
		replica.ExpandedDevices["data"]["source"] != "data" || replica.ExpandedDevices["eth1"] != nil {
		t.Errorf("the replica has the profiles %v, the config %v and the devices %v", replica.Profiles, replica.ExpandedConfig, replica.ExpandedDevices)
	}
	f.wantNoProfilePlanned()

	put.Description, put.Config["limits.memory"] = "second", "300MiB"
	delete(put.Config, "user.color")
	put.Devices["root"]["size"] = "150MiB"
	put.Devices["share"] = map[string]string{"type": "disk", "source": f.dir, "path": "/share"}
	delete(put.Devices, "eth0")
	f.putProfile(f.source, ours, put)
	f.must(f.target.CreateNetwork(lan))
	f.iab("plan").ok().says("profile " + ours + " of project " + f.project + " is changed on the target first: it differs from the source's in config limits.memory, config user.color, " +
		"dropped devices, device eth0, device eth1, device root, device share, description")
	if got := f.run().ok().of(web).Warnings; len(got) > 0 {
		t.Errorf("the warnings are %q", got)
	}
	f.wantProfile(ours, put)
	f.wantNoProfilePlanned()
	if _, devices := f.replica(web); devices["root"]["size"] != "150MiB" || devices["eth0"] != nil || devices["eth1"]["network"] != lan || devices["share"] == nil {
		t.Errorf("the replica has the devices %v", devices)
	}
	if got, _, err := f.target.Client().GetProfile(theirs); err != nil || got.Config["user.shape"] != "square" || got.Description != "not yours" || len(got.Config) != 1 {
		t.Errorf("the target's own profile is %+v, %v", got, err)
	}
}

// TestNothingIsDoneToAnInstanceWhoseProfileCanNotFollow lets an instance of somebody else on the target stand in the way.
func TestNothingIsDoneToAnInstanceWhoseProfileCanNotFollow(t *testing.T) {
	f := scenario(t)
	root := "root-" + f.project
	f.putProfile(f.source, root, api.ProfilePut{Devices: map[string]map[string]string{"root": {"type": "disk", "path": "/", "pool": "local"}}})
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Profiles: []string{"default", root}}, "first")
	files := f.disk("local", "files", "first")
	f.replicate(web, files)
	f.run().ok()
	f.must(f.target.CreateInstance(t.Context(), lab.InstanceSpec{Project: f.project, Name: "theirs", Empty: true, Profiles: []string{root}}))

	before := snapshots(t, f.source, web)
	f.putProfile(f.source, root, api.ProfilePut{})
	done := f.run().exits(1)
	if r := done.of(web); r.Outcome != run.Failure || r.Hint == "" || r.Snapshot != "" || !strings.Contains(r.Error, "profile "+root) {
		t.Errorf("%+v", r)
	}
	if r := done.of(files); r.Outcome != run.OK {
		t.Errorf("%+v", r)
	}
	if after := snapshots(t, f.source, web); !cmp.Equal(before, after) {
		t.Errorf("the snapshots %v have become %v", before, after)
	}

	f.must(f.target.DeleteInstance(t.Context(), f.project, "theirs"))
	f.run().ok()
	f.wantProfile(root, api.ProfilePut{})
}

// putProfile makes or changes a profile as a person would. All projects of the shared lab have the profiles of default.
func (f *fixture) putProfile(d *lab.Daemon, name string, put api.ProfilePut) {
	f.Helper()
	if _, etag, err := d.Client().GetProfile(name); err == nil {
		f.must(d.Client().UpdateProfile(name, put, etag))
		return
	}
	f.must(d.Client().CreateProfile(api.ProfilesPost{Name: name, ProfilePut: put}))
}

// wantProfile checks a profile that IAB made: as on the source, but for the dropped devices and the marks.
func (f *fixture) wantProfile(name string, source api.ProfilePut, dropped ...string) {
	f.Helper()
	got, _, err := f.target.Client().GetProfile(name)
	f.must(err)
	config, devices, gone := map[string]string{}, map[string]map[string]string{}, map[string]map[string]string{}
	maps.Copy(config, source.Config)
	maps.Copy(devices, source.Devices)
	config[plan.MarkReplicaOf] = f.identity()
	config[plan.MarkSource] = f.config()["hosts"].([]any)[0].(object)["name"].(string)
	for _, device := range dropped {
		gone[device] = devices[device]
		delete(devices, device)
	}
	if len(gone) > 0 {
		text, err := json.Marshal(gone)
		f.must(err)
		config[plan.MarkDropped] = string(text)
	}
	if diff := cmp.Diff(api.ProfilePut{Config: config, Devices: devices, Description: source.Description}, got.ProfilePut); diff != "" {
		f.Errorf("profile %s on the target (-want +got):\n%s", name, diff)
	}
}

func (f *fixture) wantNoProfilePlanned() {
	f.Helper()
	if shown := f.iab("plan", "--json").ok(); !strings.Contains(shown.stdout, `"profiles": []`) {
		f.Errorf("a profile would be changed again:\n%s", shown.stdout)
	}
}
