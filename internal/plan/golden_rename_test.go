package plan_test

import "iab/internal/plan"

// called gives an object an identity, on the source as its server does, on the target as a copy marks it.
func called(identity string) func(*plan.Holding) {
	return func(h *plan.Holding) {
		if h.Config == nil {
			h.Config = map[string]string{}
		}
		key := "volatile.uuid"
		if h.Config[plan.MarkReplicaOf] != "" {
			key = plan.MarkIdentity
		}
		h.Config[key] = identity
	}
}

var renamings = []behaviour{
	{"replica follows its renamed object with archives and former ones", func(s *scene) {
		s.job(instance("www"), policies("2", "4"))
		s.source(instance("www"), s.own("08 12:00", "09 12:00"), called("a"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")), called("a"))
		s.former(sent(s.own("04 12:00")))
		s.begun(s.own("06 12:00")[0])
		s.hold(plan.Target, instance("web1-IAB-20260307-120000"), plan.Holding{Type: "container", Pool: "local", Status: "Stopped",
			Config: plan.ArchiveMarks(instance("web1"), s.own("07 12:00")[0], identity)}, nil)
	}},
	{"rename that was interrupted is ended", func(s *scene) {
		s.job(instance("www"), policies("2", "4"))
		s.source(instance("www"), s.own("09 12:00"), called("a"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
		for name, of := range map[string]string{"web1-IAB-20260307-120000": "www", "web1-IAB-20260308-120000": "web1"} {
			s.hold(plan.Target, instance(name), plan.Holding{Type: "container", Pool: "local", Status: "Stopped",
				Config: plan.ArchiveMarks(instance(of), s.own(name[15:17] + " 12:00")[0], identity)}, nil)
		}
	}},
	{"name of a renamed object is free for a new one in the same run", func(s *scene) {
		s.job(instance("www"))
		s.job(instance("web1"))
		s.source(instance("www"), s.own("09 12:00"), called("a"))
		s.source(instance("web1"), nil, called("b"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
	}},
	{"name of a renamed object is not free while its replica has a problem", func(s *scene) {
		s.job(instance("www"))
		s.job(instance("web1"))
		s.source(instance("www"), s.own("09 12:00"), called("a"))
		s.source(instance("web1"), nil, called("b"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"), mark("volatile.last_state.power", "STOPPED"))
	}},
	{"replica without the mark is known by the key of its source", func(s *scene) {
		s.job(instance("www"))
		s.source(instance("www"), s.own("09 12:00"), called("a"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), mark("volatile.uuid", "a"))
	}},
	{"two objects of the identity of a lost one", func(s *scene) {
		s.job(instance("www"))
		s.source(instance("www"), s.own("09 12:00"), called("a"))
		s.source(instance("www2"), s.own("09 12:00"), called("a"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
	}},
	{"two replicas of the identity of a renamed object", func(s *scene) {
		s.job(instance("www"))
		s.source(instance("www"), s.own("09 12:00"), called("a"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
		s.replica(instance("web2"), sent(s.own("08 12:00")), called("a"))
	}},
	{"copy that has kept the identity of an object that is still there is new", func(s *scene) {
		s.job(instance("web1"))
		s.job(instance("web2"))
		s.source(instance("web1"), s.own("09 12:00"), called("a"))
		s.source(instance("web2"), nil, called("a"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
	}},
	{"objects that have exchanged their names", func(s *scene) {
		s.job(instance("web1"))
		s.job(instance("web2"))
		s.source(instance("web1"), s.own("09 12:00"), called("b"))
		s.source(instance("web2"), s.own("09 12:00"), called("a"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
		s.replica(instance("web2"), sent(s.own("09 12:00")), called("b"))
	}},
	{"object that got a new identity and nothing else is continued", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"), called("b"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
	}},
	{"entry that names a renamed object by its old name", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("www"), s.own("09 12:00"), called("a"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
	}},
	{"what a restore has set aside is not the renamed object", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1-IAB-before-20260309-130000"), s.own("09 12:00"), called("a"), mark(plan.MarkKept, instance("web1").String()))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
	}},
	{"volume that was renamed and has no identity is new", func(s *scene) {
		s.job(volume("local", "pictures"))
		s.source(volume("local", "pictures"), s.own("09 12:00"))
		s.replica(volume("local", "photos"), s.own("09 12:00"))
	}},
	{"instance that was moved to another pool is continued where its replica lies", func(s *scene) {
		s.job(instance("web1"), func(j *plan.Job) { j.TargetPool = "plain" })
		s.source(instance("web1"), s.own("09 12:00"), called("a"), onPool("plain"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
	}},
	{"nothing is renamed while nothing is copied", func(s *scene) {
		s.job(instance("www"))
		s.source(instance("www"), s.own("09 12:00"), called("a"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), called("a"))
		s.opts.NoCopy = true
	}},
}
