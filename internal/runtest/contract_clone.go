package runtest

import (
	"io"
	"strings"
	"time"

	"iab/internal/files"
	"iab/internal/plan"
)

// cloning is what temporary clones are good for.
var cloning = []sentence{
	{says: "a clone of a snapshot holds its files with their owners, bears the marks, and goes without a trace", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.write("second")
		c.mustCopy()
		for _, side := range plan.BothSides {
			clone := c.clone(side, "IAB_20260310-120000")
			if err := c.Clone(c.Context(), clone); err != nil {
				c.Fatal(err)
			}
			inv, _, _, _ := c.inventory()
			held := inv.On(side).Holdings[clone.Ref]
			if !held.IsClone(c.Identity()) || held.Running || len(held.Snapshots) > 0 || len(plan.Leftovers(inv, c.Identity())) == 0 {
				c.Errorf("the clone is %+v", held)
			}
			if got := strings.TrimRight(c.walked(clone), "\n"); got != "first" {
				c.Errorf("the clone on the %s holds %q", side, got)
			}
			for range 2 {
				if err := c.DeleteClone(c.Context(), side, clone.Ref); err != nil {
					c.Fatal(err)
				}
			}
			inv, _, _, _ = c.inventory()
			if _, left := inv.On(side).Holdings[clone.Ref]; left {
				c.Errorf("the clone on the %s is still there", side)
			}
		}
	}},
	{says: "what is no clone is not deleted as one", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		if c.DeleteClone(c.Context(), plan.Source, c.ref) == nil || c.DeleteClone(c.Context(), plan.Target, c.job().Replica()) == nil {
			c.Error("it was deleted")
		}
		c.checkMirror()
	}},
	{says: "a clone of nothing is an error", holds: func(c *contract) {
		c.put(false)
		if err := c.Clone(c.Context(), c.clone(plan.Source, "IAB_20260310-120000")); err == nil {
			c.Error("it was made")
		}
	}},
	{says: "a copy keeps the last drill of a replica", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		drill := plan.Drill{At: time.Date(2026, 3, 10, 13, 0, 0, 0, time.UTC), Snapshot: "IAB_20260310-120000", OK: true, Seconds: 1.5}
		if err := c.NoteDrill(c.Context(), c.job().Replica(), drill); err != nil {
			c.Fatal(err)
		}
		c.snapshot("IAB_20260310-130000")
		c.mustCopy()
		if _, _, replica, _ := c.inventory(); replica.Config[plan.MarkDrill] != drill.Mark() {
			c.Errorf("the replica says %q", replica.Config[plan.MarkDrill])
		}
	}},
	{says: "a clone that is started on trial is removed all the same", only: plan.Instance, holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		clone := c.clone(plan.Target, "IAB_20260310-120000")
		if err := c.Clone(c.Context(), clone); err != nil {
			c.Fatal(err)
		}
		trial, err := c.Try(c.Context(), clone.Ref, plan.Wait{Patience: time.Minute})
		if err != nil || trial.Proof != plan.Runs {
			c.Errorf("%+v, %v", trial, err)
		}
		if err := c.DeleteClone(c.Context(), plan.Target, clone.Ref); err != nil {
			c.Error(err)
		}
		c.checkMirror()
	}},
}

// clone is a clone of the object's snapshot on one side.
func (c *contract) clone(side plan.Side, snapshot string) plan.Clone {
	holder := c.job().RefOn(side)
	ref := holder
	ref.Name += "-clone"
	return plan.Clone{Ref: ref, Of: plan.Point{Side: side, Holder: holder, Within: true, Snapshot: snapshot}, Purpose: plan.PurposeContent}
}

// walked is the content of the data file of a clone.
func (c *contract) walked(clone plan.Clone) string {
	c.Helper()
	var content []byte
	err := c.Walk(c.Context(), clone.Of.Side, clone.Ref, []string{DataFile}, func(f files.File, open func() (io.ReadCloser, error)) error {
		if f.Path != DataFile {
			if f.Type != files.Directory || !files.Above(f.Path, []string{DataFile}) {
				c.Errorf("it shows %+v, which nobody asked for", f)
			}
			return nil
		}
		reader, err := open()
		if err != nil {
			return err
		}
		defer reader.Close()
		content, err = io.ReadAll(reader)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return string(content)
}
