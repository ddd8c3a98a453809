package run

import (
	"context"

	"iab/internal/plan"
)

// Servers is what IAB does on the pair of servers. Every method is safe for concurrent use, gives up cleanly when the
// context ends, and returns errors that read as one sentence; an error may carry advice (see Advice). A call whose failure
// may pass is repeated, and does no harm when an earlier try had its effect.
type Servers interface {
	// Inventory reads both servers once. An error means that a side could not be read at all; missing projects,
	// pools and objects are left out of the answer.
	Inventory(ctx context.Context, scope plan.Scope) (plan.Inventory, error)

	// Settle waits for what goes on at the target for a job's replica because an earlier run has left it: servers finish a
	// copy between them when nobody waits for it any more. A replica that has received a whole copy in the end is marked
	// as complete up to its newest snapshot. What makes no progress for too long is left as it is, and no error: the next
	// Inventory tells that it is still busy.
	Settle(ctx context.Context, job plan.Job) error

	// Profile makes a profile on the target after the source's, or changes one there that this config made: config, devices
	// but for those that the change drops, description, and the owner's marks. A profile of that name that this config did
	// not make is left alone and an error.
	Profile(ctx context.Context, change plan.ProfileChange) error

	// Stop shuts an object on the source down cleanly and returns when it is down. It never forces.
	// An object that does not run is no error. Before that it marks the object (plan.MarkStopped), so that whatever
	// comes next knows that it has to run again. The mark of another config's run is never overwritten: it is waited for, and an
	// error if it stays.
	Stop(ctx context.Context, ref plan.Ref) error

	// Start makes sure that an object on the source runs, and takes the mark of this config's stop away. One that runs already
	// is no error.
	Start(ctx context.Context, ref plan.Ref) error

	// Freeze pauses all that runs in an object on the source, whose file systems are in order then as far as it can be asked for
	// that; what could not be done about them is the warning. Before that it marks the object (plan.MarkFrozen), so that whatever
	// comes next knows that it has to go on. One that does not run, or that somebody else has paused, is left as it is, and no error.
	Freeze(ctx context.Context, ref plan.Ref) (warning string, err error)

	// Unfreeze lets an object on the source go on that Freeze has paused, and takes the mark away. One without the mark is left as it
	// is, and no error.
	Unfreeze(ctx context.Context, ref plan.Ref) error

	// Exec runs a command in a running object on the source and returns the end of what it has printed. One that fails is an
	// error, and one that has not ended with the context is killed as far as the server can do that. It is never repeated.
	Exec(ctx context.Context, ref plan.Ref, command plan.Command) (output string, err error)

	// Snapshot takes a snapshot on the source that never expires by itself.
	Snapshot(ctx context.Context, ref plan.Ref, name string) error

	// Copy brings the replica up to the source: a first copy if action.Creates, else a refresh. It calls
	// progress with the bytes sent so far, marks the replica as complete up to action.Snapshot (plan.MarkComplete), and returns their final number (0 where the server does not tell).
	Copy(ctx context.Context, job plan.Job, action plan.Action, progress func(bytes int64)) (int64, error)

	// MarkBase writes on an object of the source which of its snapshots this config's copies build on, as plan.Base says, and
	// touches no other config's key. Only what says whose it is and where the copies go is the pair's own to fill in. Where other
	// configs keep such keys on the object, a snapshot named that it has not got is an error: another run has removed it.
	MarkBase(ctx context.Context, ref plan.Ref, base plan.Base) error

	// Gone returns which of these snapshots an object of the source has not got any more.
	Gone(ctx context.Context, ref plan.Ref, snapshots []string) ([]string, error)

	// Archive keeps one snapshot of a job's replica alive in an object of its own on the target, named action.Archive. An
	// archive of that snapshot that exists already is no error.
	Archive(ctx context.Context, job plan.Job, action plan.Action) error

	// SetAside gives a job's replica the name, with its whole history, and marks it as a former replica (plan.AsideMarks) that can
	// be deleted. The mark comes first, so that one that was interrupted in between is known. A replica that is gone, with a
	// former one of that name there, is no error.
	SetAside(ctx context.Context, job plan.Job, name string) error

	// RenameReplica gives the replica that has the name from that of the job's, whose object was renamed. Before that its archives and
	// former replicas, by their names, are marked as those of the new name, so that one that was interrupted is ended by the next.
	// What is no replica of this config is left alone and an error, as is one that runs, or a name that is taken; a replica that
	// has its new name already is none.
	RenameReplica(ctx context.Context, job plan.Job, from string, follows []string) error

	// DeleteArchive removes the archive or the former replica of that name. Anything else of that name is left alone and an
	// error, and so is a former replica that has been started; one that is gone already is no error.
	DeleteArchive(ctx context.Context, job plan.Job, archive string) error

	// Forget removes a whole object that the removal describes, with all its snapshots. Anything else under that name is left alone and
	// an error, as is what runs or is being worked on; one that is gone already is none.
	Forget(ctx context.Context, removal plan.Removal) error

	// DeleteUnfinished removes what an interrupted first copy has left of a job's replica. Anything that was ever complete, or
	// that is not of this config, is left alone and an error, as is what is still being worked on; one that is gone already
	// is none.
	DeleteUnfinished(ctx context.Context, job plan.Job) error

	// DeleteClone removes a temporary clone (plan.CloneMarks), running or not. Anything else is left alone and an error; one that
	// is gone already is none.
	DeleteClone(ctx context.Context, side plan.Side, ref plan.Ref) error

	// DeleteReplaced removes the object of that name on the source that a failback has replaced, with its snapshots. One that runs may
	// not remove (plan.Holding.Disposable), or that holds other snapshots than these, is left alone and an error; one that is gone
	// already is none.
	DeleteReplaced(ctx context.Context, job plan.Job, name string, snapshots []string) error

	// Delete removes one snapshot of an object. A snapshot that is gone already is no error. On the source one that the copies of
	// another config have come to build on since the last Inventory (plan.Base.Needs) is left alone, and an error. One of which such a copy is just
	// beginning (plan.Base.Beginning) is waited with.
	Delete(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string) error
}

// Advice returns what the error advises a person to do, or nothing.
func Advice(err error) string {
	for err != nil {
		if a, ok := err.(interface{ Advice() string }); ok && a.Advice() != "" {
			return a.Advice()
		}
		switch wrapped := err.(type) {
		case interface{ Unwrap() error }:
			err = wrapped.Unwrap()
		case interface{ Unwrap() []error }:
			for _, one := range wrapped.Unwrap() {
				if advice := Advice(one); advice != "" {
					return advice
				}
			}
			return ""
		default:
			return ""
		}
	}
	return ""
}
