package runtest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"iab/internal/plan"
)

// left is a copy that goes on between the servers although nobody waits for it any more.
type left struct {
	ended chan struct{}
	whole bool // it ended well
}

// Leave begins the copy of a job as an IAB leaves it that dies in it, a first copy or a refresh: it goes on until end is called,
// which says whether it ends well.
func (w *World) Leave(job plan.Job) (end func(well bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	source, target, ref := w.sides[plan.Source], w.sides[plan.Target], job.Replica()
	from, content := clone(source.Holdings[job.Ref]), source.content[job.Ref]
	_, exists := target.Holdings[ref]
	if !exists {
		target.Holdings[ref] = plan.Holding{Type: from.Type, Pool: job.TargetPool, Status: "Stopped",
			Config: map[string]string{plan.MarkReplicaOf: w.identity, plan.MarkRole: plan.RoleReplica}}
		target.frozen[ref] = map[string]string{}
	}
	l := &left{ended: make(chan struct{})}
	w.left[ref] = l
	return func(well bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch {
		case well:
			w.arrive(job, from, content)
		case !exists:
			target.remove(ref)
		}
		l.whole = well
		close(l.ended)
	}
}

// arrive makes the replica the image of what the source was when the copy began, and leaves the marks as they were.
func (w *World) arrive(job plan.Job, from plan.Holding, content string) {
	target, ref := w.sides[plan.Target], job.Replica()
	to := target.Holdings[ref]
	w.mirror(w.sides[plan.Source], target, job, plan.Action{}, from, to, true)
	arrived := target.Holdings[ref]
	arrived.Config = to.Config
	target.Holdings[ref], target.content[ref] = arrived, content
}

// goesOn reports whether a copy goes on that was left.
func (w *World) goesOn(ref plan.Ref) bool {
	l, ok := w.left[ref]
	if !ok {
		return false
	}
	select {
	case <-l.ended:
		return false
	default:
		return true
	}
}

// GiveUp makes Settle wait for nothing, as if nothing that goes on made any progress.
func (w *World) GiveUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.givesUp = true
}

// Settle implements run.Servers.
func (w *World) Settle(ctx context.Context, job plan.Job) error {
	ref := job.Replica()
	if err := w.call(ctx, Call{"settle", plan.Target, ref, ""}, func(*server) error { return nil }); err != nil {
		return err
	}
	w.mu.Lock()
	l, ok := w.left[ref]
	givesUp := w.givesUp
	w.mu.Unlock()
	if !ok || givesUp {
		return nil
	}
	select {
	case <-l.ended:
	case <-ctx.Done():
		return fmt.Errorf("wait for the copy of %s that an earlier run began: %w", ref, ctx.Err())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.sides[plan.Target].Holdings[ref]
	if l.whole && len(h.Snapshots) > 0 && h.Config[plan.MarkReplicaOf] == w.identity {
		h.Config = maps.Clone(h.Config)
		h.Config[plan.MarkComplete] = slices.MaxFunc(h.Snapshots, func(a, b plan.Snapshot) int { return a.CreatedAt.Compare(b.CreatedAt) }).Name
		delete(h.Config, plan.MarkSending)
		w.sides[plan.Target].Holdings[ref] = h
	}
	return nil
}

// busy lists what is worked on, on the target.
func (w *World) busy() map[plan.Ref]bool {
	list := map[plan.Ref]bool{}
	for ref := range w.left {
		if w.goesOn(ref) {
			list[ref] = true
		}
	}
	return list
}
