package plan

import "slices"

// Uncovered lists the objects of the source that no job takes though they could be meant to be backed up, sorted. Those in an
// excluded project are left out.
func Uncovered(jobs []Job, source Server) []Ref {
	taken := map[Ref]bool{}
	for _, job := range jobs {
		taken[job.Ref] = true
	}
	var list []Ref
	for ref, holding := range source.Holdings {
		if !taken[ref] && !source.Projects[ref.Project].Excluded && holding.meant() && !holding.beside(ref) {
			list = append(list, ref)
		}
	}
	slices.SortFunc(list, Ref.Compare)
	return list
}

// meant reports whether an object of the source could be meant to be backed up: it is not excluded by its mark, can have snapshots,
// belongs to the project, and is nothing that IAB keeps there of another source or has made for a moment.
func (h Holding) meant() bool {
	kept := []string{RoleReplica, RoleArchive, RoleAside, RoleClone}
	return h.Config[MarkExclude] != "true" && h.Type != "iso" && !h.Borrowed && !slices.Contains(kept, h.Config[MarkRole])
}
