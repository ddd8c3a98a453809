package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// updateTries is how often a copy of which one end never comes is made.
const updateTries = 4

// Update makes a fetched object what another one on the other side is now, by a refresh with all snapshots. Its mark is looked at
// once more: a refresh overwrites whatever has the name.
func (p *Pair) Update(ctx context.Context, job plan.Job, step plan.Step, becomes plan.Ref, progress func(bytes int64)) (int64, error) {
	ref, holder := step.Object, step.From.Holder
	what := fmt.Sprintf("send what differs from %s to %s on the %s", holder, ref, step.Side)
	if err := ctx.Err(); err != nil {
		return 0, failure(what, err)
	}
	from, to := p.in(step.From.Side, holder.Project), p.in(step.Side, ref.Project)
	from.listen()
	to.listen()
	config, err := to.configOf(ref)
	if err != nil {
		return 0, failure(what, err)
	}
	mark := plan.FetchedMark(p.owner.Identity, becomes)
	if config[plan.MarkFetched] != mark {
		return 0, &Error{Text: what + ": it is none that a restore has made", Hint: "look at it there"}
	}
	prepare := updatedInstance
	if ref.Kind == plan.Volume {
		prepare = updatedVolume
	}
	o, err := prepare(ctx, from, to, holder, ref, map[string]string{plan.MarkFetched: mark, plan.MarkExclude: "true"})
	if err != nil {
		return 0, failure(what, err)
	}
	place := p.at(step.Side, ref.Project, step.Member)
	place.listen()
	m := migration{object: o, mode: reversed(job.Mode), refresh: true, source: from, target: to, place: place, meter: &meter{report: progress}}
	calm := func() error {
		return first(p.calm(ctx, step.Side, ref, ""), p.calm(ctx, step.From.Side, holder, ""))
	}
	err = p.again(ctx, calm, func(bool) error {
		err := m.run(ctx)
		// Of many snapshots one in a row may never come to its end (seen on 6.0.4): what has arrived by then is not sent again.
		for more := updateTries - 1; more > 0 && errors.Is(err, errOneSided) && calm() == nil; more-- {
			err = m.run(ctx)
		}
		return err
	})
	if err == nil && ref.Kind == plan.Instance {
		err = to.mark(ctx, ref, map[string]string{templateKey: ""})
	}
	if err != nil {
		return m.meter.total(), failure(what, err)
	}
	return m.meter.total(), nil
}

// instanceWhole is an instance that is brought up to another one, with its history.
type instanceWhole struct {
	holder string
	made   api.InstancesPost
}

// updatedInstance gives the instance the config, devices and profiles that the holder had on the source, as a refresh changes none.
func updatedInstance(ctx context.Context, from, to *projectClient, holder, ref plan.Ref, marks map[string]string) (object, error) {
	held, _, err := from.GetInstance(holder.Name)
	if err != nil {
		return nil, err
	}
	var put api.InstancePut
	err = raced(ctx, func() error {
		present, etag, err := to.GetInstance(ref.Name)
		if err != nil {
			return err
		}
		put = present.Writable()
		_, root, _ := rootDisk(present.ExpandedDevices)
		devices := originalDevices(held.Devices, held.Config)
		all := maps.Clone(held.ExpandedDevices)
		maps.Copy(all, devices)
		put.Devices = replicaDevices(devices, all, root["pool"], nil)
		if _, disk, ok := rootDisk(put.Devices); ok {
			setSize(disk, larger(disk["size"], root["size"]))
		}
		put.Config = updatedConfig(held.Config, present.Config, marks)
		put.Profiles, put.Description, put.Stateful, put.Ephemeral = held.Profiles, held.Description, false, false
		op, err := to.UpdateInstance(ref.Name, put, etag)
		if err != nil {
			return err
		}
		return to.ended(ctx, op, nil)
	})
	if err != nil {
		return nil, err
	}
	return instanceWhole{holder: holder.Name, made: api.InstancesPost{Name: ref.Name, InstancePut: put, Type: api.InstanceType(held.Type),
		Source: api.InstanceSource{BaseImage: held.Config["volatile.base_image"]}}}, nil
}

// updatedConfig is the config that the holder had on the source, with what the server itself keeps on the object that is there. It does not
// start by itself before it has its name.
func updatedConfig(holder, present, marks map[string]string) map[string]string {
	config := originalConfig(holder, false)
	for key, value := range present {
		if _, ok := config[key]; !ok && strings.HasPrefix(key, "volatile.") {
			config[key] = value
		}
	}
	maps.Copy(config, idleMarks(config))
	maps.Copy(config, marks)
	return config
}

func (o instanceWhole) send(c incus.InstanceServer, target *peer) (incus.Operation, error) {
	request := api.InstancePost{Name: o.holder, Migration: true}
	if target != nil {
		request.Target = &api.InstancePostTarget{Operation: target.operation, Certificate: target.certificate, Websockets: target.secrets}
	}
	return c.MigrateInstance(o.holder, request)
}

func (o instanceWhole) receive(c incus.InstanceServer, from peer, refresh bool) (incus.Operation, error) {
	request := o.made
	request.Source.Type, request.Source.Mode, request.Source.Refresh = "migration", migrationMode(from), refresh
	request.Source.Operation, request.Source.Certificate, request.Source.Websockets = from.operation, from.certificate, from.secrets
	return c.CreateInstance(request)
}

// volumeWhole is a custom volume that is brought up to another one, with its history.
type volumeWhole struct {
	holder plan.Ref
	ref    plan.Ref
	made   api.StorageVolumesPost
}

// updatedVolume gives the volume the config that the holder had on the source, as a refresh changes none. How the owners of files are
// shifted comes with the files.
func updatedVolume(ctx context.Context, from, to *projectClient, holder, ref plan.Ref, marks map[string]string) (object, error) {
	held, _, err := from.GetStoragePoolVolume(holder.Pool, "custom", holder.Name)
	if err != nil {
		return nil, err
	}
	var put api.StorageVolumePut
	err = raced(ctx, func() error {
		present, etag, err := to.GetStoragePoolVolume(ref.Pool, "custom", ref.Name)
		if err != nil {
			return err
		}
		put = present.Writable()
		put.Config = updatedConfig(held.Config, present.Config, marks)
		assign(&put.Config, map[string]string{idmapKey: held.Config[idmapKey], nextIDMapKey: held.Config[nextIDMapKey]})
		setSize(put.Config, larger(held.Config["size"], present.Config["size"]))
		put.Description = held.Description
		return to.UpdateStoragePoolVolume(ref.Pool, "custom", ref.Name, put, etag)
	})
	if err != nil {
		return nil, err
	}
	return volumeWhole{holder: holder, ref: ref,
		made: api.StorageVolumesPost{Name: ref.Name, Type: "custom", ContentType: held.ContentType, StorageVolumePut: put}}, nil
}

func (o volumeWhole) send(c incus.InstanceServer, target *peer) (incus.Operation, error) {
	request := api.StorageVolumePost{Name: o.holder.Name, Pool: o.holder.Pool, Migration: true}
	if target != nil {
		request.Target = &api.StorageVolumePostTarget{Operation: target.operation, Certificate: target.certificate, Websockets: target.secrets}
	}
	return c.MigrateStoragePoolVolume(o.holder.Pool, request)
}

func (o volumeWhole) receive(c incus.InstanceServer, from peer, refresh bool) (incus.Operation, error) {
	request := o.made
	request.Source = api.StorageVolumeSource{Type: "migration", Mode: migrationMode(from), Name: o.holder.Name, Pool: o.holder.Pool,
		Refresh: refresh, Operation: from.operation, Certificate: from.certificate, Websockets: from.secrets}
	return c.CreateStoragePoolVolumeFromMigration(o.ref.Pool, request)
}

// DeleteReplaced removes an object that a failback has replaced, after looking once more whether runs may do that.
func (p *Pair) DeleteReplaced(ctx context.Context, job plan.Job, name string, snapshots []string) error {
	ref := job.Ref
	ref.Name = name
	return p.again(ctx, p.calmed(ctx, plan.Source, ref, ""), func(bool) error { return p.deleteReplaced(ctx, job.Ref, ref, snapshots) })
}

func (p *Pair) deleteReplaced(ctx context.Context, was, ref plan.Ref, snapshots []string) error {
	what := fmt.Sprintf("delete %s on the source, which a failback has replaced", ref)
	c := p.in(plan.Source, ref.Project)
	config, err := c.configOf(ref)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return failure(what, err)
	}
	held, err := c.snapshotsOf(ref)
	if err != nil {
		return failure(what, err)
	}
	var names []string
	for _, s := range held {
		names = append(names, s.Name)
	}
	rests := ref.Kind == plan.Volume || c.stopped(ref)
	if !rests || !(plan.Holding{Config: config}).Disposable(ref.Name, was, p.owner.Identity) ||
		!slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(snapshots))) {
		return &Error{Text: what + ": it was started or changed meanwhile", Hint: "look at it there; when nothing of it is needed, delete it by hand"}
	}
	if ref.Kind == plan.Instance {
		if err := c.mark(ctx, ref, map[string]string{protectionKey: ""}); err != nil {
			return failure(what, err)
		}
	}
	return p.removeOn(ctx, plan.Source, what, ref)
}
