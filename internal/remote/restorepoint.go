package remote

import (
	"context"
	"maps"
	"strings"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// pointObject is a restore point that can be sent to the other server, or copied on its own.
type pointObject interface {
	object
	copy(ctx context.Context, c *projectClient) error
}

// idleMarks let an instance that is not whole yet, or has no name of its own yet, not start with its server, and save what that was before. A
// server that dies in the copy and starts it, half as it is, can't delete it any more ("Not a Btrfs subvolume", seen on 6.0.4).
func idleMarks(config map[string]string) map[string]string {
	if config[autostartKey] == "" || config[autostartKey] == "false" {
		return nil
	}
	return map[string]string{plan.MarkSaved + autostartKey: config[autostartKey], autostartKey: "false"}
}

// reversed is the mode in which the connection goes the same way as in the job's copies, while the data comes back. What has no
// job goes through this machine.
func reversed(mode plan.Mode) plan.Mode {
	switch mode {
	case plan.Push:
		return plan.Pull
	case plan.Pull:
		return plan.Push
	}
	return plan.Relay
}

// instancePoint is an instance that is made of a restore point.
type instancePoint struct {
	holder, snapshot string // no snapshot: the holder's own data
	made             api.InstancesPost
}

func fetchedInstance(from *projectClient, step plan.Step, made plan.Ref, marks map[string]string) (pointObject, error) {
	o := instancePoint{holder: step.From.Holder.Name}
	holder, _, err := from.GetInstance(o.holder)
	if err != nil {
		return nil, err
	}
	put := holder.Writable()
	inherited := holder.ExpandedDevices
	if step.From.Within {
		o.snapshot = step.From.Snapshot
		held, _, err := from.GetInstanceSnapshot(o.holder, o.snapshot)
		if err != nil {
			return nil, err
		}
		put.Config, put.Devices, put.Profiles, inherited = held.Config, held.Devices, held.Profiles, held.ExpandedDevices
	}
	devices := originalDevices(put.Devices, put.Config)
	all := maps.Clone(inherited)
	if all == nil {
		all = map[string]map[string]string{}
	}
	maps.Copy(all, devices)
	put.Config = originalConfig(put.Config, step.Second)
	maps.Copy(put.Config, marks)
	maps.Copy(put.Config, idleMarks(put.Config))
	put.Devices = replicaDevices(devices, all, step.Pool, step.Drops)
	if step.Second {
		forgetAddresses(put.Devices)
	}
	put.Stateful, put.Ephemeral = false, false
	o.made = api.InstancesPost{Name: made.Name, InstancePut: put, Type: api.InstanceType(holder.Type),
		Source: api.InstanceSource{BaseImage: put.Config["volatile.base_image"], InstanceOnly: true}}
	return o, nil
}

func (o instancePoint) send(c incus.InstanceServer, target *peer) (incus.Operation, error) {
	var to *api.InstancePostTarget
	if target != nil {
		to = &api.InstancePostTarget{Operation: target.operation, Certificate: target.certificate, Websockets: target.secrets}
	}
	if o.snapshot == "" {
		return c.MigrateInstance(o.holder, api.InstancePost{Name: o.holder, Migration: true, InstanceOnly: true, Target: to})
	}
	return c.MigrateInstanceSnapshot(o.holder, o.snapshot, api.InstanceSnapshotPost{Name: o.snapshot, Migration: true, Target: to})
}

func (o instancePoint) receive(c incus.InstanceServer, from peer, _ bool) (incus.Operation, error) {
	request := o.made
	request.Source.Type, request.Source.Mode = "migration", migrationMode(from)
	request.Source.Operation, request.Source.Certificate, request.Source.Websockets = from.operation, from.certificate, from.secrets
	return c.CreateInstance(request)
}

func (o instancePoint) copy(ctx context.Context, c *projectClient) error {
	request := o.made
	request.Source.Type, request.Source.Source = "copy", o.holder
	if o.snapshot != "" {
		request.Source.Source += "/" + o.snapshot
	}
	// A local copy merges the config of what it copies, so what must not be there is given as empty.
	held, _, err := c.GetInstance(o.holder)
	if err != nil {
		return err
	}
	request.Config = maps.Clone(request.Config)
	given := map[string]string{}
	if o.snapshot != "" {
		snapshot, _, err := c.GetInstanceSnapshot(o.holder, o.snapshot)
		if err != nil {
			return err
		}
		maps.Copy(given, snapshot.Config)
	}
	maps.Copy(given, held.Config)
	for key := range given {
		if _, ok := request.Config[key]; !ok && !strings.HasPrefix(key, "volatile.") && !strings.HasPrefix(key, "image.") {
			request.Config[key] = ""
		}
	}
	op, err := c.CreateInstance(request)
	if err != nil {
		return err
	}
	return c.ended(ctx, op, nil)
}

// volumePoint is a custom volume that is made of a restore point.
type volumePoint struct {
	pool, name string // volume, or volume/snapshot
	target     string // pool
	made       api.StorageVolumesPost
}

func fetchedVolume(from *projectClient, step plan.Step, made plan.Ref, marks map[string]string) (pointObject, error) {
	holder := step.From.Holder
	volume, _, err := from.GetStoragePoolVolume(holder.Pool, "custom", holder.Name)
	if err != nil {
		return nil, err
	}
	o := volumePoint{pool: holder.Pool, name: holder.Name, target: step.Pool}
	put := volume.Writable()
	if step.From.Within {
		o.name += "/" + step.From.Snapshot
		held, _, err := from.GetStoragePoolVolumeSnapshot(holder.Pool, "custom", holder.Name, step.From.Snapshot)
		if err != nil {
			return nil, err
		}
		put.Config, put.Description = held.Config, held.Description
	}
	shifted := map[string]string{idmapKey: put.Config[idmapKey], nextIDMapKey: put.Config[nextIDMapKey]} // the files come as they lie there
	put.Config = originalConfig(put.Config, step.Second)
	assign(&put.Config, shifted)
	maps.Copy(put.Config, marks)
	o.made = api.StorageVolumesPost{Name: made.Name, Type: "custom", ContentType: volume.ContentType, StorageVolumePut: put}
	return o, nil
}

func (o volumePoint) send(c incus.InstanceServer, target *peer) (incus.Operation, error) {
	request := api.StorageVolumePost{Name: o.name, Pool: o.pool, Migration: true, VolumeOnly: true}
	if target != nil {
		request.Target = &api.StorageVolumePostTarget{Operation: target.operation, Certificate: target.certificate, Websockets: target.secrets}
	}
	return c.MigrateStoragePoolVolume(o.pool, request)
}

func (o volumePoint) receive(c incus.InstanceServer, from peer, _ bool) (incus.Operation, error) {
	request := o.made
	request.Source = api.StorageVolumeSource{Type: "migration", Mode: migrationMode(from), Name: o.name, Pool: o.pool, VolumeOnly: true,
		Operation: from.operation, Certificate: from.certificate, Websockets: from.secrets}
	return c.CreateStoragePoolVolumeFromMigration(o.target, request)
}

func (o volumePoint) copy(ctx context.Context, c *projectClient) error {
	op, err := c.copyVolume(o.pool, o.name, o.target, o.made)
	if err != nil {
		return err
	}
	return c.ended(ctx, op, nil)
}

// originalConfig is the config that an object had on the source: with what a replica must not have put back, and without IAB's marks.
// A second object gets an identity of its own, the first keeps the addresses of its network interfaces.
func originalConfig(held map[string]string, second bool) map[string]string {
	config := map[string]string{}
	for key, value := range held {
		switch {
		case isMark(key):
		case strings.HasPrefix(key, "volatile.") && !kept(key, second):
		default:
			config[key] = value
		}
	}
	if held[plan.MarkReplicaOf] == "" {
		return config // it was never a replica
	}
	for key, off := range offKeys {
		if config[key] == off {
			delete(config, key)
		}
		if value, ok := held[plan.MarkSaved+key]; ok {
			config[key] = value
		}
	}
	return config
}

// kept reports whether a volatile key belongs to what an object is, and not to the server that it is on.
func kept(key string, second bool) bool {
	if key == "volatile.base_image" {
		return true
	}
	return !second && (strings.HasSuffix(key, ".hwaddr") || key == "volatile.uuid" || key == "volatile.cloud-init.instance-id")
}

// originalDevices are an object's own devices, with those put back that did not fit the target.
func originalDevices(held map[string]map[string]string, config map[string]string) map[string]map[string]string {
	devices := map[string]map[string]string{}
	maps.Copy(devices, held)
	maps.Copy(devices, plan.DroppedDevices(config))
	return devices
}

// forgetAddresses takes the hardware addresses from network interfaces, of which no two may be the same in a network.
func forgetAddresses(devices map[string]map[string]string) {
	for _, device := range devices {
		if device["type"] == "nic" {
			delete(device, "hwaddr")
		}
	}
}
