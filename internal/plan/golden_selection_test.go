package plan_test

import "iab/internal/plan"

// taken lets a glob take the object of a job.
func taken(j *plan.Job) { j.Rule, j.Glob = `projects[0].volumes[0] "*/*"`, true }

func orphan(ref plan.Ref) plan.Job { return plan.Job{Ref: ref, TargetPool: ref.Pool} }

var selections = []behaviour{
	{"two volumes that globs take have one replica", func(s *scene) {
		s.job(volume("local", "photos"), taken)
		s.job(volume("plain", "photos"), taken)
		s.source(volume("local", "photos"), nil)
		s.source(volume("plain", "photos"), nil, onPool("plain"))
	}},
	{"volume that is named goes before one of the same replica that a glob takes", func(s *scene) {
		s.job(volume("local", "photos"), taken)
		s.job(volume("plain", "photos"))
		s.source(volume("local", "photos"), nil)
		s.source(volume("plain", "photos"), nil, onPool("plain"))
	}},
	{"volume whose replica is there goes before a new one of the same replica", func(s *scene) {
		s.job(volume("local", "photos"), taken)
		s.job(volume("plain", "photos"), taken)
		s.source(volume("local", "photos"), nil)
		s.source(volume("plain", "photos"), s.own("09 12:00"), onPool("plain"))
		s.replica(volume("local", "photos"), s.own("09 12:00"), mark(plan.MarkOrigin, volume("plain", "photos").String()))
	}},
	{"what the selection says besides the jobs is told once", func(s *scene) {
		s.replica(instance("web-1"), sent(s.own("09 12:00")))
		s.replica(instance("web-2"), sent(s.own("09 12:00")))
		s.opts.Selection = plan.Selection{
			Orphans:  []plan.Job{orphan(instance("web-2")), orphan(instance("web-1"))},
			Excluded: []plan.Excluded{{Ref: instance("web-3"), Rule: `projects[0].instances[1] "web-3"`, Why: "user.iab.exclude=true is set on it or on a profile of it"}},
			Warnings: []string{`projects[0].instances[0] "no-*" takes nothing`},
		}
	}},
}
