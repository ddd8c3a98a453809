//go:build e2e

package e2e

import (
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// TestASecondObjectIsAnotherOneAndALostOneIsTheSame restores beside the original, on either side, and in its place: the identity and the
// hardware addresses are the original's only there, and a second one reaches no network unless that is asked for.
func TestASecondObjectIsAnotherOneAndALostOneIsTheSame(t *testing.T) {
	f := scenario(t)
	web := f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Devices: map[string]map[string]string{
		"eth0": {"type": "nic", "nictype": "p2p"}, "eth1": {"type": "nic", "nictype": "p2p", "hwaddr": "10:66:6a:00:00:01"}}}, "1")
	f.replicate(web)
	f.run().ok()
	original := f.instanceOn(f.source, web)
	if original.Config["volatile.uuid"] == "" || original.Config["volatile.eth0.hwaddr"] == "" {
		t.Fatalf("the original has the config %v", original.Config)
	}

	f.iab("restore", "web", "--as", "quiet").ok().says("device eth0 is left out", "--with-nics")
	f.iab("restore", "web", "--as", "quiet", "--to", "target").ok().says("nothing: the target has it itself")
	f.iab("restore", "web", "--as", "loud", "--with-nics").ok()
	for _, second := range []api.Instance{f.instanceOn(f.source, f.instance("quiet")), f.instanceOn(f.target, f.instance("quiet")), f.instanceOn(f.source, f.instance("loud"))} {
		for _, key := range []string{"volatile.uuid", "volatile.eth0.hwaddr", "volatile.cloud-init.instance-id"} {
			if second.Config[key] != "" && second.Config[key] == original.Config[key] {
				t.Errorf("%s has the original's %s", second.Name, key)
			}
		}
		if nics := second.Devices["eth0"]["type"] == "nic" || second.Devices["eth1"]["type"] == "nic"; nics != (second.Name == "loud") {
			t.Errorf("%s has the devices %v", second.Name, second.Devices)
		}
		if second.Devices["eth1"]["hwaddr"] != "" {
			t.Errorf("%s has the original's hardware address", second.Name)
		}
	}

	f.remove(f.source, web)
	f.iab("restore", "web").ok()
	back := f.instanceOn(f.source, web)
	for _, key := range []string{"volatile.uuid", "volatile.eth0.hwaddr"} {
		if back.Config[key] != original.Config[key] {
			t.Errorf("%s is %q, it was %q", key, back.Config[key], original.Config[key])
		}
	}
	if back.Devices["eth0"]["type"] != "nic" || back.Devices["eth1"]["hwaddr"] != "10:66:6a:00:00:01" {
		t.Errorf("what came back has the devices %v", back.Devices)
	}
}

// instanceOn reads an instance.
func (f *fixture) instanceOn(d *lab.Daemon, ref plan.Ref) api.Instance {
	f.Helper()
	instance, _, err := d.Project(ref.Project).GetInstance(ref.Name)
	f.must(err)
	return *instance
}
