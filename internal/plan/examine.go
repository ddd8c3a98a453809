package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Finding is one thing about an object's restore points that is not as it should be.
type Finding struct {
	Side     Side   `json:"side"`
	Snapshot string `json:"snapshot,omitempty"`
	Text     string `json:"text"`
	Hint     string `json:"hint,omitempty"`
}

// Twin is one snapshot that both sides have complete.
type Twin = Sides[Point]

// Twins are the snapshots that source and replica both have, complete and under the same name and date, the newest first.
func (o Object) Twins() []Twin {
	var list []Twin
	for _, target := range o.Points {
		if target.Side != Target || target.Archived || !target.Complete {
			continue
		}
		for _, source := range o.Points {
			if source.Side == Source && !source.Archived && source.snapshot().Name == target.Snapshot && target.snapshot().Equal(source.snapshot()) {
				list = append(list, Twin{Source: source, Target: target})
			}
		}
	}
	return list
}

func (p Point) snapshot() Snapshot { return Snapshot{Name: p.Snapshot, CreatedAt: p.Created} }

// Examine says what is wrong with an object's restore points as far as both servers' records tell: the chain from source to
// replica, the marks, completeness, the dates on both sides, and the archives and former replicas. Nothing: all is well.
func Examine(o Object, inv Inventory, identity string) []Finding {
	list := []Finding{}
	if o.Problem != "" {
		list = append(list, Finding{Side: Target, Text: o.Problem, Hint: o.Hint})
	}
	replica := o.Holding.Target
	switch {
	case !o.Exists.Target:
		list = append(list, Finding{Side: Target, Text: "it has no replica", Hint: "`iab run` makes it"})
	case replica.Config[MarkReplicaOf] == identity:
		list = append(list, examineMarks(replica, identity)...)
	}
	list = append(list, o.examineDates()...)
	if o.Exists.Source && o.Exists.Target && o.Problem == "" && !slices.ContainsFunc(o.Twins(), func(t Twin) bool { return t.Target.Own }) {
		list = append(list, Finding{Side: Target, Text: "source and replica have no complete snapshot of IAB in common: no copy can build on anything",
			Hint: "see `iab plan`"})
	}
	return append(list, o.examineHolders(inv.Target, identity)...)
}

// examineMarks looks at what IAB has written on the replica.
func examineMarks(replica Holding, identity string) []Finding {
	var list []Finding
	doubt := names(doubtful(replica, identity))
	again := "the next `iab run` sends it again if the source still has it"
	switch complete := replica.Config[MarkComplete]; {
	case replica.Unfinished(identity):
		return []Finding{{Side: Target, Text: "an interrupted first copy has left it, and it was never complete", Hint: "the next `iab run` makes it again"}}
	case complete != "" && !slices.ContainsFunc(replica.Snapshots, func(s Snapshot) bool { return s.Name == complete }):
		list = append(list, Finding{Side: Target, Snapshot: complete, Text: "its copy has finished, but the replica does not have it any more",
			Hint: "somebody has deleted it there; the next `iab run` sends what is missing"})
	}
	for _, name := range doubt {
		list = append(list, Finding{Side: Target, Snapshot: name, Text: "its copy has never finished, so it may have no data", Hint: again})
	}
	return list
}

// examineDates finds snapshots that have one name and two dates.
func (o Object) examineDates() []Finding {
	var list []Finding
	for _, target := range o.Points {
		for _, source := range o.Points {
			if target.Side == Target && !target.Archived && source.Side == Source && !source.Archived && source.Snapshot == target.Snapshot && !target.snapshot().Equal(source.snapshot()) {
				list = append(list, Finding{Side: Target, Snapshot: target.Snapshot,
					Text: fmt.Sprintf("it is dated %s, and %s on the source: they are two snapshots of one name",
						target.Created.UTC().Format(time.RFC3339), source.Created.UTC().Format(time.RFC3339)),
					Hint: "`iab plan` shows what becomes of it"})
			}
		}
	}
	return list
}

// examineHolders looks at the archives and former replicas of the object.
func (o Object) examineHolders(target Server, identity string) []Finding {
	var refs []Ref
	for ref, holding := range target.Holdings {
		if holding.Config[MarkReplicaOf] == identity && holding.Config[MarkArchiveOf] == o.Job.Replica().String() && ref != o.Job.Replica() {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, Ref.Compare)
	var list []Finding
	for _, ref := range refs {
		holding := target.Holdings[ref]
		_, _, archive := ArchiveOf(ref, holding, identity)
		aside, _, former := AsideOf(ref, holding, identity)
		text, hint := "", "look at it on the target"
		switch {
		case !archive && !former:
			text, hint = "its marks can't be read, so what it holds is no restore point", "somebody has changed its config keys user.iab.*"
		case holding.Broken:
			text = "the target reports it in an error state"
		case holding.Running || holding.Frozen:
			text, hint = "it is "+strings.ToLower(holding.Status)+", and an archive should never run", "stop it on the target"
		case former && len(aside.Snapshots) == 0:
			text = "it holds no snapshot any more"
		case o.Exists.Target && o.Holding.Target.Type != holding.Type && archive:
			text = fmt.Sprintf("it is a %s, the replica a %s", holding.Type, o.Holding.Target.Type)
		}
		if text != "" {
			list = append(list, Finding{Side: Target, Text: ref.Name + ": " + text, Hint: hint})
		}
	}
	return list
}
