package remote

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"
)

func TestAnArchiveGetsTheDevicesThatFitTheTarget(t *testing.T) {
	type devices = map[string]map[string]string
	root := func(pool string) map[string]string {
		return map[string]string{"type": "disk", "path": "/", "pool": pool}
	}
	none := map[string]string{"type": "none"}
	disk := map[string]string{"type": "disk", "pool": "local", "source": "data", "path": "/data"}
	nic := map[string]string{"type": "nic", "network": "lan"}
	replica := &api.Instance{
		InstancePut:     api.InstancePut{Devices: devices{"root": root("other"), "data": disk, "eth0": none}},
		ExpandedDevices: devices{"root": root("other"), "data": disk, "eth0": none},
	}
	got, dropped := archiveDevices(devices{"root": root("local"), "data": disk, "eth0": nic}, devices{"root": root("local"), "data": disk, "eth0": nic}, replica)
	if diff := cmp.Diff(devices{"root": root("other"), "data": disk, "eth0": none}, got); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(devices{"eth0": nic}, dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	inherited, _ := archiveDevices(nil, devices{"root": root("local")}, replica)
	if diff := cmp.Diff(devices{"root": root("other")}, inherited); diff != "" {
		t.Errorf("a root disk of a profile (-want +got):\n%s", diff)
	}
}
