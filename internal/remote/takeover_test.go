package remote

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
)

// A replica that takes over gets what it must not have had as a replica back, and becomes a replica again without it.
func TestWhatTakesOverGetsItsConfigBack(t *testing.T) {
	original := map[string]string{"boot.autostart": "true", "snapshots.schedule": "@daily", "snapshots.expiry": "4w", "limits.cpu": "2"}
	off := map[string]string{"boot.autostart": "false", "snapshots.schedule": "", "snapshots.schedule.stopped": "false", "snapshots.expiry": ""}
	replica := Owner{Identity: "x", Source: "incus1"}.replicaConfig(original, off)
	active := activeConfig(replica)
	for key, value := range original {
		if active[key] != value {
			t.Errorf("%s is %q, want %q", key, active[key], value)
		}
	}
	if active[plan.MarkRole] != plan.RoleActive || active["snapshots.schedule.stopped"] != "" {
		t.Errorf("it has the config %v", active)
	}
	replica[plan.MarkComplete] = "IAB_20260310-120000"
	if diff := cmp.Diff(replica, retiredConfig(active, off, "IAB_20260310-120000")); diff != "" {
		t.Errorf("a replica again (-before +after):\n%s", diff)
	}
}

// Devices that a replica did not get come back when it takes over, but for those that do not fit.
func TestWhatTakesOverGetsTheDevicesThatFit(t *testing.T) {
	disk := map[string]string{"type": "disk", "path": "/", "pool": "local"}
	lan, gpu := map[string]string{"type": "nic", "network": "lan"}, map[string]string{"type": "gpu"}
	none := map[string]string{"type": "none"}
	config := map[string]string{plan.MarkDropped: plan.DroppedText(map[string]plan.Device{"eth0": lan, "gpu": gpu})}
	held := map[string]map[string]string{"root": disk, "eth0": none, "gpu": none}
	got := activeDevices(config, held, []plan.Drop{{Device: "gpu", Why: "it is missing"}})
	if diff := cmp.Diff(map[string]map[string]string{"root": disk, "eth0": lan, "gpu": none}, got); diff != "" {
		t.Errorf("the devices (-want +got):\n%s", diff)
	}
}
