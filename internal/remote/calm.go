package remote

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Calm waits, at most a minute, until nothing starts, stops or changes an object on a side any more, as a killed command may have left it
// going on. Copies are not waited for.
func (p *Pair) Calm(ctx context.Context, side plan.Side, ref plan.Ref) error {
	limit := time.NewTimer(calmLimit)
	defer limit.Stop()
	for {
		list, err := p.operations(side, ref.Project)
		if err == nil && !slices.ContainsFunc(list, func(op api.Operation) bool { return stirs(op, ref) }) {
			return nil
		}
		if err == nil {
			select {
			case <-ctx.Done():
				err = ctx.Err()
			case <-limit.C:
				err = errBusy
			case <-time.After(p.pace.ask / 4):
				continue
			}
		}
		return failure(fmt.Sprintf("see what goes on with %s on the %s", ref, side), err)
	}
}

// stirs reports whether an operation goes on that works on an object and is no copy from or to another server.
func stirs(op api.Operation, ref plan.Ref) bool {
	return worksOn(op, ref, "") && !receives(op, ref) && !strings.HasPrefix(op.Description, "Migrating ")
}
