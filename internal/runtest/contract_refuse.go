package runtest

import (
	"context"
	"errors"
	"slices"

	"iab/internal/plan"
)

// refusing is what servers don't do, and how it ends.
var refusing = []sentence{
	{says: "a refresh onto a running replica is refused", only: plan.Instance, holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.RunReplica(c.job().Replica())
		c.snapshot("IAB_20260310-130000")
		if _, err := c.copy(c.Context()); err == nil {
			c.Error("it was copied")
		}
		if _, _, replica, _ := c.inventory(); !replica.Running || len(replica.Snapshots) != 1 {
			c.Errorf("the replica runs: %t, and has %v", replica.Running, replica.Snapshots)
		}
	}},
	{says: "a first copy onto a taken name is refused", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.snapshot("IAB_20260310-130000")
		if _, err := c.Copy(c.Context(), c.job(), plan.Action{Verb: plan.VerbCopy, Side: plan.Target, Creates: true}, func(int64) {}); err == nil {
			c.Error("it was copied")
		}
		if got := c.names(plan.Target); !slices.Equal(got, []string{"IAB_20260310-120000"}) {
			c.Errorf("the replica has %v", got)
		}
	}},
	{says: "btrfs refuses a pile whose oldest snapshot follows by name one that is pending itself", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.take("foreign")
		c.snapshot("IAB_20260310-130000")
		_, err := c.copy(c.Context())
		if inv, _, _, _ := c.inventory(); (inv.Source.Pools[c.pool].Driver == "btrfs") != (err != nil) {
			c.Errorf("in a pool of driver %s: %v", inv.Source.Pools[c.pool].Driver, err)
		}
	}},
	{says: "snapshots whose names sort behind the next one's can be sent one at a time", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.write("second")
		c.take("foreign")
		c.mustCopy()
		c.write("third")
		c.snapshot("IAB_20260310-130000")
		c.mustCopy()
		c.checkMirror()
	}},
	{says: "a cancelled context gives up, and the next copy works", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.write("second")
		c.snapshot("IAB_20260310-130000")
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		if _, err := c.copy(ctx); !errors.Is(err, context.Canceled) {
			c.Errorf("the copy ended with %v", err)
		}
		if _, err := c.Inventory(ctx, plan.Scope{Projects: []string{"default"}}); !errors.Is(err, context.Canceled) {
			c.Errorf("the inventory ended with %v", err)
		}
		c.mustCopy()
		c.checkMirror()
	}},
}
