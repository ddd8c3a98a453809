package plan

import "slices"

// Uncovered lists the objects of the source that no job takes though they could be meant to be backed up, sorted. Those in an
// excluded project are left out, and those that the config leaves out (Selection.Left).
func Uncovered(jobs []Job, left []Ref, source Server) []Ref {
	taken := map[Ref]bool{}
	for _, job := range jobs {
		taken[job.Ref] = true
	}
	for _, ref := range left {
		taken[ref] = true
	}
	var list []Ref
	for ref, holding := range source.Holdings {
		if !taken[ref] && !source.Silent(holding) && source.Meant(ref) {
			list = append(list, ref)
		}
	}
	slices.SortFunc(list, Ref.Compare)
	return list
}
