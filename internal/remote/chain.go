package remote

import (
	"context"
	"slices"
	"strings"

	"iab/internal/plan"
)

// brokenChain are what servers say of a copy that can't build on the snapshot that both sides have: on btrfs after the direction
// was reversed and turned back, first the one, from the second try on the other (seen on 6.0.4).
var brokenChain = []string{"cannot find parent subvolume", "file exists"}

// lostData is what servers say of a replica that has no live data any more: one that dies while it exchanges them for those of a
// copy leaves the snapshots alone (seen on 6.0.4, btrfs).
const lostData = "exists in database but not on storage"

// judgeData begins to set a replica aside that a failed copy has shown to have no live data: nothing can be copied to it any more,
// while its snapshots are whole. The next run ends it.
func (p *Pair) judgeData(ctx context.Context, job plan.Job, action plan.Action, failed error) {
	if !action.Creates && ctx.Err() == nil && strings.Contains(failed.Error(), lostData) {
		_ = p.in(plan.Target, job.Replica().Project).mark(ctx, job.Replica(), plan.AsideMarks(job.Replica(), p.owner.Identity)) // the failure itself is what is reported
	}
}

// judgeChain marks a replica whose chain a failed copy has shown to be broken, so that the next plan says so and does not try for
// ever. A pile of snapshots that only has the wrong order, or that came up behind the plan, is no broken chain. Where other configs copy
// the object, too, only a second failure in a row counts: their runs change what a copy finds.
func (p *Pair) judgeChain(ctx context.Context, job plan.Job, action plan.Action, failed error) {
	text := strings.ToLower(failed.Error())
	if action.Base == "" || ctx.Err() != nil || !slices.ContainsFunc(brokenChain, func(part string) bool { return strings.Contains(text, part) }) {
		return
	}
	source, err := p.in(plan.Source, job.Ref.Project).snapshotsOf(job.Ref)
	if err != nil {
		return
	}
	target := p.in(plan.Target, job.Replica().Project)
	replica, err := target.snapshotsOf(job.Replica())
	if err != nil {
		return
	}
	// Snapshots of the failed copy may be listed without their data; what it was to send is still to be sent.
	replica = slices.DeleteFunc(replica, func(s plan.Snapshot) bool { return slices.Contains(action.Sends, s.Name) })
	if !plan.Continuable(source, replica) {
		return
	}
	broken := action.Base
	if p.crowded(job.Ref) {
		held, err := target.configOf(job.Replica())
		if err != nil {
			return
		}
		if mark := held[plan.MarkBroken]; mark != plan.Suspected(action.Base) && mark != action.Base {
			broken = plan.Suspected(action.Base)
		}
	}
	_ = target.mark(ctx, job.Replica(), map[string]string{plan.MarkBroken: broken}) // the failure itself is what is reported
}
