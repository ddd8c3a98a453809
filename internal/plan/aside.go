package plan

import (
	"slices"
	"strings"
	"time"
)

// Aside is a former replica on the target that could not be continued. It keeps its whole history under another name, until
// the target's policy wants none of its snapshots any more (invariant 7).
type Aside struct {
	Ref       Ref
	Snapshots []Snapshot
	Started   bool // it may hold what was written on the target, which no snapshot has

	// Doubtful are those of its snapshots whose copy is not known to have finished: they never stand in for others.
	Doubtful []Snapshot
}

// AsideMarks are the config keys that make a replica one that was set aside.
func AsideMarks(replica Ref, identity string) map[string]string {
	return map[string]string{MarkReplicaOf: identity, MarkRole: RoleAside, MarkArchiveOf: replica.String()}
}

// AsideOf reads the marks of an object on the target. ok is false for anything that is no former replica of this config.
func AsideOf(ref Ref, holding Holding, identity string) (aside Aside, replica string, ok bool) {
	replica = holding.Config[MarkArchiveOf]
	if identity == "" || replica == "" || holding.Config[MarkRole] != RoleAside || holding.Config[MarkReplicaOf] != identity {
		return Aside{}, "", false
	}
	return former(ref, holding, identity), replica, true
}

// former describes a replica of this config that is set aside under a name. One that was never marked as complete was made by the
// first IAB, and is taken as it is.
func former(ref Ref, replica Holding, identity string) Aside {
	aside := Aside{Ref: ref, Snapshots: byCreation(replica.Snapshots), Started: replica.Config[powerState] != ""}
	if replica.Config[MarkComplete] != "" {
		aside.Doubtful = doubtful(replica, identity)
	}
	return aside
}

// doubts reports whether the snapshot may have no data in the former replica.
func (a Aside) doubts(s Snapshot) bool {
	return slices.ContainsFunc(a.Doubtful, func(t Snapshot) bool { return t.Name == s.Name })
}

// asides finds the target's former replicas by the replica whose name they had, each list by name. One that still has its
// replica's name is left out: a run died while it was set aside.
func asides(target Server, identity string) map[string][]Aside {
	found := map[string][]Aside{}
	for ref, holding := range target.Holdings {
		if aside, replica, ok := AsideOf(ref, holding, identity); ok && replica != ref.String() {
			found[replica] = append(found[replica], aside)
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b Aside) int { return a.Ref.Compare(b.Ref) })
	}
	return found
}

// asideRef names a replica that is set aside by a run: NAME-IAB-old-YYYYMMDD-HHMMSS with the time of the run's snapshots, moved
// on while the name is taken. Every result is a legal name of the replica's kind.
func (b builder) asideRef(replica Ref) Ref {
	for at := b.taken().CreatedAt.In(b.opts.Location); ; at = at.Add(time.Second) {
		suffix := "-IAB-old-" + strings.TrimPrefix(SnapshotName(at, b.opts.Location), SnapshotPrefix)
		ref := suffixed(replica, suffix)
		if _, taken := b.inv.Target.Holdings[ref]; !taken {
			return ref
		}
	}
}

// setsAside reports whether the job's replica is set aside: it was asked for, a run died in the middle of it, the object was
// restored without its history, or nothing can be sent to it.
func (b builder) setsAside(job Job, p pairing) bool {
	return b.opts.Reseed[job.Ref] || b.halfAside(job, p.replica) || b.restored(p) || b.stuck(job, p)
}

// stuck reports whether the replica has no snapshot to build on and the pending ones can't be sent to it in one go. There is no
// detour without a base, but a first copy sends every pile.
func (b builder) stuck(job Job, p pairing) bool {
	held, _ := repair(Source, p.source.Snapshots)
	full := slices.Concat(held, []Snapshot{b.takenAfter(held)})
	return len(p.replica.Snapshots) == 0 && b.ordered(job, p.source) && !sendable(full, full)
}

// restored reports whether a restore has brought the object back without its history, so that nothing can be continued.
func (b builder) restored(p pairing) bool {
	return b.opts.Identity != "" && p.source.Config[MarkRestored] == b.opts.Identity && newestOwn(Refresh(p.source.Snapshots, p.replica.Snapshots).Shared) == ""
}

// halfAside reports whether a run has begun to set the replica aside, and not ended that: it died before, or a copy has shown that
// the replica has lost its live data.
func (b builder) halfAside(job Job, replica Holding) bool {
	_, of, ok := AsideOf(job.Replica(), replica, b.opts.Identity)
	return ok && of == job.Replica().String()
}

// asideAction plans the setting aside of a whole replica, before the copy that is made afresh.
func (b builder) asideAction(job Job, replica Holding) (Action, Aside) {
	ref := b.asideRef(job.Replica())
	action := Action{Verb: VerbArchive, Side: Target, Whole: true, Archive: ref.Name, Phase: Replicate,
		Why: "a new replica is asked for (--reseed); this one keeps its history under another name, until the target's policy wants none of it"}
	source, _ := b.holding(job, Source)
	switch {
	case b.opts.Reseed[job.Ref]:
	case b.halfAside(job, replica):
		action.Why = "a run before has begun to set it aside for a new replica, and not ended that"
	case source.Config[MarkRestored] == "":
		action.Why = "it has no snapshot to build on, and the pending ones can't be sent to it in the order of their names; a new replica takes them all"
	default:
		action.Why = "the object was restored without its history, so a new replica is made; this one keeps its history under another name, until the target's policy wants none of it"
	}
	return action, former(ref, replica, b.opts.Identity)
}

// users names the instances of the target that use a volume there, such as the former replica of an instance: it can't be deleted before
// they let go of it.
func (b builder) users(volume Ref) []string {
	var list []string
	for ref, holding := range b.inv.Target.Holdings {
		for _, device := range holding.Inherited {
			if volumeOf(ref.Project, device) == volume && !slices.Contains(list, ref.Name) {
				list = append(list, ref.Name)
			}
		}
	}
	slices.Sort(list)
	return list
}

// removeAsides plans the removal of former replicas of which the target's policy wants nothing any more and that nothing uses, and says of the
// others what keeps them. The verdicts of their snapshots are changed accordingly.
func (b builder) removeAsides(item *Item, list []Aside, verdicts []Verdict) {
	for _, aside := range list {
		var own []int // the verdicts of this one
		var wanted string
		for i, v := range verdicts {
			if v.Archive != aside.Ref.Name {
				continue
			}
			own = append(own, i)
			if !v.Expired {
				wanted = v.Snapshot
			}
		}
		users := b.users(aside.Ref)
		if wanted == "" && !aside.Started && len(users) == 0 {
			if !b.opts.NoPrune {
				item.Actions = append(item.Actions, Action{Verb: VerbDelete, Side: Target, Whole: true, Archive: aside.Ref.Name,
					Loses: names(aside.Snapshots), Phase: Prune, Why: "a former replica of which the target's policy keeps nothing"})
			}
			continue
		}
		stays := reasonOf(CodeAside, "stays with the former replica, of which "+wanted+" is kept")
		switch {
		case wanted != "":
		case len(users) > 0:
			stays = reasonOf(CodeAside, "stays with the former replica, which "+strings.Join(users, ", ")+" on the target uses")
		default:
			stays = reasonOf(CodeAside, "stays with the former replica, which was started and may hold what was written there")
			item.Warnings = append(item.Warnings, "the former replica "+aside.Ref.Name+
				" was started on the target, so it is not removed; when nothing of it is needed, delete it there")
		}
		for _, i := range own {
			if verdicts[i].Expired {
				verdicts[i].Expired, verdicts[i].Reasons = false, stays
			}
		}
	}
}
