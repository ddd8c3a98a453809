package plan_test

import "iab/internal/plan"

// cluster makes a side a cluster of members that answer; m3 is in the group far, too.
func (s *scene) cluster(side plan.Side, changes ...func(map[string]plan.Member)) {
	server := s.inv.On(side)
	server.Members = map[string]plan.Member{
		"m1": {Answers: true, Groups: []string{"default"}},
		"m2": {Answers: true, Groups: []string{"default"}},
		"m3": {Answers: true, Groups: []string{"default", "far"}},
	}
	for _, change := range changes {
		change(server.Members)
	}
	s.inv.Set(side, server)
}

// silence lets a member not answer, evacuate one take nothing new.
func silence(name string) func(map[string]plan.Member) {
	return func(m map[string]plan.Member) { m[name] = plan.Member{Groups: m[name].Groups} }
}

func evacuate(name string) func(map[string]plan.Member) {
	return func(m map[string]plan.Member) {
		m[name] = plan.Member{Answers: true, Evacuated: true, Groups: m[name].Groups}
	}
}

// on lets an object lie on a member; mute makes it what a server tells of an instance on one that does not answer.
func on(member string) func(*plan.Holding) {
	return func(h *plan.Holding) { h.Member = member }
}

func mute(member string) func(*plan.Holding) {
	return func(h *plan.Holding) { *h = plan.Holding{Type: h.Type, Status: "Error", Member: member} }
}

// placed says where the config places new objects.
func placed(source, target string) func(*plan.Job) {
	return func(j *plan.Job) { j.Placement = plan.Sides[string]{Source: source, Target: target} }
}

// clustered arranges a job of web1 whose source and replica share a snapshot, the replica on m2.
func clustered(change func(*scene)) func(*scene) {
	return func(s *scene) {
		s.cluster(plan.Source)
		s.cluster(plan.Target)
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"), on("m1"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), on("m2"))
		change(s)
	}
}

var memberCases = []behaviour{
	{"replica stays on its cluster member whatever the config says", clustered(func(s *scene) { s.jobs[0].Placement.Target = "m3" })},
	{"new replica comes to the cluster member that the config names", func(s *scene) {
		s.cluster(plan.Target)
		s.job(instance("web1"), placed("m1", "m3"))
		s.source(instance("web1"), nil)
	}},
	{"new replicas come to the members of a group that hold least", func(s *scene) {
		s.cluster(plan.Target, func(m map[string]plan.Member) { m["m1"] = plan.Member{Answers: true, Groups: []string{"far"}} })
		s.hold(plan.Target, instance("other"), plan.Holding{Type: "container", Member: "m1"}, nil)
		for _, name := range []string{"a", "b", "c"} {
			s.job(instance(name), placed("", "@far"))
			s.source(instance(name), nil)
		}
	}},
	{"new replicas come to members that answer and are not evacuated", func(s *scene) {
		s.cluster(plan.Target, silence("m1"), evacuate("m3"))
		s.job(instance("web1"))
		s.source(instance("web1"), nil)
	}},
	{"an instance and the volumes that it uses come to one cluster member", func(s *scene) {
		s.cluster(plan.Target)
		s.job(volume("local", "data"))
		s.job(volume("local", "logs"))
		s.job(instance("web1"))
		s.job(instance("web2"))
		s.source(volume("local", "data"), nil)
		s.source(volume("local", "logs"), nil)
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"data": attach("data"), "logs": attach("logs")}))
		s.source(instance("web2"), nil)
	}},
	{"new replica comes to the cluster member of the volume that it uses, not to the one in the config", func(s *scene) {
		s.cluster(plan.Target)
		s.job(volume("local", "data"), placed("", "m1"))
		s.job(instance("web1"), placed("", "m1"))
		s.source(volume("local", "data"), s.own("09 12:00"))
		s.replica(volume("local", "data"), s.own("09 12:00"), on("m2"))
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"data": attach("data")}))
	}},
	{"cluster member of the volume that a new replica uses does not answer", func(s *scene) {
		s.cluster(plan.Target, silence("m2"))
		s.job(volume("local", "data"))
		s.job(instance("web1"))
		s.source(volume("local", "data"), s.own("09 12:00"))
		s.replica(volume("local", "data"), s.own("09 12:00"), on("m2"))
		s.source(instance("web1"), nil, devices(map[string]plan.Device{"data": attach("data")}))
	}},
	{"disk on a volume that lies on another cluster member is dropped", func(s *scene) {
		s.cluster(plan.Target)
		s.job(instance("web1"))
		s.hold(plan.Target, volume("local", "data"), plan.Holding{Type: "filesystem", Pool: "local", Member: "m1"}, nil)
		s.source(instance("web1"), s.own("09 12:00"), devices(map[string]plan.Device{"data": attach("data")}))
		s.replica(instance("web1"), sent(s.own("09 12:00")), on("m2"))
	}},
	{"cluster member of the replica does not answer", clustered(func(s *scene) {
		s.cluster(plan.Target, silence("m2"))
		s.replica(instance("web1"), nil, mute("m2"))
	})},
	{"cluster member of the source's object does not answer", clustered(func(s *scene) {
		s.cluster(plan.Source, silence("m1"))
		s.source(instance("web1"), nil, mute("m1"))
	})},
	{"cluster member of an archive does not answer", clustered(func(s *scene) {
		s.cluster(plan.Target, silence("m3"))
		s.hold(plan.Target, instance("web1-IAB-20260301-120000"), plan.Holding{Type: "container", Status: "Error", Member: "m3"}, nil)
	})},
	{"another cluster member that does not answer is no problem", clustered(func(s *scene) {
		s.cluster(plan.Target, silence("m3"))
		s.hold(plan.Target, instance("web2-IAB-20260301-120000"), plan.Holding{Type: "container", Status: "Error", Member: "m3"}, nil)
	})},
	{"volumes of one name on two cluster members", func(s *scene) {
		s.cluster(plan.Source)
		s.job(volume("local", "data"))
		s.source(volume("local", "data"), nil, func(h *plan.Holding) { h.Namesakes = []string{"m1", "m3"} })
	}},
	{"config names a cluster member that the target does not have", func(s *scene) {
		s.cluster(plan.Target)
		s.job(instance("web1"), placed("", "m9"))
		s.source(instance("web1"), nil)
	}},
	{"config names a cluster group without members", func(s *scene) {
		s.cluster(plan.Target)
		s.job(instance("web1"), placed("", "@near"))
		s.source(instance("web1"), nil)
	}},
	{"config names a cluster group of which no member answers", func(s *scene) {
		s.cluster(plan.Target, silence("m3"))
		s.job(instance("web1"), placed("", "@far"))
		s.source(instance("web1"), nil)
	}},
	{"config names a cluster member that does not answer", func(s *scene) {
		s.cluster(plan.Target, silence("m3"))
		s.job(instance("web1"), placed("", "m3"))
		s.source(instance("web1"), nil)
	}},
	{"no cluster member answers", func(s *scene) {
		s.cluster(plan.Target, silence("m1"), silence("m2"), silence("m3"))
		s.job(instance("web1"))
		s.source(instance("web1"), nil)
	}},
	{"config names a cluster member of a target that is no cluster", func(s *scene) {
		s.job(instance("web1"), placed("", "m1"))
		s.source(instance("web1"), nil)
	}},
}

// attach is a disk on a volume of pool local.
func attach(name string) plan.Device {
	return plan.Device{"type": "disk", "pool": "local", "source": name, "path": "/" + name}
}
