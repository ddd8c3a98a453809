package status

import (
	"slices"

	"iab/internal/plan"
)

// replicaNow returns what the replica of an object is called until the next run renames it; empty if it does not.
func replicaNow(item plan.Item) (ref plan.Ref, ok bool) {
	i := slices.IndexFunc(item.Actions, func(a plan.Action) bool { return a.Verb == plan.VerbRename })
	if i < 0 {
		return plan.Ref{}, false
	}
	ref = item.Job.Replica()
	ref.Name = item.Actions[i].From
	return ref, true
}

// withReplica gives an object that was renamed the replica and the restore points of its former name, and takes them from a new object
// of that name.
func (j judge) withReplica(object plan.Object) plan.Object {
	if j.lent[object.Job.Replica()] {
		object.Exists.Target, object.Holding.Target, object.Apart = false, plan.Holding{}, false
		object.Points = slices.DeleteFunc(slices.Clone(object.Points), func(p plan.Point) bool { return p.Side == plan.Target })
	}
	ref, ok := replicaNow(j.planned[object.Ref])
	if !ok {
		return object
	}
	for _, former := range j.Survey.Objects {
		if former.Job.Replica() != ref {
			continue
		}
		object.Exists.Target, object.Holding.Target = true, former.Holding.Target
		object.Points = slices.DeleteFunc(slices.Concat(object.Points, former.Points), func(p plan.Point) bool {
			return p.Side == plan.Source && p.Holder != object.Ref
		})
		slices.SortStableFunc(object.Points, func(a, b plan.Point) int { return b.At.Compare(a.At) })
	}
	return object
}
