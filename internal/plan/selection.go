package plan

import (
	"slices"
)

// Selection is what the entries of a config come to, given what both servers hold.
type Selection struct {
	Jobs []Job // what a run works on

	// Orphans are the jobs of this config's replicas that a glob has taken once and whose source is gone, or can't be read, and of
	// what the target has taken over and no entry takes now. A run leaves them as they are; everything else knows them by these jobs.
	Orphans []Job

	Left     []Ref      // objects of the source that an exclusion of the config takes out, sorted
	Excluded []Excluded // what entries name in full, and what is excluded all the same
	Warnings []string   // entries that take nothing, each one sentence
}

// Known are the jobs of everything that the config takes now or has taken.
func (s Selection) Known() []Job { return slices.Concat(s.Jobs, s.Orphans) }

// Excluded is an object that an entry of the config names in full, and that no run takes.
type Excluded struct {
	Ref  Ref    `json:"ref"`
	Rule string `json:"rule"` // the entry that names it
	Why  string `json:"why"`
}

// Value returns what a config key of an object is in force: its own, or that of the last of its profiles that has it.
func (s Server) Value(ref Ref, key string) string {
	holding := s.Holdings[ref]
	if value, ok := holding.Config[key]; ok {
		return value
	}
	for _, name := range slices.Backward(holding.Profiles) {
		if value, ok := s.Projects[ref.Project].Profiles[name].Config[key]; ok {
			return value
		}
	}
	return ""
}

// OptsOut reports whether an object says itself, or by a profile, that it needs no backup. The mark that a restore sets for as
// long as it lasts says nothing.
func (s Server) OptsOut(ref Ref) bool {
	config := s.Holdings[ref].Config
	return s.Value(ref, MarkExclude) == "true" && config[MarkFetched] == "" && config[MarkKept] == ""
}

// Meant reports whether an object could be meant to be backed up, though nobody names it: neither it nor its project opts out, it
// can have snapshots and belongs to the project, and it is nothing that IAB keeps there of another source, has set aside or has
// made for a moment.
func (s Server) Meant(ref Ref) bool {
	holding := s.Holdings[ref]
	if s.Projects[ref.Project].Excluded || s.OptsOut(ref) || holding.Type == "iso" || holding.Borrowed || holding.beside(ref) {
		return false
	}
	return !slices.Contains([]string{RoleReplica, RoleArchive, RoleAside, RoleClone}, holding.Config[MarkRole])
}
