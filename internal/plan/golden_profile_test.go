package plan_test

import (
	"maps"

	"iab/internal/plan"
)

// profile puts a profile on a side.
func (s *scene) profile(side plan.Side, name string, profile plan.Profile) {
	s.inv.On(side).Projects["default"].Profiles[name] = profile
}

// made is the profile as this config makes it on the target.
func made(profile plan.Profile, drops ...plan.Drop) plan.Profile {
	return profile.Replica(drops, identity, "source")
}

// uses gives an instance profiles, and what it inherits from them.
func (s *scene) uses(names ...string) func(*plan.Holding) {
	return func(h *plan.Holding) {
		h.Profiles = names
		h.Inherited = map[string]plan.Device{"root": rootDevice}
		for _, name := range names {
			maps.Copy(h.Inherited, s.inv.Source.Projects["default"].Profiles[name].Devices)
		}
		maps.Copy(h.Inherited, h.Devices)
	}
}

var big = plan.Profile{
	Config:      map[string]string{"limits.cpu": "4", "limits.memory": "8GiB"},
	Devices:     map[string]plan.Device{"root": rootDevice, "eth0": nic("bridge"), "share": {"type": "disk", "source": "/srv/share", "path": "/share"}},
	Description: "big ones",
}

// lacking is a profile of which the target can have a part only.
var lacking = plan.Profile{Devices: map[string]plan.Device{
	"root": {"type": "disk", "pool": "fast", "path": "/"}, "eth0": nic("bridge"), "eth1": nic("lan"), "eth2": nic("lan"), "eth3": nic("lan"), "data": disk("local", "data"),
}}

var lackingDrops = []plan.Drop{
	{Device: "data", Why: "volume data is missing in pool local on the target"}, {Device: "eth1", Why: "network lan is missing on the target"},
	{Device: "eth2", Why: "network lan is missing on the target"}, {Device: "eth3", Why: "network lan is missing on the target"},
	{Device: "root", Why: "pool fast does not exist on the target"},
}

var profileCases = []behaviour{
	{"profiles that the target lacks are made first, each once, and only those that are used", func(s *scene) {
		s.profile(plan.Source, "big", big)
		s.profile(plan.Source, "always", plan.Profile{Config: map[string]string{"boot.autostart": "true"}})
		s.profile(plan.Source, "unused", big)
		for _, name := range []string{"web1", "web2"} {
			s.job(instance(name))
			s.source(instance(name), nil, s.uses("default", "big"))
		}
		s.job(instance("web3"))
		s.source(instance("web3"), nil, s.uses("default", "big", "always"))
		s.source(instance("unlisted"), nil, s.uses("unused"))
	}},
	{"profile that IAB made follows its source", func(s *scene) {
		s.profile(plan.Source, "big", big)
		s.profile(plan.Target, "big", made(plan.Profile{Config: map[string]string{"limits.cpu": "2", "limits.memory": "8GiB", "user.old": "1"},
			Devices: map[string]plan.Device{"root": rootDevice, "eth0": nic("lan"), "gpu": {"type": "gpu"}}}))
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("big"))
	}},
	{"profile that IAB made and that is as on the source stays", func(s *scene) {
		s.profile(plan.Source, "big", made(big)) // a copy itself once
		s.profile(plan.Target, "big", made(big))
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("big"))
	}},
	{"profile that IAB did not make stays, whatever is in it", func(s *scene) {
		s.profile(plan.Source, "big", big)
		s.profile(plan.Target, "big", plan.Profile{Config: map[string]string{"limits.cpu": "1"}})
		s.profile(plan.Source, "lacking", lacking)
		s.profile(plan.Target, "lacking", lacking.Replica(nil, "33333333-dddd-4eee-8fff-444444444444", "source"))
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("big", "lacking"))
	}},
	{"default profile is never changed", func(s *scene) {
		s.profile(plan.Source, "default", big)
		s.profile(plan.Target, "default", made(plan.Profile{}))
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("default"))
	}},
	{"devices of a profile that the target can't have are dropped from it, and warned about where they are missed", func(s *scene) {
		s.profile(plan.Source, "lacking", lacking)
		s.job(instance("web1"), excludes("eth2"))
		s.source(instance("web1"), nil, func(h *plan.Holding) { h.Devices = map[string]plan.Device{"eth3": nic("bridge")} }, s.uses("lacking"))
	}},
	{"devices of a profile that are dropped already change nothing", func(s *scene) {
		s.profile(plan.Source, "lacking", lacking)
		s.profile(plan.Target, "lacking", made(lacking, lackingDrops...))
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("lacking"))
	}},
	{"devices of a profile come back when the target can have them", func(s *scene) {
		s.profile(plan.Source, "lacking", lacking)
		s.profile(plan.Target, "lacking", made(lacking, lackingDrops...))
		s.inv.Target.Projects["default"].Networks["lan"] = true
		s.inv.Target.Pools["fast"] = plan.Pool{Driver: "btrfs"}
		s.replica(volume("local", "data"), nil)
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("lacking"))
	}},
	{"disk of a new profile on a volume that the same plan makes stays", func(s *scene) {
		s.profile(plan.Source, "data", plan.Profile{Devices: map[string]plan.Device{"data": disk("local", "data")}})
		s.job(volume("local", "data"))
		s.source(volume("local", "data"), nil)
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("data"))
	}},
	{"disk of an existing profile on a volume that the same plan makes comes with the next run", func(s *scene) {
		s.profile(plan.Source, "data", plan.Profile{Devices: map[string]plan.Device{"data": disk("local", "data")}})
		s.profile(plan.Target, "data", made(plan.Profile{}))
		s.job(volume("local", "data"))
		s.source(volume("local", "data"), nil)
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("data"))
	}},
	{"profile that only an object with a problem uses is not made", func(s *scene) {
		s.profile(plan.Source, "big", big)
		s.job(instance("web1"), func(j *plan.Job) { j.TargetPool = "nowhere" })
		s.source(instance("web1"), nil, s.uses("big"))
	}},
	{"without copying no profile is made", func(s *scene) {
		s.opts.NoCopy = true
		s.profile(plan.Source, "big", big)
		s.job(instance("web1"))
		s.source(instance("web1"), nil, s.uses("big"))
	}},
}
