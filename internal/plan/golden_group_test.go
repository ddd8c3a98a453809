package plan_test

import (
	"time"

	"iab/internal/plan"
)

// freezes lets a job freeze what runs.
func freezes(j *plan.Job) { j.Consistency = plan.Freeze }

// disks attaches volumes of the pool local, each by its name.
func disks(names ...string) func(*plan.Holding) {
	attached := map[string]plan.Device{}
	for _, name := range names {
		attached[name] = plan.Device{"type": "disk", "pool": "local", "source": name, "path": "/" + name}
	}
	return devices(attached)
}

// belongs lets the config name a job together with others.
func belongs(name string) func(*plan.Job) { return func(j *plan.Job) { j.Group = "default/" + name } }

// commands lets a job run commands around its snapshot.
func commands(j *plan.Job) {
	j.Hooks = plan.Hooks{Pre: []string{"sync"}, Post: []string{"rm -f /run/backup"}, Timeout: 5 * time.Second}
}

// frozenBy lets an instance be frozen, under the mark of an identity if there is one.
func frozenBy(identity string) func(*plan.Holding) {
	return func(h *plan.Holding) {
		h.Frozen, h.Status = true, "Frozen"
		if identity != "" {
			h.Config = map[string]string{plan.MarkFrozen: identity}
		}
	}
}

var togethers = []behaviour{
	{"running instance is frozen with the volumes that are attached to it", func(s *scene) {
		s.job(instance("db"), freezes)
		s.job(volume("local", "data"), freezes)
		s.job(volume("local", "other"), freezes)
		s.source(instance("db"), nil, running, disks("data"))
		s.source(volume("local", "data"), nil)
		s.source(volume("local", "other"), nil)
	}},
	{"instances that share a volume are frozen together and one that only reads it is not", func(s *scene) {
		s.job(instance("a"), freezes)
		s.job(instance("b"), freezes)
		s.job(instance("reader"), freezes)
		s.job(volume("local", "shared"))
		s.source(instance("a"), nil, running, disks("shared"))
		s.source(instance("b"), nil, running, disks("shared"))
		s.source(instance("reader"), nil, running, devices(map[string]plan.Device{
			"shared": {"type": "disk", "pool": "local", "source": "shared", "path": "/shared", "readonly": "true"}}))
		s.source(volume("local", "shared"), nil)
	}},
	{"named group is one window for what is frozen, what is stopped and what goes on", func(s *scene) {
		s.job(instance("app"), freezes, belongs("shop"))
		s.job(instance("cache"), belongs("shop"))
		s.job(instance("db"), stops, belongs("shop"), func(j *plan.Job) { j.MaxPause = 10 * time.Second })
		for _, name := range []string{"app", "cache", "db"} {
			s.source(instance(name), nil, running)
		}
	}},
	{"volume that is set apart is in no window", func(s *scene) {
		s.job(instance("db"), freezes)
		s.job(volume("local", "scratch"), func(j *plan.Job) { j.Apart = true })
		s.source(instance("db"), nil, running, disks("scratch"))
		s.source(volume("local", "scratch"), nil)
	}},
	{"volume whose writer is in no job is warned about", func(s *scene) {
		s.job(volume("local", "data"), freezes)
		s.source(instance("db"), nil, running, disks("data"))
		s.source(volume("local", "data"), nil)
	}},
	{"volume whose writer has a problem is warned about and not left out", func(s *scene) {
		s.job(instance("db"), freezes, func(j *plan.Job) { j.TargetPool = "gone" })
		s.job(volume("local", "data"), freezes)
		s.source(instance("db"), nil, running, disks("data"))
		s.source(volume("local", "data"), nil)
	}},
	{"commands of a running instance are run and those of others skipped", func(s *scene) {
		for _, name := range []string{"frozen", "rests", "runs"} {
			s.job(instance(name), commands)
		}
		s.source(instance("frozen"), nil, frozenBy(""))
		s.source(instance("rests"), nil)
		s.source(instance("runs"), nil, running)
	}},
	{"instance that a person has paused stays paused", func(s *scene) {
		s.job(instance("db"), freezes)
		s.source(instance("db"), nil, frozenBy(""))
	}},
	{"instance that an interrupted run has frozen is resumed first and frozen again", func(s *scene) {
		s.job(instance("db"), freezes)
		s.source(instance("db"), nil, frozenBy(identity))
		s.source(instance("resumed"), nil, running, func(h *plan.Holding) { h.Config = map[string]string{plan.MarkFrozen: identity} })
		s.source(instance("others"), nil, frozenBy("another"))
	}},
	{"instance that the target has taken over stays frozen", func(s *scene) {
		s.job(instance("db"), freezes)
		s.source(instance("db"), s.own("09 12:00"), frozenBy(identity))
		s.replica(instance("db"), sent(s.own("09 12:00")), mark(plan.MarkRole, plan.RoleActive), running)
	}},
	{"volume of project default that another project uses is frozen with its user", func(s *scene) {
		for _, side := range plan.BothSides {
			s.inv.On(side).Projects["shop"] = s.inv.On(side).Projects["default"]
		}
		app := plan.Ref{Project: "shop", Kind: plan.Instance, Name: "app"}
		s.job(app, freezes)
		s.job(volume("local", "data"), freezes)
		s.source(app, nil, running, disks("data"))
		s.source(volume("local", "data"), nil)
		s.source(plan.Ref{Project: "shop", Kind: plan.Volume, Pool: "local", Name: "data"}, nil, func(h *plan.Holding) { h.Borrowed = true })
	}},
	{"in a failover nothing is frozen and no command is run", func(s *scene) {
		s.opts.FailingOver = true
		s.job(instance("db"), freezes, commands, belongs("shop"))
		s.job(instance("app"), stops, belongs("shop"))
		s.source(instance("db"), nil, running)
		s.source(instance("app"), nil, running)
	}},
}
