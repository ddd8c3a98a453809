package run

import (
	"context"
	"errors"

	"iab/internal/plan"
)

// Forgets is what became of everything that one command forgets.
type Forgets struct {
	OK      bool        `json:"ok"`
	Forgets []Forgotten `json:"forgets"`
}

// Forgotten is what became of one thing that was to be forgotten. One that was only planned has nothing but its plan.
type Forgotten struct {
	OK          bool           `json:"ok"`
	Interrupted bool           `json:"interrupted,omitempty"`
	Error       string         `json:"error,omitempty"`
	Hint        string         `json:"hint,omitempty"`
	Removed     []plan.Removal `json:"removed"` // what is gone now
	Plan        plan.Forget    `json:"plan"`
}

// Forget removes exactly what the plan says, in its order, up to the first failure or the end of the context. What is left then
// is found again by the same command.
func Forget(ctx context.Context, servers Servers, f plan.Forget, opts Options) Forgotten {
	done := Forgotten{Plan: f, Removed: []plan.Removal{}}
	for _, removal := range f.Removes {
		err := ctx.Err()
		if err == nil {
			err = forget(ctx, servers, f, removal, opts)
		}
		if err != nil {
			done.Error, done.Hint, done.Interrupted = err.Error(), Advice(err), ctx.Err() != nil
			if done.Interrupted && errors.Is(err, context.Canceled) {
				done.Error, done.Hint = "interrupted", "the same command goes on with what is left"
			}
			return done
		}
		done.Removed = append(done.Removed, removal)
	}
	done.OK = true
	return done
}

// forget removes one object and tells the observer.
func forget(ctx context.Context, servers Servers, f plan.Forget, removal plan.Removal, opts Options) error {
	event := Event{At: opts.Clock(), Ref: f.Ref, Stage: Begun,
		Action: plan.Action{Verb: plan.VerbDelete, Side: removal.Side, Archive: removal.Ref.Name, Whole: true}}
	tell := func() {
		if opts.Observe != nil {
			opts.Observe(event)
		}
	}
	tell()
	err := servers.Forget(ctx, removal)
	end := opts.Clock()
	event.Took, event.At, event.Stage, event.Err = end.Sub(event.At), end, Done, err
	if err != nil {
		event.Stage = Failed
	}
	tell()
	return err
}
