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
	missed := map[string][]string{} // by project
	for _, ref := range plan.Uncovered(j.facts.Jobs, j.facts.Left, source.Held) {
		missed[ref.Project] = append(missed[ref.Project], strings.TrimPrefix(ref.String(), ref.Project+"/"))
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
