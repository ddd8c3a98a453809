package plan_test

import (
	"iab/internal/plan"
)

func nic(network string) plan.Device { return plan.Device{"type": "nic", "network": network} }

func disk(pool, source string) plan.Device {
	return plan.Device{"type": "disk", "pool": pool, "source": source, "path": "/srv"}
}

func excludes(names ...string) func(*plan.Job) {
	return func(j *plan.Job) { j.ExcludeDevices = names }
}

var rootDevice = plan.Device{"type": "disk", "pool": "local", "path": "/"}

var deviceCases = []behaviour{
	{"devices that fit stay", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), nil, devices(map[string]plan.Device{
			"eth0": nic("bridge"), "eth1": {"type": "nic", "nictype": "macvlan", "parent": "eno1"},
			"root": rootDevice, "share": {"type": "disk", "source": "/srv/share", "path": "/share"},
		}))
	}},
	{"excluded devices, own and inherited, are dropped, unknown ones warned about", func(s *scene) {
		s.job(instance("web1"), excludes("gpu", "eth0", "typo"))
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"gpu": {"type": "gpu"}}), func(h *plan.Holding) {
			h.Inherited = map[string]plan.Device{"gpu": {"type": "gpu"}, "eth0": nic("bridge"), "root": rootDevice}
		})
	}},
	{"NIC on a network that the target lacks is dropped", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"eth0": nic("lan")}))
	}},
	{"disk on a volume that the target lacks is dropped", func(s *scene) {
		s.job(instance("web1"))
		s.source(volume("local", "data"), nil)
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"data": disk("local", "data/sub")}))
	}},
	{"disk on a volume that the target has stays", func(s *scene) {
		s.job(instance("web1"))
		s.replica(volume("local", "data"), nil)
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"data": disk("local", "data")}))
	}},
	{"disk on a volume that the same plan copies stays", func(s *scene) {
		s.job(instance("web1"))
		s.job(volume("local", "data"))
		s.source(volume("local", "data"), nil)
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"data": disk("local", "data")}))
	}},
	{"disk on a volume that the same plan copies into another pool is dropped", func(s *scene) {
		s.job(instance("web1"))
		s.job(volume("local", "data"), func(j *plan.Job) { j.TargetPool = "plain" })
		s.source(volume("local", "data"), nil)
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"data": disk("local", "data")}))
	}},
	{"disk on a volume whose own job has a problem is dropped", func(s *scene) {
		s.job(instance("web1"))
		s.job(volume("local", "installer"))
		s.source(volume("local", "installer"), nil, func(h *plan.Holding) { h.Type = "iso" })
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"cd": {"type": "disk", "pool": "local", "source": "installer"}}))
	}},
	{"devices of an existing replica follow the source", func(s *scene) {
		s.job(instance("web1"), excludes("eth0"))
		s.source(instance("web1"), s.own("09 12:00"), devices(map[string]plan.Device{"eth0": nic("lan")}))
		s.replica(instance("web1"), sent(s.own("09 12:00")))
	}},
}
