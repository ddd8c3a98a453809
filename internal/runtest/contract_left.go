package runtest

import (
	"context"
	"encoding/hex"
	"errors"
	"math/rand/v2"

	"iab/internal/plan"
)

// bulky is content that no server passes on in one go and no compression makes small.
func bulky(seed uint64) string {
	data := make([]byte, 2<<20)
	stream := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = stream.Read(data) // it never fails
	return hex.EncodeToString(data)
}

// leaving is what becomes of a copy that nobody waits for any more.
var leaving = []sentence{
	{says: "a first copy that was left is waited for, and complete if it ends well", holds: func(c *contract) {
		c.put(false)
		c.write(bulky(1))
		c.snapshot("IAB_20260310-120000")
		end := c.Leave(c.job())
		c.checkBusy()
		if err := c.DeleteUnfinished(c.Context(), c.job()); err == nil {
			c.Error("it was removed while it was received")
		}
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		if err := c.Settle(ctx, c.job()); !errors.Is(err, context.Canceled) {
			c.Errorf("an interrupted waiting ended with %v", err)
		}
		c.settle(func() { end(true) })
		c.checkSettled("IAB_20260310-120000")
		c.checkMirror()
		c.write("small")
		c.snapshot("IAB_20260310-130000")
		if sent := c.mustCopy(); sent > 1<<20 {
			c.Errorf("the next copy sent %d bytes", sent)
		}
		c.checkMirror()
	}},
	{says: "a refresh that was left is waited for, and complete if it ends well", holds: func(c *contract) {
		c.put(false)
		c.snapshot("IAB_20260310-120000")
		c.mustCopy()
		c.write(bulky(2))
		c.snapshot("IAB_20260310-130000")
		end := c.Leave(c.job())
		c.checkBusy()
		c.settle(func() { end(true) })
		c.checkSettled("IAB_20260310-130000")
		c.checkMirror()
	}},
	{says: "a first copy that was left and ends badly is never complete, and can be made again", holds: func(c *contract) {
		c.put(false)
		c.write(bulky(3))
		c.snapshot("IAB_20260310-120000")
		end := c.Leave(c.job())
		c.settle(func() { end(false) })
		if inv, _, replica, exists := c.inventory(); inv.Target.Busy[c.job().Replica()] || exists && !replica.Unfinished(c.Identity()) {
			c.Errorf("busy: %t, the replica is %+v", inv.Target.Busy[c.job().Replica()], replica)
		}
		if err := c.DeleteUnfinished(c.Context(), c.job()); err != nil {
			c.Fatal(err)
		}
		c.mustCopy()
		c.checkMirror()
	}},
}

// checkBusy checks that the replica is known to be worked on, and nothing else is.
func (c *contract) checkBusy() {
	c.Helper()
	inv, _, _, _ := c.inventory()
	if !inv.Target.Busy[c.job().Replica()] || len(inv.Source.Busy) > 0 {
		c.Errorf("busy are %v and %v", inv.Source.Busy, inv.Target.Busy)
	}
}

// settle waits for a copy that ends while it is waited for.
func (c *contract) settle(end func()) {
	c.Helper()
	waited := make(chan error, 1)
	go func() { waited <- c.Settle(c.Context(), c.job()) }()
	end()
	if err := <-waited; err != nil {
		c.Fatal(err)
	}
}

// checkSettled checks that nothing works on the replica any more, and what it is complete up to.
func (c *contract) checkSettled(complete string) {
	c.Helper()
	inv, _, replica, _ := c.inventory()
	if busy := inv.Target.Busy[c.job().Replica()]; busy || replica.Config[plan.MarkComplete] != complete {
		c.Errorf("busy: %t, complete up to %q, want %q", busy, replica.Config[plan.MarkComplete], complete)
	}
}
