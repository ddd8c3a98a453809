package runtest

import (
	"reflect"
	"slices"

	"iab/internal/plan"
)

// acting is what the small calls do.
var acting = []sentence{
	{says: "a snapshot of a taken name is refused", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.write("second")
		if err := c.Snapshot(c.Context(), c.ref, "IAB_20260310-120000"); err == nil {
			c.Error("it was taken")
		}
		if got := c.Read(plan.Source, c.ref, "IAB_20260310-120000"); got != "first" {
			c.Errorf("the snapshot holds %q now", got)
		}
	}},
	{says: "a snapshot keeps the content of its moment", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.write("second")
		if old, now := c.Read(plan.Source, c.ref, "IAB_20260310-120000"), c.Read(plan.Source, c.ref, ""); old != "first" || now != "second" {
			c.Errorf("the snapshot holds %q, the object %q", old, now)
		}
	}},
	{says: "a deletion takes one snapshot of one side, and a missing one is no error", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000", "IAB_20260310-130000")
		c.mustCopy()
		for range 2 {
			if err := c.Delete(c.Context(), plan.Target, c.job().Replica(), "IAB_20260310-120000"); err != nil {
				c.Fatal(err)
			}
		}
		if source, target := c.names(plan.Source), c.names(plan.Target); len(source) != 2 || !slices.Equal(target, []string{"IAB_20260310-130000"}) {
			c.Errorf("the source has %v, the target %v", source, target)
		}
		for range 2 {
			if err := c.Delete(c.Context(), plan.Source, c.ref, "IAB_20260310-120000"); err != nil {
				c.Fatal(err)
			}
		}
		if source := c.names(plan.Source); !slices.Equal(source, []string{"IAB_20260310-130000"}) {
			c.Errorf("the source has %v", source)
		}
	}},
	{says: "a replica that is set aside keeps its snapshots under another name, and can be deleted with them", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		former := c.job().Replica()
		former.Name += "-IAB-old-20260310-130000"
		for range 2 {
			if err := c.SetAside(c.Context(), c.job(), former.Name); err != nil {
				c.Fatal(err)
			}
		}
		inv, _, _, exists := c.inventory()
		aside, of, ok := plan.AsideOf(former, inv.Target.Holdings[former], c.Identity())
		if exists || !ok || of != c.job().Replica().String() || !slices.Equal(namesOf(aside.Snapshots), []string{"IAB_20260310-120000"}) || aside.Started {
			c.Fatalf("the replica is there: %t, the former one is %+v of %s", exists, aside, of)
		}
		if got := c.Read(plan.Target, former, "IAB_20260310-120000"); got != "first" {
			c.Errorf("its snapshot holds %q", got)
		}
		c.write("second")
		c.mustCopy()
		if err := c.SetAside(c.Context(), c.job(), former.Name); err == nil {
			c.Error("a second one got the same name")
		}
		if err := c.DeleteArchive(c.Context(), c.job(), c.ref.Name); err == nil {
			c.Error("the replica was deleted as if it were a former one")
		}
		for range 2 {
			if err := c.DeleteArchive(c.Context(), c.job(), former.Name); err != nil {
				c.Fatal(err)
			}
		}
		inv, _, _, exists = c.inventory()
		if _, held := inv.Target.Holdings[former]; held || !exists {
			c.Errorf("the former replica is there: %t, the new one: %t", held, exists)
		}
	}},
	{says: "an instance stops and starts, and what is so already is no error", only: plan.Instance, holds: func(c *contract) {
		c.put(true)
		for _, running := range []bool{true, false, true} {
			change := c.Stop
			if running {
				change = c.Start
			}
			for range 2 {
				if err := change(c.Context(), c.ref); err != nil {
					c.Fatal(err)
				}
				if _, source, _, _ := c.inventory(); source.Running != running || c.Running(plan.Source, c.ref) != running {
					c.Errorf("runs: %t, want %t", source.Running, running)
				}
			}
		}
	}},
	{says: "an inventory without volumes tells of instances only", holds: func(c *contract) {
		c.put(false)
		c.mustCopy()
		inv, err := c.Inventory(c.Context(), plan.Scope{Unattached: true, Projects: []string{"default"}, Pools: plan.Sides[[]string]{Source: []string{c.pool}, Target: []string{c.pool}}})
		if err != nil {
			c.Fatal(err)
		}
		for _, side := range plan.BothSides {
			if _, there := inv.On(side).Holdings[c.job().RefOn(side)]; there != (c.ref.Kind == plan.Instance) {
				c.Errorf("it tells of %s on the %s: %t", c.ref, side, there)
			}
		}
	}},
	{says: "an inventory in brief tells what there is, and the rest of an instance, and a pool, are told for themselves", holds: func(c *contract) {
		c.put(false)
		c.take("by-hand")
		c.mustCopy()
		whole, source, replica, _ := c.inventory()
		inv, err := c.Inventory(c.Context(), plan.Scope{Brief: true, Projects: []string{"default"}, Pools: plan.Sides[[]string]{Source: []string{c.pool}, Target: []string{c.pool}}})
		if err != nil {
			c.Fatal(err)
		}
		if c.ref.Kind == plan.Volume {
			source, replica = plan.Holding{Pool: source.Pool}, plan.Holding{Pool: replica.Pool}
		}
		for side, want := range map[plan.Side]plan.Holding{plan.Source: source, plan.Target: replica} {
			held, ref := inv.On(side).Holdings, c.job().RefOn(side)
			if c.ref.Kind == plan.Instance {
				all, err := c.Instance(c.Context(), side, ref)
				if err != nil || !reflect.DeepEqual(all, want) {
					c.Errorf("on the %s it is told as %+v, want %+v: %v", side, all, want, err)
				}
				want.Snapshots = nil
			}
			if got, there := held[ref]; !there || !reflect.DeepEqual(got, want) {
				c.Errorf("on the %s it is told in brief as %+v, %t, want %+v", side, got, there, want)
			}
			pool, there, err := c.Pool(c.Context(), side, c.pool)
			if _, nowhere, err := c.Pool(c.Context(), side, "nopool"); !there || pool != whole.On(side).Pools[c.pool] || nowhere || err != nil {
				c.Errorf("on the %s pool %s is %+v, %t, and one that does not exist is there: %t, %v", side, c.pool, pool, there, nowhere, err)
			}
			if err != nil || len(inv.On(side).Pools) > 0 {
				c.Errorf("on the %s the pools told in brief are %v; %v", side, inv.On(side).Pools, err)
			}
			if drivers := inv.On(side).Drivers; len(inv.On(side).Members) == 0 && !slices.Contains(drivers, pool.Driver) {
				c.Errorf("on the %s, whose pool %s is one of %s, the pools are said to be of %v", side, c.pool, pool.Driver, drivers)
			}
		}
	}},
	{says: "an inventory lists what exists and leaves out what does not", holds: func(c *contract) {
		c.put(false)
		c.take("by-hand")
		inv, err := c.Inventory(c.Context(), plan.Scope{
			Projects: []string{"default", "nowhere"},
			Pools:    plan.Sides[[]string]{Source: []string{c.pool, "nopool"}, Target: []string{c.pool, "nopool"}},
		})
		if err != nil {
			c.Fatal(err)
		}
		for _, side := range plan.BothSides {
			server := inv.On(side)
			_, project := server.Projects["default"]
			_, absent := server.Projects["nowhere"]
			_, noPool := server.Pools["nopool"]
			if !project || absent || noPool || server.Pools[c.pool].Driver == "" || server.Name == "" || server.Version == "" {
				c.Errorf("the %s is %s %s with projects %v and pools %v", side, server.Name, server.Version, server.Projects, server.Pools)
			}
		}
		held, exists := inv.Source.Holdings[c.ref]
		if !exists || held.Pool != c.pool || !slices.Equal(namesOf(held.Snapshots), []string{"by-hand"}) || held.Snapshots[0].CreatedAt.IsZero() {
			c.Errorf("the source holds %+v", held)
		}
		if _, exists := inv.Target.Holdings[c.job().Replica()]; exists {
			c.Error("the target holds a replica that nobody made")
		}
	}},
}
