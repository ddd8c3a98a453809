package remote

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Settle waits for what goes on at the target for a job's replica, and marks it if it has received a whole copy. What does not
// move for the patience's StallTimeout is left alone.
func (p *Pair) Settle(ctx context.Context, job plan.Job) error {
	whole, err := p.settled(ctx, job)
	if err != nil {
		return failure(fmt.Sprintf("wait for the copy of %s that an earlier run began", job.Ref), err)
	}
	if !whole {
		return nil
	}
	err = p.again(ctx, nil, func(bool) error { return p.markWhole(ctx, job.Replica()) })
	if err != nil {
		return failure(fmt.Sprintf("mark the replica of %s as complete, of which an earlier run began the copy", job.Ref), err)
	}
	return nil
}

// settled waits until nothing works on a job's replica any more, or nothing moves, and reports whether the last thing that
// happened to it is that it received a whole copy.
func (p *Pair) settled(ctx context.Context, job plan.Job) (whole bool, err error) {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	pulse := newPulse(p.patience.StallTimeout)
	stops := pulse.stops(watching, func() {}) // it is looked at all the time
	for {
		var working []api.Operation
		err := p.again(ctx, nil, func(bool) (err error) {
			working, err = p.operations(plan.Target, job.Replica().Project)
			return err
		})
		if err != nil {
			return false, err
		}
		if !slices.ContainsFunc(working, func(op api.Operation) bool { return worksOn(op, job.Replica(), "") }) {
			return received(working, job.Replica()), nil
		}
		p.watch(pulse, job, working)
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-stops:
			return false, nil
		case <-time.After(p.pace.ask):
		}
	}
}

// watch shows the pulse what works on both ends of a job's copy. The sender knows best how far it is.
func (p *Pair) watch(pulse *pulse, job plan.Job, working []api.Operation) {
	for _, op := range working {
		if worksOn(op, job.Replica(), "") {
			pulse.see(op)
		}
	}
	sending, _ := p.operations(plan.Source, job.Ref.Project) // without it the target's own word counts
	for _, op := range sending {
		if worksOn(op, job.Ref, "") && strings.HasPrefix(op.Description, "Migrating ") {
			pulse.see(op)
		}
	}
}

// received reports whether the latest operation that took an object from another server ended well.
func received(list []api.Operation, ref plan.Ref) bool {
	var last *api.Operation
	for i, op := range list {
		if receives(op, ref) && (last == nil || op.CreatedAt.After(last.CreatedAt)) {
			last = &list[i]
		}
	}
	return last != nil && last.StatusCode == api.Success
}

// markWhole marks a replica as complete up to its newest snapshot. Anything that is no replica of this config is left alone.
func (p *Pair) markWhole(ctx context.Context, ref plan.Ref) error {
	config, err := p.config(ref)
	if err != nil || config[plan.MarkReplicaOf] != p.owner.Identity || config[plan.MarkRole] != plan.RoleReplica {
		return err
	}
	c := p.in(plan.Target, ref.Project)
	c.listen()
	snapshots, err := c.snapshotsOf(ref)
	if err != nil || len(snapshots) == 0 {
		return err
	}
	return c.mark(ctx, ref, wholeMarks(snapshots))
}

// wholeMarks are the marks of a replica all of whose snapshots are complete. An empty one is taken away.
func wholeMarks(snapshots []plan.Snapshot) map[string]string {
	newest := slices.MaxFunc(snapshots, func(a, b plan.Snapshot) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.Name, b.Name))
	})
	var ahead []string // dates may be cut to seconds, so that nothing else tells what came first
	for _, s := range snapshots {
		if s.CreatedAt.Equal(newest.CreatedAt) && s.Name != newest.Name {
			ahead = append(ahead, s.Name)
		}
	}
	return map[string]string{plan.MarkComplete: newest.Name, plan.MarkAhead: plan.NamesMark(ahead), plan.MarkSending: ""}
}
