package check

import (
	"maps"
	"slices"
	"strings"

	"iab/internal/plan"
)

// coverage warns of the source's objects that no job takes, one line per project.
func (j *judge) coverage() {
	source, ok := j.found(plan.Source)
	if !ok {
		return
	}
	taken := map[plan.Ref]bool{}
	for _, job := range j.facts.Jobs {
		taken[job.Ref] = true
	}
	missed := map[string][]string{} // by project
	for ref, held := range source.Held.Holdings {
		if !taken[ref] && meant(held) {
			missed[ref.Project] = append(missed[ref.Project], strings.TrimPrefix(ref.String(), ref.Project+"/"))
		}
	}
	for _, project := range slices.Sorted(maps.Keys(source.Held.Projects)) {
		names := missed[project]
		slices.Sort(names)
		switch {
		case source.Held.Projects[project].Excluded:
			j.ok("coverage", project, "the project is excluded")
		case len(names) > 0:
			j.warn("coverage", project, "name them in the config, or set "+plan.MarkExclude+"=true on what needs no backup, an object or the project",
				"no job takes %s", strings.Join(names, ", "))
		default:
			j.ok("coverage", project, "every object on the source has a job or is excluded")
		}
	}
}

// meant reports whether an object of the source could be meant to be backed up: it is not excluded by its mark, can have snapshots,
// belongs to the project, and is nothing that IAB keeps there of another source.
func meant(held plan.Holding) bool {
	kept := []string{plan.RoleReplica, plan.RoleArchive, plan.RoleAside}
	return held.Config[plan.MarkExclude] != "true" && held.Type != "iso" && !held.Borrowed && !slices.Contains(kept, held.Config[plan.MarkRole])
}
