package check

import (
	"cmp"
	"maps"
	"slices"

	"iab/internal/plan"
)

// fullPercent is how full a pool may become without a warning.
const fullPercent = 90

// FirstCopies lists the objects that the plan copies for the first time, in its order.
func FirstCopies(p plan.Plan) []plan.Ref {
	var refs []plan.Ref
	for _, item := range p.Items {
		if slices.ContainsFunc(item.Actions, func(a plan.Action) bool { return a.Verb == plan.VerbCopy && a.Creates }) {
			refs = append(refs, item.Ref)
		}
	}
	return refs
}

// need is what first copies take of one pool.
type need struct {
	copies int
	silent int   // of them, whose size the source does not tell
	bytes  int64 // of the others
}

// space judges whether the next first copies have room in the target's pools.
func (j *judge) space(next Next) {
	needs := map[string]need{}
	first := FirstCopies(next.Plan)
	for _, item := range next.Plan.Items {
		if !slices.Contains(first, item.Ref) {
			continue
		}
		place := PoolOn(item.Job.TargetPool, copiedTo(item))
		n := needs[place]
		n.copies++
		if used := next.Used[item.Ref]; used > 0 {
			n.bytes += used
		} else {
			n.silent++
		}
		needs[place] = n
	}
	for _, pool := range Pools(j.facts.Jobs, plan.Target) {
		for _, member := range Holders(j.facts.Servers.Target.Held) {
			place := PoolOn(pool, member)
			if space, ok := j.facts.Servers.Target.Spaces[place]; ok {
				j.room(place, space, needs[place])
			}
		}
	}
}

// copiedTo is the cluster member that a first copy of the item comes to, if any.
func copiedTo(item plan.Item) string {
	for _, action := range item.Actions {
		if action.Creates {
			return action.Member
		}
	}
	return ""
}

// PoolOn names a pool on one member of a cluster, since each member has its own; without a member it is the pool's name.
func PoolOn(pool, member string) string {
	if member == "" {
		return pool
	}
	return pool + " on " + member
}

// Holders lists the members of a cluster that answer, sorted; of a server that is none, one without a name.
func Holders(s plan.Server) []string {
	if len(s.Members) == 0 {
		return []string{""}
	}
	names := slices.Sorted(maps.Keys(s.Members))
	return slices.DeleteFunc(names, func(name string) bool { return !s.Members[name].Answers })
}

func (j *judge) room(pool string, s Space, n need) {
	const hint = "free space there, enlarge the pool, or choose another one for some objects"
	subject := on(plan.Target, pool)
	switch free := s.Total - s.Used; {
	case s.Trouble != nil:
		j.warn("space", subject, s.Trouble.Hint, "%s", s.Trouble.Text)
	case s.Total <= 0:
		j.ok("space", subject, "the server does not tell how full it is%s", n.text())
	case n.bytes > free:
		j.warn("space", subject, hint, "%s of %s are free%s", plan.Size(free), plan.Size(s.Total), n.text())
	case percent(s.Used, s.Total) > fullPercent:
		j.warn("space", subject, hint, "it is %d %% full: %s of %s are free%s", percent(s.Used, s.Total), plan.Size(free), plan.Size(s.Total), n.text())
	case percent(s.Used+n.bytes, s.Total) > fullPercent:
		j.warn("space", subject, hint, "the next run makes it %d %% full: %s of %s are free%s", percent(s.Used+n.bytes, s.Total), plan.Size(free), plan.Size(s.Total), n.text())
	default:
		j.ok("space", subject, "%s of %s are free%s", plan.Size(free), plan.Size(s.Total), n.text())
	}
}

// percent rounds up, so that what is more than a limit never reads as that limit.
func percent(part, whole int64) int {
	return int((float64(part)*100 + float64(whole) - 1) / float64(whole))
}

// text says what first copies need, behind a comma.
func (n need) text() string {
	switch {
	case n.copies == 0:
		return ""
	case n.silent == n.copies:
		return ", and the source does not tell how much " + number(n.copies, "first copy needs", "first copies need")
	case n.silent > 0:
		return ", and " + number(n.copies, "first copy needs", "first copies need") + " at least " + plan.Size(n.bytes) + " (the source does not tell the size of " + number(n.silent, "object", "objects") + ")"
	}
	return ", and " + number(n.copies, "first copy needs", "first copies need") + " " + plan.Size(n.bytes)
}

// retention tells what servers and pools make of the policies.
func (j *judge) retention(next Next) {
	target := j.facts.Servers.Target.Held
	mirrored := mirrored(next.Plan)
	for _, why := range slices.Sorted(maps.Keys(mirrored)) {
		j.warn("retention", "target", "give the target room for them, or let the source keep less",
			"%s of %s stay although the target's policies let them go: %s", number(mirrored[why].snapshots, "snapshot", "snapshots"),
			number(mirrored[why].objects, "object", "objects"), why)
	}
	if len(mirrored) == 0 {
		j.ok("retention", "target", "Incus %s: everything that the target's policies let go can be deleted there", target.Version)
	}
	archives := map[string]int{} // by pool
	for _, pool := range Pools(j.facts.Jobs, plan.Target) {
		archives[pool] = 0
	}
	for _, item := range next.Plan.Items {
		for _, action := range item.Actions {
			if action.Verb == plan.VerbArchive && !action.Whole { // to set a whole replica aside is a new name for it
				archives[cmp.Or(target.Holdings[item.Job.Replica()].Pool, item.Job.TargetPool)]++
			}
		}
	}
	for _, pool := range slices.Sorted(maps.Keys(archives)) {
		if found, ok := target.Pools[pool]; ok {
			j.archives(pool, found.Driver, archives[pool])
		}
	}
}

// archives tells how a pool keeps what a copy would delete and the target's policy wants.
func (j *judge) archives(pool, driver string, planned int) {
	subject := on(plan.Target, pool)
	switch {
	case plan.Clones(driver):
		j.ok("archive", subject, "archives are clones there (%s)", driver)
	case planned > 0:
		j.warn("archive", subject, "use a pool that can clone (btrfs, zfs, ceph, lvm), or let the target keep no more than the source",
			"the next run archives %s by full copies, as pools of driver %s can't clone", number(planned, "snapshot", "snapshots"), driver)
	default:
		j.ok("archive", subject, "the next run archives nothing there; archives would be full copies, as pools of driver %s can't clone", driver)
	}
}

// kept counts what stays on the target only because the source has it.
type kept struct{ snapshots, objects int }

// mirrored counts what stays on the target only because the source has it, by why it can't be left out.
func mirrored(p plan.Plan) map[string]kept {
	counts := map[string]kept{}
	for _, item := range p.Items {
		own := map[string]int{}
		for _, v := range item.Verdicts.Target {
			for _, reason := range v.Reasons {
				if reason.Code == plan.CodeMirror {
					own[reason.Detail]++
				}
			}
		}
		for why, n := range own {
			counts[why] = kept{counts[why].snapshots + n, counts[why].objects + 1}
		}
	}
	return counts
}
