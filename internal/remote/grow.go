package remote

import (
	"context"
	"fmt"
	"maps"

	"github.com/lxc/incus/v6/shared/units"

	"iab/internal/plan"
)

// grow gives an existing replica the room of its source before the data comes. A refresh changes no size, and what was
// written into the added room does not fit before ("Disk quota exceeded" on btrfs; seen on 6.0.4).
func (p *Pair) grow(ctx context.Context, job plan.Job, action plan.Action) error {
	if action.Creates {
		return nil
	}
	wanted, change := p.recall(job.Ref).size(), p.growVolume
	if job.Ref.Kind == plan.Instance {
		change = p.growInstance
	}
	if replica, known := p.recallReplica(job.Replica()); known && larger(wanted, replica.size()) == replica.size() {
		return nil
	}
	if err := raced(ctx, func() error { return change(ctx, job.Replica(), wanted) }); err != nil {
		return fmt.Errorf("give the replica the size of its source: %w", err)
	}
	return nil
}

func (p *Pair) growInstance(ctx context.Context, ref plan.Ref, wanted string) error {
	c := p.in(plan.Target, ref.Project)
	replica, etag, err := c.GetInstance(ref.Name)
	if err != nil {
		return err
	}
	put := replica.Writable()
	name, held, ok := rootDisk(replica.ExpandedDevices)
	size := larger(wanted, held["size"])
	if !ok || size == held["size"] {
		return nil
	}
	root := maps.Clone(held)
	setSize(root, size)
	if put.Devices == nil {
		put.Devices = map[string]map[string]string{}
	}
	put.Devices[name] = root
	op, err := c.UpdateInstance(ref.Name, put, etag)
	if err != nil {
		return err
	}
	return c.ended(ctx, op, nil)
}

func (p *Pair) growVolume(_ context.Context, ref plan.Ref, wanted string) error {
	c := p.in(plan.Target, ref.Project)
	replica, etag, err := c.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
	if err != nil {
		return err
	}
	put := replica.Writable()
	size := larger(wanted, put.Config["size"])
	if size == put.Config["size"] {
		return nil
	}
	if put.Config == nil {
		put.Config = map[string]string{}
	}
	setSize(put.Config, size)
	return c.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag)
}

// larger returns the larger of two sizes as Incus writes them: a volume or root disk grows with its source and never shrinks
// under its data. Empty is no limit, and the source's word counts then.
func larger(source, replica string) string {
	if source == "" || replica == "" {
		return source
	}
	wanted, err := units.ParseByteSizeString(source)
	if err != nil {
		return source
	}
	if held, err := units.ParseByteSizeString(replica); err == nil && held > wanted {
		return replica
	}
	return source
}

// setSize writes a size into a volume's config or a disk; empty is no limit.
func setSize(keys map[string]string, size string) {
	if size == "" {
		delete(keys, "size")
		return
	}
	keys["size"] = size
}
