package remote

import (
	"errors"
	"testing"
	"time"

	"iab/internal/plan"
)

// A copy that can't find what it builds on has a broken chain; where another config copies the object, too, only a second one in a row.
func TestAChainIsBrokenByOneCopyOrByTwoWhereOtherConfigsCopyToo(t *testing.T) {
	failed := errors.New("ERROR: snapshot: cannot find parent subvolume 06dfeb92")
	action := plan.Action{Verb: plan.VerbCopy, Snapshot: "IAB_20260310-130000", Base: own, Sends: []string{"IAB_20260310-130000"}}
	for _, c := range []struct {
		says   string
		config map[string]string
		want   []string // the mark after each failure
	}{
		{"alone", nil, []string{own}},
		{"beside another config", map[string]string{plan.BaseKey("config-2"): plan.Base{Config: "config-2", Used: march}.Mark()}, []string{plan.Suspected(own), own, own}},
	} {
		t.Run(c.says, func(t *testing.T) {
			p, source, target := newStocks(t, Patience{StallTimeout: time.Second})
			source.set(func() {
				source.snapshots = []string{"web/" + own}
				source.put("web", c.config)
			})
			target.set(func() {
				target.snapshots = []string{"web/" + own}
				target.put("web", nil)
			})
			if _, err := p.Inventory(t.Context(), webScope()); err != nil {
				t.Fatal(err)
			}
			for n, want := range c.want {
				p.judgeChain(t.Context(), plan.Job{Ref: web, TargetPool: "local"}, action, failed)
				got := ""
				target.set(func() { got = target.instances["web"].Config[plan.MarkBroken] })
				if got != want {
					t.Errorf("after failure %d the mark is %q, not %q", n+1, got, want)
				}
			}
		})
	}
}
