package remote

import (
	"context"
	"fmt"
	"maps"
	"net/http"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Archive copies one snapshot of the replica, on the target, into an object of its own: a clone where the pool can. It
// carries config and devices for a restore, never starts by itself and can always be deleted. One that was begun and never finished
// is made again.
func (p *Pair) Archive(ctx context.Context, job plan.Job, action plan.Action) (err error) {
	ref := job.Replica()
	if err := p.fit(fmt.Sprintf("archive snapshot %s of %s", action.Snapshot, ref), ref); err != nil {
		return err
	}
	defer p.mends(ctx, &err, plan.Target, ref)
	ref.Name = action.Archive
	return p.again(ctx, p.calmed(ctx, plan.Target, ref, ""), func(bool) error { return p.archive(ctx, job, action) })
}

func (p *Pair) archive(ctx context.Context, job plan.Job, action plan.Action) error {
	replica := job.Replica()
	what := fmt.Sprintf("archive snapshot %s of %s as %s", action.Snapshot, replica, action.Archive)
	ref := replica
	ref.Name = action.Archive
	marks := plan.ArchiveMarks(replica, plan.Snapshot{Name: action.Snapshot, CreatedAt: action.Created}, p.owner.Identity)
	begun := maps.Clone(marks)
	delete(begun, plan.MarkCreated)
	switch held, err := p.config(ref); {
	case api.StatusErrorCheck(err, http.StatusNotFound):
	case err != nil:
		return failure(what, err)
	case isArchive(held, marks):
		return nil
	case isArchive(held, begun) && held[plan.MarkCreated] == "": // whoever made it died, and nobody knows how much is in it
		if err := p.calm(ctx, plan.Target, ref, ""); err != nil { // a server may still be at it
			return failure(what, err)
		}
		if err := p.remove(ctx, what, ref); err != nil {
			return err
		}
	default:
		return &Error{Text: fmt.Sprintf("%s: %s exists and is something else", what, ref), Hint: "rename it on the target"}
	}
	c := p.in(plan.Target, ref.Project)
	c.listen()
	fill := p.archiveInstance
	if ref.Kind == plan.Volume {
		fill = p.archiveVolume
	}
	if err := fill(ctx, what, c, replica, ref, action.Snapshot, begun); err != nil {
		return err
	}
	if err := c.mark(ctx, ref, map[string]string{plan.MarkCreated: marks[plan.MarkCreated]}); err != nil {
		return failure(what, err)
	}
	return nil
}

// archiveInstance copies an instance's snapshot into an instance of its own.
func (p *Pair) archiveInstance(ctx context.Context, what string, c *projectClient, replica, ref plan.Ref, name string, marks map[string]string) error {
	snapshot, _, err := c.GetInstanceSnapshot(replica.Name, name)
	if err != nil {
		return failure(what, err)
	}
	whole, _, err := c.GetInstance(replica.Name)
	if err != nil {
		return failure(what, err)
	}
	off, err := p.off(ref.Kind)
	if err != nil {
		return failure(what, err)
	}
	devices, dropped := archiveDevices(snapshot.Devices, snapshot.ExpandedDevices, whole)
	marks[plan.MarkDropped] = plan.DroppedText(dropped)
	here := p.at(plan.Target, ref.Project, memberOf(whole.Location))
	here.listen()
	if pool := whole.Config[plan.MarkPool]; pool != "" {
		marks[plan.MarkPool] = pool
	}
	op, err := here.CreateInstance(api.InstancesPost{
		Name: ref.Name,
		InstancePut: api.InstancePut{
			Config:   archiveConfig(snapshot.Config, marks, off),
			Devices:  devices,
			Profiles: whole.Profiles,
		},
		Source: api.InstanceSource{Type: "copy", Source: replica.Name + "/" + name, InstanceOnly: true},
	})
	return here.finish(ctx, what, op, err)
}

// archiveVolume copies a volume's snapshot into a volume of its own.
func (p *Pair) archiveVolume(ctx context.Context, what string, c *projectClient, replica, ref plan.Ref, snapshot string, marks map[string]string) error {
	held, _, err := c.GetStoragePoolVolumeSnapshot(replica.Pool, "custom", replica.Name, snapshot)
	if err != nil {
		return failure(what, err)
	}
	whole, _, err := c.GetStoragePoolVolume(replica.Pool, "custom", replica.Name)
	if err != nil {
		return failure(what, err)
	}
	config := maps.Clone(held.Config)
	if config == nil {
		config = map[string]string{}
	}
	for key := range config {
		if isMark(key) || key == "snapshots.schedule" || key == "snapshots.expiry" {
			delete(config, key)
		}
	}
	maps.Copy(config, marks)
	here := p.at(plan.Target, ref.Project, memberOf(whole.Location))
	here.listen()
	op, err := here.copyVolume(ref.Pool, replica.Name+"/"+snapshot, ref.Pool, api.StorageVolumesPost{Name: ref.Name, ContentType: whole.ContentType,
		StorageVolumePut: api.StorageVolumePut{Config: config, Description: held.Description}})
	return here.finish(ctx, what, op, err)
}

// archiveConfig overrides what a snapshot's config would make an instance do: the same as on a replica (off), and it can be
// deleted. The server merges it over the config of the snapshot, and an empty value takes a key away (seen on 6.0.4).
func archiveConfig(snapshot, marks, off map[string]string) map[string]string {
	config := map[string]string{protectionKey: "false"}
	for key, instead := range off {
		value, ok := snapshot[key]
		if ok {
			config[plan.MarkSaved+key] = value
		}
		if ok || instead != "" {
			config[key] = instead
		}
	}
	for key := range bases(snapshot) {
		config[key] = ""
	}
	config[plan.MarkStopped], config[plan.MarkFrozen], config[plan.MarkCreated] = "", "", ""
	if snapshot[plan.MarkFetched] != "" { // taken while a failback made it
		config[plan.MarkFetched], config[plan.MarkExclude] = "", ""
	}
	maps.Copy(config, marks)
	return config
}

// archiveDevices returns the devices of the archive of a snapshot, and those that it does not get. A snapshot has the devices of
// the source, pools and networks of the source's among them; what the replica has in the same form fits the target, the root disk
// lies where the replica's does, and everything else is masked.
func archiveDevices(own, inherited map[string]map[string]string, replica *api.Instance) (devices, dropped map[string]map[string]string) {
	devices, dropped = map[string]map[string]string{}, map[string]map[string]string{}
	rootName, root, _ := rootDisk(inherited)
	for name, device := range own {
		switch {
		case name == rootName:
		case maps.Equal(device, replica.Devices[name]):
			devices[name] = device
		default:
			dropped[name] = device
			devices[name] = map[string]string{"type": "none"}
		}
	}
	if root != nil {
		root = maps.Clone(root)
		if _, held, ok := rootDisk(replica.ExpandedDevices); ok {
			root["pool"] = held["pool"]
		}
		devices[rootName] = root
	}
	return devices, dropped
}

// config returns the config of an object on the target.
func (p *Pair) config(ref plan.Ref) (map[string]string, error) {
	return p.in(plan.Target, ref.Project).configOf(ref)
}

func (c *projectClient) configOf(ref plan.Ref) (map[string]string, error) {
	if ref.Kind == plan.Volume {
		volume, _, err := c.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		if err != nil {
			return nil, err
		}
		return volume.Config, nil
	}
	instance, _, err := c.GetInstance(ref.Name)
	if err != nil {
		return nil, err
	}
	return instance.Config, nil
}

// isArchive reports whether the config bears the marks.
func isArchive(config, marks map[string]string) bool {
	for key, value := range marks {
		if config[key] != value {
			return false
		}
	}
	return true
}

// DeleteArchive removes an archive or a former replica after looking at its marks once more.
func (p *Pair) DeleteArchive(ctx context.Context, job plan.Job, archive string) error {
	ref := job.Replica()
	ref.Name = archive
	return p.again(ctx, p.calmed(ctx, plan.Target, ref, ""), func(bool) error { return p.deleteArchive(ctx, job, ref) })
}

func (p *Pair) deleteArchive(ctx context.Context, job plan.Job, ref plan.Ref) error {
	what := fmt.Sprintf("delete archive %s", ref)
	config, err := p.config(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return failure(what, err)
	}
	if config[plan.MarkArchiveOf] != job.Replica().String() || config[plan.MarkReplicaOf] != p.owner.Identity {
		return &Error{Text: what + ": it is no archive of this config", Hint: "look at it on the target: somebody has changed its marks"}
	}
	if aside, _, ok := plan.AsideOf(ref, plan.Holding{Config: config}, p.owner.Identity); ok && aside.Started {
		return &Error{Text: what + ": it has been started, and may hold what was written there", Hint: "when nothing of it is needed, delete it on the target"}
	}
	return p.remove(ctx, what, ref)
}
