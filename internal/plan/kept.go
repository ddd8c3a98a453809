package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// MarkHandedOver is on an object on standby whose last state the failover has brought to the target before: the config's uuid.
const MarkHandedOver = "user.iab.handed-over"

// MarkReplaced is on an object that a failback has replaced, besides MarkKept: see Replaced. What bears only MarkKept was replaced by
// a restore, and is a person's.
const MarkReplaced = "user.iab.replaced"

// Replaced says how a failback has replaced an object.
type Replaced struct {
	Identity   string    // the config's uuid
	At         time.Time // of the failback, in whole seconds
	HandedOver bool      // the target had its last state
}

const handedOver = "handed-over"

// Mark is the value of MarkReplaced.
func (r Replaced) Mark() string {
	text := r.Identity + " " + r.At.UTC().Format(time.RFC3339)
	if r.HandedOver {
		text += " " + handedOver
	}
	return text
}

// ReplacedOf reads a MarkReplaced. ok is false for anything else.
func ReplacedOf(mark string) (r Replaced, ok bool) {
	words := strings.Fields(mark)
	if len(words) < 2 || len(words) > 3 || len(words) == 3 && words[2] != handedOver {
		return Replaced{}, false
	}
	at, err := time.Parse(time.RFC3339, words[1])
	return Replaced{Identity: words[0], At: at, HandedOver: len(words) == 3}, err == nil
}

// Disposable reports whether runs of this config may remove the object of that name, once nothing of it is needed any more: a failback
// has replaced what was that ref, the target had its last state, it was never started since, no copies of another config build on it, and
// it has the name that the failback has given it.
func (h Holding) Disposable(name string, was Ref, identity string) bool {
	replaced, ok := ReplacedOf(h.Config[MarkReplaced])
	return ok && !h.buildsElsewhere(identity) && identity != "" && replaced.Identity == identity && replaced.HandedOver && h.Config[MarkKept] == was.String() &&
		h.rests(identity) && strings.Contains(name, beforeName)
}

// buildsElsewhere reports whether other configs' copies build on an object of the source, or may do so.
func (h Holding) buildsElsewhere(identity string) bool {
	others, unread := h.Bases(identity)
	return len(others)+len(unread) > 0
}

// rests reports whether an object is as the failover has left it that has brought its last state to the target.
func (h Holding) rests(identity string) bool {
	return h.Config[MarkRole] == RoleStandby && h.Config[MarkHandedOver] == identity && h.unused()
}

// unused reports whether the object does not run and was not started since it was put on standby.
func (h Holding) unused() bool {
	return !h.Running && !h.Frozen && !h.Broken && h.Config[powerState] == ""
}

// keptObject is an object of the source that a restore or a failback has replaced. Its snapshots are restore points.
type keptObject struct {
	ref     Ref
	holding Holding
}

// keptObjects finds what was replaced on the source by the ref that it had, each list by name.
func keptObjects(source Server) map[string][]keptObject {
	found := map[string][]keptObject{}
	for ref, holding := range source.Holdings {
		if was := holding.Config[MarkKept]; was != "" && was != ref.String() {
			found[was] = append(found[was], keptObject{ref, holding})
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b keptObject) int { return a.ref.Compare(b.ref) })
	}
	return found
}

// judgeKept gives the snapshots of replaced objects their verdicts, and plans the removal of those of which nothing is needed any more,
// as the item's last actions. Everything else of the item is decided before: only what stays counts as another place.
func (b builder) judgeKept(item *Item, h history) {
	for _, kept := range b.kept[item.Job.Ref.String()] {
		stays := b.keepsObject(item, kept)
		verdicts, wanted := b.keptVerdicts(item, h, kept)
		later := slices.Contains([]string{"", untilCopied, untilAnswered}, stays)
		if stays == "" {
			stays = wanted
		}
		if stays != "" {
			for i := range verdicts {
				if verdicts[i].Expired {
					verdicts[i].Expired, verdicts[i].Reasons = false, reasonOf(CodeKept, "stays with "+kept.ref.Name+": "+stays)
				}
			}
		}
		item.Verdicts.Source = append(item.Verdicts.Source, verdicts...)
		if stays != "" {
			item.Stays = append(item.Stays, Stay{kept.ref.Name, stays, removal(kept.ref), later})
		}
		_, byFailback := ReplacedOf(kept.holding.Config[MarkReplaced])
		switch {
		case stays == "" && !b.opts.NoPrune:
			item.Actions = append(item.Actions, Action{Verb: VerbDelete, Side: Source, Whole: true, Archive: kept.ref.Name,
				Loses: names(byCreation(kept.holding.Snapshots)), Phase: Prune,
				Why: "a failback has replaced it; the target had its last state, and nothing of it is needed any more"})
		case byFailback && !later:
			item.Warnings = append(item.Warnings, fmt.Sprintf("%s, which a failback has replaced, is not removed: %s; when nothing of it is needed: %s",
				kept.ref.Name, stays, removal(kept.ref)))
		}
	}
}

// Stay is an object that a restore or a failback has replaced and that stays, and why.
type Stay struct {
	Object string `json:"object"` // its name on the source
	Why    string `json:"why"`
	Remove string `json:"remove"`          // how a person removes it who knows that nothing of it is needed
	Later  bool   `json:"later,omitempty"` // a later run removes it by itself
}

// untilCopied is why a replaced object stays that the next runs will remove.
const untilCopied = "until a run after the failback has copied the object that has its name"

// untilAnswered is why one stays as long as not everything on the source can be looked at.
const untilAnswered = "as long as a cluster member of the source does not answer"

// anySilent reports whether a cluster member of the source does not answer: what lies there may use anything.
func (b builder) anySilent() bool {
	for _, member := range b.inv.Source.Members {
		if !member.Answers {
			return true
		}
	}
	return false
}

// removal is how a person removes an object of the source.
func removal(ref Ref) string {
	if ref.Kind == Volume {
		return fmt.Sprintf("incus storage volume delete %s %s --project %s", ref.Pool, ref.Name, ref.Project)
	}
	return fmt.Sprintf("incus delete %s --project %s", ref.Name, ref.Project)
}

// keepsObject says why a replaced object stays, whatever its snapshots are; empty if these decide.
func (b builder) keepsObject(item *Item, kept keptObject) string {
	config := kept.holding.Config
	replaced, ok := ReplacedOf(config[MarkReplaced])
	switch {
	case !ok:
		return "a restore has replaced it, and only a person knows whether it is needed"
	case replaced.Identity != b.opts.Identity:
		return "another config has replaced it"
	case !replaced.HandedOver:
		return "nobody knows whether the target had its last state"
	case !kept.holding.unused():
		return "it was started, and may hold what was written there"
	case b.attached(kept.ref):
		return "something uses it"
	case kept.holding.buildsElsewhere(b.opts.Identity):
		return "the copies of another config build on it"
	case b.anySilent():
		return untilAnswered
	case !kept.holding.Disposable(kept.ref.Name, item.Job.Ref, b.opts.Identity):
		return "its name or its marks were changed"
	}
	for _, s := range kept.holding.Snapshots {
		if !s.Own() {
			return "it holds " + s.Name + ", which IAB has not made"
		}
	}
	if !b.copiedSince(item.Job, replaced.At) {
		return untilCopied
	}
	return ""
}

// attached reports whether an instance of the source uses the volume.
func (b builder) attached(ref Ref) bool {
	for other, holding := range b.inv.Source.Holdings {
		if attaches(other.Project, holding, ref) {
			return true
		}
	}
	return false
}

// copiedSince reports whether a run has copied the job's object completely after that moment, so that both sides hold a snapshot
// of then or later.
func (b builder) copiedSince(job Job, at time.Time) bool {
	source, _ := b.holding(job, Source)
	replica, exists := b.holding(job, Target)
	complete := replica.Config[MarkComplete]
	if !exists || source.Config[MarkRestored] != "" || replica.Config[MarkReplicaOf] != b.opts.Identity || replica.Config[MarkRole] != RoleReplica {
		return false
	}
	doubt := doubtful(replica, b.opts.Identity)
	return slices.ContainsFunc(Refresh(source.Snapshots, replica.Snapshots).Shared, func(s Snapshot) bool {
		return s.Name == complete && s.Own() && !s.At(b.opts.Location, b.opts.Local).Before(at.Truncate(time.Second)) &&
			!slices.ContainsFunc(doubt, func(d Snapshot) bool { return d.Name == s.Name })
	})
}

// keptVerdicts judges the snapshots of a replaced object by the source's policy, together with what the source's object holds. One that
// the policy wants goes only if it stays in another place. wanted says what keeps the object, nothing if nothing does.
func (b builder) keptVerdicts(item *Item, h history, kept keptObject) (verdicts []Verdict, wanted string) {
	list := byCreation(kept.holding.Snapshots)
	points := slices.Concat(pointsOf(list, false), pointsOf(h.held.Source, false))
	for i := range list {
		points[i].archive = kept.ref.Name
	}
	verdicts = b.verdicts(item.Job.Retention.Source, points)[:len(list)]
	for i, s := range list {
		if verdicts[i].Expired {
			continue
		}
		if place, ok := b.staysElsewhere(item, h, s); ok {
			verdicts[i].Expired, verdicts[i].Reasons = true, reasonOf(CodeDouble, place+" holds it, too")
		} else if wanted == "" {
			wanted = s.Name + " of it is nowhere else"
		}
	}
	return verdicts, wanted
}

// staysElsewhere finds another place where the snapshot is whole, and stays when all that the item plans is done.
func (b builder) staysElsewhere(item *Item, h history, s Snapshot) (place string, ok bool) {
	among := func(list []Snapshot, name string) bool {
		return name == s.Name && slices.ContainsFunc(list, func(t Snapshot) bool { return same(s, t) })
	}
	for _, v := range item.Verdicts.Source {
		if v.Archive == "" && !v.Expired && among(h.held.Source, v.Snapshot) {
			return "the object", true
		}
	}
	replica, _ := b.holding(item.Job, Target)
	inDoubt := slices.Contains(names(doubtful(replica, b.opts.Identity)), s.Name) // and so is what was archived of it
	for _, v := range item.Verdicts.Target {
		switch {
		case v.Expired:
		case v.Archive == "" && !inDoubt && among(h.held.Target, v.Snapshot):
			return "the replica", true
		case v.Archive != "" && !inDoubt && slices.ContainsFunc(h.archives, func(a Archive) bool { return a.Ref.Name == v.Archive && among([]Snapshot{a.Snapshot}, v.Snapshot) }):
			return v.Archive, true
		case v.Archive != "" && slices.ContainsFunc(h.asides, func(a Aside) bool { return a.Ref.Name == v.Archive && !a.doubts(s) && among(a.Snapshots, v.Snapshot) }):
			return v.Archive, true
		}
	}
	return "", false
}
