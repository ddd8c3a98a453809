package remote

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// cloneGrace is how long an interrupted command still waits for a clone in the making: until it is made it can't be removed.
const cloneGrace = 30 * time.Second

// Clone copies one restore point into an object of its own on its side: a clone where the pool can. It has the config that
// is in force in the restore point, no profiles, and of the devices the root disk only, so that it reaches no network, no other
// volume and no device of the host. It never starts by itself and can always be deleted.
func (p *Pair) Clone(ctx context.Context, clone plan.Clone) error {
	side, holder := clone.Of.Side, clone.Of.Holder
	what := fmt.Sprintf("clone %s of %s on the %s", clone.Of.Snapshot, holder, side)
	marks := plan.CloneMarks(clone.Purpose, p.owner.Identity)
	c := p.in(side, holder.Project)
	c.listen()
	if holder.Kind == plan.Volume {
		return p.cloneVolume(ctx, what, c, clone, marks)
	}
	request, member, err := c.cloneRequest(clone, marks)
	if err != nil {
		return failure(what, err)
	}
	here := p.at(side, holder.Project, member)
	here.listen()
	op, err := here.CreateInstance(request)
	return here.cloned(ctx, what, op, err)
}

// firstOf prefers the end of the context to what it has caused.
func firstOf(ended, err error) error {
	if ended != nil {
		return ended
	}
	return err
}

// cloneRequest asks for the clone of an instance's snapshot, or of the whole instance without its snapshots, on the same cluster member.
func (c *projectClient) cloneRequest(clone plan.Clone, marks map[string]string) (request api.InstancesPost, member string, err error) {
	whole, _, err := c.GetInstance(clone.Of.Holder.Name)
	if err != nil {
		return request, "", err
	}
	source, own, inForce, devices, inherited := whole.Name, whole.Config, whole.ExpandedConfig, whole.Devices, whole.ExpandedDevices
	if clone.Of.Within {
		snapshot, _, err := c.GetInstanceSnapshot(whole.Name, clone.Of.Snapshot)
		if err != nil {
			return request, "", err
		}
		source += "/" + clone.Of.Snapshot
		own, inForce, devices, inherited = snapshot.Config, snapshot.ExpandedConfig, snapshot.Devices, snapshot.ExpandedDevices
	}
	_, root, ok := rootDisk(whole.ExpandedDevices)
	if !ok {
		return request, "", fmt.Errorf("%s has no root disk", whole.Name)
	}
	return api.InstancesPost{
		Name: clone.Ref.Name,
		Type: api.InstanceType(whole.Type),
		InstancePut: api.InstancePut{
			Config:   cloneConfig(own, inForce, marks),
			Devices:  cloneDevices(devices, inherited, root["pool"]),
			Profiles: []string{}, // nil would be those of the source
		},
		Source: api.InstanceSource{Type: "copy", Source: source, InstanceOnly: true},
	}, memberOf(whole.Location), nil
}

// cloneConfig is the config that is in force in a restore point, without what makes an instance act by itself or protects it. The
// server merges it over the config of the source, where an empty value takes a key away.
func cloneConfig(own, inForce, marks map[string]string) map[string]string {
	config := map[string]string{}
	for key, value := range inForce {
		switch {
		case strings.HasPrefix(key, "volatile."): // the server's own
		case isMark(key), strings.HasPrefix(key, "snapshots."):
			if _, ok := own[key]; ok {
				config[key] = ""
			}
		default:
			config[key] = value
		}
	}
	config["boot.autostart"] = "false"
	config[protectionKey] = "false"
	for _, key := range []string{"security.protection.start", "boot.autorestart", "migration.stateful"} {
		if _, ok := inForce[key]; ok {
			config[key] = "false"
		}
	}
	config[plan.MarkExclude] = "true"
	maps.Copy(config, marks)
	return config
}

// cloneDevices keeps the root disk, in the pool where the source of the clone lies, and masks everything else.
func cloneDevices(own, inherited map[string]map[string]string, pool string) map[string]map[string]string {
	devices := map[string]map[string]string{}
	for name := range own {
		devices[name] = map[string]string{"type": "none"}
	}
	if name, root, ok := rootDisk(inherited); ok {
		root = maps.Clone(root)
		root["pool"] = pool
		devices[name] = root
	}
	return devices
}

func (p *Pair) cloneVolume(ctx context.Context, what string, c *projectClient, clone plan.Clone, marks map[string]string) error {
	holder := clone.Of.Holder
	whole, _, err := c.GetStoragePoolVolume(holder.Pool, "custom", holder.Name)
	if err != nil {
		return failure(what, err)
	}
	source, held := holder.Name, whole.Config
	if clone.Of.Within {
		snapshot, _, err := c.GetStoragePoolVolumeSnapshot(holder.Pool, "custom", holder.Name, clone.Of.Snapshot)
		if err != nil {
			return failure(what, err)
		}
		source, held = source+"/"+clone.Of.Snapshot, snapshot.Config
	}
	config := map[string]string{}
	for key, value := range held {
		if !isMark(key) && !strings.HasPrefix(key, "snapshots.") {
			config[key] = value
		}
	}
	config[plan.MarkExclude] = "true"
	maps.Copy(config, marks)
	here := p.at(clone.Of.Side, holder.Project, memberOf(whole.Location))
	here.listen()
	op, err := here.copyVolume(holder.Pool, source, holder.Pool, api.StorageVolumesPost{Name: clone.Ref.Name, ContentType: whole.ContentType,
		StorageVolumePut: api.StorageVolumePut{Config: config}})
	return here.cloned(ctx, what, op, err)
}

// cloned waits for a clone in the making. At the end of the context it does so for a moment more.
func (c *projectClient) cloned(ctx context.Context, what string, op incus.Operation, err error) error {
	if err == nil {
		err = c.ended(ctx, op, nil)
		if ctx.Err() != nil {
			grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cloneGrace)
			defer cancel()
			_ = c.ended(grace, op, nil)
		}
	}
	if err != nil {
		return failure(what, firstOf(ctx.Err(), err))
	}
	return nil
}

// DeleteClone removes a temporary clone after looking at its marks once more, and stops it first if it runs.
func (p *Pair) DeleteClone(ctx context.Context, side plan.Side, ref plan.Ref) error {
	return p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error { return p.deleteClone(ctx, side, ref) })
}

func (p *Pair) deleteClone(ctx context.Context, side plan.Side, ref plan.Ref) error {
	what := fmt.Sprintf("delete the temporary clone %s on the %s", ref, side)
	c := p.in(side, ref.Project)
	config, err := c.configOf(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return failure(what, err)
	}
	if !(plan.Holding{Config: config}).IsClone(p.owner.Identity) {
		return &Error{Text: what + ": it is no clone of this config", Hint: "look at it: somebody has changed its marks"}
	}
	c.listen()
	if err := c.deleteExports(ctx, ref); err != nil {
		return failure(what, err)
	}
	if ref.Kind == plan.Volume {
		if err := c.DeleteStoragePoolVolume(ref.Pool, "custom", ref.Name); err != nil && !api.StatusErrorCheck(err, http.StatusNotFound) {
			return failure(what, err)
		}
		return nil
	}
	if op, err := c.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "stop", Force: true, Timeout: -1}, ""); err == nil {
		_ = c.ended(ctx, op, nil) // one that does not run can't be stopped; whether it can be deleted is what counts
	}
	op, err := c.DeleteInstance(ref.Name)
	return c.finish(ctx, what, op, err)
}
