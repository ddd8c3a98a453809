package status

import (
	"slices"
	"time"

	"iab/internal/plan"
)

// judge is what is the same for all objects.
type judge struct {
	Facts
	planned map[plan.Ref]plan.Item
	lent    map[plan.Ref]bool // replicas that the next run renames: their objects have other names by now
}

// reached reports whether a side could be read.
func (j judge) reached(side plan.Side) bool {
	return !slices.ContainsFunc(j.Unreached, func(u Unreached) bool { return u.Side == side })
}

// item judges one object that a job names, or a replica that none does.
func (j judge) item(object plan.Object) Item {
	item := Item{Ref: object.Ref, Points: object.Points}
	planned := j.planned[object.Ref]
	item.Problem, item.Hint, item.Stays = planned.Problem, planned.Hint, planned.Stays
	item.Warnings = object.Holding.Source.BaseWarnings(j.Identity, j.Survey.At)
	j.count(&item, planned)
	if drill, ok := object.Holding.Target.LastDrill(); ok && j.ours(object) {
		item.Drill = &drill
	}
	item.State = j.state(object, item)
	item.Severity = j.severity(item)
	return item
}

// count says what both sides hold.
func (j judge) count(item *Item, planned plan.Item) {
	for _, p := range item.Points {
		switch {
		case p.Side == plan.Source && p.Archived:
			item.Source.Kept++
		case p.Side == plan.Source:
			item.Source.Snapshots++
		case p.Archived:
			item.Target.Archives++
		default:
			item.Target.Snapshots++
		}
	}
	now := j.Survey.At
	object := plan.Object{Points: item.Points}
	if p, ok := object.Newest(plan.Source, now); ok {
		item.Source.Newest, item.Source.NewestAt = p.Snapshot, p.At
	}
	if p, ok := object.Newest(plan.Target, now); ok {
		item.Target.Newest, item.Target.NewestAt = p.Snapshot, p.At
		lag := max(0, int64(now.Sub(p.At)/time.Second)) // a name may be moved on
		item.Lag = &lag
	}
	for _, p := range slices.Backward(item.Points) {
		if p.Side == plan.Target && p.Complete {
			item.Target.OldestAt = p.At
			break
		}
	}
	item.Source.Prunes = expired(planned.Verdicts.Source)
	item.Target.Prunes = expired(planned.Verdicts.Target)
}

// expired lists the snapshots that go.
func expired(verdicts []plan.Verdict) []string {
	var list []string
	for _, v := range verdicts {
		if v.Expired {
			list = append(list, v.Snapshot)
		}
	}
	return list
}

// state is the first of these that holds.
func (j judge) state(object plan.Object, item Item) State {
	replica := object.Holding.Target
	switch {
	case !j.reached(plan.Target) || object.Jobless && !j.reached(plan.Source) || j.silent(replica):
		return Unknown
	case j.ours(object) && replica.Config[plan.MarkRole] == plan.RoleActive:
		return Running // what it is, also while it is stopped, and for a volume
	case j.reached(plan.Source) && !object.Exists.Source && (j.ours(object) || item.Lag != nil):
		return Orphan
	case !j.ours(object):
		return Missing
	case replica.Running || replica.Frozen:
		return Running
	case object.Apart:
		return Diverged
	case item.Lag == nil || replica.Unfinished(j.Identity):
		return Incomplete
	case j.late(item):
		return Stale
	case slices.ContainsFunc(item.Points, func(p plan.Point) bool { return !p.Complete }):
		return Incomplete
	}
	return OK
}

// silent reports whether nothing can be said of an object on the target: its cluster member does not answer, or several have a volume
// of its name.
func (j judge) silent(replica plan.Holding) bool {
	return j.Inventory.Target.Silent(replica) || len(replica.Namesakes) > 0
}

// ours reports whether the object on the target is the replica.
func (j judge) ours(object plan.Object) bool {
	mark := object.Holding.Target.Config[plan.MarkReplicaOf]
	known := mark == j.Identity || mark == "" && slices.ContainsFunc(object.Points, func(p plan.Point) bool { return p.Side == plan.Target && !p.Archived })
	return object.Exists.Target && known
}

func (j judge) late(item Item) bool {
	return item.Lag == nil || j.Survey.At.Sub(item.Target.NewestAt) > j.MaxAge
}

// severity is how bad it is. What has a problem is not copied any more; so long as the last copy is young, there is time.
func (j judge) severity(item Item) Severity {
	switch item.State {
	case Unknown:
		return Unclear
	case Missing, Diverged, Stale:
		return Critical
	case Running, Incomplete:
		if j.late(item) {
			return Critical
		}
		return Warning
	case Orphan, Unprotected:
		return Warning
	}
	if item.Problem != "" || len(item.Warnings) > 0 {
		return Warning
	}
	return Fine
}

// sourceOf reports whether the source has the object that a replica without a job was made of, in whatever pool.
func (j judge) sourceOf(replica plan.Ref) bool {
	for ref := range j.Inventory.Source.Holdings {
		if sameName(ref, replica) {
			return true
		}
	}
	return false
}

// sameName reports whether both name the same object but for the pool, which a volume need not share with its replica.
func sameName(a, b plan.Ref) bool {
	return a.Name == b.Name && a.Project == b.Project && a.Kind == b.Kind
}

// unprotected is an object of the source that no job takes, with what an earlier job has left of it on the target.
func (j judge) unprotected(ref plan.Ref) Item {
	item := Item{Ref: ref, State: Unprotected, Severity: Warning}
	for _, s := range j.Inventory.Source.Holdings[ref].Snapshots {
		item.Points = append(item.Points, plan.Point{Side: plan.Source, Holder: ref, Within: true, Snapshot: s.Name,
			Created: s.CreatedAt, At: s.CreatedAt, Own: s.Own(), Complete: true})
	}
	for _, object := range j.Survey.Objects {
		if object.Jobless && sameName(object.Ref, ref) {
			item.Points = append(item.Points, object.Points...)
		}
	}
	slices.SortStableFunc(item.Points, func(a, b plan.Point) int { return b.At.Compare(a.At) })
	j.count(&item, plan.Item{})
	return item
}
