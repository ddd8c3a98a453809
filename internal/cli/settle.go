package cli

import (
	"context"
	"log/slog"
	"sync"

	"iab/internal/config"
	"iab/internal/plan"
)

// settle waits for the copies that an earlier run has left going on at the servers, all at the same time, and plans anew when there
// were any. What still goes on then, or could not be waited for, is a problem of its object alone.
func (a *app) settle(ctx context.Context, log *slog.Logger, cfg config.Config, pair servers, c choice, p plan.Plan, inv plan.Inventory) (plan.Plan, plan.Inventory, error) {
	busy := p.Busy()
	if len(busy) == 0 {
		return p, inv, nil
	}
	failed := make([]error, len(busy))
	var group sync.WaitGroup
	for i, job := range busy {
		log.Info("waiting for a copy that an earlier run began", "object", job.Ref, "stallTimeout", cfg.StallTimeout)
		group.Go(func() { failed[i] = pair.Settle(ctx, job) })
	}
	group.Wait()
	c.waited = map[plan.Ref]string{}
	for i, job := range busy {
		c.waited[job.Ref] = ""
		if failed[i] != nil {
			c.waited[job.Ref] = failed[i].Error()
		}
	}
	return a.plan(ctx, cfg, pair, c)
}
