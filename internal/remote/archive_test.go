package remote

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

func TestAnArchiveThatWasBegunAndNeverFinishedIsMadeAgain(t *testing.T) {
	f := newFakeTarget(t)
	f.snapshots = map[string]api.InstanceSnapshot{"s0": {}}
	snapshot := plan.Snapshot{Name: "s0", CreatedAt: time.Date(2026, 3, 10, 12, 0, 0, 5, time.UTC)}
	marks := plan.ArchiveMarks(web, snapshot, "us")
	begun := plan.ArchiveMarks(web, snapshot, "us")
	delete(begun, plan.MarkCreated)
	f.archive = api.Instance{Name: "web-s0", InstancePut: api.InstancePut{Config: begun}}
	action := plan.Action{Snapshot: "s0", Archive: "web-s0", Created: snapshot.CreatedAt}
	for range 2 { // the second time it is there
		if err := f.pair.Archive(t.Context(), plan.Job{Ref: web}, action); err != nil {
			t.Fatal(err)
		}
		if f.removed != 1 || f.made == nil || f.made.Config[plan.MarkCreated] != "" || f.archive.Config[plan.MarkCreated] != marks[plan.MarkCreated] {
			t.Fatalf("removed %d times, made %+v, ends as %v", f.removed, f.made, f.archive.Config)
		}
	}
	f.archive.Config[plan.MarkSnapshot] = "another"
	if err := f.pair.Archive(t.Context(), plan.Job{Ref: web}, action); err == nil || f.removed != 1 {
		t.Errorf("the archive of another snapshot is replaced: %v", err)
	}
}

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
