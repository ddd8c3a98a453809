package plan_test

import (
	"testing"
	"time"

	"iab/internal/plan"
)

// A restore that was killed behind the revert has left no mark: what it kept says that the instance ran, until somebody starts it.
func TestWhatAKilledRevertHasStoppedIsStartedAgain(t *testing.T) {
	started := time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC)
	web := instance("web")
	for _, c := range []struct {
		says   string
		change func(*plan.Holding)
		want   bool
	}{
		{"it ran", func(*plan.Holding) {}, true},
		{"it runs", func(h *plan.Holding) { h.Running = true }, false},
		{"it is paused", func(h *plan.Holding) { h.Frozen = true }, false},
		{"it did not run", func(h *plan.Holding) { h.Snapshots[0].Name = "before-restore-20260309-110000" }, false},
		{"somebody has started it since", func(h *plan.Holding) { h.LastStart = started.Add(2 * time.Hour) }, false},
		{"the snapshot has come with a copy", func(h *plan.Holding) { h.LastStart = time.Time{} }, false},
		{"the same, as servers tell it", func(h *plan.Holding) { h.LastStart = time.Unix(0, 0) }, false},
		{"another config has stopped it", func(h *plan.Holding) { h.Config = map[string]string{plan.MarkStopped: "another"} }, false},
		{"this config has stopped it", func(h *plan.Holding) {
			h.Snapshots, h.Config = nil, map[string]string{plan.MarkStopped: identity}
		}, true},
	} {
		s := newScene(t)
		h := plan.Holding{Type: "container", Pool: "local", Status: "Stopped", LastStart: started,
			Snapshots: []plan.Snapshot{{Name: "before-restore-20260309-110000-ran", CreatedAt: started.Add(time.Hour)}}}
		c.change(&h)
		s.inv.Source.Holdings[web] = h
		if got := len(plan.Restarts([]plan.Job{{Ref: web}}, s.inv, identity)) == 1; got != c.want {
			t.Errorf("%s: it is started: %t", c.says, got)
		}
	}
}
