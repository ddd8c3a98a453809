package runtest

import "iab/internal/plan"

// forgetting is what a removal for good takes.
var forgetting = []sentence{
	{says: "a replica is forgotten with its snapshots, and what is gone already is no error", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000", "IAB_20260310-130000")
		c.mustCopy()
		replica := c.job().Replica()
		for _, wrong := range []plan.Removal{
			{Side: plan.Target, Ref: replica, Role: plan.RoleArchive, Of: replica.String()},
			{Side: plan.Target, Ref: replica, Role: plan.RoleAside, Of: replica.String()},
			{Side: plan.Target, Ref: replica, Role: plan.RoleKept, Of: replica.String()},
			{Side: plan.Source, Ref: c.ref, Role: plan.RoleReplica, Of: c.ref.String()},
			{Side: plan.Source, Ref: c.ref, Role: plan.RoleKept, Of: c.ref.String()},
		} {
			if err := c.Forget(c.Context(), wrong); err == nil {
				c.Errorf("it was forgotten as %+v", wrong)
			}
		}
		if _, source, _, exists := c.inventory(); !exists || len(source.Snapshots) != 2 {
			c.Fatalf("the replica is there: %t, the source has %v", exists, source.Snapshots)
		}
		for range 2 {
			if err := c.Forget(c.Context(), plan.Removal{Side: plan.Target, Ref: replica, Role: plan.RoleReplica, Of: replica.String()}); err != nil {
				c.Fatal(err)
			}
		}
		if _, source, _, exists := c.inventory(); exists || len(source.Snapshots) != 2 {
			c.Errorf("the replica is there: %t, the source has %v", exists, source.Snapshots)
		}
	}},
	{says: "an archive is forgotten as that of its replica only", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		_, _, held, _ := c.inventory()
		replica := c.job().Replica()
		archive := replica
		archive.Name += "-IAB-20260310-120000"
		action := plan.Action{Verb: plan.VerbArchive, Side: plan.Target, Snapshot: "IAB_20260310-120000", Archive: archive.Name, Created: held.Snapshots[0].CreatedAt}
		if err := c.Archive(c.Context(), c.job(), action); err != nil {
			c.Fatal(err)
		}
		if err := c.Forget(c.Context(), plan.Removal{Side: plan.Target, Ref: archive, Role: plan.RoleArchive, Of: archive.String()}); err == nil {
			c.Error("it was forgotten as that of something else")
		}
		if err := c.Forget(c.Context(), plan.Removal{Side: plan.Target, Ref: archive, Role: plan.RoleArchive, Of: replica.String()}); err != nil {
			c.Fatal(err)
		}
		inv, _, _, exists := c.inventory()
		if _, there := inv.Target.Holdings[archive]; there || !exists {
			c.Errorf("the archive is there: %t, the replica: %t", there, exists)
		}
	}},
	{says: "a replica that runs is not forgotten", only: plan.Instance, holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		replica := c.job().Replica()
		c.RunReplica(replica)
		if err := c.Forget(c.Context(), plan.Removal{Side: plan.Target, Ref: replica, Role: plan.RoleReplica, Of: replica.String()}); err == nil {
			c.Error("it was forgotten")
		}
		if _, _, held, exists := c.inventory(); !exists || len(held.Snapshots) != 1 {
			c.Errorf("the replica is there: %t, with %v", exists, held.Snapshots)
		}
	}},
}
