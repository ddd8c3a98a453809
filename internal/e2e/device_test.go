//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/lab"
	"iab/internal/plan"
)

func TestDevicesThatDoNotFitAreDroppedWithAReason(t *testing.T) {
	f := scenario(t)
	network := "lan" + f.project
	f.must(f.source.CreateNetwork(network))
	both := "net" + f.project
	f.must(f.source.CreateNetwork(both))
	f.must(f.target.CreateNetwork(both))
	data := f.disk("local", "data", "data")
	f.disk("local", "unlisted", "not replicated")
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true, Devices: map[string]map[string]string{
		"eth0": {"type": "nic", "network": network},
		"eth1": {"type": "nic", "network": both},
		"data": {"type": "disk", "pool": "local", "source": "data", "path": "/data"},
		"lost": {"type": "disk", "pool": "local", "source": "unlisted", "path": "/lost"},
		"eth2": {"type": "nic", "network": both},
	}}, "first")
	section := project(f.project, "push", web, data)
	section["instances"].([]object)[0]["excludeDevices"] = []string{"eth2"}
	f.configure(object{"projects": []object{section}})

	reasons := map[string]string{
		"eth0": "network " + network + " is missing on the target",
		"lost": "volume unlisted is missing in pool local on the target",
		"eth2": "excluded by the config",
	}
	shown := f.iab("plan").ok()
	done := f.run().ok().of(web)
	for device, reason := range reasons {
		shown.says("drops device " + device + ": " + reason)
		warned := strings.Contains(strings.Join(done.Warnings, "\n"), "device "+device+" is dropped: "+reason)
		if asked := reason == plan.WhyExcluded; warned == asked {
			t.Errorf("the warnings about %s, which is dropped: %q", device, done.Warnings)
		}
	}
	if len(done.Warnings) != len(reasons)-1 {
		t.Errorf("the warnings are %q", done.Warnings)
	}
	_, devices := f.replica(web)
	for device, kind := range map[string]string{"root": "disk", "data": "disk", "eth1": "nic", "eth0": "none", "lost": "none", "eth2": "none"} {
		if devices[device]["type"] != kind {
			t.Errorf("device %s of the replica is %v, want a %s", device, devices[device], kind)
		}
	}
	f.wantDropped(web, "eth0", "lost", "eth2")
	f.bootsWithData(web)

	// A snapshot that a person takes makes the next run catch up first, by a copy that drops the same.
	take(t, f.source, web, "zoo")
	f.run("--allow-loss").ok()
	f.wantDropped(web, "eth0", "lost", "eth2")

	f.must(f.target.CreateNetwork(network))
	section["volumes"] = append(section["volumes"].([]object), object{"name": "unlisted", "storage": "local"})
	take(t, f.source, web, "zoo-2")
	f.configure(object{"projects": []object{section}})
	if done := f.run().ok().of(web); len(done.Warnings) > 0 {
		t.Errorf("the warnings are %q", done.Warnings)
	}
	f.wantDropped(web, "eth2")
	delete(section["instances"].([]object)[0], "excludeDevices")
	f.configure(object{"projects": []object{section}})
	f.run().ok()
	f.wantDropped(web)
	_, devices = f.replica(web)
	for device, kind := range map[string]string{"root": "disk", "data": "disk", "eth1": "nic", "eth0": "nic", "lost": "disk", "eth2": "nic"} {
		if devices[device]["type"] != kind {
			t.Errorf("device %s of the replica is %v, want a %s again", device, devices[device], kind)
		}
	}
}

// wantDropped checks which devices the replica's mark names as dropped, each as the source has it.
func (f *fixture) wantDropped(ref plan.Ref, names ...string) {
	f.Helper()
	source, _, err := f.source.Project(ref.Project).GetInstance(ref.Name)
	f.must(err)
	config, _ := f.replica(ref)
	dropped := map[string]map[string]string{}
	if text := config[plan.MarkDropped]; text != "" {
		f.must(json.Unmarshal([]byte(text), &dropped))
	}
	want := map[string]map[string]string{}
	for _, name := range names {
		want[name] = source.ExpandedDevices[name]
	}
	if diff := cmp.Diff(want, dropped); diff != "" {
		f.Errorf("the mark of dropped devices on %s (-want +got):\n%s", ref, diff)
	}
}

// bootsWithData starts a replica as a person would after a disaster, and stops it again. The source must be down: both
// have the same MAC address, and the lab's networks share one bridge.
func (f *fixture) bootsWithData(web plan.Ref) {
	f.Helper()
	f.must(f.source.StopInstance(f.Context(), f.project, web.Name))
	f.must(f.target.StartInstance(f.Context(), f.project, web.Name))
	got, err := f.target.Exec(f.Context(), f.project, web.Name, "cat", "/srv/data", "/data/srv/data")
	f.must(err)
	if got != "firstdata" {
		f.Errorf("the replica that was started holds %q", got)
	}
	f.must(f.target.StopInstance(f.Context(), f.project, web.Name))
}
