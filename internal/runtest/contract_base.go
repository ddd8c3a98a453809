package runtest

import (
	"context"
	"strings"
	"time"

	"iab/internal/plan"
)

// another is the uuid of another config that copies the same objects.
const another = "99999999-aaaa-4bbb-8ccc-222222222222"

// today is when configs have used what they keep on objects.
var today = time.Date(2026, 3, 10, 14, 0, 0, 0, time.UTC)

// anothers is what the other config keeps on an object: its copies build on the snapshot.
func anothers(snapshot string) string {
	return plan.Base{Config: another, Target: "elsewhere", Address: "https://elsewhere:8443", Snapshot: snapshot, Used: today}.Mark()
}

// sharing is what several configs that copy one object promise each other.
var sharing = []sentence{
	{says: "what copies build on is kept on the source, and no copy has it", holds: func(c *contract) {
		c.put(false)
		c.inventory()
		c.SetMark(plan.Source, c.ref, plan.BaseKey(another), anothers(""))
		c.snapshot("IAB_20260310-120000")
		c.markBase("IAB_20260310-120000")
		c.snapshot("IAB_20260310-130000") // its config has both keys
		c.mustCopy()
		c.markBase("IAB_20260310-130000")
		archive := plan.Action{Verb: plan.VerbArchive, Side: plan.Target, Snapshot: "IAB_20260310-130000",
			Archive: c.ref.Name + "-IAB-20260310-130000", Created: c.dateOf("IAB_20260310-130000")}
		if err := c.Archive(c.Context(), c.job(), archive); err != nil {
			c.Fatal(err)
		}
		inv, source, _, _ := c.inventory()
		if base, ok := source.BaseOf(c.Identity()); !ok || base.Snapshot != "IAB_20260310-130000" || base.Target == "" || base.Address == "" || base.Used.IsZero() {
			c.Errorf("the source says %+v", base)
		}
		if others, _ := source.Bases(c.Identity()); len(others) != 1 || others[0].Config != another {
			c.Errorf("the other config's key is %+v", others)
		}
		for ref, held := range inv.Target.Holdings {
			for key := range held.Config {
				if strings.HasPrefix(ref.Name, c.ref.Name) && strings.HasPrefix(key, plan.MarkBase) {
					c.Errorf("%s on the target has %s", ref, key)
				}
			}
		}
		if err := c.DeleteArchive(c.Context(), c.job(), archive.Archive); err != nil {
			c.Error(err)
		}
	}},
	{says: "where other configs copy an object, a snapshot that is gone is no base", holds: func(c *contract) {
		c.put(false)
		c.SetMark(plan.Source, c.ref, plan.BaseKey(another), anothers(""))
		c.inventory()
		err := c.MarkBase(c.Context(), c.ref, plan.Base{Pending: "IAB_20260310-120000", Used: today})
		if err == nil {
			c.Error("it was noted")
		}
	}},
	{says: "a snapshot that another config's copies have come to build on is not deleted on the source", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-110000", "IAB_20260310-120000", "IAB_20260310-130000")
		c.mustCopy()
		c.SetMark(plan.Source, c.ref, plan.BaseKey(another), anothers("IAB_20260310-110000"))
		c.inventory()
		c.SetMark(plan.Source, c.ref, plan.BaseKey(another), anothers("IAB_20260310-120000"))
		if err := c.Delete(c.Context(), plan.Source, c.ref, "IAB_20260310-120000"); err == nil {
			c.Error("it was deleted")
		}
		if err := c.Delete(c.Context(), plan.Source, c.ref, "IAB_20260310-130000"); err != nil {
			c.Error(err)
		}
		if err := c.Delete(c.Context(), plan.Target, c.job().Replica(), "IAB_20260310-120000"); err != nil {
			c.Error(err)
		}
		if source, target := c.names(plan.Source), c.names(plan.Target); len(source) != 2 || len(target) != 2 || source[1] == target[1] {
			c.Errorf("the source has %v, the target %v", source, target)
		}
		c.inventory() // from here on whoever plans knows, and knows best
		if err := c.Delete(c.Context(), plan.Source, c.ref, "IAB_20260310-120000"); err != nil {
			c.Error(err)
		}
	}},
	{says: "while another config leaves open on which snapshot its copies build, none is deleted on the source", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-110000", "IAB_20260310-120000")
		c.SetMark(plan.Source, c.ref, plan.BaseKey(another), anothers("IAB_20260310-110000"))
		c.inventory()
		c.SetMark(plan.Source, c.ref, plan.BaseKey(another), plan.Base{Config: another, Snapshot: "IAB_20260309-120000", Open: true, Used: today}.Mark())
		if err := c.Delete(c.Context(), plan.Source, c.ref, "IAB_20260310-120000"); err == nil {
			c.Error("it was deleted")
		}
	}},
	{says: "what another config has taken meanwhile is complete with the copy, too", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.SetMark(plan.Source, c.ref, plan.BaseKey(another), anothers("IAB_20260310-120000"))
		c.snapshot("IAB_20260310-130000")
		c.inventory()
		c.snapshot("IAB_20260310-140000")
		action := plan.Action{Verb: plan.VerbCopy, Side: plan.Target, Phase: plan.Replicate, Snapshot: "IAB_20260310-130000", Base: "IAB_20260310-120000"}
		if _, err := c.Copy(c.Context(), c.job(), action, func(int64) {}); err != nil {
			c.Fatal(err)
		}
		c.checkMirror()
		_, _, replica, _ := c.inventory()
		if complete, ahead := replica.Config[plan.MarkComplete], replica.Config[plan.MarkAhead]; complete != "IAB_20260310-130000" || !strings.Contains(ahead, "IAB_20260310-140000") {
			c.Errorf("complete up to %s, and %s", complete, ahead)
		}
	}},
	{says: "the mark of another run's stop is not overwritten and not taken away", only: plan.Instance, holds: func(c *contract) {
		c.put(true)
		c.SetMark(plan.Source, c.ref, plan.MarkStopped, another)
		ctx, cancel := context.WithTimeout(c.Context(), 3*time.Second)
		defer cancel()
		if err := c.Stop(ctx, c.ref); err == nil {
			c.Error("it was stopped")
		}
		if err := c.Start(c.Context(), c.ref); err != nil {
			c.Error(err)
		}
		if _, source, _, _ := c.inventory(); !source.Running || source.Config[plan.MarkStopped] != another {
			c.Errorf("it runs: %t, and bears the mark %q", source.Running, source.Config[plan.MarkStopped])
		}
	}},
}

func (c *contract) markBase(snapshot string) {
	c.Helper()
	if err := c.MarkBase(c.Context(), c.ref, plan.Base{Snapshot: snapshot, At: today, Used: today}); err != nil {
		c.Fatal(err)
	}
}

// dateOf is the date of a snapshot on the source.
func (c *contract) dateOf(snapshot string) time.Time {
	c.Helper()
	_, source, _, _ := c.inventory()
	for _, s := range source.Snapshots {
		if s.Name == snapshot {
			return s.CreatedAt
		}
	}
	c.Fatalf("the source has no %s", snapshot)
	return time.Time{}
}
