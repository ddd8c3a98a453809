package plan

import (
	"fmt"
	"slices"
	"time"

	"iab/internal/retention"
)

// history is what is known of one object's restore points: the snapshots of both sides, the target's archives and the
// replicas that were set aside there.
type history struct {
	held     Sides[[]Snapshot]
	archives []Archive
	asides   []Aside
	lost     []Snapshot // of the replica, by the next copy, without an archive
	doubt    []Snapshot // of the replica, which count for nothing
	whole    string     // the last snapshot of the replica that is known to be whole, if newer ones stay in doubt
}

// save decides what becomes of the replica's snapshots that a refresh deletes: what the target's policy wants is archived
// first (invariant 5), the rest is lost. The history gets the new archives.
func (b builder) save(job Job, h *history, effect Effect) (saves []Action, loses []Snapshot) {
	if len(effect.Loses) == 0 {
		return nil, nil
	}
	points := slices.Concat(pointsOf(effect.Loses, true), pointsOf(effect.After, false), h.archivePoints(), h.asidePoints())
	verdicts := b.verdicts(job.Retention.Target, points)
	for i, lost := range effect.Loses {
		if h.archived(lost) || h.heldAside(lost) {
			continue
		}
		if v := verdicts[i]; v.Expired {
			loses = append(loses, lost)
		} else {
			why := "the source lacks it and the copy would delete it, but the target keeps it (" + reasonText(v.Reasons) + ")"
			saves = append(saves, b.archiveAction(job, lost, why, Replicate))
		}
	}
	for i, save := range saves {
		ref := job.Replica()
		ref.Name = save.Archive
		if i == 0 {
			h.archives = slices.Clip(h.archives)
		}
		h.archives = append(h.archives, Archive{Ref: ref, Snapshot: Snapshot{Name: save.Snapshot, CreatedAt: save.Created}})
	}
	return saves, loses
}

// point is a restore point to judge: a snapshot, or what an archive or a former replica holds.
type point struct {
	Snapshot
	archive string // name of the archive or of the former replica, empty for a snapshot of the object itself
	orphan  bool   // the source does not have it (any more)
	aside   bool   // a former replica holds it
	doubt   bool   // and may have no data for it
}

func pointsOf(snapshots []Snapshot, orphan bool) []point {
	points := make([]point, 0, len(snapshots))
	for _, s := range snapshots {
		points = append(points, point{Snapshot: s, orphan: orphan})
	}
	return points
}

func (h history) archivePoints() []point {
	points := make([]point, 0, len(h.archives))
	for _, a := range h.archives {
		points = append(points, point{Snapshot: a.Snapshot, archive: a.Ref.Name, orphan: true})
	}
	return points
}

func (h history) asidePoints() []point {
	var points []point
	for _, a := range h.asides {
		for _, s := range a.Snapshots {
			points = append(points, point{Snapshot: s, archive: a.Ref.Name, orphan: true, aside: true, doubt: a.doubts(s)})
		}
	}
	return points
}

// archived reports whether an archive holds the snapshot already.
func (h history) archived(s Snapshot) bool {
	return slices.ContainsFunc(h.archives, func(a Archive) bool { return same(a.Snapshot, s) })
}

// heldAside reports whether a former replica holds the snapshot, and not only its record.
func (h history) heldAside(s Snapshot) bool {
	return slices.ContainsFunc(h.asides, func(a Aside) bool {
		return !a.doubts(s) && slices.ContainsFunc(a.Snapshots, func(t Snapshot) bool { return same(s, t) })
	})
}

// saveFirst puts the archive actions before the item's first copy, and says there what is lost.
func (item *Item) saveFirst(saves []Action, loses []Snapshot) {
	first := item.firstCopy()
	item.Actions[first].Loses = names(loses)
	item.beforeCopy(saves...)
}

// firstCopy is the index of the item's first copy.
func (item *Item) firstCopy() int {
	return slices.IndexFunc(item.Actions, func(a Action) bool { return a.Verb == VerbCopy })
}

// beforeCopy puts actions before the item's first copy, in the same phase. An item that copies nothing has no place for them.
func (item *Item) beforeCopy(actions ...Action) {
	first := item.firstCopy()
	for i := range actions {
		actions[i].Phase = item.Actions[first].Phase
	}
	item.Actions = slices.Insert(item.Actions, first, actions...)
}

// judge gives every restore point of both sides its verdict and plans the deletions.
func (b builder) judge(item *Item, h history, exists bool) {
	shared := Refresh(h.held.Source, h.held.Target).Shared
	base := newestOwn(shared)
	job := item.Job

	source := b.sideVerdicts(job.Retention.Source, h.held.Source, history{}, base)
	for i, v := range source {
		if v.Expired && slices.ContainsFunc(h.doubt, func(s Snapshot) bool { return s.Name == v.Snapshot }) {
			source[i].Expired, source[i].Reasons = false, reasonOf(CodeDoubt, "its copy was never finished, and the next copy sends it again")
		}
	}
	b.keepOthers(job, source)
	item.Verdicts.Source = source
	var target []Verdict
	if exists || len(h.asides) > 0 {
		target = b.sideVerdicts(job.Retention.Target, h.held.Target, h, base)
		b.keepRecorded(job, source, target)
		b.mirror(job, target, shared, source)
		h.whole = b.lastWhole(item)
		h.keepWhole(target)
	}
	item.warnOfFuture(slices.Concat(source, target))
	if !b.opts.NoPrune {
		b.prune(item, h, shared, source, target)
	}
	b.removeAsides(item, h.asides, target)
	item.Verdicts.Target = append(item.Verdicts.Target, target...)
	for _, s := range h.lost {
		item.Verdicts.Target = append(item.Verdicts.Target, Verdict{Snapshot: s.Name, Expired: true,
			Reasons: reasonOf(CodeLost, "the source lacks it, the copy deletes it, and the target's policy does not keep it")})
	}
	for _, s := range h.doubt {
		item.Verdicts.Target = append(item.Verdicts.Target, Verdict{Snapshot: s.Name,
			Reasons: reasonOf(CodeDoubt, "its copy was never finished: it counts for nothing, and the next copy sends it again")})
	}
	b.judgeKept(item, h)
}

// prune plans the deletions: first archives of what the source lets go and the target keeps, then the source, then the target.
func (b builder) prune(item *Item, h history, shared []Snapshot, source, target []Verdict) {
	job := item.Job
	gone := map[string]bool{} // expired on the source, and the same on both sides
	for _, v := range source {
		if v.Expired && slices.ContainsFunc(shared, func(s Snapshot) bool { return s.Name == v.Snapshot }) {
			gone[v.Snapshot] = true
		}
	}
	former := map[string]bool{}
	for _, aside := range h.asides {
		former[aside.Ref.Name] = true
	}
	var deletions []Action
	for i, v := range target {
		if former[v.Archive] {
			continue // removed as a whole
		}
		action := Action{Verb: VerbDelete, Side: Target, Snapshot: v.Snapshot, Archive: v.Archive, Why: reasonText(v.Reasons), Phase: Prune}
		switch {
		case v.Expired:
			deletions = append(deletions, action)
		case v.Archive == "" && gone[v.Snapshot] && v.Snapshot != h.whole:
			// The next refresh would delete it, or whoever copies before that: it is archived while both sides have it.
			snapshot := h.held.Target[slices.IndexFunc(h.held.Target, func(s Snapshot) bool { return s.Name == v.Snapshot })]
			save := b.archiveAction(job, snapshot, "the source lets it go, but the target keeps it ("+reasonText(v.Reasons)+")", Prune)
			target[i].Archive = save.Archive
			action.Why = "archived as " + save.Archive
			deletions = append(deletions, action)
			if !h.archived(snapshot) {
				item.Actions = append(item.Actions, save)
			}
		}
	}
	for _, v := range source {
		if v.Expired {
			item.Actions = append(item.Actions, Action{Verb: VerbDelete, Side: Source, Snapshot: v.Snapshot, Why: reasonText(v.Reasons), Phase: Prune})
		}
	}
	item.Actions = append(item.Actions, deletions...)
}

// mirror keeps what the target's policy would expire while the source keeps it, where the next copy would send it again.
func (b builder) mirror(job Job, target []Verdict, shared []Snapshot, source []Verdict) {
	thin, why := b.thin(job)
	if thin {
		return
	}
	kept := func(name string) bool {
		return slices.ContainsFunc(source, func(v Verdict) bool { return v.Snapshot == name && !v.Expired })
	}
	common := func(name string) bool {
		return slices.ContainsFunc(shared, func(s Snapshot) bool { return s.Name == name })
	}
	for i, v := range target {
		if v.Expired && v.Archive == "" && common(v.Snapshot) && kept(v.Snapshot) {
			target[i].Expired = false
			target[i].Reasons = reasonOf(CodeMirror, "the source keeps it, and the next copy would send it again: "+why)
		}
	}
}

// lastWhole is the snapshot up to which the replica is complete while newer ones stay in doubt, empty if there is no doubt. A copy
// moves the mark on.
func (b builder) lastWhole(item *Item) string {
	replica, _ := b.holding(item.Job, Target)
	if item.firstCopy() >= 0 || len(doubtful(replica, b.opts.Identity)) == 0 {
		return ""
	}
	return replica.Config[MarkComplete]
}

// keepWhole keeps the last snapshot that is known to be whole: without it nothing tells which ones are in doubt, and they may have
// no data.
func (h history) keepWhole(target []Verdict) {
	for i, v := range target {
		if v.Expired && v.Archive == "" && v.Snapshot == h.whole {
			target[i].Expired, target[i].Reasons = false, reasonOf(CodeDoubt, "the last one that is known to be whole: the copy of newer ones was never finished")
		}
	}
}

// warnOfFuture tells of snapshots that are dated in the future, once each: a clock is or was wrong (invariant 2).
func (item *Item) warnOfFuture(verdicts []Verdict) {
	for _, v := range verdicts {
		if !slices.ContainsFunc(v.Reasons, func(r retention.Reason) bool { return r.Code == retention.CodeFuture }) {
			continue
		}
		warning := fmt.Sprintf("snapshot %s is dated in the future: it is kept and does not count; see the clocks of both servers and of this machine", v.Snapshot)
		if !slices.Contains(item.Warnings, warning) {
			item.Warnings = append(item.Warnings, warning)
		}
	}
}

// verdicts judges restore points, each at the index of its point. IAB's own are judged together; a snapshot and its archive
// are one point. Foreign ones are kept while they are snapshots of an object. Those that only the target still has are judged
// among themselves: so long as the policy would keep a snapshot of that age, somebody's deletion on the source does not
// take it away.
func (b builder) verdicts(policy retention.Policy, points []point) []Verdict {
	verdicts := make([]Verdict, len(points))
	for _, group := range []struct {
		takes func(point) bool
		at    func(Snapshot) time.Time
	}{
		{func(p point) bool { return p.Own() }, func(s Snapshot) time.Time { return s.At(b.opts.Location, b.opts.Local) }},
		{func(p point) bool { return !p.Own() && p.orphan }, func(s Snapshot) time.Time { return s.CreatedAt }},
	} {
		var indexes []int
		var asked []retention.Point
		for i, p := range points {
			if group.takes(p) {
				if asked == nil {
					indexes, asked = make([]int, 0, len(points)), make([]retention.Point, 0, len(points))
				}
				indexes = append(indexes, i)
				asked = append(asked, retention.Point{ID: p.Name, At: group.at(p.Snapshot)})
			}
		}
		for i, v := range policy.Judge(b.now(), asked) {
			verdicts[indexes[i]] = Verdict{Expired: v.Expired, Reasons: v.Reasons}
			if p := points[indexes[i]]; !p.Own() && len(v.Reasons) == 1 && v.Reasons[0].Code == retention.CodeNewest {
				verdicts[indexes[i]] = Verdict{Expired: true, Reasons: reasonOf(CodeForeign, "not made by IAB, gone from the source, and older than every rule")}
			}
		}
	}
	for i, p := range points {
		verdicts[i].Snapshot, verdicts[i].Archive = p.Name, p.archive
		if verdicts[i].Reasons == nil {
			verdicts[i].Reasons = reasonOf(CodeForeign, "not made by IAB")
		}
	}
	return verdicts
}

// sideVerdicts judges the restore points of one side, snapshots and archives, oldest first.
func (b builder) sideVerdicts(policy retention.Policy, snapshots []Snapshot, h history, base string) []Verdict {
	points := slices.Concat(pointsOf(snapshots, false), h.archivePoints(), h.asidePoints())
	slices.SortStableFunc(points, func(a, b point) int { return compareCreation(a.Snapshot, b.Snapshot) })
	list := b.verdicts(policy, points)
	for i, p := range points {
		switch {
		case p.Name == base && p.archive == "":
			list[i] = keepBase(list[i])
		case p.aside:
			if other, ok := twin(points, p); ok {
				list[i].Expired, list[i].Reasons = true, reasonOf(CodeDouble, other+" holds it, too")
			}
		}
	}
	return list
}

// twin finds what else holds the snapshot of a former replica: the present replica, an archive, or a former replica that comes
// before it.
func twin(points []point, p point) (holder string, ok bool) {
	for _, other := range points {
		if !same(other.Snapshot, p.Snapshot) || other.doubt || other.aside && !p.doubt && other.archive >= p.archive {
			continue
		}
		if other.archive == "" {
			return "the replica", true
		}
		return other.archive, true
	}
	return "", false
}

// keepBase is invariant 3: the newest common snapshot is the base of the next copy.
func keepBase(v Verdict) Verdict {
	reasons := reasonOf(CodeBase, "newest on both sides, base of the next copy")
	if v.Expired {
		return Verdict{Snapshot: v.Snapshot, Reasons: reasons}
	}
	v.Reasons = slices.Concat(v.Reasons, reasons)
	return v
}
