package run

import "iab/internal/plan"

// TimeOver is why something was not begun.
const TimeOver = "--max-duration is over"

// overdue reports whether an item's part of a phase comes too late for its beginning, and skips the item then. What was begun is
// finished: all actions of an item's phase belong together, as a snapshot and the start of what was stopped for it do, or setting a replica aside and
// making the new one. Items that are finished but for their pruning are pruned all the same: runs that are always cut short
// would fill the pools otherwise.
func (e *execution) overdue(i int, phase plan.Phase) bool {
	if phase == plan.Prune || e.opts.Until.IsZero() || e.opts.Clock().Before(e.opts.Until) {
		return false
	}
	e.timeOver.Store(true)
	result := &e.results[i]
	result.Outcome = Skipped
	switch {
	case result.Snapshot != "":
		result.Error = "its snapshot was taken, its copy was not begun: " + TimeOver
	case result.Copied != nil:
		result.Error = "only what was pending was copied, no snapshot was taken: " + TimeOver
	default:
		result.Error = "not begun: " + TimeOver
	}
	return true
}
