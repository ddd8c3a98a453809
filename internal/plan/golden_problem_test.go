package plan_test

import (
	"iab/internal/plan"
)

// pair arranges a job whose source and replica share a snapshot; the change makes the replica unfit.
func pair(change func(*plan.Holding)) func(*scene) {
	return func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), change)
	}
}

var problems = []behaviour{
	{"replica is running", pair(running)},
	{"replica is frozen", pair(func(h *plan.Holding) { h.Frozen, h.Status = true, "Frozen" })},
	{"replica is broken", pair(func(h *plan.Holding) { h.Broken, h.Status = true, "Error" })},
	{"replica is of another type", pair(func(h *plan.Holding) { h.Type = "virtual-machine" })},
	{"replica belongs to another config", pair(func(h *plan.Holding) {
		h.Config = map[string]string{plan.MarkReplicaOf: "33333333-dddd-4eee-8fff-444444444444"}
	})},
	{"target object is foreign", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), []plan.Snapshot{s.foreign("nightly", "09 12:00")}, unmarked)
	}},
	{"target object shares only a foreign snapshot", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), []plan.Snapshot{s.foreign("template", "01 12:00")})
		s.replica(instance("web1"), []plan.Snapshot{s.foreign("template", "01 12:00")}, unmarked)
	}},
	{"target object has an own name with another date", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		other := s.own("09 12:00")
		other[0].CreatedAt = at(s.t, "09 18:00")
		s.replica(instance("web1"), other, unmarked)
	}},
	{"no own snapshot in common", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), append(s.own("09 12:00"), s.foreign("base", "01 12:00")))
		s.replica(instance("web1"), append(sent(s.own("07 12:00")), s.foreign("base", "01 12:00")))
	}},
	{"pending snapshots that btrfs can't send", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), append(append(s.own("08 12:00"), s.foreign("zoo", "08 13:00")), s.own("09 12:00")...))
		s.replica(instance("web1"), sent(s.own("08 12:00")))
	}},
	{"source is missing and its name lies elsewhere", func(s *scene) {
		s.job(volume("plain", "data"))
		s.source(volume("local", "data"), nil)
		s.source(instance("data"), nil)
	}},
	{"source is missing", func(s *scene) { s.job(instance("web1")) }},
	{"source is broken", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), nil, func(h *plan.Holding) { h.Broken = true })
	}},
	{"project is missing on the source", func(s *scene) {
		s.job(instance("web1"))
		delete(s.inv.Source.Projects, "default")
	}},
	{"project is missing on the target", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), nil)
		delete(s.inv.Target.Projects, "default")
	}},
	{"pool is missing on the target", func(s *scene) {
		s.job(instance("web1"), func(j *plan.Job) { j.TargetPool = "fast" })
		s.source(instance("web1"), nil)
	}},
	{"profile is missing on the target and unknown on the source", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), nil, func(h *plan.Holding) { h.Profiles = []string{"default", "big"} })
	}},
	{"ISO volume", func(s *scene) {
		s.job(volume("local", "installer"))
		s.source(volume("local", "installer"), nil, func(h *plan.Holding) { h.Type = "iso" })
	}},
	{"ephemeral instance that would be stopped", func(s *scene) {
		s.job(instance("web1"), stops)
		s.source(instance("web1"), nil, running, func(h *plan.Holding) { h.Ephemeral = true })
	}},
	{"ephemeral instance that keeps running is no problem", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), nil, running, func(h *plan.Holding) { h.Ephemeral = true })
	}},
	{"a problem of one job leaves the others alone", func(s *scene) {
		s.job(instance("web2"))
		s.job(instance("web1"))
		s.source(instance("web2"), nil)
	}},
}
