//go:build e2e

package e2e

import (
	"strings"
	"testing"

	incus "github.com/lxc/incus/v6/client"

	"iab/internal/lab"
	"iab/internal/plan"
)

// dataFile holds an object's content; a block volume holds it at dataOffset.
const (
	dataFile   = "srv/data"
	dataOffset = 1 << 20
	dataSize   = 64
)

// instance and volume name an object of the fixture's project.
func (f *fixture) instance(name string) plan.Ref {
	return plan.Ref{Project: f.project, Kind: plan.Instance, Name: name}
}

func (f *fixture) volume(pool, name string) plan.Ref {
	return plan.Ref{Project: f.project, Kind: plan.Volume, Pool: pool, Name: name}
}

// container makes a stopped container on the source.
func (f *fixture) container(name, pool, content string) plan.Ref {
	f.Helper()
	return f.containerOf(lab.InstanceSpec{Name: name, Pool: pool}, content)
}

// containerOf makes a container on the source with that content, and starts it if asked.
func (f *fixture) containerOf(spec lab.InstanceSpec, content string) plan.Ref {
	f.Helper()
	spec.Project = f.project
	start := spec.Start
	spec.Start = false
	f.must(f.source.CreateInstance(f.Context(), spec))
	ref := f.instance(spec.Name)
	write(f.T, f.source, ref, content)
	if start {
		f.must(f.source.StartInstance(f.Context(), f.project, spec.Name))
	}
	return ref
}

// disk makes a file system volume on the source, blocks a block volume.
func (f *fixture) disk(pool, name, content string) plan.Ref {
	f.Helper()
	return f.diskOf(lab.VolumeSpec{Pool: pool, Name: name}, content)
}

func (f *fixture) diskOf(spec lab.VolumeSpec, content string) plan.Ref {
	f.Helper()
	spec.Project = f.project
	f.must(f.source.CreateVolume(f.Context(), spec))
	ref := f.volume(spec.Pool, spec.Name)
	write(f.T, f.source, ref, content)
	return ref
}

// write replaces the content of an object.
func write(t *testing.T, d *lab.Daemon, ref plan.Ref, content string) {
	t.Helper()
	var err error
	switch {
	case ref.Kind == plan.Instance:
		err = d.WriteFile(ref.Project, ref.Name, dataFile, []byte(content))
	case blocks(t, d, ref):
		padded := make([]byte, dataSize)
		copy(padded, content)
		err = d.WriteBlock(ref.Project, ref.Pool, ref.Name, dataOffset, padded)
	default:
		err = d.WriteVolumeFile(ref.Project, ref.Pool, ref.Name, dataFile, []byte(content))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// read returns the content of a snapshot of an object, or its live content for the empty name.
func read(t *testing.T, d *lab.Daemon, ref plan.Ref, snapshot string) string {
	t.Helper()
	name := ref.Name
	if snapshot != "" {
		name += "/" + snapshot
	}
	var data []byte
	var err error
	switch {
	case ref.Kind == plan.Instance && snapshot == "":
		data, err = d.ReadFile(ref.Project, ref.Name, dataFile)
	case ref.Kind == plan.Instance:
		data, err = d.ReadSnapshotFile(ref.Project, poolOf(t, d, ref), ref.Name, snapshot, dataFile)
	case blocks(t, d, ref):
		data, err = d.ReadBlock(ref.Project, ref.Pool, name, dataOffset, dataSize)
	default:
		data, err = d.ReadVolumeFile(ref.Project, ref.Pool, name, dataFile)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(string(data), "\x00")
}

func blocks(t *testing.T, d *lab.Daemon, ref plan.Ref) bool {
	t.Helper()
	volume, _, err := d.Project(ref.Project).GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	if err != nil {
		t.Fatal(err)
	}
	return volume.ContentType == "block"
}

// poolOf is the pool of an object.
func poolOf(t *testing.T, d *lab.Daemon, ref plan.Ref) string {
	t.Helper()
	if ref.Kind == plan.Volume {
		return ref.Pool
	}
	instance, _, err := d.Project(ref.Project).GetInstance(ref.Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range instance.ExpandedDevices {
		if device["type"] == "disk" && device["path"] == "/" {
			return device["pool"]
		}
	}
	t.Fatalf("%s has no root disk", ref)
	return ""
}

// snapshots lists the names of an object's snapshots, oldest first as the server tells.
func snapshots(t *testing.T, d *lab.Daemon, ref plan.Ref) []string {
	t.Helper()
	var list []string
	var err error
	if ref.Kind == plan.Volume {
		list, err = d.VolumeSnapshots(ref.Project, ref.Pool, ref.Name)
	} else {
		list, err = d.InstanceSnapshots(ref.Project, ref.Name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// take takes a snapshot as a person would.
func take(t *testing.T, d *lab.Daemon, ref plan.Ref, names ...string) {
	t.Helper()
	for _, name := range names {
		var err error
		if ref.Kind == plan.Volume {
			err = d.SnapshotVolume(t.Context(), ref.Project, ref.Pool, ref.Name, name)
		} else {
			err = d.SnapshotInstance(t.Context(), ref.Project, ref.Name, name)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// holds checks the content of a snapshot, or the live content for the empty name.
func (f *fixture) holds(d *lab.Daemon, ref plan.Ref, snapshot, want string) {
	f.Helper()
	if got := read(f.T, d, ref, snapshot); got != want {
		f.Errorf("%s/%s on the %s holds %.60q, want %.60q", ref, snapshot, d.Name, got, want)
	}
}

// drop deletes a snapshot as a person would.
func drop(t *testing.T, d *lab.Daemon, ref plan.Ref, snapshot string) {
	t.Helper()
	var op incus.Operation
	var err error
	if ref.Kind == plan.Volume {
		op, err = d.Project(ref.Project).DeleteStoragePoolVolumeSnapshot(ref.Pool, "custom", ref.Name, snapshot)
	} else {
		op, err = d.Project(ref.Project).DeleteInstanceSnapshot(ref.Name, snapshot)
	}
	if err == nil {
		err = op.WaitContext(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// setMark sets a config key of an object by a way of its own; an empty value takes it away.
func setMark(t *testing.T, d *lab.Daemon, ref plan.Ref, key, value string) {
	t.Helper()
	server := d.Project(ref.Project)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if ref.Kind == plan.Volume {
		volume, etag, err := server.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		must(err)
		put := volume.Writable()
		put.Config[key] = value
		if value == "" {
			delete(put.Config, key)
		}
		must(server.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag))
		return
	}
	instance, etag, err := server.GetInstance(ref.Name)
	must(err)
	put := instance.Writable()
	put.Config[key] = value
	if value == "" {
		delete(put.Config, key)
	}
	op, err := server.UpdateInstance(ref.Name, put, etag)
	must(err)
	must(op.Wait())
}
