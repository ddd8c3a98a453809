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

// What is to be started and was not does not start with its server, and is a replica like before when it is none of the working ones any more.
func TestWhatIsToBeStartedDoesNotStartByItselfBefore(t *testing.T) {
	replica := map[string]string{"boot.autostart": "false", plan.MarkSaved + "boot.autostart": "true", plan.MarkRunning: "true", plan.MarkRole: plan.RoleReplica}
	active := activeConfig(replica)
	want := map[string]string{"boot.autostart": "false", plan.MarkSaved + "boot.autostart": "true", plan.MarkRunning: "true", plan.MarkRole: plan.RoleActive}
	if diff := cmp.Diff(want, active); diff != "" {
		t.Errorf("active (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(replica, retiredConfig(active, map[string]string{"boot.autostart": "false"}, "")); diff != "" {
		t.Errorf("retired (-want +got):\n%s", diff)
	}
	delete(replica, plan.MarkRunning)
	if got := activeConfig(replica)["boot.autostart"]; got != "true" {
		t.Errorf("one that is not to be started has autostart %q", got)
	}
}
