package config

import (
	"maps"
	"slices"

	"iab/internal/plan"
)

// warnUnlisted warns of policies for projects and objects that the config does not list: most are typing errors, and
// what they were meant for is judged by another policy.
func (r *reading) warnUnlisted(cfg Config) {
	listed := map[string]map[plan.Kind][]string{}
	for _, project := range cfg.Projects {
		listed[project.Name] = map[plan.Kind][]string{}
		for _, object := range project.Objects {
			listed[project.Name][object.Ref.Kind] = append(listed[project.Name][object.Ref.Kind], object.Ref.Name)
		}
	}
	for _, side := range plan.BothSides {
		policies := cfg.Retention.On(side).Projects
		for _, name := range slices.Sorted(maps.Keys(policies)) {
			path := member("retention.hosts."+string(side)+".projects", name)
			if objects, ok := listed[name]; ok {
				r.warnObjects(path, policies[name], objects)
			} else {
				r.warnName(path, "project", name, slices.Sorted(maps.Keys(listed)))
			}
		}
	}
}

func (r *reading) warnObjects(path string, policies ProjectPolicies, listed map[plan.Kind][]string) {
	for _, kind := range []plan.Kind{plan.Instance, plan.Volume} {
		for _, name := range slices.Sorted(maps.Keys(policies.Kinds[kind].ByName)) {
			if !slices.Contains(listed[kind], name) {
				place := member(member(member(path, string(kind)+"s"), "byName"), name)
				r.warnName(place, string(kind), name, listed[kind])
			}
		}
	}
}

func (r *reading) warnName(path, what, name string, listed []string) {
	warning := path + ": the config lists no " + what + " " + quote(name)
	if near, ok := nearest(name, listed); ok {
		warning += "; did you mean " + quote(near) + "?"
	}
	r.warnings = append(r.warnings, warning)
}
