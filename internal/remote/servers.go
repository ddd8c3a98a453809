package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

const (
	// stopTimeout is how long a guest has to shut down cleanly, in seconds.
	stopTimeout = 300
	// stopGrace is how long an interrupted run still waits for a guest that was already told to shut down: until it is
	// down it can't be started again.
	stopGrace = time.Minute
)

// Stop shuts an instance on the source down cleanly, within five minutes. When the context ends it waits up to a minute
// more for the shutdown that the guest has begun.
func (p *Pair) Stop(ctx context.Context, ref plan.Ref) (err error) {
	if err := p.fit(fmt.Sprintf("stop %s", ref), ref); err != nil {
		return err
	}
	defer p.mends(ctx, &err, plan.Source, ref)
	return p.patiently(ctx, ref, func() error {
		return p.again(ctx, p.calmed(ctx, plan.Source, ref, ""), func(bool) error { return p.stop(ctx, ref) })
	})
}

func (p *Pair) stop(ctx context.Context, ref plan.Ref) error {
	c := p.in(plan.Source, ref.Project)
	c.listen()
	if err := p.claim(ctx, ref, plan.MarkStopped); err != nil {
		return failure(fmt.Sprintf("mark %s before it is stopped", ref), err)
	}
	op, err := c.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "stop", Timeout: stopTimeout}, "")
	if err == nil {
		err = c.ended(ctx, op, nil)
	}
	if ctx.Err() != nil {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		if op != nil {
			_ = c.ended(grace, op, nil)
		}
		return failure(fmt.Sprintf("stop %s", ref), ctx.Err())
	}
	if err != nil && !c.stopped(ref) {
		return failure(fmt.Sprintf("stop %s", ref), err)
	}
	return nil
}

// stopped reports whether the server knows that an instance does not run: Incus refuses to stop one that is down.
func (c *projectClient) stopped(ref plan.Ref) bool {
	state, _, err := c.GetInstanceState(ref.Name)
	return err == nil && state.StatusCode == api.Stopped
}

// Start starts an instance on the source unless it runs.
func (p *Pair) Start(ctx context.Context, ref plan.Ref) error {
	start := func() error {
		return p.again(ctx, p.calmed(ctx, plan.Source, ref, ""), func(bool) error { return p.start(ctx, ref) })
	}
	err := start()
	p.mends(ctx, &err, plan.Source, ref)
	if err != nil && p.fit("", ref) != nil {
		return start() // what was in the way is removed
	}
	return err
}

func (p *Pair) start(ctx context.Context, ref plan.Ref) error {
	c := p.in(plan.Source, ref.Project)
	c.listen()
	op, err := c.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "start", Timeout: -1}, "")
	err = c.finish(ctx, fmt.Sprintf("start %s again", ref), op, err)
	if err != nil && !c.running(ref) {
		return c.explained(ref.Name, err)
	}
	if err := c.unclaim(ctx, ref, p.owner.Identity); err != nil {
		return failure(fmt.Sprintf("take the mark of the stop from %s, which runs again", ref), err)
	}
	return nil
}

// running reports whether the server knows that an instance runs. In the moment of a stop or of a start that fails, it may be
// unable to tell (seen on 6.0.4).
func (c *projectClient) running(ref plan.Ref) bool {
	state, _, err := c.GetInstanceState(ref.Name)
	return err == nil && (state.StatusCode == api.Running || state.StatusCode == api.Ready)
}

// Snapshot takes a snapshot on the source that never expires by itself.
func (p *Pair) Snapshot(ctx context.Context, ref plan.Ref, name string) (err error) {
	if err := p.fit(fmt.Sprintf("take snapshot %s of %s", name, ref), ref); err != nil {
		return err
	}
	defer p.mends(ctx, &err, plan.Source, ref)
	return p.again(ctx, p.calmed(ctx, plan.Source, ref, name), func(repeated bool) error { return p.snapshot(ctx, ref, name, repeated) })
}

func (p *Pair) snapshot(ctx context.Context, ref plan.Ref, name string, repeated bool) error {
	c := p.in(plan.Source, ref.Project)
	c.listen()
	if repeated && hasSnapshot(c, ref, name) {
		return nil // only the answer got lost
	}
	op, err := snapshotObject(c, ref, name)
	err = c.finish(ctx, fmt.Sprintf("take snapshot %s of %s", name, ref), op, err)
	if err != nil && strings.Contains(err.Error(), "already exists") {
		return &Error{Text: err.Error(), Err: err, Hint: "the run of another config may have taken it in the same second: run again, and let the two begin at different times"}
	}
	return err
}

// Delete removes one snapshot; one that is gone already is no error.
func (p *Pair) Delete(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string) (err error) {
	if err := p.fit(fmt.Sprintf("delete snapshot %s of %s on the %s", snapshot, ref, side), ref); err != nil {
		return err
	}
	defer p.mends(ctx, &err, side, ref)
	return p.again(ctx, p.calmed(ctx, side, ref, snapshot), func(bool) error { return p.deleteSnapshot(ctx, side, ref, snapshot) })
}

func (p *Pair) deleteSnapshot(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string) error {
	c := p.in(side, ref.Project)
	c.listen()
	if side == plan.Source {
		if err := p.unneeded(ctx, ref, snapshot); err != nil {
			return failure(fmt.Sprintf("delete snapshot %s of %s on the source", snapshot, ref), err)
		}
	}
	op, err := deleteSnapshot(c, ref, snapshot)
	if api.StatusErrorCheck(err, http.StatusNotFound) {
		return nil
	}
	return c.finish(ctx, fmt.Sprintf("delete snapshot %s of %s on the %s", snapshot, ref, side), op, err)
}

// rename gives a snapshot another name. Its date stays.
func (p *Pair) rename(ctx context.Context, side plan.Side, ref plan.Ref, from, to string) error {
	return p.again(ctx, p.calmed(ctx, side, ref, from), func(repeated bool) error { return p.renameOnce(ctx, side, ref, from, to, repeated) })
}

func (p *Pair) renameOnce(ctx context.Context, side plan.Side, ref plan.Ref, from, to string, repeated bool) error {
	c := p.in(side, ref.Project)
	c.listen()
	if repeated && hasSnapshot(c, ref, to) && !hasSnapshot(c, ref, from) {
		return nil // only the answer got lost
	}
	op, err := renameSnapshot(c, ref, from, to)
	return c.finish(ctx, fmt.Sprintf("rename snapshot %s of %s to %s on the %s", from, ref, to, side), op, err)
}

// finish waits for an operation. An operation on data is given up by leaving it: the server finishes it or not.
func (c *projectClient) finish(ctx context.Context, what string, op incus.Operation, err error) error {
	if err == nil {
		err = c.ended(ctx, op, nil)
	}
	if err != nil {
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = errors.Join(ctx.Err(), err)
		}
		return failure(what, err)
	}
	return nil
}
