package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// SpoilInstance changes the files of an instance's snapshot behind the daemon's back, as a failing disk does.
func (d *Daemon) SpoilInstance(project, pool, instance, snapshot string, change func(rootfs *os.Root) error) error {
	return d.spoil(d.instanceSnapshot(project, pool, instance, snapshot), "rootfs", change)
}

// RemoveDirectory removes the empty directory that a daemon has left in place of an instance's data when it died in a copy.
func (d *Daemon) RemoveDirectory(project, pool, instance string) error {
	if project != "" && project != "default" {
		instance = project + "_" + instance
	}
	dir, err := d.lab.keeper.path(filepath.Join(d.Dir, "storage-pools", pool, "containers", instance))
	if err != nil {
		return err
	}
	return os.Remove(dir)
}

// SpoilVolume changes the files of a custom volume's snapshot behind the daemon's back. A block volume is the file root.img.
func (d *Daemon) SpoilVolume(project, pool, volume, snapshot string, change func(*os.Root) error) error {
	return d.spoil(d.volumeSnapshot(project, pool, volume, snapshot), ".", change)
}

// LoseVolumeSnapshot removes the data of a custom volume's snapshot and leaves its record.
func (d *Daemon) LoseVolumeSnapshot(project, pool, volume, snapshot string) error {
	return d.lose(d.volumeSnapshot(project, pool, volume, snapshot))
}

func (d *Daemon) instanceSnapshot(project, pool, instance, snapshot string) string {
	if project != "" && project != "default" {
		instance = project + "_" + instance
	}
	return filepath.Join(d.Dir, "storage-pools", pool, "containers-snapshots", instance, snapshot)
}

func (d *Daemon) volumeSnapshot(project, pool, volume, snapshot string) string {
	if project == "" {
		project = "default"
	}
	return filepath.Join(d.Dir, "storage-pools", pool, "custom-snapshots", project+"_"+volume, snapshot)
}

func (d *Daemon) spoil(snapshot, below string, change func(*os.Root) error) error {
	dir, err := d.lab.keeper.path(snapshot)
	if err != nil {
		return err
	}
	if err := writable(dir, true); err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Join(dir, below))
	if err != nil {
		return errors.Join(fmt.Errorf("spoil %s: %w", snapshot, err), writable(dir, false))
	}
	defer root.Close()
	if err := change(root); err != nil {
		return errors.Join(fmt.Errorf("spoil %s: %w", snapshot, err), writable(dir, false))
	}
	return writable(dir, false)
}

func (d *Daemon) lose(snapshot string) error {
	dir, err := d.lab.keeper.path(snapshot)
	if err != nil {
		return err
	}
	if !isSubvolume(dir) {
		return os.RemoveAll(dir)
	}
	return btrfs("subvolume", "delete", dir)
}

// writable makes a btrfs snapshot writable or not; on other pools snapshots are plain directories.
func writable(dir string, yes bool) error {
	if !isSubvolume(dir) {
		return nil
	}
	return btrfs("property", "set", "-f", "-ts", dir, "ro", map[bool]string{true: "false", false: "true"}[yes])
}

func isSubvolume(dir string) bool { return btrfs("subvolume", "show", dir) == nil }

func btrfs(args ...string) error {
	if out, err := exec.Command("btrfs", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("btrfs %v: %w: %s", args, err, out)
	}
	return nil
}
