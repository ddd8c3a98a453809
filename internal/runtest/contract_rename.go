package runtest

import (
	"slices"

	"iab/internal/plan"
)

// renaming is what becomes of a replica whose object was renamed.
var renaming = []sentence{
	{says: "a replica that is renamed keeps its history, its archives follow, and once more changes nothing", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		inv, _, replica, _ := c.inventory()
		archive := plan.Action{Verb: plan.VerbArchive, Side: plan.Target, Snapshot: "IAB_20260310-120000", Archive: c.ref.Name + "-IAB-20260310-120000",
			Created: replica.Snapshots[0].CreatedAt}
		if err := c.Archive(c.Context(), c.job(), archive); err != nil {
			c.Fatal(err)
		}
		before, renamed := inv.Target.Holdings[c.job().Replica()], c.job()
		renamed.Ref.Name += "-renamed"
		if err := c.RenameReplica(c.Context(), renamed, archive.Archive, nil); err == nil {
			c.Error("an archive was renamed as if it were a replica")
		}
		if err := c.RenameReplica(c.Context(), renamed, c.ref.Name, []string{c.ref.Name}); err == nil {
			c.Error("what is no archive of the replica followed")
		}
		for range 2 {
			if err := c.RenameReplica(c.Context(), renamed, c.ref.Name, []string{archive.Archive, "nothing-of-that-name"}); err != nil {
				c.Fatal(err)
			}
		}
		inv, _, _, exists := c.inventory()
		after, there := inv.Target.Holdings[renamed.Replica()]
		kept := c.job().Replica()
		kept.Name = archive.Archive
		_, of, ok := plan.ArchiveOf(kept, inv.Target.Holdings[kept], c.Identity())
		if exists || !there || !slices.Equal(namesOf(after.Snapshots), namesOf(before.Snapshots)) || after.Config[plan.MarkComplete] != "IAB_20260310-120000" {
			c.Errorf("under the old name: %t, under the new one: %t, %+v", exists, there, after)
		}
		if !ok || of != renamed.Replica().String() {
			c.Errorf("the archive is of %q", of)
		}
		if got := c.Read(plan.Target, renamed.Replica(), "IAB_20260310-120000"); got != "first" {
			c.Errorf("its snapshot holds %q", got)
		}
		// Its old name is free, and the new one is not.
		c.mustCopy()
		if err := c.RenameReplica(c.Context(), renamed, c.ref.Name, nil); err == nil {
			c.Error("a second replica got the same name")
		}
		// Nothing of it is left for the sentences that come.
		if err := c.DeleteArchive(c.Context(), renamed, archive.Archive); err != nil {
			c.Error(err)
		}
		if err := c.SetAside(c.Context(), renamed, renamed.Replica().Name+"-IAB-old-20260310-130000"); err != nil {
			c.Error(err)
		}
		if err := c.DeleteArchive(c.Context(), renamed, renamed.Replica().Name+"-IAB-old-20260310-130000"); err != nil {
			c.Error(err)
		}
	}},
}
