package plan_test

import (
	"testing"
	"time"

	"iab/internal/plan"
)

// What a config has kept while it was alone stands for a week; whatever makes it say something else has it written anew.
func TestWhenTheObjectIsToldWhatCopiesBuildOn(t *testing.T) {
	const here = "https://192.0.2.11:8443"
	day := 24 * time.Hour
	alone := plan.Base{Config: identity, Target: "backup", Address: here, Snapshot: "IAB_20260301-120000", Open: true, Used: noon.Add(-6 * day)}
	for name, test := range map[string]struct {
		change      func(*plan.Base)
		newcomer    bool
		notes, open bool
	}{
		"nothing new":        {func(*plan.Base) {}, false, false, true},
		"a week old":         {func(b *plan.Base) { b.Used = noon.Add(-7 * day) }, false, true, true},
		"of the future":      {func(b *plan.Base) { b.Used = noon.Add(time.Hour) }, false, true, true},
		"of another address": {func(b *plan.Base) { b.Address = "https://192.0.2.13:8443" }, false, true, true},
		"not open":           {func(b *plan.Base) { b.Open = false }, false, true, true},
		"a newcomer":         {func(*plan.Base) {}, true, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			kept := alone
			test.change(&kept)
			s := newScene(t)
			s.opts.Address = here
			built(func(h *plan.Holding) {
				h.Config = map[string]string{plan.BaseKey(identity): kept.Mark()}
				if test.newcomer {
					base("IAB_20260308-120000", "", 0)(h)
				}
			})(s)
			item := s.plan().Items[0]
			copied := item.Actions[1]
			if copied.Verb != plan.VerbCopy || copied.Notes != test.notes || copied.Open != test.open {
				t.Errorf("it tells: %t, open: %t, want %t and %t: %+v", copied.Notes, copied.Open, test.notes, test.open, item)
			}
			if test.newcomer && copied.Recorded != copied.Base {
				t.Errorf("until then it has %s on record, and builds on %s", copied.Recorded, copied.Base)
			}
		})
	}
}
