package runtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"iab/internal/plan"
)

// copying is what copies do.
var copying = []sentence{
	{says: "a replica tells of which object it was made", holds: func(c *contract) {
		c.put(false)
		for _, name := range []string{"IAB_20260310-120000", "IAB_20260310-130000"} {
			c.snapshot(name)
			c.mustCopy()
			_, source, replica, _ := c.inventory()
			for key, want := range plan.OriginMarks(c.ref, source.Config) {
				if got := replica.Config[key]; got != want || key == plan.MarkOrigin && got == "" {
					c.Errorf("%s is %q, want %q", key, got, want)
				}
			}
		}
	}},
	{says: "a first copy makes a replica with all snapshots and equal content", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.write("second")
		c.take("by-hand")
		c.write("third")
		c.mustCopy()
		if got := c.names(plan.Target); !slices.Equal(got, []string{"IAB_20260310-120000", "by-hand"}) {
			c.Errorf("the replica has %v", got)
		}
		c.checkMirror()
	}},
	{says: "an incremental copy after the source was written carries the new data", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.write("second")
		c.snapshot("IAB_20260310-130000")
		c.mustCopy()
		c.checkMirror()
	}},
	{says: "a refresh sends only what is new and mirrors deletions", holds: func(c *contract) {
		c.put(false)
		c.write(strings.Repeat("0123456789abcdef", 1<<16))
		c.snapshot("IAB_20260310-120000", "IAB_20260310-130000", "IAB_20260310-140000")
		first := c.mustCopy()
		c.write("small")
		c.snapshot("IAB_20260310-150000")
		c.Remove(plan.Source, c.ref, "IAB_20260310-130000")
		if sent := c.mustCopy(); sent > first/2 {
			c.Errorf("the first copy sent %d bytes, the refresh %d", first, sent)
		}
		if got, want := c.names(plan.Target), []string{"IAB_20260310-120000", "IAB_20260310-140000", "IAB_20260310-150000"}; !slices.Equal(got, want) {
			c.Errorf("the replica has %v, want %v", got, want)
		}
		c.checkMirror()
	}},
	{says: "creation dates are equal on both sides after a copy", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.snapshot("IAB_20260310-130000")
		c.mustCopy()
		_, source, replica, _ := c.inventory()
		for _, s := range source.Snapshots {
			if !slices.ContainsFunc(replica.Snapshots, func(t plan.Snapshot) bool { return t.Equal(s) }) {
				c.Errorf("%v has no equal in %v", s, replica.Snapshots)
			}
		}
	}},
	{says: "what a replica lost is sent again", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.write("second")
		c.snapshot("IAB_20260310-130000")
		c.mustCopy()
		c.Remove(plan.Target, c.job().Replica(), "IAB_20260310-120000")
		c.mustCopy()
		c.checkMirror()
	}},
	{says: "a replica of a running instance neither runs nor will, and carries the mark", only: plan.Instance, holds: func(c *contract) {
		c.put(true)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		_, source, replica, _ := c.inventory()
		c.checkMark(replica)
		if !source.Running || replica.Running || c.Running(plan.Target, c.job().Replica()) {
			c.Errorf("the source runs: %t, the replica: %t", source.Running, replica.Running)
		}
		if state := replica.Config["volatile.last_state.power"]; state == "RUNNING" {
			c.Errorf("the replica carries the power state %s", state)
		}
		if start := replica.Config["boot.autostart"]; start != "false" {
			c.Errorf("the replica has boot.autostart=%q", start)
		}
		c.snapshot("IAB_20260310-130000")
		c.mustCopy()
		if c.Running(plan.Target, c.job().Replica()) || !c.Running(plan.Source, c.ref) {
			c.Error("a refresh changed what runs")
		}
	}},
	{says: "a replica of a volume carries the mark", only: plan.Volume, holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		_, _, replica, _ := c.inventory()
		c.checkMark(replica)
	}},
	{says: "between pools of driver dir a copy leaves out what is older than the newest common snapshot", holds: leavingOut},
	{says: "plan.Refresh foretells what a copy does", holds: randomSequence},
}

// leavingOut has the target hold fewer snapshots than the source. On btrfs a server must never be asked for that: it would leave
// subvolumes that nobody can delete (seen on 6.0.4).
func leavingOut(c *contract) {
	c.put(false)
	c.snapshot("IAB_20260310-120000")
	c.write("second")
	c.snapshot("IAB_20260310-130000")
	c.mustCopy()
	inv, _, _, _ := c.inventory()
	if inv.Source.Pools[c.pool].Driver != "dir" {
		return
	}
	c.Remove(plan.Target, c.job().Replica(), "IAB_20260310-120000")
	c.write("third") // a second goes by: servers compare whole seconds
	c.laterSecond()
	c.snapshot("IAB_20260310-140000")
	action := plan.Action{Verb: plan.VerbCopy, Side: plan.Target, Phase: plan.Replicate, Snapshot: "IAB_20260310-140000",
		Base: "IAB_20260310-130000", Sends: []string{"IAB_20260310-140000"}, LeavesOut: []string{"IAB_20260310-120000"}}
	for range 2 {
		if _, err := c.Copy(c.Context(), c.job(), action, func(int64) {}); err != nil {
			c.Fatal(err)
		}
		if got, want := c.names(plan.Target), []string{"IAB_20260310-130000", "IAB_20260310-140000"}; !slices.Equal(got, want) {
			c.Fatalf("the replica has %v, want %v", got, want)
		}
	}
	if got := c.Read(plan.Target, c.job().Replica(), "IAB_20260310-140000"); got != "third" {
		c.Errorf("the new snapshot holds %q", got)
	}
}

// laterSecond waits until the source dates what it makes a second later than all that it has.
func (c *contract) laterSecond() {
	c.Helper()
	_, source, _, _ := c.inventory()
	newest := source.Snapshots[len(source.Snapshots)-1].CreatedAt
	for n := 0; ; n++ {
		probe := fmt.Sprintf("probe-%d", n)
		c.Take(c.ref, probe)
		_, source, _, _ := c.inventory()
		i := slices.IndexFunc(source.Snapshots, func(s plan.Snapshot) bool { return s.Name == probe })
		made := source.Snapshots[i].CreatedAt
		c.Remove(plan.Source, c.ref, probe)
		if made.Truncate(time.Second).After(newest.Truncate(time.Second)) {
			return
		}
	}
}

func (c *contract) checkMark(replica plan.Holding) {
	c.Helper()
	if replica.Config[plan.MarkReplicaOf] != c.Identity() || replica.Config[plan.MarkRole] != plan.RoleReplica {
		c.Errorf("the replica's config is %v", replica.Config)
	}
}

// randomSequence changes both sides at random and copies, again and again. Names sort as they are made, so that
// every pile of snapshots can be sent.
func randomSequence(c *contract) {
	c.put(false)
	c.snapshot("s000")
	c.mustCopy()
	random := rand.New(rand.NewPCG(1, 2))
	for step := range c.Steps() {
		c.write(fmt.Sprintf("content of step %d", step))
		for n := range random.IntN(3) {
			c.take(fmt.Sprintf("s%03d-%d", step+1, n))
		}
		_, source, replica, _ := c.inventory()
		for _, side := range plan.BothSides {
			held := plan.Sides[plan.Holding]{Source: source, Target: replica}.On(side).Snapshots
			if len(held) > 1 && random.IntN(2) == 0 {
				c.Remove(side, c.job().RefOn(side), held[random.IntN(len(held))].Name)
			}
		}
		_, source, before, _ := c.inventory()
		foretold := plan.Refresh(source.Snapshots, before.Snapshots)
		c.mustCopy()
		_, _, after, _ := c.inventory()
		done := plan.Refresh(after.Snapshots, before.Snapshots)
		for _, list := range []struct {
			says      string
			want, got []plan.Snapshot
		}{
			{"after", foretold.After, after.Snapshots},
			{"sends", foretold.Sends, done.Sends},
			{"loses", foretold.Loses, done.Loses},
		} {
			if want, got := namesOf(list.want), namesOf(list.got); !slices.Equal(want, got) {
				c.Fatalf("step %d: %s is %v, foretold %v", step, list.says, got, want)
			}
		}
		c.checkMirror()
	}
}
