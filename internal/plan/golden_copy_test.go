package plan_test

import (
	"iab/internal/plan"
)

var copies = []behaviour{
	{"first copy sends everything, foreign snapshots too", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), append(s.own("09 12:00"), s.foreign("before-upgrade", "09 13:00")))
	}},
	{"first copy of a volume into another pool", func(s *scene) {
		s.job(volume("local", "data"), func(j *plan.Job) { j.TargetPool = "plain" })
		s.source(volume("local", "data"), nil)
	}},
	{"incremental from the newest common snapshot", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")))
	}},
	{"running instance is snapshotted as it runs", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), nil, running)
	}},
	{"running instance is stopped and started where the job says so", func(s *scene) {
		s.job(instance("web1"), stops)
		s.source(instance("web1"), nil, running)
	}},
	{"stopped instance is not stopped again", func(s *scene) {
		s.job(instance("web1"), stops)
		s.source(instance("web1"), nil)
	}},
	{"replica with a foreign snapshot loses it to the refresh", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), append(sent(s.own("09 12:00")), s.foreign("by-hand", "09 13:00")))
	}},
	{"snapshot of the same name and another date is sent again", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), append(s.own("09 12:00"), s.foreign("nightly", "09 15:00")))
		s.replica(instance("web1"), append(sent(s.own("09 12:00")), s.foreign("nightly", "08 15:00")))
	}},
	{"snapshot of the replica that a person deletes is sent again", func(s *scene) {
		s.job(instance("web1"), policies("3", "3"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("09 12:00")))
	}},
	{"foreign pending snapshot is caught up first on btrfs", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), append(s.own("09 12:00"), s.foreign("before-upgrade", "09 13:00")))
		s.replica(instance("web1"), sent(s.own("09 12:00")))
	}},
	{"foreign pending snapshot needs no catching up on dir", func(s *scene) {
		s.job(instance("web1"), func(j *plan.Job) { j.TargetPool = "plain" })
		s.source(instance("web1"), append(s.own("09 12:00"), s.foreign("before-upgrade", "09 13:00")))
		s.replica(instance("web1"), sent(s.own("09 12:00")), func(h *plan.Holding) { h.Pool = "plain" })
	}},
	{"foreign pending snapshot whose name sorts first needs no catching up", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), append(s.own("09 12:00"), s.foreign("Before", "09 13:00")))
		s.replica(instance("web1"), sent(s.own("09 12:00")))
	}},
	{"pending snapshots of a failed run go with the next", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00")))
	}},
	{"marked replica without snapshots is filled", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), nil)
	}},
	{"unmarked replica that shares an own snapshot is continued", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), sent(s.own("09 12:00")), unmarked)
	}},
	{"replica that shares only a foreign snapshot and loses nothing is continued", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), []plan.Snapshot{s.foreign("base", "01 12:00")})
		s.replica(instance("web1"), []plan.Snapshot{s.foreign("base", "01 12:00")})
	}},
	{"without copying only pruning is planned", func(s *scene) {
		s.job(instance("web1"), policies("1", "1"))
		s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00")))
		s.opts.NoCopy = true
	}},
	{"without copying and before the first copy the source alone is judged", func(s *scene) {
		s.job(instance("web1"), policies("1", "1"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.opts.NoCopy = true
	}},
	{"without pruning the verdicts are shown and nothing is deleted", func(s *scene) {
		s.job(instance("web1"), policies("1", "1"))
		s.source(instance("web1"), s.own("08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("08 12:00", "09 12:00")))
		s.opts.NoPrune = true
	}},
	{"no jobs", func(*scene) {}},
}

func running(h *plan.Holding)  { h.Running, h.Status = true, "Running" }
func unmarked(h *plan.Holding) { h.Config = nil }
func stops(j *plan.Job)        { j.Consistency = plan.Stop }
