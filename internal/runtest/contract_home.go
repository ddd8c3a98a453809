package runtest

import (
	"slices"
	"time"

	"iab/internal/plan"
)

// returning is how what one side has written comes to the other without sending everything, and what goes afterwards.
var returning = []sentence{
	{says: "what a restore has made becomes what another object is now, with all of its snapshots", holds: func(c *contract) {
		if inv, _, _, _ := c.inventory(); inv.Source.Pools[c.pool].Driver == "btrfs" {
			return // a chain can't be turned round there, and no plan asks for it
		}
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.write("second")
		c.snapshot("IAB_20260310-130000")
		c.mustCopy()
		c.write("lost") // what the source goes on to do does not count
		c.Overwrite(plan.Target, c.job().Replica(), "third")

		temporary := c.beside("-IAB-new-20260310-140000")
		fetch := plan.Step{Verb: plan.StepFetch, Side: plan.Source, Object: c.ref, Name: temporary.Name, Pool: c.pool,
			From: plan.Point{Side: plan.Source, Holder: c.ref, Within: true, Snapshot: "IAB_20260310-120000"}}
		if _, err := c.Fetch(c.Context(), c.job(), fetch, c.ref, func(int64) {}); err != nil {
			c.Fatal(err)
		}
		defer func() {
			if err := c.DeleteFetched(c.Context(), plan.Source, temporary, c.ref); err != nil {
				c.Error(err)
			}
		}()
		for range 2 { // once more does no harm
			if _, err := c.Update(c.Context(), c.job(), c.update(temporary), c.ref, func(int64) {}); err != nil {
				c.Fatal(err)
			}
		}
		inv, _, replica, _ := c.inventory()
		held := inv.Source.Holdings[temporary]
		if effect := plan.Refresh(held.Snapshots, replica.Snapshots); len(held.Snapshots) != 2 || len(effect.Sends)+len(effect.Loses) > 0 {
			c.Errorf("it has %v, what it was made of %v", held.Snapshots, replica.Snapshots)
		}
		if held.Config[plan.MarkFetched] != plan.FetchedMark(c.Identity(), c.ref) || held.Config[plan.MarkReplicaOf] != "" || held.Config[plan.MarkRole] != "" {
			c.Errorf("it has the config %v", held.Config)
		}
		if c.ref.Kind == plan.Instance && (held.Config["boot.autostart"] != "false" || held.Config[plan.MarkSaved+"boot.autostart"] != "true") {
			c.Errorf("it has not got its original config back, or starts before it has its name: %v", held.Config)
		}
		for snapshot, want := range map[string]string{"": "third", "IAB_20260310-120000": "first", "IAB_20260310-130000": "second"} {
			if got := c.Read(plan.Source, temporary, snapshot); got != want {
				c.Errorf("%q of it holds %q, want %q", snapshot, got, want)
			}
		}
		if got := c.Read(plan.Source, c.ref, ""); got != "lost" {
			c.Errorf("what it was copied from holds %q", got)
		}
	}},
	{says: "an object is replaced by one that is made of its own snapshot, and what was there is kept with all of its snapshots", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.write("second")
		c.snapshot("IAB_20260310-130000")
		c.write("third")
		temporary, before := c.beside("-IAB-new-20260310-140000"), c.beside("-IAB-before-20260310-140000")
		fetch := plan.Step{Verb: plan.StepFetch, Side: plan.Source, Object: c.ref, Name: temporary.Name, Pool: c.pool,
			From: plan.Point{Side: plan.Source, Holder: c.ref, Within: true, Snapshot: "IAB_20260310-120000"}}
		if _, err := c.Fetch(c.Context(), c.job(), fetch, c.ref, func(int64) {}); err != nil {
			c.Fatal(err)
		}
		if err := c.Rename(c.Context(), plan.Source, c.ref, before.Name, ""); err != nil {
			c.Fatal(err)
		}
		if err := c.Adopt(c.Context(), plan.Source, temporary, c.ref.Name, true, false); err != nil {
			c.Fatal(err)
		}
		inv, source, _, _ := c.inventory()
		kept := inv.Source.Holdings[before]
		if !slices.Equal(namesOf(kept.Snapshots), []string{"IAB_20260310-120000", "IAB_20260310-130000"}) || kept.Config[plan.MarkKept] != c.ref.String() || len(source.Snapshots) > 0 {
			c.Errorf("what was there has %v and the config %v, and what is there now %v", kept.Snapshots, kept.Config, source.Snapshots)
		}
		for _, held := range []struct {
			ref            plan.Ref
			snapshot, want string
		}{{c.ref, "", "first"}, {before, "", "third"}, {before, "IAB_20260310-120000", "first"}, {before, "IAB_20260310-130000", "second"}} {
			if got := c.Read(plan.Source, held.ref, held.snapshot); got != held.want {
				c.Errorf("%s %s holds %q, want %q", held.ref, held.snapshot, got, held.want)
			}
		}
	}},
	{says: "nothing is brought up to another object that is not marked as made by a restore", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.Overwrite(plan.Target, c.job().Replica(), "third")
		if _, err := c.Update(c.Context(), c.job(), c.update(c.ref), c.ref, func(int64) {}); err == nil {
			c.Error("it was overwritten")
		}
		if got := c.Read(plan.Source, c.ref, ""); got != "first" {
			c.Errorf("it holds %q", got)
		}
	}},
	{says: "what a failback has replaced is deleted with just its snapshots, and nothing else is", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		before := c.beside("-IAB-before-20260310-140000")
		if err := c.Standby(c.Context(), c.ref, false, true); err != nil {
			c.Fatal(err)
		}
		mark := plan.Replaced{Identity: c.Identity(), At: time.Date(2026, 3, 10, 14, 0, 0, 0, time.UTC), HandedOver: true}.Mark()
		if err := c.Rename(c.Context(), plan.Source, c.ref, before.Name, mark); err != nil {
			c.Fatal(err)
		}
		c.put(false) // what came home
		if inv, _, _, _ := c.inventory(); !inv.Source.Holdings[before].Disposable(before.Name, c.ref, c.Identity()) {
			c.Errorf("it has the config %v", inv.Source.Holdings[before].Config)
		}
		for _, wrong := range []struct {
			name      string
			snapshots []string
		}{{c.ref.Name, nil}, {before.Name, nil}, {before.Name, []string{"IAB_20260310-120000", "IAB_20260310-130000"}}} {
			if err := c.DeleteReplaced(c.Context(), c.job(), wrong.name, wrong.snapshots); err == nil {
				c.Errorf("%s was deleted as if it had the snapshots %v", wrong.name, wrong.snapshots)
			}
		}
		for range 2 {
			if err := c.DeleteReplaced(c.Context(), c.job(), before.Name, []string{"IAB_20260310-120000"}); err != nil {
				c.Fatal(err)
			}
		}
		inv, _, _, _ := c.inventory()
		_, left := inv.Source.Holdings[before]
		if _, there := inv.Source.Holdings[c.ref]; left || !there {
			c.Errorf("it is still there: %t, what has its name now is: %t", left, there)
		}
	}},
	{says: "an object on standby that was started does not count as handed over any more", only: plan.Instance, holds: func(c *contract) {
		c.put(false)
		if err := c.Standby(c.Context(), c.ref, false, true); err != nil {
			c.Fatal(err)
		}
		if err := c.Start(c.Context(), c.ref); err != nil {
			c.Fatal(err)
		}
		if err := c.Halt(c.Context(), plan.Source, c.ref); err != nil {
			c.Fatal(err)
		}
		before := c.beside("-IAB-before-20260310-140000")
		mark := plan.Replaced{Identity: c.Identity(), At: time.Date(2026, 3, 10, 14, 0, 0, 0, time.UTC), HandedOver: true}.Mark()
		if err := c.Rename(c.Context(), plan.Source, c.ref, before.Name, mark); err != nil {
			c.Fatal(err)
		}
		if err := c.DeleteReplaced(c.Context(), c.job(), before.Name, nil); err == nil {
			c.Error("it was deleted")
		}
		if err := c.Unkeep(c.Context(), plan.Source, c.ref, before.Name); err != nil {
			c.Fatal(err)
		}
	}},
}

// beside is the object's ref with something behind its name.
func (c *contract) beside(suffix string) plan.Ref {
	ref := c.ref
	ref.Name += suffix
	return ref
}

// update is the step that makes an object on the source what the replica is.
func (c *contract) update(ref plan.Ref) plan.Step {
	return plan.Step{Verb: plan.StepUpdate, Side: plan.Source, Object: ref, From: plan.Point{Side: plan.Target, Holder: c.job().Replica()}}
}
