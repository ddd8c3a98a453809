package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"iab/internal/plan"
)

// Scope says what has to be read of both servers for the jobs of the config.
func (c Config) Scope() plan.Scope {
	var scope plan.Scope
	for _, project := range c.Projects {
		for _, object := range project.Objects {
			if glob := plan.Glob(project.Name); glob.Wild() {
				scope.ProjectGlobs = append(scope.ProjectGlobs, glob)
			} else {
				scope.Projects = append(scope.Projects, project.Name)
				scope.Into = append(scope.Into, project.TargetName)
			}
			if glob := plan.Glob(object.Ref.Pool); glob.Wild() {
				scope.PoolGlobs.Source = append(scope.PoolGlobs.Source, glob)
				if object.TargetPool == "" {
					scope.PoolGlobs.Target = append(scope.PoolGlobs.Target, glob)
				}
				scope.Pools.Target = append(scope.Pools.Target, object.TargetPool)
			} else {
				scope.Pools.Source = append(scope.Pools.Source, object.Ref.Pool)
				scope.Pools.Target = append(scope.Pools.Target, cmp.Or(object.TargetPool, object.Ref.Pool))
			}
		}
	}
	scope.Projects, scope.Into, scope.ProjectGlobs = names(scope.Projects), names(scope.Into), names(scope.ProjectGlobs)
	for _, side := range plan.BothSides {
		scope.Pools.Set(side, names(scope.Pools.On(side)))
		scope.PoolGlobs.Set(side, names(scope.PoolGlobs.On(side)))
	}
	return scope
}

// Jobs returns the jobs that a run works on. See Select.
func (c Config) Jobs(inv plan.Inventory, independent bool) []plan.Job {
	return c.Select(inv, independent).Jobs
}

// Select finds what the entries of the config take, given what both servers hold: one job per object that is named in full, and
// one per object of the source that a glob or a match finds, each in the order of the config. The inventory tells the pool of
// objects without one. Unless the policies are independent, the target is judged by the source's.
//
// An object that is named in full goes before every glob, and an earlier glob before a later one. Globs take what could be meant to be
// backed up (plan.Server.Meant). What is excluded is never taken.
func (c Config) Select(inv plan.Inventory, independent bool) plan.Selection {
	s := selecting{Config: c, inv: inv, independent: independent, taken: map[plan.Ref]bool{}, replicas: map[plan.Ref]bool{},
		refs: slices.SortedFunc(maps.Keys(inv.Source.Holdings), plan.Ref.Compare)}
	for _, project := range c.Projects {
		for _, object := range project.Objects {
			s.taken[object.Ref] = s.taken[object.Ref] || !object.wild()
		}
	}
	for _, project := range c.Projects {
		for _, object := range project.Objects {
			if object.wild() {
				s.glob(project, object)
			} else {
				s.named(project, object)
			}
		}
	}
	s.found.Left = slices.DeleteFunc(s.refs, func(ref plan.Ref) bool { return !c.leavesOut(ref) })
	s.orphans()
	return s.found
}

// selecting is the state of one selection.
type selecting struct {
	Config
	inv         plan.Inventory
	independent bool
	refs        []plan.Ref        // of the source, sorted
	taken       map[plan.Ref]bool // by an entry
	replicas    map[plan.Ref]bool // of the jobs
	found       plan.Selection
}

// read reports whether the source could be read.
func (s *selecting) read() bool { return s.inv.Source.Version != "" || len(s.inv.Source.Holdings) > 0 }

func (s *selecting) take(ref plan.Ref, project Project, object Object) {
	job := s.job(ref, project, object, s.inv, s.independent)
	s.taken[ref], s.replicas[job.Replica()] = true, true
	s.found.Jobs = append(s.found.Jobs, job)
}

// named takes the object of an entry that names it in full, unless it is excluded.
func (s *selecting) named(project Project, object Object) {
	why := project.excludes(object.Ref)
	if why == "" && s.inv.Source.OptsOut(object.Ref) {
		why = plan.MarkExclude + "=true is set on it or on a profile of it"
	}
	if why != "" {
		s.found.Excluded = append(s.found.Excluded, plan.Excluded{Ref: object.Ref, Rule: object.Rule, Why: why})
		job := s.job(object.Ref, project, object, s.inv, s.independent)
		if over := s.inv.Target.Holdings[job.Replica()].Config; over[plan.MarkReplicaOf] == s.Identity() && over[plan.MarkRole] == plan.RoleActive {
			s.replicas[job.Replica()] = true
			s.found.Orphans = append(s.found.Orphans, job) // it has to come home all the same
		}
		return
	}
	s.take(object.Ref, project, object)
}

// excludes says which entry takes an object of the project out, or nothing.
func (p Project) excludes(ref plan.Ref) string {
	for _, e := range p.Exclude {
		if e.Match(ref) {
			return e.Rule + " takes it out"
		}
	}
	return ""
}

// leavesOut reports whether an exclusion takes an object out. Another entry may take it all the same.
func (c Config) leavesOut(ref plan.Ref) bool {
	return slices.ContainsFunc(c.Projects, func(p Project) bool { return plan.Glob(p.Name).Match(ref.Project) && p.excludes(ref) != "" })
}

// glob takes what an entry finds on the source.
func (s *selecting) glob(project Project, object Object) {
	took, had := 0, 0
	for _, ref := range s.refs {
		switch source := s.inv.Source; {
		case !object.names(ref):
		case source.Silent(source.Holdings[ref]) && len(source.Holdings[ref].Config) == 0:
			had++
			if !s.taken[ref] && project.excludes(ref) == "" && s.replicated(ref, project, object) {
				s.take(ref, project, object)
				took++
			}
		case !object.holds(source, ref):
		case s.taken[ref] || !source.Meant(ref) || project.excludes(ref) != "":
			had++
		default:
			s.take(ref, project, object)
			took++
		}
	}
	switch {
	case !s.read():
	case s.inv.Source.Unlisted && plan.Glob(object.Ref.Pool).Wild():
		s.warn("%s may miss volumes: IAB's certificate may not list the pools of the source; name the pool in storage", object.Rule)
	case took == 0 && had == 0:
		s.warn("%s takes nothing: nothing on the source fits; correct the name, or take the entry out", object.Rule)
	case took == 0:
		s.warn("%s takes nothing: what fits is excluded or taken by another entry; take the entry out if that is right", object.Rule)
	}
}

// replicated reports whether this config has a replica of an object. Where the object's cluster member does not answer, that is all that tells
// whether an entry has taken it.
func (s *selecting) replicated(ref plan.Ref, project Project, object Object) bool {
	job := s.job(ref, project, object, s.inv, s.independent)
	config := s.inv.Target.Holdings[job.Replica()].Config
	return config[plan.MarkReplicaOf] == s.Identity() && (config[plan.MarkRole] == plan.RoleReplica || config[plan.MarkRole] == plan.RoleActive)
}

func (s *selecting) warn(format string, args ...any) {
	s.found.Warnings = append(s.found.Warnings, fmt.Sprintf(format, args...))
}

// orphans finds the replicas whose source a glob does not find any more, or can't: because it is gone, or the source could not be read.
func (s *selecting) orphans() {
	for _, ref := range slices.SortedFunc(maps.Keys(s.inv.Target.Holdings), plan.Ref.Compare) {
		holding := s.inv.Target.Holdings[ref]
		active := holding.Config[plan.MarkRole] == plan.RoleActive
		if holding.Config[plan.MarkReplicaOf] != s.Identity() || s.replicas[ref] || !active && holding.Config[plan.MarkRole] != plan.RoleReplica {
			continue
		}
		if job, ok := s.orphan(ref, holding); ok && (active || !s.onSource(job.Ref)) {
			s.replicas[ref] = true
			s.found.Orphans = append(s.found.Orphans, job)
		}
	}
}

// onSource reports whether the source has the object, though no entry takes it.
func (s *selecting) onSource(ref plan.Ref) bool {
	_, there := s.inv.Source.Holdings[ref]
	return there
}

// orphan is the job of a replica by the first glob that may have taken its object. A condition is not looked at: the replica was made,
// so it held once.
func (s *selecting) orphan(replica plan.Ref, holding plan.Holding) (plan.Job, bool) {
	origin := plan.Origin(replica, holding)
	for _, project := range s.Projects {
		for _, object := range project.Objects {
			ref := origin
			if replica.Kind == plan.Volume && holding.Config[plan.MarkOrigin] == "" && object.TargetPool == replica.Pool && !plan.Glob(object.Ref.Pool).Wild() {
				ref.Pool = object.Ref.Pool
			}
			excluded := project.excludes(ref) != "" && holding.Config[plan.MarkRole] != plan.RoleActive
			if !object.wild() || !object.names(ref) || excluded || s.taken[ref] {
				continue
			}
			job := s.job(ref, project, object, s.inv, s.independent)
			job.TargetPool = cmp.Or(replica.Pool, holding.Pool)
			if s.read() {
				job.Retention = plan.Job{}.Retention // no run prunes what it does not copy
			}
			if job.Replica() == replica {
				return job, true
			}
		}
	}
	return plan.Job{}, false
}

// names sorts a list and drops what is empty or there twice.
func names[T cmp.Ordered](list []T) []T {
	var none T
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(name T) bool { return name == none })
}
