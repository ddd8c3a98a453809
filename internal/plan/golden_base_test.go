package plan_test

import (
	"time"

	"iab/internal/plan"
)

// another is the uuid of another config.
const another = "33333333-dddd-4eee-8fff-444444444444"

// base gives an object what another config keeps on it, used that many days before noon.
func base(snapshot, pending string, days int) func(*plan.Holding) {
	return func(h *plan.Holding) {
		if h.Config == nil {
			h.Config = map[string]string{}
		}
		h.Config[plan.BaseKey(another)] = plan.Base{Config: another, Target: "offsite", Address: "https://192.0.2.12:8443",
			Snapshot: snapshot, Pending: pending, Refresh: pending != "", Used: noon.Add(-time.Duration(days) * 24 * time.Hour)}.Mark()
	}
}

// open has what another config keeps on an object leave open on which snapshot its copies build.
func open(h *plan.Holding) {
	key := plan.BaseKey(another)
	b, _ := plan.ParseBase(h.Config[key])
	b.Open = true
	h.Config[key] = b.Mark()
}

// ours gives an object what this config has kept on it, about the target of that address.
func ours(address string) func(*plan.Holding) {
	return func(h *plan.Holding) {
		h.Config = map[string]string{plan.BaseKey(identity): plan.Base{Config: identity, Target: "old", Address: address, Snapshot: "IAB_20260308-120000", Used: noon}.Mark()}
	}
}

// built arranges an object of three snapshots, the first of which its own config would let go on both sides.
func built(changes ...func(*plan.Holding)) func(*scene) {
	return func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"), changes...)
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")))
	}
}

var bases = []behaviour{
	{"another config builds on what would go", built(base("IAB_20260307-120000", "", 1))},
	{"another config builds on what stays", built(base("IAB_20260309-120000", "", 1))},
	{"another config has been paused for ten days", built(base("IAB_20260307-120000", "", 10))},
	{"another config has copied it alone until now", built(base("IAB_20260309-120000", "", 1), open)},
	{"another config that copied it alone has been paused", built(base("IAB_20260301-120000", "", 20), open)},
	{"another config that copied it alone has been paused for too long", built(base("IAB_20260301-120000", "", 38), open)},
	{"another config has been paused for too long", built(base("IAB_20260307-120000", "", 31))},
	{"a copy of another config is on its way", built(base("IAB_20260308-120000", "IAB_20260307-120000", 1))},
	{"a copy of another config is just beginning", built(base("", "IAB_20260309-120000", 0))},
	{"a key of another config can't be read", built(func(h *plan.Holding) { h.Config = map[string]string{plan.BaseKey(another): "yesterday"} })},
	{"a key dated in the future", built(base("IAB_20260307-120000", "", -100))},
	{"another config has pruned most of what this one has copied", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("06 12:00", "10 09:00", "10 10:00", "10 11:00"), base("IAB_20260310-110000", "", 0))
		s.replica(instance("web1"), sent(s.own("04 12:00", "05 12:00", "06 12:00")))
	}},
	{"a config of the same uuid has another target", func(s *scene) {
		s.opts.Address = "https://192.0.2.11:8443"
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("08 12:00"), ours("https://192.0.2.13:8443"))
	}},
	{"the target has another address now", func(s *scene) {
		s.opts.Address = "https://192.0.2.11:8443"
		built(ours("https://192.0.2.13:8443"))(s)
	}},
	{"a run of another config has stopped it", func(s *scene) {
		s.job(instance("web1"), stops)
		s.source(instance("web1"), nil, func(h *plan.Holding) { h.Config = map[string]string{plan.MarkStopped: another} })
	}},
}
