package lab

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
	"golang.org/x/sys/unix"
)

// InstanceSpec says what container to create.
type InstanceSpec struct {
	// Project is default when empty.
	Project string
	Name    string
	// Pool holds the root disk; empty leaves the root disk to Devices or profiles.
	Pool string
	// Start also starts it.
	Start bool
	// Empty makes it without an image; it can't start.
	Empty bool
	// Image is the alias of its image, if it is not the one of ImportImage.
	Image    string
	Config   map[string]string
	Devices  map[string]map[string]string
	Profiles []string
}

// CreateInstance creates a container, from the busybox image unless spec.Empty, and starts it if asked; in a cluster on this member.
func (d *Daemon) CreateInstance(ctx context.Context, spec InstanceSpec) error {
	req := api.InstancesPost{
		Name: spec.Name, Type: api.InstanceTypeContainer, Start: spec.Start,
		Source:      api.InstanceSource{Type: "image", Alias: cmp.Or(spec.Image, ImageAlias)},
		InstancePut: api.InstancePut{Config: spec.Config, Devices: map[string]map[string]string{}, Profiles: spec.Profiles},
	}
	if spec.Empty {
		req.Source = api.InstanceSource{Type: "none"}
	}
	if spec.Pool != "" {
		req.Devices["root"] = map[string]string{"type": "disk", "path": "/", "pool": spec.Pool}
	}
	for name, device := range spec.Devices {
		req.Devices[name] = device
	}
	op, err := d.here(spec.Project).CreateInstance(req)
	return await(ctx, op, err, "create instance "+spec.Name)
}

// Launch is CreateInstance with Start.
func (d *Daemon) Launch(ctx context.Context, spec InstanceSpec) error {
	spec.Start = true
	return d.CreateInstance(ctx, spec)
}

// StartInstance starts a stopped instance.
func (d *Daemon) StartInstance(ctx context.Context, project, name string) error {
	return d.setState(ctx, project, name, api.InstanceStatePut{Action: "start", Timeout: -1})
}

// StopInstance shuts an instance down cleanly, within 30 seconds.
func (d *Daemon) StopInstance(ctx context.Context, project, name string) error {
	return d.setState(ctx, project, name, api.InstanceStatePut{Action: "stop", Timeout: 30})
}

func (d *Daemon) setState(ctx context.Context, project, name string, put api.InstanceStatePut) error {
	op, err := d.Project(project).UpdateInstanceState(name, put, "")
	return await(ctx, op, err, put.Action+" instance "+name)
}

// DeleteInstance deletes a stopped instance and its snapshots.
func (d *Daemon) DeleteInstance(ctx context.Context, project, name string) error {
	op, err := d.Project(project).DeleteInstance(name)
	return await(ctx, op, err, "delete instance "+name)
}

// SnapshotInstance takes a snapshot that never expires.
func (d *Daemon) SnapshotInstance(ctx context.Context, project, name, snapshot string) error {
	op, err := d.Project(project).CreateInstanceSnapshot(name, api.InstanceSnapshotsPost{Name: snapshot})
	return await(ctx, op, err, "snapshot instance "+name)
}

// DeleteInstanceSnapshot deletes one snapshot of an instance.
func (d *Daemon) DeleteInstanceSnapshot(ctx context.Context, project, name, snapshot string) error {
	op, err := d.Project(project).DeleteInstanceSnapshot(name, snapshot)
	return await(ctx, op, err, "delete snapshot "+snapshot+" of instance "+name)
}

// InstanceSnapshots lists the snapshots of an instance by name, in the server's order.
func (d *Daemon) InstanceSnapshots(project, name string) ([]string, error) {
	snapshots, err := d.Project(project).GetInstanceSnapshotNames(name)
	if err != nil {
		return nil, fmt.Errorf("list snapshots of instance %s: %w", name, err)
	}
	return snapshots, nil
}

// TearSnapshot removes the record of a snapshot's volume and leaves that of the snapshot itself, as a server does that dies while
// it takes or deletes it.
func (d *Daemon) TearSnapshot(project, name, snapshot string) error {
	return d.dropVolumes(project, name, "name = "+literal(snapshot))
}

// MatchSnapshots removes the records of the volumes of an instance's snapshots that do not exist. A server may leave such a one when
// a copy breaks, and has no other way to remove it.
func (d *Daemon) MatchSnapshots(project, name string) error {
	return d.dropVolumes(project, name, fmt.Sprintf("name NOT IN (SELECT instances_snapshots.name FROM instances_snapshots JOIN instances ON instances.id = "+
		"instances_snapshots.instance_id JOIN projects ON projects.id = instances.project_id WHERE instances.name = %s AND projects.name = %s)", literal(name), literal(project)))
}

// dropVolumes removes records of the volumes of an instance's snapshots.
func (d *Daemon) dropVolumes(project, name, which string) error {
	query := fmt.Sprintf("DELETE FROM storage_volumes_snapshots WHERE %s AND storage_volume_id IN (SELECT storage_volumes.id FROM storage_volumes "+
		"JOIN projects ON projects.id = storage_volumes.project_id WHERE storage_volumes.type = 0 AND storage_volumes.name = %s AND projects.name = %s)",
		which, literal(name), literal(project))
	if _, _, err := d.Client().RawQuery(http.MethodPost, "/internal/sql", map[string]string{"database": "global", "query": query}, ""); err != nil {
		return fmt.Errorf("change the records of the snapshots of %s: %w", name, err)
	}
	return nil
}

// literal is a text in SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Exec runs a command in a running instance and returns its standard output. An exit code other than 0 is an error
// that carries the standard error.
func (d *Daemon) Exec(ctx context.Context, project, name string, argv ...string) (string, error) {
	what := "run " + strings.Join(argv, " ") + " in " + name
	var stdout, stderr bytes.Buffer
	done := make(chan bool)
	op, err := d.Project(project).ExecInstance(name, api.InstanceExecPost{Command: argv, WaitForWS: true},
		&incus.InstanceExecArgs{Stdout: &stdout, Stderr: &stderr, DataDone: done})
	if err := await(ctx, op, err, what); err != nil {
		return "", err
	}
	select {
	case <-done:
	case <-ctx.Done():
		return "", fmt.Errorf("%s: %w", what, ctx.Err())
	}
	if code, _ := op.Get().Metadata["return"].(float64); code != 0 {
		return stdout.String(), fmt.Errorf("%s: exit code %.0f: %s", what, code, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// WriteFile writes a file of an instance, running or stopped, and makes the directories above it.
func (d *Daemon) WriteFile(project, instance, file string, data []byte) error {
	server := d.Project(project)
	write := func() error {
		return server.CreateInstanceFile(instance, file, incus.InstanceFileArgs{
			Content: bytes.NewReader(data), Type: "file", Mode: 0o644, WriteMode: "overwrite",
		})
	}
	err := helped(write)
	// A server that refuses a large file may close the connection before its answer is read.
	if api.StatusErrorCheck(err, http.StatusNotFound) || errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
		if err = helped(func() error { return makeParents(server, instance, file) }); err == nil {
			err = helped(write)
		}
	}
	if err != nil {
		return fmt.Errorf("write %s in %s: %w", file, instance, err)
	}
	return nil
}

func makeParents(server incus.InstanceServer, instance, file string) error {
	made := "/"
	for part := range strings.SplitSeq(strings.Trim(path.Dir(path.Clean("/"+file)), "/"), "/") {
		made = path.Join(made, part)
		if made == "/" {
			continue
		}
		if _, _, err := server.GetInstanceFile(instance, made); err == nil {
			continue
		}
		if err := server.CreateInstanceFile(instance, made, incus.InstanceFileArgs{Type: "directory", Mode: 0o755}); err != nil {
			return err
		}
	}
	return nil
}

// ReadFile reads a file of an instance, running or stopped.
func (d *Daemon) ReadFile(project, instance, file string) ([]byte, error) {
	var data []byte
	err := helped(func() (err error) {
		data, err = d.readFile(project, instance, file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s in %s: %w", file, instance, err)
	}
	return data, nil
}

// helped does something again that needs the server's helper for files. Where a server has taken the helper's socket away in front of the next one, no
// other helper can be reached while that one is there, which is 15 seconds after its last use (seen on 6.0.4).
func helped(do func() error) error {
	err := do()
	for tries := 0; tries < 3 && err != nil && strings.Contains(err.Error(), "forkfile.sock"); tries++ {
		time.Sleep(20 * time.Second)
		err = do()
	}
	return err
}

// LoseFileSocket takes away the socket by which the daemon reaches the helper for the files of an instance, as daemons do themselves now and then. The
// helper must have been used just before.
func (d *Daemon) LoseFileSocket(project, instance string) error {
	if project != "" && project != "default" {
		instance = project + "_" + instance
	}
	dir, err := d.lab.keeper.path(filepath.Join(d.Dir, "run", instance))
	if err != nil {
		return err
	}
	return os.Remove(filepath.Join(dir, "forkfile.sock"))
}

func (d *Daemon) readFile(project, instance, file string) ([]byte, error) {
	content, _, err := d.Project(project).GetInstanceFile(instance, file)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

// await waits for an operation that may have failed to start.
func await(ctx context.Context, op incus.Operation, err error, what string) error {
	if err == nil {
		err = op.WaitContext(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// ReadSnapshotFile reads a file of an instance's snapshot in that pool, as it lies on the disk. Incus has no file API
// for snapshots.
func (d *Daemon) ReadSnapshotFile(project, pool, instance, snapshot, file string) ([]byte, error) {
	if project != "" && project != "default" {
		instance = project + "_" + instance
	}
	what := fmt.Sprintf("read %s in snapshot %s of %s", file, snapshot, instance)
	dir, err := d.lab.keeper.path(filepath.Join(d.Dir, "storage-pools", pool, "containers-snapshots", instance, snapshot, "rootfs"))
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer root.Close()
	data, err := root.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return data, nil
}
