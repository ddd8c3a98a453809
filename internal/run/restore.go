package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"iab/internal/plan"
)

// RestoreServers is what a restore does on the pair of servers. The promises of Servers hold: one sentence per error, given up
// cleanly, and repeating what was done already is no error.
type RestoreServers interface {
	Stop(ctx context.Context, ref plan.Ref) error
	Start(ctx context.Context, ref plan.Ref) error

	// Keep takes a snapshot on a side that never expires by itself.
	Keep(ctx context.Context, side plan.Side, ref plan.Ref, name string) error

	// Revert puts an object on a side back to a snapshot of its own, with the config of that time. With running it has to
	// run afterwards; on the source it bears the mark of a stop until it does.
	Revert(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string, running bool) error

	// Fetch makes a new object, named step.Name, of the restore point step.From on step.Side: with the config that it had on
	// the source, without a history, and marked (plan.MarkFetched) as what is to become the object of that ref.
	Fetch(ctx context.Context, job plan.Job, step plan.Step, becomes plan.Ref, progress func(bytes int64)) (int64, error)

	// Update makes a fetched object, step.Object, on step.Side what step.From.Holder on the other side is now, with all of its
	// snapshots and the config that it had on the source. Only what differs is sent. Anything that is not marked as what is to become
	// the object of that ref is left alone and an error.
	Update(ctx context.Context, job plan.Job, step plan.Step, becomes plan.Ref, progress func(bytes int64)) (int64, error)

	// Adopt gives a fetched object its name and takes its mark away. With followed it is marked as restored (plan.MarkRestored). With
	// running it has to run afterwards, and bears the mark of a stop until it does.
	Adopt(ctx context.Context, side plan.Side, ref plan.Ref, name string, followed, running bool) error

	// Rename gives an object that is replaced another name. It is marked as kept (plan.MarkKept), and with replaced as what a
	// failback has replaced (plan.MarkReplaced), and never starts by itself any more; one that IAB has stopped says that it ran.
	Rename(ctx context.Context, side plan.Side, ref plan.Ref, name, replaced string) error

	// Unkeep gives an object that Rename has kept its own name back, and takes the marks away. One that was never renamed is no error;
	// a name that something else has by now is one.
	Unkeep(ctx context.Context, side plan.Side, ref plan.Ref, name string) error

	// DeleteFetched removes a fetched object that has no name of its own yet. Anything else is left alone and an error.
	DeleteFetched(ctx context.Context, side plan.Side, ref, becomes plan.Ref) error

	// Boot starts an object on a side.
	Boot(ctx context.Context, side plan.Side, ref plan.Ref) error

	// Halt shuts an object on a side down cleanly, and marks it before (plan.MarkStopped), until Boot starts it. One that does not run
	// is no error.
	Halt(ctx context.Context, side plan.Side, ref plan.Ref) error

	// Unadopt gives an object that was adopted its name from before back, as it was fetched. One that was not is left alone.
	Unadopt(ctx context.Context, side plan.Side, ref plan.Ref, name string) error

	// Standby lets an object on the source not start by itself any more (plan.RoleStandby), and takes the mark of a stop away;
	// running says whether it ran before. With handedOver the target has its last state, which is marked (plan.MarkHandedOver) unless
	// it runs; whether it is started later can be told. Resume puts its config back.
	Standby(ctx context.Context, ref plan.Ref, running, handedOver bool) error
	Resume(ctx context.Context, ref plan.Ref) error

	// Activate makes the replica the working object (plan.RoleActive), with the config that it had on the source and the devices but
	// for the dropped ones; what is in doubt of its snapshots stays so (plan.MarkSending), whatever is taken later. Retire makes it a replica again, complete up to the snapshot if one is given.
	Activate(ctx context.Context, ref plan.Ref, drops []plan.Drop, doubtful []string) error
	Retire(ctx context.Context, ref plan.Ref, snapshot string) error
}

// Restores is what became of the restores of one command, those of volumes before that of what uses them. The first failure ends it.
type Restores struct {
	OK       bool       `json:"ok"`
	Restores []Restored `json:"restores"`
}

// Restored is what became of one restore. One that was only planned has nothing but its plan.
type Restored struct {
	OK          bool         `json:"ok"`
	Interrupted bool         `json:"interrupted,omitempty"`
	StartedAt   time.Time    `json:"startedAt,omitzero"`
	FinishedAt  time.Time    `json:"finishedAt,omitzero"`
	Error       string       `json:"error,omitempty"`
	Hint        string       `json:"hint,omitempty"`
	Warnings    []string     `json:"warnings,omitempty"` // what was left undone, and is in nobody's way
	Undone      bool         `json:"undone,omitempty"`   // it failed, and everything is as it was before
	Bytes       int64        `json:"bytes,omitempty"`    // sent from server to server, as far as they tell
	Plan        plan.Restore `json:"plan"`
}

// undoGrace is how long a failed restore tries to put things back, after an interruption too.
const undoGrace = 2 * time.Minute

// Restore does exactly the steps of the plan. At the first failure, or when the context ends, it puts back what it has changed as
// far as that is possible: what was stopped runs again, what was renamed has its name, and nothing half is left.
func Restore(ctx context.Context, servers RestoreServers, r plan.Restore, opts Options) Restored {
	e := &restoration{servers: servers, opts: opts, plan: r}
	started := opts.Clock()
	return e.end(ctx, started, e.steps(ctx, r.Steps))
}

// end says what became of it, and puts back what a failure has left.
func (e *restoration) end(ctx context.Context, started time.Time, err error) Restored {
	done := Restored{StartedAt: started, Plan: e.plan, Bytes: e.bytes, Warnings: e.warnings}
	if err != nil {
		done.Interrupted = ctx.Err() != nil
		done.Error, done.Hint = err.Error(), Advice(err)
		if done.Interrupted && errors.Is(err, context.Canceled) {
			done.Error, done.Hint = "interrupted", ""
		}
		if undone := e.undo(ctx); undone != nil {
			done.Error = fmt.Sprintf("%s; then %s", done.Error, undone)
			done.Hint = "look at both servers; the command may be repeated"
		} else {
			done.Undone = e.takeover || !e.settled && !e.perhaps
		}
	}
	done.OK, done.FinishedAt = err == nil, e.opts.Clock()
	return done
}

// restoration is the state of one restore.
type restoration struct {
	servers  RestoreServers
	opts     Options
	plan     plan.Restore
	done     []plan.Step
	bytes    int64
	warnings []string
	perhaps  bool // the last step may have had its effect all the same, and can't be put back
	takeover bool // everything can be put back, until the end
	settled  bool // the object is where it was to be; only its start may be missing
	brought  bool // of a failover: the run within it has brought the last state to the target

	mu sync.Mutex
}

func (e *restoration) steps(ctx context.Context, steps []plan.Step) error {
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		// What a step may have done before it failed is put back, too.
		e.done = append(e.done, step)
		e.perhaps = step.Verb == plan.StepRevert && step.Side == plan.Source || step.Verb == plan.StepAdopt
		err := e.act(ctx, step)
		if err != nil && step.Verb == plan.StepRemove && ctx.Err() == nil { // it is in nobody's way
			e.warnings, err = append(e.warnings, err.Error()+"; "+cmp.Or(Advice(err), "delete it by hand")), nil
		}
		if err != nil {
			return err
		}
		if e.perhaps && !e.takeover { // from here on there is no way back, and none is needed
			e.settled = true
			e.done = slices.DeleteFunc(e.done, func(s plan.Step) bool { return s.Verb != plan.StepStop || s.Side != plan.Source })
		}
	}
	return nil
}

// act does one step and tells the observer.
func (e *restoration) act(ctx context.Context, step plan.Step) error {
	event := Event{At: e.opts.Clock(), Ref: step.Object, Action: actionOf(step), Stage: Begun}
	e.observe(event)
	err := e.step(ctx, step, event)
	end := e.opts.Clock()
	event.Took, event.At, event.Stage, event.Err, event.Bytes = end.Sub(event.At), end, Done, err, e.bytes
	if err != nil {
		event.Stage = Failed
	}
	e.observe(event)
	return err
}

// actionOf is a step as observers of runs know actions.
func actionOf(step plan.Step) plan.Action {
	action := plan.Action{Verb: plan.Verb(step.Verb), Side: step.Side, Snapshot: step.Name}
	if step.Verb == plan.StepFetch || step.Verb == plan.StepUpdate {
		action.Verb, action.Snapshot = plan.VerbCopy, step.From.Snapshot // it moves data, so it has a progress
	}
	return action
}

func (e *restoration) observe(event Event) {
	if e.opts.Observe == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opts.Observe(event)
}

func (e *restoration) step(ctx context.Context, step plan.Step, begun Event) error {
	s := e.servers
	switch step.Verb {
	case plan.StepRemove:
		return s.DeleteFetched(ctx, step.Side, step.Object, e.plan.To.Object)
	case plan.StepStop:
		if step.Side == plan.Target {
			return s.Halt(ctx, step.Side, step.Object)
		}
		return s.Stop(ctx, step.Object)
	case plan.StepKeep:
		return s.Keep(ctx, step.Side, step.Object, step.Name)
	case plan.StepRevert:
		return s.Revert(ctx, step.Side, step.Object, step.Name, step.Running)
	case plan.StepStandby:
		return s.Standby(ctx, step.Object, step.Running, e.brought)
	case plan.StepResume:
		return s.Resume(ctx, step.Object)
	case plan.StepActivate:
		return s.Activate(ctx, step.Object, step.Drops, step.Doubt)
	case plan.StepRetire:
		return s.Retire(ctx, step.Object, step.Name)
	case plan.StepFetch:
		tell, end := progress(&e.mu, e.opts, begun)
		bytes, err := s.Fetch(ctx, e.plan.Job, step, e.plan.To.Object, tell)
		end()
		e.bytes += bytes
		return err
	case plan.StepUpdate:
		tell, end := progress(&e.mu, e.opts, begun)
		bytes, err := s.Update(ctx, e.plan.Job, step, e.plan.To.Object, tell)
		end()
		e.bytes += bytes
		if err != nil {
			err = &notUpdated{err}
		}
		return err
	case plan.StepRename:
		return s.Rename(ctx, step.Side, step.Object, step.Name, step.Replaced)
	case plan.StepAdopt:
		return s.Adopt(ctx, step.Side, step.Object, step.Name, step.Followed, step.Running)
	case plan.StepStart:
		return s.Boot(ctx, step.Side, step.Object)
	}
	return fmt.Errorf("carry out %q: unknown step", step.Verb)
}

// undo puts back what the steps have changed, the last first, even when the context has ended. It goes on after a failure and returns
// the first.
func (e *restoration) undo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoGrace)
	defer cancel()
	var failed error
	for _, step := range slices.Backward(e.done) {
		if err := e.back(ctx, step); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// back puts one step back. A step whose failure left nothing to put back finds nothing.
func (e *restoration) back(ctx context.Context, step plan.Step) error {
	switch step.Verb {
	case plan.StepStop:
		if step.Side == plan.Target {
			return e.servers.Boot(ctx, step.Side, step.Object)
		}
		return e.servers.Start(ctx, step.Object)
	case plan.StepStandby:
		return e.servers.Resume(ctx, step.Object)
	case plan.StepActivate:
		return e.servers.Retire(ctx, step.Object, "")
	case plan.StepStart:
		if e.takeover {
			return e.servers.Halt(ctx, step.Side, step.Object)
		}
	case plan.StepAdopt:
		if e.takeover {
			adopted := step.Object
			adopted.Name = step.Name
			return e.servers.Unadopt(ctx, step.Side, adopted, step.Object.Name)
		}
	case plan.StepFetch:
		made := e.plan.To.Object
		made.Name = step.Name
		return e.servers.DeleteFetched(ctx, step.Side, made, e.plan.To.Object)
	case plan.StepRename:
		return e.servers.Unkeep(ctx, step.Side, step.Object, step.Name)
	}
	return nil
}

// notUpdated is why an object could not be brought up to date by what differs. Sending everything does not need what that needs.
type notUpdated struct{ err error }

func (e *notUpdated) Error() string { return e.err.Error() }
func (e *notUpdated) Unwrap() error { return e.err }

// Advice comes before that of the cause.
func (e *notUpdated) Advice() string { return "send everything instead: iab failback --full" }
