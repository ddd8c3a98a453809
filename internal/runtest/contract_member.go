package runtest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"iab/internal/plan"
)

// ClusterSubject is a Subject whose target is a cluster. Read looks at objects on the target on its member Away.
type ClusterSubject interface {
	Subject
	// Away is a member of the target that IAB is not connected to.
	Away() string
}

// ClusterContract holds what every implementation of run.Servers promises of a target that is a cluster, for instances and volumes in each
// of the subject's pools, which are tested side by side.
func ClusterContract(t *testing.T, newSubject func(t *testing.T) ClusterSubject) {
	var objects atomic.Int32
	for _, pool := range newSubject(t).Pools() {
		for _, kind := range []plan.Kind{plan.Instance, plan.Volume} {
			t.Run(fmt.Sprintf("%s in pool %s", kind, pool), func(t *testing.T) {
				t.Parallel()
				subject := newSubject(t)
				ref := plan.Ref{Project: "default", Kind: kind, Name: fmt.Sprintf("cluster-%d", objects.Add(1))}
				if kind == plan.Volume {
					ref.Pool = pool
				}
				c := &contract{T: t, Subject: subject, ref: ref, pool: pool, member: subject.Away()}
				c.livesAway()
			})
		}
	}
}

// livesAway holds that a replica comes to the member that its copy names, that copies go on there, and that what is made of it lies
// beside it.
func (c *contract) livesAway() {
	c.put(false)
	c.snapshot("IAB_20260310-120000")
	c.mustCopy()
	c.write("second")
	c.snapshot("IAB_20260310-130000")
	c.mustCopy()
	c.checkMirror()

	inv, _, replica, _ := c.inventory()
	if replica.Member != c.member || !inv.Target.Members[c.member].Answers || len(inv.Source.Members) > 0 {
		c.Errorf("the replica lies on %q; the members are %v", replica.Member, inv.Target.Members)
	}
	first := replica.Snapshots[0]
	archive := plan.Action{Verb: plan.VerbArchive, Side: plan.Target, Snapshot: first.Name, Created: first.CreatedAt, Archive: c.ref.Name + "-archive"}
	if err := c.Archive(c.Context(), c.job(), archive); err != nil {
		c.Fatal(err)
	}
	kept := c.job().Replica()
	kept.Name = archive.Archive
	made := plan.Clone{Ref: c.job().Replica(), Of: plan.Point{Side: plan.Target, Holder: c.job().Replica(), Within: true, Snapshot: first.Name}, Purpose: plan.PurposeContent}
	made.Ref.Name += "-clone"
	if err := c.Clone(c.Context(), made); err != nil {
		c.Fatal(err)
	}
	inv, _, _, _ = c.inventory()
	for _, ref := range []plan.Ref{kept, made.Ref} {
		if got := inv.Target.Holdings[ref].Member; got != c.member {
			c.Errorf("%s lies on %q", ref, got)
		}
		if got := c.Read(plan.Target, ref, ""); got != c.written[first.Name] {
			c.Errorf("%s holds %.40q", ref, got)
		}
	}
	if err := c.DeleteClone(c.Context(), plan.Target, made.Ref); err != nil {
		c.Error(err)
	}
	if err := c.DeleteArchive(c.Context(), c.job(), archive.Archive); err != nil {
		c.Error(err)
	}
	if err := c.Delete(c.Context(), plan.Target, c.job().Replica(), first.Name); err != nil {
		c.Error(err)
	}
	if err := c.SetAside(c.Context(), c.job(), c.ref.Name+"-aside"); err != nil {
		c.Error(err)
	}
	inv, _, _, _ = c.inventory()
	aside := c.job().Replica()
	aside.Name += "-aside"
	if held := inv.Target.Holdings[aside]; held.Member != c.member || len(held.Snapshots) != 1 {
		c.Errorf("what was set aside lies on %q with %v", held.Member, held.Snapshots)
	}
	for _, ref := range []plan.Ref{kept, made.Ref, c.job().Replica()} {
		if _, left := inv.Target.Holdings[ref]; left {
			c.Errorf("%s is left", ref)
		}
	}
}
