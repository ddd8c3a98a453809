//go:build e2e

package e2e

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// TestSizesThatGrewOnTheSourceGrowOnTheTarget fills what was added, so that a copy which comes before the growth has no room.
func TestSizesThatGrewOnTheSourceGrowOnTheTarget(t *testing.T) {
	f := scenario(t)
	pools := [][2]string{{"local", "local"}, {"plain", "plain"}, {"plain", "local"}} // on the source, on the target
	section := project(f.project, "push")
	var files, blocks, boxes []plan.Ref
	var volumes, instances []object
	for i, pool := range pools {
		name := string(rune('a' + i))
		files = append(files, f.diskOf(lab.VolumeSpec{Pool: pool[0], Name: "files-" + name, Size: "8MiB"}, "first"))
		blocks = append(blocks, f.diskOf(lab.VolumeSpec{Pool: pool[0], Name: "blocks-" + name, Size: "16MiB", Block: true}, "first"))
		for _, ref := range []plan.Ref{files[i], blocks[i]} {
			volumes = append(volumes, object{"name": ref.Name, "storage": pool[0], "targetStorage": pool[1]})
		}
		boxes = append(boxes, f.containerOf(lab.InstanceSpec{Name: "box-" + name, Devices: map[string]map[string]string{
			"root": {"type": "disk", "path": "/", "pool": pool[0], "size": "16MiB"}}}, "first"))
		instances = append(instances, object{"name": boxes[i].Name, "storage": pool[1]})
	}
	section["volumes"], section["instances"] = volumes, instances
	f.configure(object{"projects": []object{section}})
	f.run().ok()

	for i := range pools {
		f.resize(files[i], "24MiB")
		f.must(f.source.WriteVolumeFile(f.project, files[i].Pool, files[i].Name, "big", noise(12<<20)))
		f.resize(blocks[i], "32MiB")
		f.must(f.source.WriteBlock(f.project, blocks[i].Pool, blocks[i].Name, 30<<20, noise(1<<20)))
		f.change(boxes[i], func(put *api.InstancePut) { put.Devices["root"]["size"] = "40MiB" })
		f.must(f.source.WriteFile(f.project, boxes[i].Name, "srv/big", noise(20<<20)))
	}
	f.run().ok()
	for i, pool := range pools {
		for _, ref := range []plan.Ref{files[i], blocks[i]} {
			ref.Pool = pool[1]
			want := map[bool]string{true: "24MiB", false: "32MiB"}[ref.Name == files[i].Name]
			volume, _, err := f.target.Project(f.project).GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
			f.must(err)
			if volume.Config["size"] != want {
				t.Errorf("%s has size %s on the target, want %s", ref, volume.Config["size"], want)
			}
		}
		big, err := f.target.ReadVolumeFile(f.project, pool[1], files[i].Name, "big")
		f.must(err)
		same(t, files[i], big, 12<<20)
		big, err = f.target.ReadBlock(f.project, pool[1], blocks[i].Name, 30<<20, 1<<20)
		f.must(err)
		same(t, blocks[i], big, 1<<20)
		big, err = f.target.ReadFile(f.project, boxes[i].Name, "srv/big")
		f.must(err)
		same(t, boxes[i], big, 20<<20)
		if _, devices := f.replica(boxes[i]); devices["root"]["size"] != "40MiB" {
			t.Errorf("%s has the root disk %v on the target", boxes[i], devices["root"])
		}
	}
	f.run().ok()
}

// noise is content that can't be compressed, the same for the same length.
func noise(length int) []byte {
	data := make([]byte, length)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	return data
}

func same(t *testing.T, ref plan.Ref, got []byte, length int) {
	t.Helper()
	if sha256.Sum256(got) != sha256.Sum256(noise(length)) {
		t.Errorf("%s holds something else on the target: %d bytes", ref, len(got))
	}
}

// resize changes the size of a volume on the source as a person would.
func (f *fixture) resize(ref plan.Ref, size string) {
	f.Helper()
	c := f.source.Project(f.project)
	volume, etag, err := c.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	f.must(err)
	put := volume.Writable()
	put.Config["size"] = size
	f.must(c.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag))
}
