package remote

import (
	"context"
	"fmt"
	"net/http"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

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
