package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Member is one machine of a server that is a cluster.
type Member struct {
	Answers   bool     // it answers the member that we are connected to
	Evacuated bool     // it takes no new objects
	Groups    []string // that it belongs to
}

// Silent reports whether the cluster member that holds an object does not answer: then a server tells nothing of an instance but its
// name, and of a volume what it was when the member last answered.
func (s Server) Silent(h Holding) bool {
	member, known := s.Members[h.Member]
	return known && !member.Answers
}

// memberNames lists the members, sorted.
func (s Server) memberNames() string { return strings.Join(slices.Sorted(maps.Keys(s.Members)), ", ") }

// asks returns why nothing can be said of an object on one side, or nil: its cluster member does not answer, or several have a
// volume of its name.
func (s Server) asks(side Side, ref Ref, h Holding) *problem {
	if s.Silent(h) {
		return &problem{fmt.Sprintf("its cluster member %s on the %s does not answer", h.Member, side),
			"see `incus cluster list` there; nothing is done to it on either side until the member is back"}
	}
	if len(h.Namesakes) > 0 {
		return &problem{fmt.Sprintf("several cluster members of the %s have a volume of that name: %s", side, strings.Join(h.Namesakes, ", ")),
			fmt.Sprintf("rename all but one of them there, such as: incus storage volume rename %s %s NEW --target %s --project %s", ref.Pool, ref.Name, h.Namesakes[0], ref.Project)}
	}
	return nil
}

// unanswered returns why a job's objects, or what is kept of its replica, can't be looked at, or nil.
func (b builder) unanswered(job Job) *problem {
	for _, side := range BothSides {
		if holding, ok := b.holding(job, side); ok {
			if problem := b.inv.On(side).asks(side, job.RefOn(side), holding); problem != nil {
				return problem
			}
		}
	}
	if ref, member, ok := silentKeeper(b.inv.Target, job.Replica()); ok {
		return &problem{fmt.Sprintf("%s, which may keep restore points of it, lies on the cluster member %s of the target, which does not answer", ref.Name, member),
			"see `incus cluster list` there; nothing is done to it on either side until the member is back"}
	}
	return nil
}

// keepAll keeps every snapshot of an item: what is not known of the other side may be what they are kept for.
func (item *Item) keepAll() {
	for _, verdicts := range [][]Verdict{item.Verdicts.Source, item.Verdicts.Target} {
		for i := range verdicts {
			if verdicts[i].Expired {
				verdicts[i].Expired, verdicts[i].Reasons = false, reasonOf(CodeSilent, "stays while a cluster member does not answer")
			}
		}
	}
}

// silentKeeper finds an archive or a former replica on a member that does not answer. An instance there has no marks to be read, so its
// name counts.
func silentKeeper(target Server, replica Ref) (keeper Ref, member string, ok bool) {
	for ref, holding := range target.Holdings {
		like := ref.Project == replica.Project && ref.Kind == replica.Kind && ref.Pool == replica.Pool && strings.HasPrefix(ref.Name, replica.Name+"-IAB-")
		if !target.Silent(holding) || !like && holding.Config[MarkArchiveOf] != replica.String() {
			continue
		}
		if !ok || ref.Compare(keeper) < 0 {
			keeper, member, ok = ref, holding.Member, true
		}
	}
	return keeper, member, ok
}

// unanswered returns why nothing can be done with an object in a restore, or nil.
func (p planner) unanswered(ref Ref, side Side) *problem {
	holding, exists := p.inv.On(side).Holdings[ref]
	if !exists {
		return nil
	}
	return p.inv.On(side).asks(side, ref, holding)
}
