package remote

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// follow gives a replica the source's config, devices, profiles and description, as far as a replica has them, and marks it
// as complete up to the snapshot of the copy, which has ended well. A refresh itself changes none of these. The
// server changes an instance on its own right after a copy, so a lost race is repeated. A copy that only catches up leaves
// the rest to the one behind it: volumes that the source uses may not be there yet.
func (p *Pair) follow(ctx context.Context, job plan.Job, action plan.Action) error {
	c := p.in(plan.Target, job.Replica().Project)
	if action.Phase == plan.CatchUp {
		keys := completeMarks(action)
		for _, key := range stateKeys {
			keys[key] = ""
		}
		return c.mark(ctx, job.Replica(), keys)
	}
	write := p.followInstance
	if job.Ref.Kind == plan.Volume {
		write = p.followVolume
	}
	err := p.seeAhead(ctx, c, job, &action)
	if err != nil {
		return err
	}
	if p.followKnown(ctx, c, job, action) {
		return nil
	}
	err = p.again(ctx, p.calmed(ctx, plan.Target, job.Replica(), ""), func(bool) error {
		return raced(ctx, func() error { return write(ctx, c, job, action) })
	})
	if err == nil {
		return nil
	}
	if ctx.Err() == nil { // what was sent is complete all the same, and need not be sent again
		_ = c.mark(ctx, job.Replica(), completeMarks(action))
	}
	return fmt.Errorf("everything was sent, but the replica could not be given the source's config: %w", err)
}

// seeAhead adds what the runs of other configs have taken since the last Inventory to the snapshots that are complete although they are
// dated behind the copy's own: the copy has brought them, too.
func (p *Pair) seeAhead(ctx context.Context, c *projectClient, job plan.Job, action *plan.Action) error {
	if !p.crowded(job.Ref) {
		return nil
	}
	return p.again(ctx, nil, func(bool) error {
		held, err := c.snapshotsOf(job.Replica())
		if err == nil {
			action.Ahead = plan.AheadOf(held, action.Snapshot)
		}
		return err
	})
}

// completeMarks are the marks of a replica whose copy has finished. An empty one is taken away.
func completeMarks(action plan.Action) map[string]string {
	return map[string]string{
		plan.MarkComplete: action.Snapshot,
		plan.MarkAhead:    plan.NamesMark(action.Ahead),
		plan.MarkSending:  "",
		plan.MarkBroken:   "",
	}
}

func (p *Pair) followInstance(ctx context.Context, c *projectClient, job plan.Job, action plan.Action) error {
	replica, etag, err := c.GetInstance(job.Replica().Name)
	if err != nil {
		return err
	}
	put, err := p.followedInstance(job, action, replica)
	if err != nil {
		return err
	}
	op, err := c.UpdateInstance(replica.Name, put, etag)
	if err != nil {
		return err
	}
	return c.ended(ctx, op, nil)
}

// followedInstance is what becomes of a replica whose copy has ended well.
func (p *Pair) followedInstance(job plan.Job, action plan.Action, replica *api.Instance) (api.InstancePut, error) {
	put := replica.Writable()
	off, err := p.off(job.Ref.Kind)
	if err != nil {
		return put, err
	}
	source := p.recall(job.Ref).instance
	put.Config = p.owner.followedConfig(source.Config, replica.Config, off)
	assign(&put.Config, plan.OriginMarks(job.Ref, source.Config))
	assign(&put.Config, completeMarks(action))
	assign(&put.Config, map[string]string{plan.MarkDropped: plan.DroppedText(plan.Dropped(source.ExpandedDevices, action.Drops))})
	pool := job.TargetPool
	_, held, exists := rootDisk(replica.ExpandedDevices)
	if exists {
		pool = held["pool"] // where it lies, whatever the config says now
	}
	assign(&put.Config, poolMark(source, pool))
	put.Devices = replicaDevices(source.Devices, source.ExpandedDevices, pool, action.Drops)
	if _, root, ok := rootDisk(put.Devices); ok {
		setSize(root, larger(root["size"], held["size"]))
	}
	put.Profiles, put.Description = source.Profiles, source.Description
	return put, nil
}

func (p *Pair) followVolume(_ context.Context, c *projectClient, job plan.Job, action plan.Action) error {
	ref := job.Replica()
	replica, etag, err := c.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	if err != nil {
		return err
	}
	put, err := p.followedVolume(job, action, replica)
	if err != nil {
		return err
	}
	return c.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag)
}

// followedVolume is what becomes of a replica whose copy has ended well.
func (p *Pair) followedVolume(job plan.Job, action plan.Action, replica *api.StorageVolume) (api.StorageVolumePut, error) {
	put := replica.Writable()
	off, err := p.off(job.Ref.Kind)
	if err != nil {
		return put, err
	}
	source := p.recall(job.Ref).volume
	put.Config = p.owner.followedConfig(source.Config, replica.Config, off)
	assign(&put.Config, plan.OriginMarks(job.Ref, source.Config))
	assign(&put.Config, completeMarks(action))
	assign(&put.Config, map[string]string{idmapKey: source.Config[idmapKey], nextIDMapKey: source.Config[nextIDMapKey]}) // the data came as it is there
	setSize(put.Config, larger(put.Config["size"], replica.Config["size"]))
	put.Description = source.Description
	return put, nil
}

// followKnown is follow for a replica that needs nothing but other values of config keys, as the last Inventory saw it: these are written without
// reading it once more. What somebody else has changed of it since stays until the next run, which finds it in its Inventory. done is false
// where that may not be enough, and where the server refuses: then nothing is written.
func (p *Pair) followKnown(ctx context.Context, c *projectClient, job plan.Job, action plan.Action) (done bool) {
	ref := job.Replica()
	replica, known := p.recallReplica(ref)
	if !known || action.Creates || len(action.Repairs) > 0 {
		return false
	}
	if ref.Kind == plan.Volume {
		put, err := p.followedVolume(job, action, replica.volume)
		keys := changedKeys(replica.volume.Config, put.Config, action)
		return err == nil && !clearsOwn(keys) && c.patchVolume(ref, put.Description, keys) == nil
	}
	put, err := p.followedInstance(job, action, replica.instance)
	if err != nil || !sameDevices(put.Devices, replica.instance.Devices) || !slices.Equal(put.Profiles, replica.instance.Profiles) {
		return false
	}
	keys := changedKeys(replica.instance.Config, put.Config, action)
	return !clearsOwn(keys) && c.patchInstance(ctx, ref.Name, put.Description, keys, "") == nil
}

// changedKeys are the keys in which a replica's config has to be another one, the cleared ones empty. The marks of the copy are always among
// them: the copy itself may have written others since the replica was read.
func changedKeys(config, becomes map[string]string, action plan.Action) map[string]string {
	keys := different(config, becomes)
	for key := range config {
		if _, stays := becomes[key]; !stays {
			keys[key] = ""
		}
	}
	maps.Copy(keys, completeMarks(action))
	return keys
}

func sameDevices(a, b map[string]map[string]string) bool {
	return maps.EqualFunc(a, b, maps.Equal[map[string]string, map[string]string])
}

// followedConfig is the config of a replica that exists: the source's, but for what the server itself keeps on it. Of the
// source's volatile keys only the addresses of its NICs follow.
func (o Owner) followedConfig(source, replica, off map[string]string) map[string]string {
	config := o.replicaConfig(source, off)
	maps.DeleteFunc(config, func(key, _ string) bool {
		return strings.HasPrefix(key, "volatile.") && !strings.HasSuffix(key, ".hwaddr")
	})
	for key, value := range replica {
		if strings.HasPrefix(key, "volatile.") && !strings.HasSuffix(key, ".hwaddr") {
			config[key] = value
		}
	}
	for _, key := range stateKeys {
		delete(config, key)
	}
	if drill, ok := replica[plan.MarkDrill]; ok {
		config[plan.MarkDrill] = drill
	}
	return config
}
