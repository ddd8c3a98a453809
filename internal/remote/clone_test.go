package remote

import (
	"archive/tar"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/files"
	"iab/internal/plan"
)

// A clone reaches no network, no other volume and nothing of the host, and does nothing by itself.
func TestACloneHasOnlyItsRootDiskAndActsNotByItself(t *testing.T) {
	root := map[string]string{"type": "disk", "path": "/", "pool": "fast", "size": "5GiB"}
	own := map[string]map[string]string{"eth0": {"type": "nic", "network": "lan"}, "data": {"type": "disk", "pool": "fast", "source": "data", "path": "/data"}}
	inherited := map[string]map[string]string{"root": root, "eth0": own["eth0"], "data": own["data"], "eth1": {"type": "nic", "network": "profile"}}
	want := map[string]map[string]string{
		"eth0": {"type": "none"}, "data": {"type": "none"}, "root": {"type": "disk", "path": "/", "pool": "local", "size": "5GiB"},
	}
	if diff := cmp.Diff(want, cloneDevices(own, inherited, "local")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	held := map[string]string{
		"boot.autostart": "true", "boot.autorestart": "true", protectionKey: "true", "security.protection.start": "true", "snapshots.schedule": "@daily",
		"volatile.last_state.power": "RUNNING", plan.MarkComplete: "IAB_20260310-120000", "user.iab.verify": "true",
	}
	inForce := map[string]string{"limits.memory": "1GiB", "snapshots.expiry": "1w"} // of a profile
	for key, value := range held {
		inForce[key] = value
	}
	wantConfig := map[string]string{
		"boot.autostart": "false", "boot.autorestart": "false", protectionKey: "false", "security.protection.start": "false", "snapshots.schedule": "",
		plan.MarkComplete: "", "user.iab.verify": "true", "limits.memory": "1GiB", plan.MarkExclude: "true",
		plan.MarkRole: plan.RoleClone, plan.MarkReplicaOf: "uuid", plan.MarkPurpose: plan.PurposeDrill,
	}
	if diff := cmp.Diff(wantConfig, cloneConfig(held, inForce, plan.CloneMarks(plan.PurposeDrill, "uuid"))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The owners in an export are those on the disk, which an unprivileged container has shifted.
func TestFilesOfAnExportHaveTheOwnersThatTheContainerKnows(t *testing.T) {
	shift, err := parseShifts(`[{"Isuid":true,"Isgid":false,"Hostid":1000000,"Nsid":0,"Maprange":1000000000},{"Isuid":false,"Isgid":true,"Hostid":1000000,"Nsid":0,"Maprange":1000000000}]`)
	if err != nil {
		t.Fatal(err)
	}
	e := export{shift: shift, sizes: map[string]int64{}}
	for _, c := range []struct {
		header tar.Header
		want   files.File
		ok     bool
	}{
		{tar.Header{Name: "backup/index.yaml", Typeflag: tar.TypeReg}, files.File{}, false},
		{tar.Header{Name: "backup/volume", Typeflag: tar.TypeDir, Mode: 0o711, Uid: 1000000, Gid: 1000000}, files.File{Type: files.Directory, Mode: 0o711}, true},
		{tar.Header{Name: "backup/volume/f", Typeflag: tar.TypeReg, Mode: 0o4750, Uid: 1001000, Gid: 5, Size: 3}, files.File{Path: "f", Type: files.Regular, Mode: 0o4750, UID: 1000, GID: 5, Size: 3}, true},
		{tar.Header{Name: "backup/volume/h", Typeflag: tar.TypeLink, Linkname: "backup/volume/f", Mode: 0o4750}, files.File{Path: "h", Type: files.Regular, Mode: 0o4750, Size: 3, Same: "f"}, true},
		{tar.Header{Name: "backup/volume/l", Typeflag: tar.TypeSymlink, Linkname: "../x"}, files.File{Path: "l", Type: files.Link, Target: "../x"}, true},
		{tar.Header{Name: "backup/volume/p", Typeflag: tar.TypeFifo}, files.File{Path: "p", Type: files.Special}, true},
		{tar.Header{Name: "backup/volume.img", Typeflag: tar.TypeReg, Size: 9}, files.File{Path: "volume.img", Type: files.Image, Size: 9}, true},
		{tar.Header{Name: "backup/virtual-machine.img", Typeflag: tar.TypeReg, Size: 9}, files.File{Path: "virtual-machine.img", Type: files.Image, Size: 9}, true},
		{tar.Header{Name: "backup/volumes/x", Typeflag: tar.TypeReg}, files.File{}, false},
	} {
		if got, ok := e.file(&c.header); ok != c.ok || got != c.want {
			t.Errorf("%s is %+v, %v; want %+v", c.header.Name, got, ok, c.want)
		}
	}
	if _, err := parseShifts("none"); err == nil {
		t.Error("nonsense is read")
	}
}
