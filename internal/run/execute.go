package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"iab/internal/plan"
)

// startGrace is how long IAB tries to start again what it stopped, after an interruption too.
const startGrace = 2 * time.Minute

// Options are what Execute needs besides the plan.
type Options struct {
	Parallel int              // items worked on side by side, at least 1
	Clock    func() time.Time // the present
	Observe  func(Event)      // called from many goroutines, one call at a time; nil: nobody watches
	Limits   plan.Sides[Limits]
	Until    time.Time // when the time for new work is over (see overdue); zero: never
}

// Execute does exactly the actions of the plan: phase by phase over all items, and an item's first failure ends that item
// only. When the context ends no new action begins, running ones are given up, and what was
// stopped is started all the same.
func Execute(ctx context.Context, servers Servers, p plan.Plan, inv plan.Inventory, opts Options) Report {
	e := &execution{servers: servers, opts: opts, inv: inv, at: p.At, limits: newLimits(opts.Limits), results: make([]Result, len(p.Items)),
		left: make([]int, len(p.Items)), spared: make([]bool, len(p.Items))}
	started := opts.Clock()
	for i, item := range p.Items {
		e.results[i] = Result{Ref: item.Ref, Outcome: OK, Warnings: warnings(item)}
		e.results[i].Deleted = plan.Sides[[]string]{Source: []string{}, Target: []string{}} // encodes as empty, not as null
		e.left[i] = len(item.Actions)
		if item.Problem != "" {
			e.results[i].Outcome, e.results[i].Error, e.results[i].Hint = Problem, item.Problem, item.Hint
		}
	}
	e.groups = groupsOf(p)
	e.resumeLeft(ctx, p)
	e.restart(ctx, p)
	e.clear(ctx, p)
	e.profiles(ctx, p)
	sequence := p.Sequence()
	for _, phase := range plan.Phases() {
		for wave := range waves(p.Items) {
			e.phase(ctx, p.Items, sequence, phase, wave)
		}
	}
	e.startAgain(ctx)
	e.resumeAgain(ctx)
	report := e.report(ctx, started, inv)
	report.Warnings, report.Excluded = p.Warnings, p.Excluded
	return report
}

// execution is the state of one run. Each item is worked on by one goroutine at a time.
type execution struct {
	servers Servers
	opts    Options
	inv     plan.Inventory
	limits  limits
	at      time.Time // of the plan
	results []Result
	left    []int  // actions of each item that are still to be done
	spared  []bool // items of which nothing is pruned, as others have pruned what the plan counts on

	timeOver atomic.Bool        // something was left out for it
	groups   map[string]*window // by name

	mu      sync.Mutex
	stopped map[plan.Ref]int // index of the item whose object must be seen running at the end
	frozen  map[plan.Ref]int // index of the item whose object must be seen going on at the end
}

func waves(items []plan.Item) int {
	most := 0
	for _, item := range items {
		most = max(most, item.Wave)
	}
	return most + 1
}

// restart starts what an interrupted run has left stopped. What can't be started is reported, as a job of its own if it is none.
func (e *execution) restart(ctx context.Context, p plan.Plan) {
	for _, ref := range p.Restarts {
		if err := e.start(ctx, ref); err != nil {
			e.blame(ref, err, "start it by hand: an interrupted run has stopped it for its snapshot")
		}
	}
}

// blame lets an object fail, as a job of its own if it is none.
func (e *execution) blame(ref plan.Ref, err error, hint string) {
	i := slices.IndexFunc(e.results, func(r Result) bool { return r.Ref == ref })
	if i < 0 {
		i = len(e.results)
		e.results = append(e.results, Result{Ref: ref, Deleted: plan.Sides[[]string]{Source: []string{}, Target: []string{}}})
		e.left = append(e.left, 0)
	}
	e.results[i].Outcome, e.results[i].Error, e.results[i].Hint = Failure, err.Error(), hint
}

// clear removes temporary clones that a killed process has left. One that can't be removed is reported as a job of its own, and stands in
// nobody's way.
func (e *execution) clear(ctx context.Context, p plan.Plan) {
	for _, leftover := range p.Leftovers {
		if ctx.Err() != nil {
			return // the next run finds it
		}
		if err := e.servers.DeleteClone(ctx, leftover.Side, leftover.Ref); err != nil && ctx.Err() == nil {
			hint := "delete it by hand: it is a temporary clone that a killed command has left"
			e.results = append(e.results, Result{Ref: leftover.Ref, Outcome: Failure, Error: err.Error(), Hint: hint,
				Deleted: plan.Sides[[]string]{Source: []string{}, Target: []string{}}})
			e.left = append(e.left, 0)
		}
	}
}

// phase runs the actions of one phase for the items of one wave.
func (e *execution) phase(ctx context.Context, items []plan.Item, sequence []int, phase plan.Phase, wave int) {
	var parts []part
	for _, i := range sequence {
		actions := ofPhase(items[i].Actions, phase)
		if items[i].Wave != wave || len(actions) == 0 {
			continue
		}
		w, next := e.groupOf(items[i], phase)
		if w == nil && e.results[i].Outcome == OK || next {
			parts = append(parts, part{i, actions, places(items[i], actions, e.inv), w})
		}
	}
	e.sideBySide(len(parts), func(n int) []place { return parts[n].places }, func(n int, light func()) {
		if parts[n].window != nil {
			e.window(ctx, parts[n].window)
		} else if i := parts[n].item; !e.overdue(i, phase) {
			e.item(ctx, i, items[i].Job, parts[n].actions, light)
		}
	})
}

// part is what a phase does for one item.
type part struct {
	item    int
	actions []plan.Action
	places  []place
	window  *window // set: it is done for a whole group
}

func ofPhase(actions []plan.Action, phase plan.Phase) []plan.Action {
	var list []plan.Action
	for _, action := range actions {
		if action.Phase == phase {
			list = append(list, action)
		}
	}
	return list
}

// item does one item's actions of a phase, up to the first failure or the end of the context. It says when what is left to do is light.
func (e *execution) item(ctx context.Context, i int, job plan.Job, actions []plan.Action, light func()) {
	for n, action := range actions {
		if ctx.Err() != nil {
			return
		}
		if e.spared[i] && action.Phase == plan.Prune {
			e.left[i]--
			continue
		}
		copied := func() {}
		if n == len(actions)-1 {
			copied = light
		}
		if err := e.act(ctx, i, job, action, copied); err != nil {
			e.fail(ctx, i, err)
			return
		}
		e.left[i]--
	}
}

func (e *execution) fail(ctx context.Context, i int, err error) {
	result := &e.results[i]
	result.Outcome, result.Error, result.Hint = Failure, err.Error(), Advice(err)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		result.Outcome, result.Error, result.Hint = Skipped, "interrupted", ""
	}
}

// act does one action and tells the observer, and of a copy says when nothing but a note of it is left to write.
func (e *execution) act(ctx context.Context, i int, job plan.Job, action plan.Action, copied func()) error {
	began := e.opts.Clock()
	event := Event{At: began, Ref: job.Ref, Action: action, Stage: Begun}
	e.observe(event)

	var err error
	result := &e.results[i]
	switch action.Verb {
	case plan.VerbSnapshot:
		if err = e.servers.Snapshot(ctx, job.Ref, action.Snapshot); err == nil {
			result.Snapshot = action.Snapshot
			err = e.announce(ctx, job.Ref, action, began)
		}
	case plan.VerbCopy:
		if err = e.announce(ctx, job.Ref, action, began); err != nil {
			break
		}
		if err = e.rescue(ctx, i, job, action); err != nil {
			e.beginsNoMore(ctx, job.Ref, action, err)
			break
		}
		var bytes int64
		tell, end := progress(&e.mu, e.opts, event)
		bytes, err = e.servers.Copy(ctx, job, action, tell)
		end()
		if err == nil {
			ended := e.opts.Clock()
			event.Bytes = bytes
			result.add(action, bytes, ended.Sub(began))
			copied()
			err = e.note(ctx, job.Ref, action, ended)
		} else {
			e.beginsNoMore(ctx, job.Ref, action, err)
		}
	case plan.VerbArchive:
		if action.Whole {
			err = e.servers.SetAside(ctx, job, action.Archive)
			break
		}
		if err = e.servers.Archive(ctx, job, action); err == nil {
			result.Archived = append(result.Archived, action.Snapshot)
		}
	case plan.VerbRename:
		err = e.servers.RenameReplica(ctx, job, action.From, action.Follows)
	case plan.VerbDelete:
		if err = e.delete(ctx, job, action); err == nil {
			result.Deleted.Set(action.Side, append(result.Deleted.On(action.Side), deleted(action)...))
		}
	default:
		err = fmt.Errorf("carry out %q: unknown verb", action.Verb)
	}

	event.At, event.Stage, event.Err = e.opts.Clock(), Done, err
	event.Took = event.At.Sub(began)
	if err != nil {
		event.Stage = Failed
	}
	e.observe(event)
	return err
}

// announce has the source's object say what is on its way, where other configs have to know before the copy.
func (e *execution) announce(ctx context.Context, ref plan.Ref, action plan.Action, now time.Time) error {
	if !action.Announces {
		return nil
	}
	return e.servers.MarkBase(ctx, ref, plan.Base{Snapshot: action.Recorded, Pending: action.Snapshot,
		Refresh: action.Verb == plan.VerbCopy, At: e.at, Used: now})
}

// beginsNoMore has it say that a copy which was announced has failed: other configs need not wait any more until it has begun. What was
// on its way may have arrived, so that stays protected. Of a run that is interrupted the copy may go on, and so may one that stands still.
func (e *execution) beginsNoMore(ctx context.Context, ref plan.Ref, action plan.Action, failed error) {
	var left interface{ GoesOn() bool }
	goesOn := ctx.Err() != nil || errors.As(failed, &left) && left.GoesOn()
	if action.Announces && !goesOn {
		// If that fails, too, they wait for as long as a copy may take to begin.
		_ = e.servers.MarkBase(ctx, ref, plan.Base{Snapshot: action.Recorded, Pending: action.Snapshot, At: e.at, Used: e.opts.Clock()})
	}
}

// rescue archives what the copy would take from the replica because the runs of other configs have pruned it on the source since the
// plan was made, and what the target's policy keeps. Where they have pruned anything that the plan counts on, the item's own pruning is left
// to the next run.
func (e *execution) rescue(ctx context.Context, i int, job plan.Job, action plan.Action) error {
	if !action.Shared {
		return nil
	}
	names := slices.Clone(action.Sends)
	for _, r := range action.Rescues {
		if !r.Lost {
			names = append(names, r.Snapshot)
		}
	}
	gone, err := e.servers.Gone(ctx, job.Ref, slices.DeleteFunc(names, func(name string) bool { return name == action.Snapshot }))
	if err != nil || len(gone) == 0 {
		return err
	}
	result := &e.results[i]
	if !e.spared[i] {
		e.spared[i] = true
		result.Warnings = append(result.Warnings, "the run of another config has pruned the source meanwhile, so pruning is left to the next run")
	}
	less := slices.ContainsFunc(action.Sends, func(name string) bool { return slices.Contains(gone, name) })
	for _, r := range action.Rescues {
		leaves := r.Lost || slices.Contains(gone, r.Snapshot)
		if !leaves || r.Superseded && !less || slices.Contains(result.Archived, r.Snapshot) {
			continue
		}
		archive := plan.Action{Verb: plan.VerbArchive, Side: plan.Target, Snapshot: r.Snapshot, Archive: r.Archive, Created: r.Created, Phase: action.Phase}
		if err := e.servers.Archive(ctx, job, archive); err != nil {
			return err
		}
		result.Archived = append(result.Archived, r.Snapshot)
	}
	return nil
}

// note has it say what the next copy builds on, so that no other config prunes that, where the plan wants it.
func (e *execution) note(ctx context.Context, ref plan.Ref, action plan.Action, now time.Time) error {
	if !action.Notes {
		return nil
	}
	return e.servers.MarkBase(ctx, ref, plan.Base{Snapshot: action.Snapshot, Open: action.Open, At: e.at, Used: now})
}

// deleted are the snapshots that a deletion has removed.
func deleted(action plan.Action) []string {
	if action.Whole {
		return action.Loses
	}
	return []string{action.Snapshot}
}

// delete removes what the action names: a snapshot, an archive, a former replica, what a failback has replaced, or an unfinished first
// copy.
func (e *execution) delete(ctx context.Context, job plan.Job, action plan.Action) error {
	switch {
	case action.Archive != "" && action.Side == plan.Source:
		return e.servers.DeleteReplaced(ctx, job, action.Archive, action.Loses)
	case action.Archive != "":
		return e.servers.DeleteArchive(ctx, job, action.Archive)
	case action.Whole:
		return e.servers.DeleteUnfinished(ctx, job)
	}
	return e.servers.Delete(ctx, action.Side, job.RefOn(action.Side), action.Snapshot)
}

func (r *Result) add(action plan.Action, bytes int64, took time.Duration) {
	if r.Copied == nil {
		r.Copied = &Copied{Incremental: action.Base != ""}
	}
	r.Copied.Bytes += bytes
	r.Copied.Seconds += took.Seconds()
}

// lookAgain has an object started once more when everything else is done.
func (e *execution) lookAgain(ref plan.Ref, i int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped == nil {
		e.stopped = map[plan.Ref]int{}
	}
	e.stopped[ref] = i
}

// both joins two errors into one sentence.
func both(a, b error) error {
	if a == nil || b == nil {
		return errors.Join(a, b)
	}
	return fmt.Errorf("%w; then %w", a, b)
}

// start starts what was stopped, even when the run itself is over (invariant 11).
func (e *execution) start(ctx context.Context, ref plan.Ref) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startGrace)
	defer cancel()
	return e.servers.Start(ctx, ref)
}

// startAgain looks a last time after objects whose stop or start failed: a guest may obey long after the wait for it has ended.
func (e *execution) startAgain(ctx context.Context) {
	for ref, i := range e.stopped {
		if err := e.start(ctx, ref); err != nil {
			e.results[i].Outcome = Failure
			e.results[i].Error = err.Error()
			e.results[i].Hint = "start it by hand: IAB stopped it for its snapshot"
		}
	}
}

// progress returns what a copy tells its progress to, and what ends that: servers' messages come on goroutines of their own, and
// one that is late must not reach the observer behind the copy's last event.
func progress(mu *sync.Mutex, opts Options, begun Event) (tell func(bytes int64), end func()) {
	over := false // guarded by mu
	tell = func(bytes int64) {
		event := begun
		event.At, event.Stage, event.Bytes = opts.Clock(), Moving, bytes
		event.Took = event.At.Sub(begun.At)
		mu.Lock()
		defer mu.Unlock()
		if !over && opts.Observe != nil {
			opts.Observe(event)
		}
	}
	end = func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
	}
	return tell, end
}

func (e *execution) observe(event Event) {
	if e.opts.Observe == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opts.Observe(event)
}

func (e *execution) report(ctx context.Context, started time.Time, inv plan.Inventory) Report {
	report := Report{StartedAt: started, Results: e.results, Interrupted: ctx.Err() != nil}
	for _, side := range plan.BothSides {
		report.Host.Set(side, Host{Name: inv.On(side).Name, Version: inv.On(side).Version})
	}
	for i := range e.results {
		if e.results[i].Outcome == OK && e.left[i] > 0 {
			e.results[i].Outcome, e.results[i].Error = Skipped, "interrupted before it was finished"
		}
	}
	report.TimeOver = e.timeOver.Load()
	report.close(e.opts.Clock())
	return report
}

// warnings are an item's own, and one for each device that the replica does not get although nobody asked for that.
func warnings(item plan.Item) []string {
	list := slices.Clone(item.Warnings)
	for _, action := range item.Actions {
		for _, drop := range action.Drops {
			if drop.Why != plan.WhyExcluded {
				list = append(list, fmt.Sprintf("device %s is dropped: %s", drop.Device, drop.Why))
			}
		}
	}
	return list
}
