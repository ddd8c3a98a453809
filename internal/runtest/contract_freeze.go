package runtest

import (
	"context"
	"strings"
	"time"

	"iab/internal/plan"
)

// freezing is what servers do around a snapshot with what runs.
var freezing = []sentence{
	{says: "an instance freezes and goes on, and what is so already is no error", only: plan.Instance, holds: func(c *contract) {
		c.put(true)
		for range 2 {
			if _, err := c.Freeze(c.Context(), c.ref); err != nil {
				c.Fatal(err)
			}
			c.checkFrozen(true, true)
		}
		c.snapshot("IAB_20260310-120000")
		for range 2 {
			if err := c.Unfreeze(c.Context(), c.ref); err != nil {
				c.Fatal(err)
			}
			c.checkFrozen(false, false)
		}
	}},
	{says: "what a person has paused stays paused", only: plan.Instance, holds: func(c *contract) {
		c.put(true)
		c.Pause(c.ref)
		if _, err := c.Freeze(c.Context(), c.ref); err != nil {
			c.Fatal(err)
		}
		c.checkFrozen(true, false)
		if err := c.Unfreeze(c.Context(), c.ref); err != nil {
			c.Fatal(err)
		}
		c.checkFrozen(true, false)
	}},
	{says: "what does not run is not frozen", only: plan.Instance, holds: func(c *contract) {
		c.put(false)
		if _, err := c.Freeze(c.Context(), c.ref); err != nil {
			c.Fatal(err)
		}
		if _, source, _, _ := c.inventory(); source.Frozen || source.Running || source.Config[plan.MarkFrozen] != "" {
			c.Errorf("it is %s, with the mark %q", source.Status, source.Config[plan.MarkFrozen])
		}
		if err := c.Unfreeze(c.Context(), c.ref); err != nil {
			c.Fatal(err)
		}
		if c.Running(plan.Source, c.ref) {
			c.Error("it was started")
		}
	}},
	{says: "a replica of what was frozen bears no mark of it", only: plan.Instance, holds: func(c *contract) {
		c.put(true)
		if _, err := c.Freeze(c.Context(), c.ref); err != nil {
			c.Fatal(err)
		}
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		if _, _, replica, _ := c.inventory(); replica.Config[plan.MarkFrozen] != "" || replica.Frozen || replica.Running {
			c.Errorf("the replica is %s and bears the mark %q", replica.Status, replica.Config[plan.MarkFrozen])
		}
		if err := c.Unfreeze(c.Context(), c.ref); err != nil {
			c.Fatal(err)
		}
	}},
	{says: "a command runs in a running instance, and one that fails is an error", only: plan.Instance, holds: func(c *contract) {
		c.put(true)
		c.Commands()
		output, err := c.Exec(c.Context(), c.ref, plan.Command{Name: "first", Text: `echo "$IAB_PHASE of $IAB_SNAPSHOT"`,
			Env: map[string]string{"IAB_PHASE": "pre", "IAB_SNAPSHOT": "s1"}})
		if err != nil || output != "pre of s1\n" {
			c.Errorf("it has printed %q, error %v", output, err)
		}
		output, err = c.Exec(c.Context(), c.ref, plan.Command{Name: "second", Text: "echo out; echo err >&2; exit 3"})
		if err == nil || !strings.Contains(err.Error(), "run second in "+c.ref.String()) || !strings.Contains(err.Error(), "status 3") ||
			!strings.Contains(output, "out\n") || !strings.Contains(output, "err\n") {
			c.Errorf("it has printed %q, error %v", output, err)
		}
	}},
	{says: "a command that does not end is given up with its context", only: plan.Instance, holds: func(c *contract) {
		c.put(true)
		c.Commands()
		ctx, cancel := context.WithTimeout(c.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := c.Exec(ctx, c.ref, plan.Command{Name: "sleeper", Text: "sleep 86399"}); err == nil || ctx.Err() == nil {
			c.Errorf("it has ended: %v", err)
		}
		output, err := c.Exec(c.Context(), c.ref, plan.Command{Name: "looker", Text: "for i in 1 2 3 4 5 6 7 8 9 10; do ps | grep -q '[s]leep 86399' || break; sleep 0.5; done; ps | grep -c '[s]leep 86399'; true"})
		if err != nil || output != "0\n" {
			c.Errorf("it still runs: %q, %v", output, err)
		}
	}},
	{says: "no command runs in an instance that does not run", only: plan.Instance, holds: func(c *contract) {
		c.put(false)
		if _, err := c.Exec(c.Context(), c.ref, plan.Command{Name: "first", Text: "true"}); err == nil {
			c.Error("it was run")
		}
	}},
}

// checkFrozen looks whether an instance is frozen, and marked as frozen by IAB.
func (c *contract) checkFrozen(frozen, marked bool) {
	c.Helper()
	_, source, _, _ := c.inventory()
	if source.Frozen != frozen || source.Running == frozen || c.Running(plan.Source, c.ref) == frozen {
		c.Errorf("it is %s, frozen: %t, want %t", source.Status, source.Frozen, frozen)
	}
	if got := source.Config[plan.MarkFrozen] == c.Identity(); got != marked {
		c.Errorf("it is marked: %t, want %t", got, marked)
	}
}
