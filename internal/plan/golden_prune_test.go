package plan_test

import (
	"time"

	"iab/internal/plan"
)

var prunes = []behaviour{
	{"both sides are pruned, each by its policy", func(s *scene) {
		s.job(instance("web1"), policies("2", "3"))
		s.source(instance("web1"), s.own("06 12:00", "07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("06 12:00", "07 12:00", "08 12:00", "09 12:00")))
	}},
	{"rules thin out by bucket", func(s *scene) {
		s.job(instance("web1"), policies("1h1d,1d1w", "1d1w"))
		list := s.own("01 12:00", "08 10:00", "08 20:00", "10 10:15", "10 10:45", "10 11:30")
		s.source(instance("web1"), list)
		s.replica(instance("web1"), sent(list))
	}},
	{"foreign snapshots are never pruned", func(s *scene) {
		s.job(instance("web1"), policies("1", "1"))
		list := append(s.own("07 12:00"), s.foreign("IAB_notes", "01 12:00"), s.foreign("IAB_20260101", "01 12:01"),
			s.foreign("iab_20260101-000000", "01 12:02"), s.foreign("IAB_20261301-000000", "01 12:03"))
		s.source(instance("web1"), list)
		s.replica(instance("web1"), sent(list))
	}},
	{"newest common snapshot is kept as the base", func(s *scene) {
		s.job(instance("web1"), policies("1", "1"))
		s.source(instance("web1"), s.own("06 12:00", "07 12:00", "08 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("06 12:00", "07 12:00")))
		s.opts.NoCopy = true
	}},
	{"snapshots from the future are kept, warned about and not counted", func(s *scene) {
		s.job(instance("web1"), policies("2", "2"))
		list := s.own("08 12:00", "09 12:00", "12 12:00")
		s.source(instance("web1"), list)
		s.replica(instance("web1"), sent(list))
	}},
	{"empty policy keeps everything", func(s *scene) {
		s.job(instance("web1"), policies("", ""))
		s.source(instance("web1"), s.own("01 12:00", "09 12:00"))
		s.replica(instance("web1"), sent(s.own("01 12:00", "09 12:00")))
	}},
}

var namings = []behaviour{
	{"taken name moves on to the next second", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), s.own("10 12:00"))
		s.replica(instance("web1"), sent(s.own("10 12:00")))
	}},
	{"names taken by what archives and former replicas hold move on", func(s *scene) {
		s.job(instance("web1"), policies("1", "9"))
		s.source(instance("web1"), s.own("09 12:00"))
		s.replica(instance("web1"), sent(s.own("09 12:00")))
		archived := s.own("10 12:00")[0]
		s.hold(plan.Target, instance("web1-IAB-20260310-120000"), plan.Holding{Type: "container", Pool: "local", Status: "Stopped",
			Config: plan.ArchiveMarks(instance("web1"), archived, identity)}, nil)
		s.former([]plan.Snapshot{{Name: "IAB_20260310-120001", CreatedAt: archived.CreatedAt}})
	}},
	{"name taken on the replica of another job moves all on", func(s *scene) {
		s.job(instance("web1"))
		s.job(instance("web2"))
		s.source(instance("web1"), nil)
		s.source(instance("web2"), s.own("09 12:00"))
		s.replica(instance("web2"), append(sent(s.own("09 12:00")), s.foreign("IAB_20260310-120000", "10 11:59")))
	}},
	{"name taken by an object of no job does not matter", func(s *scene) {
		s.job(instance("web1"))
		s.source(instance("web1"), nil)
		s.source(instance("web2"), s.own("10 12:00"))
	}},
	{"second run in the hour that summer time repeats", func(s *scene) {
		s.opts.Location = berlin(s.t)
		first := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC) // 02:30 CEST
		s.opts.Now = first.Add(time.Hour)                       // 02:30 CET
		s.job(instance("web1"), policies("1h1d", "1h1d"))
		list := []plan.Snapshot{
			{Name: "IAB_20261025-013000", CreatedAt: first.Add(-time.Hour)},
			{Name: "IAB_20261025-023000", CreatedAt: first},
		}
		s.source(instance("web1"), list)
		s.replica(instance("web1"), list)
	}},
	{"names are local time", func(s *scene) {
		s.opts.Location = berlin(s.t)
		s.job(instance("web1"))
		s.source(instance("web1"), nil)
	}},
	{"names of UTC times are read as such after switching to local time", func(s *scene) {
		s.opts.Location = berlin(s.t)
		s.job(instance("web1"), policies("1h1d", "1h1d"))
		s.source(instance("web1"), s.own("10 10:30", "10 11:30"))
	}},
}
