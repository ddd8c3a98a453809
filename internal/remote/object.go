package remote

import (
	"fmt"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// object is what differs between an instance and a volume for a copy. This is the last place that tells kinds apart.
type object interface {
	// send asks the source to offer the object for a migration; with a target it pushes to it.
	send(c incus.InstanceServer, target *peer) (incus.Operation, error)
	// receive asks the target to take the object.
	receive(c incus.InstanceServer, from peer, refresh bool) (incus.Operation, error)
}

// peer is one end of a migration as the other end has to know it. The zero peer makes the end wait for connections.
type peer struct {
	operation   string // address of the operation
	certificate string
	secrets     map[string]string
}

// neverExpires is the expiry date that overrides the object's own snapshots.expiry.
func neverExpires() *time.Time { return &time.Time{} }

// snapshotObject starts the making of a snapshot.
func snapshotObject(c incus.InstanceServer, ref plan.Ref, name string) (incus.Operation, error) {
	if ref.Kind == plan.Volume {
		return c.CreateStoragePoolVolumeSnapshot(ref.Pool, "custom", ref.Name,
			api.StorageVolumeSnapshotsPost{Name: name, ExpiresAt: neverExpires()})
	}
	return c.CreateInstanceSnapshot(ref.Name, api.InstanceSnapshotsPost{Name: name, ExpiresAt: neverExpires()})
}

// deleteSnapshot starts the deletion of a snapshot.
func deleteSnapshot(c incus.InstanceServer, ref plan.Ref, name string) (incus.Operation, error) {
	if ref.Kind == plan.Volume {
		return c.DeleteStoragePoolVolumeSnapshot(ref.Pool, "custom", ref.Name, name)
	}
	return c.DeleteInstanceSnapshot(ref.Name, name)
}

// hasSnapshot reports whether the server knows a snapshot of that name. What can't be asked is not known.
func hasSnapshot(c incus.InstanceServer, ref plan.Ref, name string) bool {
	var err error
	if ref.Kind == plan.Volume {
		_, _, err = c.GetStoragePoolVolumeSnapshot(ref.Pool, "custom", ref.Name, name)
	} else {
		_, _, err = c.GetInstanceSnapshot(ref.Name, name)
	}
	return err == nil
}

// renameSnapshot starts the renaming of a snapshot.
func renameSnapshot(c incus.InstanceServer, ref plan.Ref, from, to string) (incus.Operation, error) {
	if ref.Kind == plan.Volume {
		return c.RenameStoragePoolVolumeSnapshot(ref.Pool, "custom", ref.Name, from, api.StorageVolumeSnapshotPost{Name: to})
	}
	return c.RenameInstanceSnapshot(ref.Name, from, api.InstanceSnapshotPost{Name: to})
}

// instanceObject copies an instance.
type instanceObject struct {
	source    api.Instance
	replica   api.InstancesPost
	leavesOut bool // older snapshots are not sent
}

func (p *Pair) instanceObject(job plan.Job, action plan.Action) (object, error) {
	source := p.recall(job.Ref).instance
	if source == nil {
		read, _, err := p.in(plan.Source, job.Ref.Project).GetInstance(job.Ref.Name)
		if err != nil {
			return nil, err
		}
		source = read
		p.remember(job.Ref, definition{instance: source})
	}
	off, err := p.off(job.Ref.Kind)
	if err != nil {
		return nil, err
	}
	put := source.Writable()
	put.Config = p.owner.replicaConfig(source.Config, off)
	assign(&put.Config, plan.OriginMarks(job.Ref, source.Config))
	assign(&put.Config, map[string]string{plan.MarkDropped: plan.DroppedText(plan.Dropped(source.ExpandedDevices, action.Drops))})
	assign(&put.Config, poolMark(source, job.TargetPool))
	put.Devices = replicaDevices(source.Devices, source.ExpandedDevices, job.TargetPool, action.Drops)
	put.Stateful, put.Ephemeral = false, false
	return instanceObject{
		source:    *source,
		leavesOut: len(action.LeavesOut) > 0,
		replica: api.InstancesPost{
			Name:        job.Replica().Name,
			InstancePut: put,
			Type:        api.InstanceType(source.Type),
			Source:      api.InstanceSource{BaseImage: source.Config["volatile.base_image"]},
		},
	}, nil
}

func (o instanceObject) send(c incus.InstanceServer, target *peer) (incus.Operation, error) {
	request := api.InstancePost{Name: o.source.Name, Migration: true}
	if target != nil {
		request.Target = &api.InstancePostTarget{Operation: target.operation, Certificate: target.certificate, Websockets: target.secrets}
	}
	return c.MigrateInstance(o.source.Name, request)
}

func (o instanceObject) receive(c incus.InstanceServer, from peer, refresh bool) (incus.Operation, error) {
	request := o.replica
	request.Source.Type, request.Source.Mode, request.Source.Refresh = "migration", migrationMode(from), refresh
	request.Source.RefreshExcludeOlder = o.leavesOut
	request.Source.Operation, request.Source.Certificate, request.Source.Websockets = from.operation, from.certificate, from.secrets
	return c.CreateInstance(request)
}

// volumeObject copies a custom volume.
type volumeObject struct {
	ref       plan.Ref
	pool      string // on the target
	replica   api.StorageVolumesPost
	leavesOut bool // older snapshots are not sent
}

func (p *Pair) volumeObject(job plan.Job, action plan.Action) (object, error) {
	source := p.recall(job.Ref).volume
	if source == nil {
		read, _, err := p.in(plan.Source, job.Ref.Project).GetStoragePoolVolume(job.Ref.Pool, "custom", job.Ref.Name)
		if err != nil {
			return nil, err
		}
		source = read
		p.remember(job.Ref, definition{volume: source})
	}
	off, err := p.off(job.Ref.Kind)
	if err != nil {
		return nil, err
	}
	config := api.ConfigMap(p.owner.replicaConfig(source.Config, off))
	assign(&config, plan.OriginMarks(job.Ref, source.Config))
	return volumeObject{
		ref:       job.Ref,
		pool:      job.TargetPool,
		leavesOut: len(action.LeavesOut) > 0,
		replica: api.StorageVolumesPost{
			Name:             job.Replica().Name,
			Type:             "custom",
			ContentType:      source.ContentType,
			StorageVolumePut: api.StorageVolumePut{Config: config, Description: source.Description},
		},
	}, nil
}

func (o volumeObject) send(c incus.InstanceServer, target *peer) (incus.Operation, error) {
	request := api.StorageVolumePost{Name: o.ref.Name, Pool: o.ref.Pool, Migration: true}
	if target != nil {
		request.Target = &api.StorageVolumePostTarget{Operation: target.operation, Certificate: target.certificate, Websockets: target.secrets}
	}
	return c.MigrateStoragePoolVolume(o.ref.Pool, request)
}

func (o volumeObject) receive(c incus.InstanceServer, from peer, refresh bool) (incus.Operation, error) {
	request := o.replica
	request.Source = api.StorageVolumeSource{Type: "migration", Mode: migrationMode(from), Name: o.ref.Name, Pool: o.ref.Pool,
		Refresh: refresh, RefreshExcludeOlder: o.leavesOut, Operation: from.operation, Certificate: from.certificate, Websockets: from.secrets}
	return c.CreateStoragePoolVolumeFromMigration(o.pool, request)
}

// migrationMode is the server's word for who connects: "pull" when the receiver knows the sender's address.
func migrationMode(from peer) string {
	if from.operation == "" {
		return "push"
	}
	return "pull"
}

// object returns what has to be copied for a job.
func (p *Pair) object(job plan.Job, action plan.Action) (object, error) {
	switch job.Ref.Kind {
	case plan.Instance:
		return p.instanceObject(job, action)
	case plan.Volume:
		return p.volumeObject(job, action)
	}
	return nil, fmt.Errorf("unknown kind %q", job.Ref.Kind)
}
