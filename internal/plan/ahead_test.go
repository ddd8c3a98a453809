package plan_test

import (
	"testing"
	"time"

	"iab/internal/plan"
)

// Runs that come faster than one in a second move the names of their snapshots on. What they have sent can be restored and taken over at once.
func TestASnapshotWhoseNameWasMovedOnIsNoneOfTheFuture(t *testing.T) {
	taken := func(ahead, ago time.Duration) plan.Snapshot {
		return plan.Snapshot{Name: plan.SnapshotName(noon.Add(ahead), time.UTC), CreatedAt: noon.Add(-ago)}
	}
	for _, c := range []struct {
		what string
		held plan.Snapshot
		ok   bool
	}{
		{"a name that was moved on", taken(3*time.Second, time.Second), true},
		{"a server whose clock is ahead", taken(0, -time.Minute), true},
		{"the clocks of the server and of this machine were ahead", taken(3*time.Second, -3*time.Second), false},
		{"the clock of this machine was far ahead", taken(24*time.Hour, time.Hour), false},
	} {
		s := newScene(t)
		s.job(instance("web"))
		list := []plan.Snapshot{c.held}
		s.source(instance("web"), list, func(h *plan.Holding) { h.Running, h.Status = true, "Running" })
		s.replica(instance("web"), sent(list))
		object := plan.SurveyOf(s.jobs, s.inv, s.opts).Objects[0]
		if point, err := object.Choose("", nil, noon); (err == nil && point.Snapshot == c.held.Name) != c.ok {
			t.Errorf("%s: chosen is %s, %v", c.what, point.Snapshot, err)
		}
		for _, side := range plan.BothSides {
			if _, ok := object.Newest(side, noon); ok != c.ok {
				t.Errorf("%s: the newest on the %s is found: %t", c.what, side, ok)
			}
		}
		for _, reachable := range []bool{true, false} {
			if r := plan.FailoverOf([]plan.Object{object}, reachable, s.inv, s.opts)[0]; (r.Problem == "") != c.ok {
				t.Errorf("%s: a failover, the source reachable %t: %q", c.what, reachable, r.Problem)
			}
		}
		if point, err := object.Choose("2026-03-10 12:00", nil, noon); (err == nil) == c.held.At(time.UTC).After(noon) {
			t.Errorf("%s: asked for the moment %s is chosen, %v", c.what, point.Snapshot, err)
		}
	}
}
