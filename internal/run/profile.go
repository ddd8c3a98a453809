package run

import (
	"context"
	"slices"

	"iab/internal/plan"
)

// profiles makes and changes the target's profiles. Where that fails nothing is done to the items that use the profile.
func (e *execution) profiles(ctx context.Context, p plan.Plan) {
	for _, change := range p.Profiles {
		if ctx.Err() != nil {
			return
		}
		err := e.servers.Profile(ctx, change)
		if err == nil {
			continue
		}
		for i, item := range p.Items {
			if e.results[i].Outcome == OK && slices.Contains(change.Refs, item.Ref) {
				e.fail(ctx, i, err)
			}
		}
	}
}
