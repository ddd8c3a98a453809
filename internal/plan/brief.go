package plan

import "strings"

// InBrief returns the scope in which it can be decided how what the pattern means goes back by a snapshot of its own, if the rest of that is read
// for itself. ok is false where that can't be: of volumes nothing is told for itself, and only where none can be meant they are left out.
func (s Scope) InBrief(pattern Pattern) (little Scope, ok bool) {
	s.Brief, s.Unattached = true, pattern.Kind() == Instance
	return s, pattern.Kind() != Volume
}

// MeansUnread reports whether the pattern could mean something that is not told for itself, a volume or what IAB keeps of one.
func (p Pattern) MeansUnread(inv Inventory) bool {
	for _, side := range BothSides {
		for ref := range inv.On(side).Holdings {
			of, _, _ := strings.Cut(ref.Name, "-IAB-")
			if ref.Kind == Volume && (p.MatchName(ref.Kind, ref.Name) || p.MatchName(ref.Kind, of)) {
				return true
			}
		}
	}
	return false
}

// Only returns the one of the jobs that the pattern means and whose object is told for itself. ok is false if there is none, or more.
func (p Pattern) Only(jobs []Job) (job Job, ok bool) {
	found := 0
	for _, j := range jobs {
		if j.Ref.Kind == Instance && p.Match(j.Ref) {
			job, found = j, found+1
		}
	}
	if found != 1 {
		return Job{}, false
	}
	return job, true
}
