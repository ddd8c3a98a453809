package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"iab/internal/plan"
)

// Takeover carries a failover or a failback out, phase by phase over all objects: all are stopped, all are brought up to date, volumes
// and then instances change their roles, and are started in their order. What fails is put back with everything that takes over
// together with it; the others go on. backup, if there is one, is called once everything is stopped, for the objects that are
// activated, and returns why any of them could not be brought up to date.
func Takeover(ctx context.Context, servers RestoreServers, t plan.Takeover, backup func(context.Context, []plan.Ref) map[plan.Ref]error, opts Options) []Restored {
	e := &takeover{plan: t, started: opts.Clock(), failed: map[plan.Ref]error{}}
	for _, r := range t {
		e.objects = append(e.objects, &restoration{servers: servers, opts: opts, plan: r, takeover: true})
	}
	for _, phase := range plan.TakeoverPhases() {
		e.phase(ctx, phase, backup)
	}
	var done []Restored
	for i, r := range t {
		done = append(done, e.objects[i].end(ctx, e.started, e.failed[r.Ref]))
	}
	return done
}

// takeover is the state of one failover or failback.
type takeover struct {
	plan    plan.Takeover
	objects []*restoration
	failed  map[plan.Ref]error
	started time.Time
}

// phase does the steps of one phase. An end of the context is a failure of everything that is not at its end.
func (e *takeover) phase(ctx context.Context, phase int, backup func(context.Context, []plan.Ref) map[plan.Ref]error) {
	if phase == plan.PhaseBackup && backup != nil && ctx.Err() == nil {
		refs := slices.DeleteFunc(e.plan.Activates(), func(ref plan.Ref) bool { return e.failed[ref] != nil })
		if len(refs) > 0 {
			failed := backup(ctx, refs)
			for ref, err := range failed {
				e.fail(ref, fmt.Errorf("bring the replica up to date: %w", err))
			}
			for i, r := range e.plan {
				e.objects[i].brought = slices.Contains(refs, r.Ref) && failed[r.Ref] == nil
			}
		}
	}
	for i, r := range e.plan {
		if e.failed[r.Ref] != nil {
			continue
		}
		if phase == plan.PhaseEnd { // it works where it shall: nothing is put back any more
			e.objects[i].done, e.objects[i].takeover, e.objects[i].settled = nil, false, true
		}
		err := e.objects[i].steps(ctx, ofTakeoverPhase(r.Steps, phase))
		if err == nil && phase != plan.PhaseEnd {
			err = ctx.Err()
		}
		switch {
		case err != nil && phase == plan.PhaseEnd:
			e.failed[r.Ref] = err
		case err != nil:
			e.fail(r.Ref, err)
		}
	}
}

// fail notes why an object has failed, and that what takes over together with it can't without.
func (e *takeover) fail(ref plan.Ref, err error) {
	for _, other := range e.plan.Group(ref) {
		if e.failed[other] == nil {
			e.failed[other] = fmt.Errorf("%s, which takes over together with it, has failed", ref)
			if errors.Is(err, context.Canceled) {
				e.failed[other] = err
			}
		}
	}
	e.failed[ref] = err
}

func ofTakeoverPhase(steps []plan.Step, phase int) []plan.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s plan.Step) bool { return s.Phase != phase })
}
