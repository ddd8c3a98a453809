package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"iab/internal/plan"
)

// projects reads what is to be replicated. Every object has one entry, and every replica one source.
func (r *reading) projects(list []fileProject) []Project {
	var projects []Project
	first := map[string]string{}
	seen := plan.Sides[map[plan.Ref]string]{Source: map[plan.Ref]string{}, Target: map[plan.Ref]string{}}
	for i, f := range list {
		path := element("projects", i)
		project := Project{
			Name:        r.name(member(path, "name"), f.Name, "", globOf(projectName)),
			TargetName:  cmp.Or(r.targetName(member(path, "targetName"), f), f.Name),
			Description: f.Description,
			Mode:        r.mode(member(path, "mode"), f.Mode),
			Exclude:     r.exclude(member(path, "exclude"), f.Exclude),
		}
		for j, instance := range f.Instances {
			project.Objects = append(project.Objects, r.instance(element(member(path, "instances"), j), f.Name, instance))
		}
		for j, volume := range f.Volumes {
			project.Objects = append(project.Objects, r.volume(element(member(path, "volumes"), j), f.Name, volume))
		}
		project.Groups = r.groups(member(path, "groups"), f)
		if at, again := first[f.Name]; again && f.Name != "" {
			r.twice(member(path, "name"), "project "+quote(f.Name), at)
		} else {
			first[f.Name] = path
			r.clashes(path, len(f.Instances), project, seen)
		}
		projects = append(projects, project)
	}
	return projects
}

// targetName reads the project on the target. What a glob takes has its own there: one for all would let their objects meet.
func (r *reading) targetName(path string, f fileProject) string {
	if f.TargetName != "" && plan.Glob(f.Name).Wild() {
		r.problems.add(path, "list each of them", "%s is a glob, and its projects can't all lead to one on the target", quote(f.Name))
	}
	return r.optional(path, f.TargetName, projectName)
}

func (r *reading) mode(path, text string) plan.Mode {
	if text == "" {
		return plan.Modes[0]
	}
	if !slices.Contains(plan.Modes, plan.Mode(text)) {
		var modes []string
		for _, mode := range plan.Modes {
			modes = append(modes, string(mode))
		}
		r.choice(path, "mode", text, modes)
	}
	return plan.Mode(text)
}

func (r *reading) instance(path, project string, f fileInstance) Object {
	object := Object{
		Ref: plan.Ref{
			Project: project,
			Kind:    plan.Instance,
			Name:    r.name(member(path, "name"), f.Name, hintInstance, globOf(instanceName)),
		},
		TargetPool: r.optional(member(path, "storage"), f.Storage, poolName),
		Match:      r.match(member(path, "match"), f.Match),
	}
	object.Rule = rule(path, object)
	for i, device := range f.ExcludeDevices {
		r.name(element(member(path, "excludeDevices"), i), device, "", plainName)
		object.ExcludeDevices = append(object.ExcludeDevices, device)
	}
	object.ExcludeDevices = names(object.ExcludeDevices)
	object.Consistency = r.oneOf(member(path, "consistency"), f.Consistency)
	object.Hooks = r.hooks(path, f)
	return object
}

func (r *reading) volume(path, project string, f fileVolume) Object {
	object := Object{
		Ref: plan.Ref{
			Project: project,
			Kind:    plan.Volume,
			Pool:    r.name(member(path, "storage"), f.Storage, "name the pool that holds the volume on the source", globOf(poolName)),
			Name:    r.name(member(path, "name"), f.Name, "", globOf(volumeName)),
		},
		TargetPool: r.optional(member(path, "targetStorage"), f.TargetStorage, poolName),
		Match:      r.match(member(path, "match"), f.Match),
	}
	if object.TargetPool == "" && !plan.Glob(f.Storage).Wild() {
		object.TargetPool = f.Storage
	}
	object.Rule = rule(path, object)
	object.Apart = r.apart(member(path, "consistency"), f.Consistency)
	return object
}

// clashes reports objects of a project that are listed twice, or whose replicas would be one and the same, as those of another project
// that leads to the same one may be. The seen ones are those of the projects before.
func (r *reading) clashes(path string, instances int, project Project, seen plan.Sides[map[plan.Ref]string]) {
	globs := map[string]string{}
	for i, object := range project.Objects {
		place := element(member(path, "instances"), i)
		if i >= instances {
			place = element(member(path, "volumes"), i-instances)
		}
		if object.Ref.Name == "" || object.Ref.Kind == plan.Volume && object.Ref.Pool == "" {
			continue
		}
		if object.wild() {
			key := fmt.Sprint(object.Ref, object.Match)
			if first, again := globs[key]; again {
				r.twice(member(place, "name"), object.Ref.String(), first)
			}
			globs[key] = place
			continue
		}
		job := plan.Job{Ref: object.Ref, TargetProject: project.TargetName, TargetPool: object.TargetPool}
		if first, again := seen.Source[job.Ref]; again {
			r.twice(member(place, "name"), job.Ref.String(), first)
		} else if first, again := seen.Target[job.Replica()]; again {
			hint := "name another pool in targetStorage"
			if !strings.HasPrefix(first, path+".") {
				hint = "give one of the two projects another targetName"
			}
			r.problems.add(member(place, "name"), hint,
				"its replica on the target would be %s, as that of %s", job.Replica(), first)
		}
		seen.Source[job.Ref], seen.Target[job.Replica()] = place, place
	}
}
