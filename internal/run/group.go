package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"iab/internal/plan"
)

// window is a group of a plan on its way.
type window struct {
	plan.Group
	items   []plan.Item
	members []int // indexes of the items
	begun   bool

	mu    sync.Mutex
	after map[plan.Ref]error // what went wrong with one object when all was done: its resume, its start or a command after it
}

// groupsOf are the groups of a plan by name.
func groupsOf(p plan.Plan) map[string]*window {
	groups := map[string]*window{}
	for _, g := range p.Groups {
		groups[g.Name] = &window{Group: g, items: p.Items, after: map[plan.Ref]error{}}
	}
	for i, item := range p.Items {
		if w := groups[snapshotOf(item).Group]; w != nil {
			w.members = append(w.members, i)
		}
	}
	return groups
}

// groupOf is the group in whose window an item does what it does in a phase, nil for none, and whether the item is the first of it that
// asks. The group takes the places of that item, whatever its size: what is paused must not wait for others.
func (e *execution) groupOf(item plan.Item, phase plan.Phase) (w *window, first bool) {
	if w = e.groups[snapshotOf(item).Group]; w == nil || phase != plan.Snap {
		return nil, false
	}
	first, w.begun = !w.begun, true
	return w, first
}

// window does what a group is for. What is paused goes on whatever happens (invariant 11), and the commands after it are run.
func (e *execution) window(ctx context.Context, w *window) {
	members := e.still(w)
	if len(members) == 0 || ctx.Err() != nil {
		return
	}
	if e.overdue(members[0], plan.Snap) {
		for _, i := range members[1:] {
			e.overdue(i, plan.Snap)
		}
		return
	}
	began := e.opts.Clock()
	for _, i := range members {
		e.observe(Event{At: began, Ref: w.items[i].Ref, Action: snapshotOf(w.items[i]), Stage: Begun})
	}
	fault := e.hooks(ctx, w, pre)
	var taken map[plan.Ref]error
	if fault == nil {
		taken, fault = e.paused(ctx, w, members)
	}
	_ = e.hooks(context.WithoutCancel(ctx), w, post) // each failure stands at its own object
	for _, i := range members {
		ref := w.items[i].Ref
		e.end(ctx, i, w, began, both(first(fault, taken[ref]), w.after[ref]))
	}
}

// still lists the members that nothing has happened to yet.
func (e *execution) still(w *window) []int {
	var list []int
	for _, i := range w.members {
		if e.results[i].Outcome == OK {
			list = append(list, i)
		}
	}
	return list
}

// paused stops and freezes what the plan says, takes the snapshots, and lets all go on. fault is why the group as a whole has failed.
func (e *execution) paused(ctx context.Context, w *window, members []int) (taken map[plan.Ref]error, fault error) {
	began := e.opts.Clock()
	down := beside(w.Stops, func(ref plan.Ref) error { return e.servers.Stop(ctx, ref) })
	if fault = firstOf(w.Stops, down); fault == nil {
		taken, fault = e.frozenFor(ctx, w, members)
	}
	up := beside(w.Stops, func(ref plan.Ref) error { return e.start(ctx, ref) })
	for _, ref := range w.Stops {
		if down[ref] != nil || up[ref] != nil {
			e.lookAgain(ref, w.index(ref)) // it may still go down later
		}
		w.blame(ref, up[ref])
	}
	if len(w.Stops)+len(w.Freezes) > 0 {
		for _, i := range members {
			e.results[i].Window = e.opts.Clock().Sub(began).Seconds()
		}
	}
	return taken, fault
}

// frozenFor freezes what the plan says, takes the snapshots within the limit, and resumes.
func (e *execution) frozenFor(ctx context.Context, w *window, members []int) (taken map[plan.Ref]error, fault error) {
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if w.Limit > 0 {
		bounded, cancel = context.WithTimeout(ctx, w.limit())
	}
	defer cancel()
	frozen := beside(w.Freezes, func(ref plan.Ref) error {
		warning, err := e.servers.Freeze(bounded, ref)
		if i := w.index(ref); warning != "" && e.results[i].Outcome == OK {
			e.results[i].Warnings = append(e.results[i].Warnings, warning)
		}
		return err
	})
	if fault = firstOf(w.Freezes, frozen); fault == nil {
		var refs []plan.Ref
		for _, i := range members {
			refs = append(refs, w.items[i].Ref)
		}
		taken = beside(refs, func(ref plan.Ref) error {
			return e.servers.Snapshot(bounded, ref, snapshotOf(w.items[w.index(ref)]).Snapshot)
		})
	}
	late := bounded.Err() != nil && ctx.Err() == nil
	for ref, err := range beside(w.Freezes, func(ref plan.Ref) error { return e.resume(ctx, ref) }) {
		if err != nil {
			e.mu.Lock()
			e.frozen[ref] = w.index(ref)
			e.mu.Unlock()
		}
		w.blame(ref, err)
	}
	if late {
		fault = &groupError{fmt.Sprintf("take the snapshots of %s within %s: they were not done in time, and everything went on", w.Name, w.limit()),
			"give it more time (iab.maxPause), or set large volumes in pools that copy every file apart (consistency crash)"}
	}
	return taken, fault
}

// end notes how a member has ended.
func (e *execution) end(ctx context.Context, i int, w *window, began time.Time, err error) {
	if after := w.after[w.items[i].Ref]; after != nil && errors.Is(err, context.Canceled) {
		err = after // that it was interrupted is the lesser evil
	}
	action := snapshotOf(w.items[i])
	if err == nil {
		err = e.announce(ctx, w.items[i].Ref, action, began)
	}
	event := Event{At: e.opts.Clock(), Ref: w.items[i].Ref, Action: action, Stage: Done, Err: err}
	event.Took = event.At.Sub(began)
	if err != nil {
		event.Stage = Failed
		e.fail(ctx, i, err)
	} else {
		e.results[i].Snapshot = action.Snapshot
		e.left[i]--
	}
	e.observe(event)
}

// index is that of an object's item. All that a group names has one.
func (w *window) index(ref plan.Ref) int {
	for _, i := range w.members {
		if w.items[i].Ref == ref {
			return i
		}
	}
	return w.members[0]
}

func (w *window) limit() time.Duration { return time.Duration(w.Limit * float64(time.Second)) }

// blame notes what went wrong with one object when all was done.
func (w *window) blame(ref plan.Ref, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.after[ref] = both(w.after[ref], err)
	}
}

// snapshotOf is the action that takes the run's snapshot of an item.
func snapshotOf(item plan.Item) plan.Action {
	for _, action := range item.Actions {
		if action.Verb == plan.VerbSnapshot {
			return action
		}
	}
	return plan.Action{}
}

// beside does something with all objects at once, and returns what went wrong with each.
func beside(refs []plan.Ref, do func(plan.Ref) error) map[plan.Ref]error {
	failed := make([]error, len(refs))
	var group sync.WaitGroup
	for i, ref := range refs {
		group.Go(func() { failed[i] = do(ref) })
	}
	group.Wait()
	byRef := map[plan.Ref]error{}
	for i, ref := range refs {
		byRef[ref] = failed[i]
	}
	return byRef
}

// firstOf is the error of the first object that has one.
func firstOf(refs []plan.Ref, failed map[plan.Ref]error) error {
	for _, ref := range refs {
		if failed[ref] != nil {
			return failed[ref]
		}
	}
	return nil
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// groupError is why a whole group has failed, and what a person can do about it.
type groupError struct{ text, hint string }

func (g *groupError) Error() string  { return g.text }
func (g *groupError) Advice() string { return g.hint }

// resume lets go on what was frozen, even when the run itself is over (invariant 11).
func (e *execution) resume(ctx context.Context, ref plan.Ref) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startGrace)
	defer cancel()
	return e.servers.Unfreeze(ctx, ref)
}

// resumeLeft lets go on what an interrupted run has left frozen. What can't be resumed is reported, as a job of its own if it is none.
func (e *execution) resumeLeft(ctx context.Context, p plan.Plan) {
	e.frozen = map[plan.Ref]int{}
	for _, ref := range p.Resumes {
		if err := e.resume(ctx, ref); err != nil {
			e.blame(ref, err, "resume it by hand (incus resume "+ref.Name+"): an interrupted run has frozen it for its snapshot")
		}
	}
}

// resumeAgain looks a last time after objects whose resume failed.
func (e *execution) resumeAgain(ctx context.Context) {
	for ref, i := range e.frozen {
		if err := e.resume(ctx, ref); err != nil {
			e.results[i].Outcome, e.results[i].Error = Failure, err.Error()
			e.results[i].Hint = "resume it by hand (incus resume " + ref.Name + "): IAB froze it for its snapshot"
		}
	}
}

// Downtime is how long something was frozen or stopped for the snapshot, for people; empty if nothing was.
func (r Result) Downtime() string {
	if r.Window <= 0 {
		return ""
	}
	return time.Duration(r.Window * float64(time.Second)).Round(10 * time.Millisecond).String()
}
