package config

import (
	"maps"
	"slices"

	"iab/internal/plan"
)

// warnUnlisted warns of policies for projects and objects that the config does not list: most are typing errors, and
// what they were meant for is judged by another policy.
func (r *reading) warnUnlisted(cfg Config) {
	for _, side := range plan.BothSides {
		policies := cfg.Retention.On(side).Projects
		for _, name := range slices.Sorted(maps.Keys(policies)) {
			path := member("retention.hosts."+string(side)+".projects", name)
			if objects, ok := cfg.listed(name); ok {
				r.warnObjects(path, policies[name], objects)
			} else {
				var projects []string
				for _, project := range cfg.Projects {
					projects = append(projects, project.Name)
				}
				r.warnName(path, "project", name, projects)
			}
		}
	}
}

// listed returns the names, or globs, of the objects that the config lists for a project. ok is false if no entry is for it.
func (c Config) listed(name string) (objects map[plan.Kind][]string, ok bool) {
	objects = map[plan.Kind][]string{}
	for _, project := range c.Projects {
		if !plan.Glob(project.Name).Match(name) {
			continue
		}
		ok = true
		for _, object := range project.Objects {
			objects[object.Ref.Kind] = append(objects[object.Ref.Kind], object.Ref.Name)
		}
	}
	return objects, ok
}

func (r *reading) warnObjects(path string, policies ProjectPolicies, listed map[plan.Kind][]string) {
	for _, kind := range []plan.Kind{plan.Instance, plan.Volume} {
		for _, name := range slices.Sorted(maps.Keys(policies.Kinds[kind].ByName)) {
			if !slices.ContainsFunc(listed[kind], func(glob string) bool { return plan.Glob(glob).Match(name) }) {
				place := member(member(member(path, string(kind)+"s"), "byName"), name)
				r.warnName(place, string(kind), name, listed[kind])
			}
		}
	}
}

func (r *reading) warnName(path, what, name string, listed []string) {
	listed = slices.DeleteFunc(slices.Sorted(slices.Values(listed)), func(name string) bool { return plan.Glob(name).Wild() })
	warning := path + ": the config lists no " + what + " " + quote(name)
	if near, ok := nearest(name, listed); ok {
		warning += "; did you mean " + quote(near) + "?"
	}
	r.warnings = append(r.warnings, warning)
}
