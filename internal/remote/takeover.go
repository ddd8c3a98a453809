package remote

import (
	"context"
	"fmt"
	"maps"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Keep takes a snapshot on a side that never expires by itself.
func (p *Pair) Keep(ctx context.Context, side plan.Side, ref plan.Ref, name string) error {
	c := p.in(side, ref.Project)
	c.listen()
	return p.again(ctx, p.calmed(ctx, side, ref, name), func(repeated bool) error {
		if repeated && hasSnapshot(c, ref, name) {
			return nil // only the answer got lost
		}
		op, err := snapshotObject(c, ref, name)
		return c.finish(ctx, fmt.Sprintf("take snapshot %s of %s on the %s", name, ref, side), op, err)
	})
}

// Halt shuts an instance on a side down cleanly, within five minutes. It bears the mark of a stop until Boot starts it.
func (p *Pair) Halt(ctx context.Context, side plan.Side, ref plan.Ref) error {
	return p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error { return p.halt(ctx, side, ref) })
}

func (p *Pair) halt(ctx context.Context, side plan.Side, ref plan.Ref) error {
	c := p.in(side, ref.Project)
	c.listen()
	if c.stopped(ref) {
		return nil
	}
	if err := c.mark(ctx, ref, map[string]string{plan.MarkStopped: p.owner.Identity}); err != nil {
		return failure(fmt.Sprintf("mark %s on the %s before it is stopped", ref, side), err)
	}
	op, err := c.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "stop", Timeout: stopTimeout}, "")
	return c.finish(ctx, fmt.Sprintf("stop %s on the %s", ref, side), op, err)
}

// Standby lets an object on the source not start by itself any more. The power state that it had is taken away, so that a later start
// leaves a trace.
func (p *Pair) Standby(ctx context.Context, ref plan.Ref, running, handedOver bool) error {
	return p.again(ctx, nil, func(bool) error { return p.standby(ctx, ref, running, handedOver) })
}

func (p *Pair) standby(ctx context.Context, ref plan.Ref, running, handedOver bool) error {
	c := p.in(plan.Source, ref.Project)
	what := fmt.Sprintf("put %s on the source on standby", ref)
	config, err := c.configOf(ref)
	if err != nil {
		return failure(what, err)
	}
	if config[plan.MarkRole] == plan.RoleStandby {
		return nil
	}
	marks := map[string]string{plan.MarkRole: plan.RoleStandby, plan.MarkStopped: "", plan.MarkFrozen: "", plan.MarkRunning: ""}
	if running {
		marks[plan.MarkRunning] = "true"
	}
	if ref.Kind == plan.Instance {
		marks[plan.MarkSaved+autostartKey], marks[autostartKey] = config[autostartKey], "false"
		state, _, err := c.GetInstanceState(ref.Name)
		if err != nil {
			return failure(what, err)
		}
		handedOver = handedOver && state.StatusCode == api.Stopped
		for _, key := range stateKeys {
			marks[key] = ""
		}
	}
	if handedOver {
		marks[plan.MarkHandedOver] = p.owner.Identity
	}
	if err := c.mark(ctx, ref, marks); err != nil {
		return failure(what, err)
	}
	return nil
}

// Resume puts the config of an object back that was on standby.
func (p *Pair) Resume(ctx context.Context, ref plan.Ref) error {
	return p.again(ctx, nil, func(bool) error { return p.resume(ctx, ref) })
}

func (p *Pair) resume(ctx context.Context, ref plan.Ref) error {
	c := p.in(plan.Source, ref.Project)
	what := fmt.Sprintf("take %s on the source from standby", ref)
	config, err := c.configOf(ref)
	if err != nil {
		return failure(what, err)
	}
	if config[plan.MarkRole] != plan.RoleStandby {
		return nil
	}
	marks := map[string]string{plan.MarkRole: "", plan.MarkRunning: "", plan.MarkHandedOver: ""}
	if ref.Kind == plan.Instance {
		marks[autostartKey], marks[plan.MarkSaved+autostartKey] = config[plan.MarkSaved+autostartKey], ""
	}
	if err := c.mark(ctx, ref, marks); err != nil {
		return failure(what, err)
	}
	return nil
}

// Activate gives a replica its original config and the devices that fit, and marks it as active. What is in doubt of its snapshots is noted
// apart: they stay in doubt when later ones, taken on the target itself, are known to be whole.
func (p *Pair) Activate(ctx context.Context, ref plan.Ref, drops []plan.Drop, doubtful []string) error {
	return p.changeRole(ctx, fmt.Sprintf("let %s on the target take over", ref), ref, plan.RoleActive, func(config map[string]string, devices map[string]map[string]string) (map[string]string, map[string]map[string]string) {
		active := activeConfig(config)
		if len(doubtful) > 0 {
			active[plan.MarkSending] = plan.NamesMark(doubtful)
		}
		return active, activeDevices(config, devices, drops)
	})
}

// Retire takes from an active object what a replica must not have, and marks it as a replica.
func (p *Pair) Retire(ctx context.Context, ref plan.Ref, snapshot string) error {
	var off map[string]string
	err := p.again(ctx, nil, func(bool) (err error) {
		off, err = p.off(ref.Kind)
		return err
	})
	if err != nil {
		return err
	}
	return p.changeRole(ctx, fmt.Sprintf("make %s on the target a replica again", ref), ref, plan.RoleReplica, func(config map[string]string, devices map[string]map[string]string) (map[string]string, map[string]map[string]string) {
		return retiredConfig(config, off, snapshot), devices
	})
}

// changeRole rewrites config and devices of an object on the target, which give it the role. A lost race is repeated, and so is a failure that may
// pass; what an earlier try has written is not changed again.
func (p *Pair) changeRole(ctx context.Context, what string, ref plan.Ref, role string,
	change func(map[string]string, map[string]map[string]string) (map[string]string, map[string]map[string]string)) error {
	c := p.in(plan.Target, ref.Project)
	c.listen()
	err := p.again(ctx, p.calmed(ctx, plan.Target, ref, ""), func(repeated bool) error {
		return raced(ctx, func() error { return c.changeRole(ctx, ref, repeated, role, change) })
	})
	if err != nil {
		return failure(what, err)
	}
	return nil
}

func (c *projectClient) changeRole(ctx context.Context, ref plan.Ref, repeated bool, role string,
	change func(map[string]string, map[string]map[string]string) (map[string]string, map[string]map[string]string)) error {
	if ref.Kind == plan.Volume {
		volume, etag, err := c.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		if err != nil || repeated && volume.Config[plan.MarkRole] == role {
			return err
		}
		put := volume.Writable()
		put.Config, _ = change(put.Config, nil)
		return c.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag)
	}
	instance, etag, err := c.GetInstance(ref.Name)
	if err != nil || repeated && instance.Config[plan.MarkRole] == role {
		return err
	}
	put := instance.Writable()
	put.Config, put.Devices = change(put.Config, put.Devices)
	op, err := c.UpdateInstance(ref.Name, put, etag)
	if err != nil {
		return err
	}
	return c.ended(ctx, op, nil)
}

// activeConfig puts back what a replica must not have. What is started next does not start with its server before Boot has done so: one that dies
// in between has its source started again, and both would work.
func activeConfig(replica map[string]string) map[string]string {
	config := maps.Clone(replica)
	if config == nil {
		config = map[string]string{}
	}
	for key := range offKeys {
		delete(config, key)
		if value, ok := config[plan.MarkSaved+key]; ok {
			config[key] = value
			delete(config, plan.MarkSaved+key)
		}
	}
	delete(config, templateKey)
	if config[plan.MarkRunning] == "true" {
		maps.Copy(config, idleMarks(config))
	}
	config[plan.MarkRole] = plan.RoleActive
	return config
}

// activeDevices puts the devices back that a replica does not have, but for those that do not fit.
func activeDevices(config map[string]string, held map[string]map[string]string, drops []plan.Drop) map[string]map[string]string {
	devices := maps.Clone(held)
	left := map[string]bool{}
	for _, drop := range drops {
		left[drop.Device] = true
	}
	for name, device := range plan.DroppedDevices(config) {
		if !left[name] {
			devices[name] = device
		}
	}
	return devices
}

// retiredConfig is the config of an active object that becomes a replica: what it wrote itself stays, and what makes it act by
// itself is saved and taken away, its power state too.
func retiredConfig(active, off map[string]string, snapshot string) map[string]string {
	config := maps.Clone(active)
	for key, instead := range off {
		value, set := config[key]
		if _, saved := config[plan.MarkSaved+key]; set && !saved { // one that was never started has it saved
			config[plan.MarkSaved+key] = value
		}
		delete(config, key)
		if instead != "" {
			config[key] = instead
		}
	}
	for _, key := range stateKeys {
		delete(config, key)
	}
	delete(config, plan.MarkStopped)
	config[plan.MarkRole] = plan.RoleReplica
	if snapshot != "" {
		config[plan.MarkComplete] = snapshot
		delete(config, plan.MarkAhead)
	}
	return config
}

// Unadopt gives an object that was adopted the name of its fetching back, with the mark.
func (p *Pair) Unadopt(ctx context.Context, side plan.Side, ref plan.Ref, name string) error {
	return p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error { return p.unadopt(ctx, side, ref, name) })
}

func (p *Pair) unadopt(ctx context.Context, side plan.Side, ref plan.Ref, name string) error {
	what := fmt.Sprintf("give %s on the %s its name %s back", ref, side, name)
	c := p.in(side, ref.Project)
	fetched := ref
	fetched.Name = name
	there, err := c.exists(fetched)
	if err != nil {
		return failure(what, err)
	}
	if there {
		return nil // it never was adopted
	}
	config, err := c.configOf(ref)
	if err != nil {
		return failure(what, err)
	}
	if config[plan.MarkRestored] != p.owner.Identity && config[plan.MarkFetched] == "" {
		return &Error{Text: what + ": it is something else", Hint: "look at it there"}
	}
	marks := map[string]string{plan.MarkFetched: plan.FetchedMark(p.owner.Identity, ref), plan.MarkExclude: "true", plan.MarkRestored: "", plan.MarkStopped: ""}
	maps.Copy(marks, idleMarks(config))
	if err := c.mark(ctx, ref, marks); err != nil {
		return failure(what, err)
	}
	return c.rename(ctx, what, ref, name)
}
