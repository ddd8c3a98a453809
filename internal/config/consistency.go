package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"iab/internal/plan"
)

// MinPause and MaxPause bound the times that the config sets for windows and commands.
const (
	MinPause = time.Second
	MaxPause = time.Hour
)

// Group names instances of one project that belong together.
type Group struct {
	Name     string
	Patterns []plan.Glob
}

// takes reports whether a group names an instance.
func (g Group) takes(name string) bool {
	return slices.ContainsFunc(g.Patterns, func(pattern plan.Glob) bool { return pattern.Match(name) })
}

// together gives a job what the config says of its consistency.
func (c Config) together(job *plan.Job, groups []Group, object Object) {
	job.Consistency = cmp.Or(object.Consistency, c.Consistency)
	job.Apart, job.Hooks, job.MaxPause = object.Apart, object.Hooks, c.MaxPause
	if job.Apart {
		job.Consistency = plan.Crash
	}
	if job.Ref.Kind != plan.Instance {
		return
	}
	for _, g := range groups {
		if g.takes(job.Ref.Name) {
			job.Group = job.Ref.Project + "/" + g.Name
			return
		}
	}
}

// consistency is that of all objects that have none of their own.
func (r *reading) consistency(f fileIAB) plan.Consistency {
	const at = "iab.consistency"
	chosen := r.oneOf(at, f.Consistency)
	if f.StopInstance && chosen != "" && chosen != plan.Stop {
		r.problems.add(at, "remove one of the two", "%s, but iab.stopInstance says stop", quote(f.Consistency))
	}
	if f.StopInstance {
		return plan.Stop
	}
	return cmp.Or(chosen, plan.Crash)
}

// oneOf reads a consistency, "" if there is none.
func (r *reading) oneOf(at, text string) plan.Consistency {
	if text != "" && !slices.Contains(plan.Consistencies, plan.Consistency(text)) {
		var words []string
		for _, c := range plan.Consistencies {
			words = append(words, string(c))
		}
		r.choice(at, "consistency", text, words)
		return ""
	}
	return plan.Consistency(text)
}

// apart reads the consistency of a volume: it is paused with what it is attached to, or it is not.
func (r *reading) apart(at, text string) bool {
	if text != "" && text != string(plan.Crash) {
		r.problems.add(at, "set it at the instances that the volume is attached to; crash takes the volume out of their window",
			"%s is nothing that can be done to a volume", quote(text))
	}
	return text != ""
}

// span reads a length of time from MinPause to MaxPause, 0 if there is none.
func (r *reading) span(at, text, hint string) time.Duration {
	if strings.TrimSpace(text) == "" {
		return 0
	}
	length, err := time.ParseDuration(strings.TrimSpace(text))
	switch {
	case err != nil:
		r.problems.add(at, hint, "%s is no length of time", quote(text))
	case length < MinPause || length > MaxPause:
		r.problems.add(at, hint, "must be from 1s to 1h, not %s", length)
	}
	return length
}

// hooks reads the commands of an instance.
func (r *reading) hooks(at string, f fileInstance) plan.Hooks {
	for key, commands := range map[string][]string{"preSnapshot": f.PreSnapshot, "postSnapshot": f.PostSnapshot} {
		for i, command := range commands {
			place := element(member(at, key), i)
			switch {
			case strings.TrimSpace(command) == "":
				r.problems.add(place, "write it as for a shell, or remove it", "the command is empty")
			case strings.ContainsRune(command, 0):
				r.problems.add(place, "", "the command has a character that no command can have")
			}
		}
	}
	if f.HookTimeout != "" && len(f.PreSnapshot)+len(f.PostSnapshot) == 0 {
		r.warnings = append(r.warnings, member(at, "hookTimeout")+" is set, but there are no commands")
	}
	return plan.Hooks{Pre: f.PreSnapshot, Post: f.PostSnapshot,
		Timeout: r.span(member(at, "hookTimeout"), f.HookTimeout, "write it as 30s or 5m; leave it out for 1m")}
}

// groups reads which instances of a project belong together.
func (r *reading) groups(at string, f fileProject) []Group {
	var groups []Group
	first, listed := map[string]string{}, map[string]string{}
	for i, g := range f.Groups {
		place := element(at, i)
		name := r.name(member(place, "name"), g.Name, "", plainName)
		if before, again := first[name]; again && name != "" {
			r.twice(member(place, "name"), "group "+quote(name), before)
		}
		first[name] = place
		if len(g.Instances) == 0 {
			r.problems.add(member(place, "instances"), "name two instances at least", "missing")
		}
		group := Group{Name: name}
		for j, pattern := range g.Instances {
			r.pattern(element(member(place, "instances"), j), pattern, f, listed)
			group.Patterns = append(group.Patterns, plan.Glob(pattern))
		}
		groups = append(groups, group)
	}
	return groups
}

// pattern checks one name or pattern of a group. A name stands in one group only, and what no entry can mean is warned about.
func (r *reading) pattern(at, pattern string, f fileProject, listed map[string]string) {
	r.name(at, pattern, "name an instance, with * and ? for any characters", globOf(instanceName))
	wild := plan.Glob(pattern).Wild()
	if before, again := listed[pattern]; again && !wild {
		r.twice(at, "instance "+quote(pattern), before)
		return
	}
	listed[pattern] = at
	meant := slices.ContainsFunc(f.Instances, func(entry fileInstance) bool {
		return plan.Glob(pattern).Match(entry.Name) || plan.Glob(entry.Name).Match(pattern) || wild && plan.Glob(entry.Name).Wild()
	})
	if !meant {
		r.warnings = append(r.warnings, at+" names "+quote(pattern)+", which no entry of instances is about")
	}
}
