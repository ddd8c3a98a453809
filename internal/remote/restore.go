package remote

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Revert puts an object on a side back to a snapshot of its own. The config comes back with it, but for IAB's marks: they say what the
// object is now, not what it was then. So does the mark of a stop, which is set anew on the source. A description, which snapshots of instances do
// not have (seen on 6.0.4), stays.
func (p *Pair) Revert(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string, running bool) error {
	what := fmt.Sprintf("put %s on the %s back to snapshot %s", ref, side, snapshot)
	c := p.in(side, ref.Project)
	c.listen()
	if ref.Kind == plan.Volume {
		return p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error {
			if err := c.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, api.StorageVolumePut{Restore: snapshot}, ""); err != nil {
				return failure(what, err)
			}
			return nil
		})
	}
	var before *api.Instance // every try, since one may have put the config back
	err := p.again(ctx, nil, func(bool) (err error) {
		before, _, err = c.GetInstance(ref.Name)
		return err
	})
	if err != nil {
		return failure(what, err)
	}
	err = p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error {
		op, err := c.UpdateInstance(ref.Name, api.InstancePut{Restore: snapshot}, "")
		return c.finish(ctx, what, op, err)
	})
	if err != nil {
		return err
	}
	err = p.again(ctx, nil, func(bool) error {
		return raced(ctx, func() error { return c.reverted(ctx, before, running && side == plan.Source) })
	})
	if err != nil {
		return failure(what, err)
	}
	return nil
}

// reverted gives an instance back what it had before and a snapshot does not have, and the mark of a stop if it has to run.
func (c *projectClient) reverted(ctx context.Context, before *api.Instance, running bool) error {
	after, etag, err := c.GetInstance(before.Name)
	if err != nil {
		return err
	}
	marks := marksOfNow(before.Config, after.Config)
	marks[plan.MarkStopped], marks[plan.MarkFrozen] = "", ""
	if running {
		marks[plan.MarkStopped] = c.pair.owner.Identity
	}
	marks = different(after.Config, marks)
	if len(marks) == 0 && after.Description == before.Description {
		return nil
	}
	after.Description = before.Description
	return c.change(ctx, after, marks, etag)
}

// marksOfNow are the changes that give an object the marks back that it had before its config became that of a snapshot. A snapshot that was
// taken while something was being made of the object says that no job takes it; nobody had asked for that.
func marksOfNow(before, after map[string]string) map[string]string {
	marks := map[string]string{}
	for key := range after {
		if isMark(key) {
			marks[key] = ""
		}
	}
	for key, value := range before {
		if isMark(key) {
			marks[key] = value
		}
	}
	if after[plan.MarkFetched] != "" || after[plan.MarkKept] != "" {
		marks[plan.MarkExclude] = before[plan.MarkExclude]
	}
	return marks
}

// Fetch makes a new object of a restore point, on its own side or on the other one, with the config that the point's object had
// on the source. It bears plan.MarkFetched until it is adopted.
func (p *Pair) Fetch(ctx context.Context, job plan.Job, step plan.Step, becomes plan.Ref, progress func(bytes int64)) (int64, error) {
	made := becomes
	made.Name = step.Name
	what := fmt.Sprintf("make %s of snapshot %s of %s", made, step.From.Snapshot, step.From.Holder)
	if err := ctx.Err(); err != nil {
		return 0, failure(what, err)
	}
	from, to := p.in(step.From.Side, step.From.Holder.Project), p.in(step.Side, made.Project)
	from.listen()
	to.listen()
	marks := map[string]string{plan.MarkFetched: plan.FetchedMark(p.owner.Identity, becomes), plan.MarkExclude: "true"}
	point := fetchedInstance
	if made.Kind == plan.Volume {
		point = fetchedVolume
	}
	var o pointObject
	err := p.again(ctx, nil, func(bool) (err error) {
		o, err = point(from, step, made, marks)
		return err
	})
	if err != nil {
		return 0, failure(what, err)
	}
	place := p.at(step.Side, made.Project, step.Member)
	place.listen()
	m := migration{object: o, mode: reversed(job.Mode), source: from, target: to, place: place, meter: &meter{report: progress}}
	clear := func() error { return p.deleteFetched(ctx, step.Side, made, becomes) } // what a try has left is no beginning of the next
	err = p.again(ctx, clear, func(bool) error {
		if step.From.Side == step.Side {
			return o.copy(ctx, place)
		}
		return m.run(ctx)
	})
	if err == nil && made.Kind == plan.Instance && !step.Second {
		err = to.mark(ctx, made, map[string]string{templateKey: ""})
	}
	if err != nil {
		return m.meter.total(), failure(what, err)
	}
	return m.meter.total(), nil
}

// templateKey is how a server remembers that the first start of an instance which it has made as a copy writes files of it anew from the
// templates of its image, such as its host name (seen on 6.0.4). That is right for a second instance. What comes back under its name, or
// takes over, keeps its files as they are.
const templateKey = "volatile.apply_template"

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

// Rename gives an object that is replaced another name: it never starts by itself any more, and says what it was. Whoever dies before
// the rename has changed nothing of that; one that died behind it is continued.
func (p *Pair) Rename(ctx context.Context, side plan.Side, ref plan.Ref, name, replaced string) error {
	return p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error { return p.renameAside(ctx, side, ref, name, replaced) })
}

func (p *Pair) renameAside(ctx context.Context, side plan.Side, ref plan.Ref, name, replaced string) error {
	what := fmt.Sprintf("rename %s to %s on the %s", ref, name, side)
	c := p.in(side, ref.Project)
	c.listen()
	kept := ref
	kept.Name = name
	config, err := c.configOf(kept)
	switch {
	case api.StatusErrorCheck(err, http.StatusNotFound):
		if config, err = c.configOf(ref); err != nil {
			return failure(what, err)
		}
		marks := map[string]string{plan.MarkKept: ref.String(), plan.MarkReplaced: replaced}
		if config[plan.MarkStopped] == p.owner.Identity {
			marks[plan.MarkRunning] = "true"
		}
		if err := c.mark(ctx, ref, marks); err != nil {
			return failure(what, err)
		}
		if err := c.rename(ctx, what, ref, name); err != nil {
			return err
		}
	case err != nil:
		return failure(what, err)
	case config[plan.MarkKept] != ref.String():
		return &Error{Text: what + ": that name is taken", Hint: "look at both on that server"}
	}
	if err := c.mark(ctx, kept, keptMarks(kept, config)); err != nil {
		return failure(what, err)
	}
	return nil
}

// autostartKey lets an instance start with its server.
const autostartKey = "boot.autostart"

// keptMarks are the marks of an object that a restore has replaced, besides plan.MarkKept, and what it must not have any more.
func keptMarks(kept plan.Ref, config map[string]string) map[string]string {
	marks := map[string]string{plan.MarkExclude: "true", plan.MarkStopped: "", plan.MarkFrozen: "", plan.MarkFetched: ""}
	if kept.Kind == plan.Instance && config[autostartKey] != "false" {
		marks[plan.MarkSaved+autostartKey], marks[autostartKey] = config[autostartKey], "false"
	}
	return marks
}

// Unkeep gives an object that Rename has kept its own name back, and takes the marks away.
func (p *Pair) Unkeep(ctx context.Context, side plan.Side, ref plan.Ref, name string) error {
	kept := ref
	kept.Name = name
	return p.again(ctx, p.calmed(ctx, side, kept, ""), func(bool) error { return p.unkeep(ctx, side, ref, kept) })
}

func (p *Pair) unkeep(ctx context.Context, side plan.Side, ref, kept plan.Ref) error {
	what := fmt.Sprintf("give %s its name %s back", kept.Name, ref)
	c := p.in(side, ref.Project)
	config, err := c.configOf(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		if err := c.rename(ctx, what, kept, ref.Name); err != nil {
			return err
		}
		config, err = c.configOf(ref)
	}
	if err != nil {
		return failure(what, err)
	}
	if config[plan.MarkKept] != ref.String() {
		there, err := c.exists(kept)
		switch {
		case err != nil:
			return failure(what, err)
		case config[plan.MarkKept] == "" && !there:
			return nil // it was never marked and never renamed
		}
		return &Error{Text: what + ": that name is taken", Hint: "look at both on that server"}
	}
	marks := map[string]string{plan.MarkKept: "", plan.MarkReplaced: "", plan.MarkExclude: ""}
	standby := config[plan.MarkRole] == plan.RoleStandby
	if !standby && config[plan.MarkRunning] == "true" {
		marks[plan.MarkStopped], marks[plan.MarkRunning] = p.owner.Identity, ""
	}
	if _, saved := config[plan.MarkSaved+autostartKey]; ref.Kind == plan.Instance && !standby && (saved || config[plan.MarkExclude] == "true") {
		marks[autostartKey] = config[plan.MarkSaved+autostartKey]
		marks[plan.MarkSaved+autostartKey] = ""
	}
	if err := c.mark(ctx, ref, marks); err != nil {
		return failure(what, err)
	}
	return nil
}

func (c *projectClient) exists(ref plan.Ref) (bool, error) {
	_, err := c.configOf(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (c *projectClient) rename(ctx context.Context, what string, ref plan.Ref, name string) error {
	if ref.Kind == plan.Volume {
		if err := c.RenameStoragePoolVolume(ref.Pool, "custom", ref.Name, api.StorageVolumePost{Name: name}); err != nil {
			return failure(what, err)
		}
		return nil
	}
	op, err := c.RenameInstance(ref.Name, api.InstancePost{Name: name})
	return c.finish(ctx, what, op, err)
}

// Adopt gives a fetched object its name, and takes the marks of the fetching away. With followed the next run makes a new replica of
// it by itself. The marks that count are set before the rename: whoever dies behind it has left the object as it is to be.
func (p *Pair) Adopt(ctx context.Context, side plan.Side, ref plan.Ref, name string, followed, running bool) error {
	named := ref
	named.Name = name
	what := fmt.Sprintf("name %s %s on the %s", ref, name, side)
	c := p.in(side, ref.Project)
	c.listen()
	err := p.again(ctx, p.calmed(ctx, side, ref, ""), func(repeated bool) error {
		if repeated {
			if there, err := c.exists(ref); err != nil || !there {
				_, gone := c.configOf(named) // else only the answer got lost
				return first(err, gone)
			}
		}
		return p.adopt(ctx, c, what, ref, name, followed, running)
	})
	if err != nil {
		return failure(what, err)
	}
	if err := c.mark(ctx, named, map[string]string{plan.MarkFetched: ""}); err != nil {
		return failure(what, err)
	}
	if ref.Kind == plan.Volume {
		if err := p.again(ctx, nil, func(bool) error { return c.lead(ctx, named) }); err != nil {
			return failure(fmt.Sprintf("attach %s on the %s again", named, side), err)
		}
	}
	return nil
}

// adopt sets the marks of what has its name, and gives it that.
func (p *Pair) adopt(ctx context.Context, c *projectClient, what string, ref plan.Ref, name string, followed, running bool) error {
	marks := map[string]string{plan.MarkExclude: "", plan.MarkRestored: "", plan.MarkStopped: ""}
	if followed {
		marks[plan.MarkRestored] = p.owner.Identity
	}
	if running {
		marks[plan.MarkStopped] = p.owner.Identity
	}
	config, err := c.configOf(ref)
	if err != nil {
		return err
	}
	if value, ok := config[plan.MarkSaved+autostartKey]; ok {
		marks[autostartKey], marks[plan.MarkSaved+autostartKey] = value, ""
	}
	if err := c.mark(ctx, ref, marks); err != nil {
		return err
	}
	return c.rename(ctx, what, ref, name)
}

// DeleteFetched removes what an interrupted restore has left, after looking at its mark once more.
func (p *Pair) DeleteFetched(ctx context.Context, side plan.Side, ref, becomes plan.Ref) error {
	return p.again(ctx, nil, func(bool) error { return p.deleteFetched(ctx, side, ref, becomes) })
}

func (p *Pair) deleteFetched(ctx context.Context, side plan.Side, ref, becomes plan.Ref) error {
	what := fmt.Sprintf("delete %s on the %s, which an interrupted restore has left", ref, side)
	c := p.in(side, ref.Project)
	// A copy that a killed restore has left goes on, and to delete what it writes to would spoil that for good.
	if err := p.calm(ctx, side, ref, ""); err != nil {
		return failure(what, err)
	}
	config, err := c.configOf(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return failure(what, err)
	}
	if config[plan.MarkFetched] != plan.FetchedMark(p.owner.Identity, becomes) || ref == becomes {
		return &Error{Text: what + ": its marks were changed", Hint: "look at it there"}
	}
	if gone, err := p.takenAway(ctx, side, ref); gone || err != nil {
		return err
	}
	if ref.Kind == plan.Instance {
		if err := c.mark(ctx, ref, map[string]string{protectionKey: ""}); err != nil {
			return failure(what, err)
		}
	}
	return p.removeOn(ctx, side, what, ref)
}

// Boot starts an object on a side. One that runs is no error.
func (p *Pair) Boot(ctx context.Context, side plan.Side, ref plan.Ref) error {
	if side == plan.Source {
		return p.Start(ctx, ref)
	}
	return p.again(ctx, p.calmed(ctx, side, ref, ""), func(bool) error { return p.boot(ctx, side, ref) }) // a copy home that was left may just be ending
}

func (p *Pair) boot(ctx context.Context, side plan.Side, ref plan.Ref) error {
	c := p.in(side, ref.Project)
	c.listen()
	what := fmt.Sprintf("start %s on the %s", ref, side)
	if !c.running(ref) {
		op, err := c.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "start", Timeout: -1}, "")
		if err := c.finish(ctx, what, op, err); err != nil {
			return err
		}
	}
	config, err := c.configOf(ref)
	if err != nil {
		return failure(what, err)
	}
	marks := map[string]string{plan.MarkStopped: ""}
	if value, ok := config[plan.MarkSaved+autostartKey]; ok && config[plan.MarkRole] == plan.RoleActive {
		marks[autostartKey], marks[plan.MarkSaved+autostartKey] = value, ""
	}
	if err := c.mark(ctx, ref, marks); err != nil {
		return failure(what, err)
	}
	return nil
}
