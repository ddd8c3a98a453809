// Package verify proves that restore points can be restored: it compares what both sides hold, and starts replicas on trial. It
// works on any servers, real or not.
package verify

import (
	"context"

	"iab/internal/files"
	"iab/internal/plan"
)

// Servers is what is done on the pair of servers. Every method is safe for concurrent use, gives up cleanly when the context
// ends, and returns errors that read as one sentence.
type Servers interface {
	// Clone copies one restore point, on its side, into an object of its own: marked as a clone (plan.CloneMarks), without devices
	// but the root disk, and such that it never starts by itself and can always be deleted.
	Clone(ctx context.Context, clone plan.Clone) error

	// DeleteClone removes a temporary clone, running or not. Anything else is left alone and an error; one that is gone
	// already is none.
	DeleteClone(ctx context.Context, side plan.Side, ref plan.Ref) error

	// Walk goes through the files of a clone: those below the paths within, with the directories above them; everything if there
	// are none. A block volume and a virtual machine have one file, their image. A path that does not exist is left out.
	Walk(ctx context.Context, side plan.Side, ref plan.Ref, within []string, visit files.Visit) error

	// Try starts a clone on the target and returns when it is proven to work, at the latest after the patience.
	Try(ctx context.Context, ref plan.Ref, wait plan.Wait) (plan.Trial, error)

	// NoteDrill writes the last drill on a replica (plan.MarkDrill).
	NoteDrill(ctx context.Context, replica plan.Ref, drill plan.Drill) error
}
