//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

func TestFirstAndIncrementalCopiesOfEveryKindPoolAndMode(t *testing.T) {
	f := scenario(t)
	var refs []plan.Ref
	var sections []object
	for _, mode := range []string{"push", "pull", "relay"} {
		own := *f // the same IAB, one project per mode
		own.project += mode
		own.makeProject(own.project)
		made := own.population()
		refs = append(refs, made...)
		sections = append(sections, placed(project(own.project, mode, made...)))
	}
	f.configure(object{"projects": sections})

	first := f.oneNameForAll(refs, false)
	for _, ref := range refs {
		f.checkReplica(ref, map[string]string{first: "first", "": "first"})
		write(f.T, f.source, ref, "second, longer than the first")
	}
	second := f.oneNameForAll(refs, true)
	for _, ref := range refs {
		f.checkReplica(ref, map[string]string{first: "first", second: "second, longer than the first", "": "second, longer than the first"})
	}
}

// population makes every kind of object in both pools, with an expiry of snapshots that replicas must not inherit.
func (f *fixture) population() (refs []plan.Ref) {
	f.Helper()
	expiry := map[string]string{"snapshots.expiry": "1H"}
	for _, pool := range []string{"local", "plain"} {
		for _, running := range []bool{true, false} {
			refs = append(refs, f.containerOf(lab.InstanceSpec{
				Name: fmt.Sprintf("%s-%t", pool, running), Pool: pool, Start: running,
				Config: map[string]string{"snapshots.expiry": "1H", "boot.autostart": "true", "user.color": "blue"},
			}, "first"))
		}
		refs = append(refs,
			f.diskOf(lab.VolumeSpec{Pool: pool, Name: "files", Config: expiry}, "first"),
			f.diskOf(lab.VolumeSpec{Pool: pool, Name: "blocks", Block: true, Config: expiry}, "first"))
	}
	return refs
}

// placed gives the containers "plain-…" the pool plain on the target.
func placed(section object) object {
	for _, instance := range section["instances"].([]object) {
		if strings.HasPrefix(instance["name"].(string), "plain-") {
			instance["storage"] = "plain"
		}
	}
	return section
}

// oneNameForAll runs and returns the name that all snapshots of the run share.
func (f *fixture) oneNameForAll(refs []plan.Ref, incremental bool) string {
	f.Helper()
	report := f.run().ok().report()
	if len(report.Results) != len(refs) || !report.OK {
		f.Fatalf("%d results for %d objects, ok: %t", len(report.Results), len(refs), report.OK)
	}
	name := report.Results[0].Snapshot
	for _, r := range report.Results {
		if r.Snapshot != name || r.Copied == nil || r.Copied.Incremental != incremental {
			f.Errorf("%s: snapshot %s (others %s), copied %+v", r.Ref, r.Snapshot, name, r.Copied)
		}
	}
	return name
}

// checkReplica compares what the target holds with the content by snapshot; "" is the live content.
func (f *fixture) checkReplica(ref plan.Ref, contents map[string]string) {
	f.Helper()
	for snapshot, content := range contents {
		f.holds(f.target, ref, snapshot, content)
	}
	for _, d := range []*lab.Daemon{f.source, f.target} {
		if got := snapshots(f.T, d, ref); len(got) != len(contents)-1 {
			f.Errorf("%s on the %s has the snapshots %v", ref, d.Name, got)
		}
		f.neverExpire(d, ref)
	}
	config, expanded := f.replica(ref)
	want := map[string]string{plan.MarkReplicaOf: f.identity(), plan.MarkRole: plan.RoleReplica, "snapshots.expiry": "",
		plan.MarkSource: f.config()["hosts"].([]any)[0].(object)["name"].(string)}
	if ref.Kind == plan.Instance {
		want["boot.autostart"], want["volatile.last_state.power"], want["user.color"] = "false", "", "blue"
		if pool := expanded["root"]["pool"]; !strings.HasPrefix(ref.Name, pool+"-") {
			f.Errorf("%s has its root disk in pool %s on the target", ref, pool)
		}
	}
	for key, value := range want {
		if config[key] != value {
			f.Errorf("%s on the target has %s=%q, want %q", ref, key, config[key], value)
		}
	}
}

// replica returns config and devices of an object on the target, which must not run.
func (f *fixture) replica(ref plan.Ref) (config map[string]string, devices map[string]map[string]string) {
	f.Helper()
	server := f.target.Project(ref.Project)
	if ref.Kind == plan.Volume {
		volume, _, err := server.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		f.must(err)
		return volume.Config, nil
	}
	instance, _, err := server.GetInstance(ref.Name)
	f.must(err)
	if instance.StatusCode != api.Stopped {
		f.Errorf("%s on the target is %s", ref, instance.Status)
	}
	return instance.Config, instance.ExpandedDevices
}

// neverExpire checks that no snapshot of the object has an expiry date.
func (f *fixture) neverExpire(d *lab.Daemon, ref plan.Ref) {
	f.Helper()
	server := d.Project(ref.Project)
	if ref.Kind == plan.Volume {
		list, err := server.GetStoragePoolVolumeSnapshots(ref.Pool, "custom", ref.Name)
		f.must(err)
		if slices.ContainsFunc(list, func(s api.StorageVolumeSnapshot) bool { return s.ExpiresAt != nil && s.ExpiresAt.Unix() > 0 }) {
			f.Errorf("%s on the %s has a snapshot that expires", ref, d.Name)
		}
		return
	}
	list, err := server.GetInstanceSnapshots(ref.Name)
	f.must(err)
	if slices.ContainsFunc(list, func(s api.InstanceSnapshot) bool { return s.ExpiresAt.Unix() > 0 }) {
		f.Errorf("%s on the %s has a snapshot that expires", ref, d.Name)
	}
}
