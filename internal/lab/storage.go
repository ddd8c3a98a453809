package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// CreatePool creates a storage pool: "btrfs" in a loop file of that size ("1GiB" when empty), or "dir", which has
// no size. In a cluster every member gets its own.
func (d *Daemon) CreatePool(name, driver, size string) error {
	req := api.StoragePoolsPost{Name: name, Driver: driver}
	if driver != "dir" {
		if size == "" {
			size = "1GiB"
		}
		req.Config = map[string]string{"size": size}
	}
	err := d.onEveryMember(func(member incus.InstanceServer) error { return member.CreateStoragePool(req) })
	if err == nil {
		if len(d.members) > 0 {
			req.Config = nil // every member has its own
		}
		err = d.Client().CreateStoragePool(req)
	}
	if err != nil {
		return fmt.Errorf("create pool %s: %w", name, err)
	}
	return nil
}

// CreateProject creates a project with its own instances and volumes and with the images and profiles of default.
func (d *Daemon) CreateProject(name string) error {
	req := api.ProjectsPost{Name: name, ProjectPut: api.ProjectPut{Config: map[string]string{
		"features.images": "false", "features.profiles": "false", "features.storage.volumes": "true",
	}}}
	if err := d.Client().CreateProject(req); err != nil {
		return fmt.Errorf("create project %s: %w", name, err)
	}
	return nil
}

// VolumeSpec says what custom volume to create.
type VolumeSpec struct {
	// Project is default when empty.
	Project string
	Pool    string
	Name    string
	// Block makes a raw disk instead of a file system.
	Block bool
	// Size such as "64MiB"; empty means no limit for file systems and 16MiB for block volumes.
	Size   string
	Config map[string]string
}

// CreateVolume creates a custom volume, in a cluster on this member.
func (d *Daemon) CreateVolume(ctx context.Context, spec VolumeSpec) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("create volume %s: %w", spec.Name, err)
	}
	req := api.StorageVolumesPost{Name: spec.Name, Type: "custom", ContentType: "filesystem"}
	req.Config = map[string]string{}
	if spec.Block {
		req.ContentType = "block"
		req.Config["size"] = "16MiB"
	}
	if spec.Size != "" {
		req.Config["size"] = spec.Size
	}
	for key, value := range spec.Config {
		req.Config[key] = value
	}
	if err := d.here(spec.Project).CreateStoragePoolVolume(spec.Pool, req); err != nil {
		return fmt.Errorf("create volume %s: %w", spec.Name, err)
	}
	return nil
}

// SnapshotVolume takes a snapshot of a custom volume that never expires.
func (d *Daemon) SnapshotVolume(ctx context.Context, project, pool, name, snapshot string) error {
	op, err := d.Project(project).CreateStoragePoolVolumeSnapshot(pool, "custom", name, api.StorageVolumeSnapshotsPost{Name: snapshot})
	return await(ctx, op, err, "snapshot volume "+name)
}

// VolumeSnapshots lists the snapshots of a custom volume by name, in the server's order.
func (d *Daemon) VolumeSnapshots(project, pool, name string) ([]string, error) {
	snapshots, err := d.Project(project).GetStoragePoolVolumeSnapshotNames(pool, "custom", name)
	if err != nil {
		return nil, fmt.Errorf("list snapshots of volume %s: %w", name, err)
	}
	return snapshots, nil
}

// WriteVolumeFile writes a file of a file system volume and makes the directories above it.
func (d *Daemon) WriteVolumeFile(project, pool, volume, file string, data []byte) error {
	root, err := d.openVolume(project, pool, volume)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write %s in volume %s: %w", file, volume, err)
	}
	if err := root.WriteFile(file, data, 0o644); err != nil {
		return fmt.Errorf("write %s in volume %s: %w", file, volume, err)
	}
	return nil
}

// ReadVolumeFile reads a file of a file system volume; volume may be "name/snapshot".
func (d *Daemon) ReadVolumeFile(project, pool, volume, file string) ([]byte, error) {
	root, err := d.openVolume(project, pool, volume)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	data, err := root.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s in volume %s: %w", file, volume, err)
	}
	return data, nil
}

// LoseVolume removes the data of a custom volume and leaves its snapshots and the server's records, as a server does that dies
// when it is about to exchange them.
func (d *Daemon) LoseVolume(project, pool, volume string) error {
	root, err := d.openVolume(project, pool, volume)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := os.RemoveAll(root.Name()); err != nil {
		return fmt.Errorf("lose volume %s: %w", volume, err)
	}
	return nil
}

// WriteBlock writes bytes into a block volume at an offset.
func (d *Daemon) WriteBlock(project, pool, volume string, offset int64, data []byte) error {
	return d.withBlock(project, pool, volume, os.O_RDWR, func(disk *os.File) error {
		_, err := disk.WriteAt(data, offset)
		return err
	})
}

// ReadBlock reads length bytes of a block volume at an offset; volume may be "name/snapshot".
func (d *Daemon) ReadBlock(project, pool, volume string, offset int64, length int) ([]byte, error) {
	data := make([]byte, length)
	err := d.withBlock(project, pool, volume, os.O_RDONLY, func(disk *os.File) error {
		_, err := disk.ReadAt(data, offset)
		return err
	})
	return data, err
}

func (d *Daemon) withBlock(project, pool, volume string, flag int, use func(*os.File) error) error {
	root, err := d.openVolume(project, pool, volume)
	if err != nil {
		return err
	}
	defer root.Close()
	disk, err := root.OpenFile("root.img", flag, 0)
	if err != nil {
		return fmt.Errorf("open block volume %s: %w", volume, err)
	}
	defer disk.Close()
	if err := use(disk); err != nil {
		return fmt.Errorf("use block volume %s: %w", volume, err)
	}
	return nil
}

// InVolume opens a custom volume's directory, or that of volume/snapshot.
func (d *Daemon) InVolume(project, pool, volume string, use func(*os.Root) error) error {
	root, err := d.openVolume(project, pool, volume)
	if err != nil {
		return err
	}
	defer root.Close()
	return use(root)
}

// openVolume opens a custom volume's directory inside the lab's mounts. Incus 6.0 has no file API for volumes.
func (d *Daemon) openVolume(project, pool, volume string) (*os.Root, error) {
	if project == "" {
		project = "default"
	}
	kind := "custom"
	if filepath.Dir(volume) != "." {
		kind = "custom-snapshots"
	}
	path, err := d.lab.keeper.path(filepath.Join(d.Dir, "storage-pools", pool, kind, project+"_"+volume))
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open volume %s: %w", volume, err)
	}
	return root, nil
}
