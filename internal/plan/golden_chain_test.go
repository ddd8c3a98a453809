package plan_test

import (
	"maps"

	"iab/internal/plan"
)

// onPool puts an object's root disk or volume into a pool.
func onPool(pool string) func(*plan.Holding) { return func(h *plan.Holding) { h.Pool = pool } }

// onZFS makes both pools "plain" of driver zfs, on servers of that version.
func (s *scene) onZFS(version string) {
	for _, side := range plan.BothSides {
		server := s.inv.On(side)
		server.Version = version
		server.Pools["plain"] = plan.Pool{Driver: "zfs"}
		s.inv.Set(side, server)
	}
}

// thinner is an object of which the target's policy keeps less than the source's, in the pools "plain".
func (s *scene) thinner() {
	s.job(instance("web1"), policies("4", "2"), func(j *plan.Job) { j.TargetPool = "plain" })
	s.source(instance("web1"), s.own("06 12:00", "07 12:00", "08 12:00", "09 12:00"), onPool("plain"))
	s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")), onPool("plain"))
}

// former is a replica of web1 that was set aside.
func (s *scene) former(snapshots []plan.Snapshot, changes ...func(*plan.Holding)) {
	s.hold(plan.Target, instance("web1-IAB-old-20260305-120000"), plan.Holding{Type: "container", Pool: "local", Status: "Stopped",
		Snapshots: snapshots, Config: plan.AsideMarks(instance("web1"), identity)}, changes)
}

// begun is an archive of a snapshot of web1 that was never finished.
func (s *scene) begun(snapshot plan.Snapshot) {
	marks := plan.ArchiveMarks(instance("web1"), snapshot, identity)
	delete(marks, plan.MarkCreated)
	name := "web1-IAB-" + snapshot.CreatedAt.Format("20060102") + "-120000"
	s.hold(plan.Target, instance(name), plan.Holding{Type: "container", Pool: "local", Status: "Stopped", Config: marks}, nil)
}

var chains = []behaviour{
	{"archive that was never finished counts for nothing and is made again", func(s *scene) {
		s.job(instance("web1"), policies("2", "4"))
		s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")))
		s.begun(s.own("07 12:00")[0])
	}},
	{"archive that was never finished is removed when nothing needs it", func(s *scene) {
		s.job(instance("web1"), policies("2", "2"))
		s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")))
		s.begun(s.own("07 12:00")[0])
	}},
	{"snapshots whose copy was never finished are sent again", func(s *scene) {
		s.job(instance("web1"), policies("4", "4"))
		s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")), mark(plan.MarkComplete, "IAB_20260307-120000"))
	}},
	{"what is in doubt is kept and no base where nothing is copied", func(s *scene) {
		s.job(instance("web1"), policies("1", "1"))
		s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00")), mark(plan.MarkComplete, "IAB_20260307-120000"))
		s.opts.NoCopy = true
	}},
	{"last whole snapshot is kept while what came after it is in doubt", func(s *scene) {
		s.job(instance("web1"), policies("", "1"))
		s.source(instance("web1"), s.own("06 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("06 12:00", "07 12:00", "08 12:00", "09 12:00")), mark(plan.MarkComplete, "IAB_20260307-120000"))
		s.opts.NoCopy = true
	}},
	{"older snapshots that a copy was sending are sent again", func(s *scene) {
		s.job(instance("web1"), policies("4", "4"))
		s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")), mark(plan.MarkSending, `["IAB_20260307-120000"]`))
	}},
	{"unfinished copy that holds more than the source has a problem", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("08 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00")), mark(plan.MarkComplete, ""))
	}},
	{"replica is set aside and made anew where it is asked for", func(s *scene) {
		s.job(instance("web1"), policies("2", "3"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), sent(s.own("06 12:00", "07 12:00", "08 12:00")))
		s.opts.Reseed = map[plan.Ref]bool{instance("web1"): true}
	}},
	{"healthy replica that is set aside goes once the new one has everything", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")))
		s.opts.Reseed = map[plan.Ref]bool{instance("web1"): true}
	}},
	{"nothing is set aside where there is no replica", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.opts.Reseed = map[plan.Ref]bool{instance("web1"): true}
	}},
	{"foreign object is not set aside", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), s.own("08 12:00"), unmarked)
		s.opts.Reseed = map[plan.Ref]bool{instance("web1"): true}
	}},
	{"half set aside replica is set aside by the next run", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00")), func(h *plan.Holding) { maps.Copy(h.Config, plan.AsideMarks(instance("web1"), identity)) })
	}},
	{"former replica stays while the target's policy wants some of it", func(s *scene) {
		s.job(instance("web1"), policies("2", "4"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")))
		s.former(append(sent(s.own("02 12:00", "03 12:00", "04 12:00")), s.foreign("by-hand", "03 13:00")))
	}},
	{"former replica goes with the last snapshot that the target's policy wants", func(s *scene) {
		s.job(instance("web1"), policies("2", "3"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")))
		s.former(sent(s.own("02 12:00", "03 12:00", "04 12:00")))
	}},
	{"former replica that was started stays", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")))
		s.former(sent(s.own("02 12:00")), mark("volatile.last_state.power", "STOPPED"))
	}},
	{"former replica does not stand in for snapshots whose copy to it was never finished", func(s *scene) {
		s.job(instance("web1"), policies("4", "4"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")))
		s.former(sent(s.own("06 12:00", "07 12:00", "08 12:00")), mark(plan.MarkComplete, "IAB_20260307-120000"))
	}},
	{"broken chain is not tried for ever", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")), mark(plan.MarkBroken, "IAB_20260309-120000"))
	}},
	{"chain that was broken at another snapshot is tried", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")), mark(plan.MarkBroken, "IAB_20260308-120000"))
	}},
	{"replica without snapshots to which a pile can't be sent is made anew", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), append(s.own("08 12:00"), s.foreign("a-first", "07 12:00"), s.foreign("IAB-b", "07 13:00"), s.foreign("IAB_notes", "06 12:00")))
		s.replica(instance("web1"), nil)
	}},
	{"object on the source that is a replica itself", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"), func(h *plan.Holding) {
			h.Config = map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica}
		})
		s.replica(instance("web1"), s.own("09 12:00"), unmarked)
	}},
	{"thinner target leaves out what is older between pools of driver dir", (*scene).thinner},
	{"thinner target does not get again what was in doubt and is old", func(s *scene) {
		s.thinner()
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")), onPool("plain"), mark(plan.MarkSending, `["IAB_20260307-120000"]`))
	}},
	{"thinner target keeps what the source keeps on btrfs", func(s *scene) {
		s.job(instance("web1"), policies("4", "2"))
		s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")))
	}},
	{"thinner target leaves out what is older on zfs from 7.0.1 on", func(s *scene) {
		s.onZFS("7.0.1")
		s.thinner()
	}},
	{"thinner target keeps what the source keeps on zfs before 7.0.1", func(s *scene) {
		s.onZFS("7.0")
		s.thinner()
	}},
	{"older snapshots that the target's policy wants are sent to a thinner target, too", func(s *scene) {
		s.thinner()
		policies("4", "1,1d1w")(&s.jobs[0])
	}},
	{"nothing is left out while a snapshot is dated in the future", func(s *scene) {
		s.thinner()
		s.source(instance("web1"), s.own("06 12:00", "09 12:00", "12 12:00"), onPool("plain"))
		s.replica(instance("web1"), sent(s.own("09 12:00", "12 12:00")), onPool("plain"))
	}},
	{"nothing is left out where a pending snapshot is of the second of the newest common one", func(s *scene) {
		s.thinner()
		list := s.own("06 12:00", "09 12:00")
		s.source(instance("web1"), append(list, plan.Snapshot{Name: "zz", CreatedAt: list[1].CreatedAt.Add(1)}), onPool("plain"))
		s.replica(instance("web1"), sent(list[1:]), onPool("plain"))
	}},
}
