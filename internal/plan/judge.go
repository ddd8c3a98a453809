package plan

import (
	"fmt"
	"slices"

	"iab/internal/retention"
)

// history is what is known of one object's restore points: the snapshots of both sides, and the target's archives.
type history struct {
	held     Sides[[]Snapshot]
	archives []Archive
	lost     []Snapshot // of the replica, by the next copy, without an archive
}

// save decides what becomes of the replica's snapshots that a refresh deletes: what the target's policy wants is archived
// first (invariant 5), the rest is lost. The history gets the new archives.
func (b builder) save(job Job, h *history, effect Effect) (saves []Action, loses []Snapshot) {
	if len(effect.Loses) == 0 {
		return nil, nil
	}
	candidates := slices.Concat(effect.After, effect.Loses)
	verdicts := b.verdicts(job.Retention.Target, candidates, h.archives)
	foreign := b.foreignVerdicts(job.Retention.Target, effect.Loses, h.archives)
	for _, lost := range effect.Loses {
		if h.archived(lost) {
			continue
		}
		v := verdicts[lost.Name]
		if !lost.Own() {
			v = foreign[lost.Name]
		}
		if v.Expired {
			loses = append(loses, lost)
			continue
		}
		action := b.archiveAction(job, lost, "the source lacks it and the copy would delete it, but the target keeps it ("+reasonText(v.Reasons)+")", Replicate)
		saves = append(saves, action)
		ref := job.Replica()
		ref.Name = action.Archive
		h.archives = append(slices.Clone(h.archives), Archive{Ref: ref, Snapshot: lost})
	}
	return saves, loses
}

// archived reports whether an archive holds the snapshot already.
func (h history) archived(s Snapshot) bool {
	return slices.ContainsFunc(h.archives, func(a Archive) bool {
		return a.Snapshot.Name == s.Name && a.Snapshot.CreatedAt.Equal(s.CreatedAt)
	})
}

// saveFirst puts the archive actions before the item's first copy, and says there what is lost.
func (item *Item) saveFirst(saves []Action, loses []Snapshot) {
	first := slices.IndexFunc(item.Actions, func(a Action) bool { return a.Verb == VerbCopy })
	item.Actions[first].Loses = names(loses)
	for i := range saves {
		saves[i].Phase = item.Actions[first].Phase
	}
	item.Actions = slices.Insert(item.Actions, first, saves...)
}

// judge gives every restore point of both sides its verdict and plans the deletions.
func (b builder) judge(item *Item, h history, exists bool) {
	shared := Refresh(h.held.Source, h.held.Target).Shared
	base := newestOwn(shared)
	job := item.Job

	source := b.sideVerdicts(job.Retention.Source, h.held.Source, nil, base)
	item.Verdicts.Source = source
	var target []Verdict
	if exists {
		target = b.sideVerdicts(job.Retention.Target, h.held.Target, h.archives, base)
		mirror(target, shared, source)
		item.Verdicts.Target = target
	}
	item.warnOfFuture(slices.Concat(source, target))
	if !b.opts.NoPrune {
		b.prune(item, h, shared, source, target)
	}
	for _, s := range h.lost {
		item.Verdicts.Target = append(item.Verdicts.Target, Verdict{Snapshot: s.Name, Expired: true,
			Reasons: []retention.Reason{{Code: CodeLost, Detail: "the source lacks it, the copy deletes it, and the target's policy does not keep it"}}})
	}
}

// prune plans the deletions: first archives of what the source lets go and the target keeps, then the source, then the target.
func (b builder) prune(item *Item, h history, shared []Snapshot, source, target []Verdict) {
	job := item.Job
	gone := map[string]bool{} // expired on the source, and the same on both sides
	for _, v := range source {
		gone[v.Snapshot] = v.Expired && slices.ContainsFunc(shared, func(s Snapshot) bool { return s.Name == v.Snapshot })
	}
	var deletions []Action
	for i, v := range target {
		action := Action{Verb: VerbDelete, Side: Target, Snapshot: v.Snapshot, Archive: v.Archive, Why: reasonText(v.Reasons), Phase: Prune}
		switch {
		case v.Expired:
			deletions = append(deletions, action)
		case v.Archive == "" && gone[v.Snapshot]:
			// The next refresh would delete it, or whoever copies before that: it is archived while both sides have it.
			snapshot := h.held.Target[slices.IndexFunc(h.held.Target, func(s Snapshot) bool { return s.Name == v.Snapshot })]
			save := b.archiveAction(job, snapshot, "the source lets it go, but the target keeps it ("+reasonText(v.Reasons)+")", Prune)
			item.Verdicts.Target[i].Archive = save.Archive
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

// mirror keeps what the target's policy would expire while the source keeps it: the next copy would send it again.
func mirror(target []Verdict, shared []Snapshot, source []Verdict) {
	kept := map[string]bool{}
	for _, v := range source {
		kept[v.Snapshot] = !v.Expired
	}
	common := map[string]bool{}
	for _, s := range shared {
		common[s.Name] = true
	}
	for i, v := range target {
		if v.Expired && v.Archive == "" && common[v.Snapshot] && kept[v.Snapshot] {
			target[i].Expired = false
			target[i].Reasons = []retention.Reason{{Code: CodeMirror, Detail: "the source keeps it, and the next copy would send it again"}}
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

// verdicts judges the own snapshots among these and the archives together, and returns the verdicts by name. A
// snapshot and its archive are one point.
func (b builder) verdicts(policy retention.Policy, snapshots []Snapshot, archives []Archive) map[string]retention.Verdict {
	points := make([]retention.Point, 0, len(snapshots)+len(archives))
	add := func(s Snapshot) {
		if s.Own() {
			points = append(points, retention.Point{ID: s.Name, At: s.At(b.opts.Location)})
		}
	}
	for _, s := range snapshots {
		add(s)
	}
	for _, a := range archives {
		add(a.Snapshot)
	}
	judged := make(map[string]retention.Verdict, len(points))
	for _, v := range policy.Judge(b.now(), points) {
		if known, ok := judged[v.Point.ID]; !ok || known.Expired {
			judged[v.Point.ID] = v // equal names under different dates: kept if one of them is
		}
	}
	return judged
}

// foreignVerdicts judges foreign snapshots that only the target still has, apart from IAB's own: so long as the policy would
// keep a snapshot of that age, somebody's deletion on the source does not take it away.
func (b builder) foreignVerdicts(policy retention.Policy, lost []Snapshot, archives []Archive) map[string]retention.Verdict {
	var points []retention.Point
	add := func(s Snapshot) {
		if !s.Own() {
			points = append(points, retention.Point{ID: s.Name, At: s.CreatedAt})
		}
	}
	for _, s := range lost {
		add(s)
	}
	for _, a := range archives {
		add(a.Snapshot)
	}
	judged := map[string]retention.Verdict{}
	for _, v := range policy.Judge(b.now(), points) {
		if known, ok := judged[v.Point.ID]; !ok || known.Expired {
			judged[v.Point.ID] = v
		}
	}
	return judged
}

// sideVerdicts judges the restore points of one side, snapshots and archives, oldest first.
func (b builder) sideVerdicts(policy retention.Policy, snapshots []Snapshot, archives []Archive, base string) []Verdict {
	judged := b.verdicts(policy, snapshots, archives)
	foreign := b.foreignVerdicts(policy, nil, archives)
	type point struct {
		Snapshot
		archive string
	}
	points := make([]point, 0, len(snapshots)+len(archives))
	for _, s := range snapshots {
		points = append(points, point{s, ""})
	}
	for _, a := range archives {
		points = append(points, point{a.Snapshot, a.Ref.Name})
	}
	slices.SortStableFunc(points, func(a, b point) int { return compareCreation(a.Snapshot, b.Snapshot) })
	list := make([]Verdict, 0, len(points))
	for _, p := range points {
		v := Verdict{Snapshot: p.Name, Archive: p.archive}
		switch {
		case p.Own():
			v.Expired, v.Reasons = judged[p.Name].Expired, judged[p.Name].Reasons
		case p.archive != "":
			v.Expired, v.Reasons = foreign[p.Name].Expired, foreign[p.Name].Reasons
		default:
			v.Reasons = []retention.Reason{{Code: CodeForeign, Detail: "not made by IAB"}}
		}
		if p.Name == base && p.archive == "" {
			v = keepBase(v)
		}
		list = append(list, v)
	}
	return list
}

// keepBase is invariant 3: the newest common snapshot is the base of the next copy.
func keepBase(v Verdict) Verdict {
	reason := retention.Reason{Code: CodeBase, Detail: "newest on both sides, base of the next copy"}
	if v.Expired {
		return Verdict{Snapshot: v.Snapshot, Reasons: []retention.Reason{reason}}
	}
	v.Reasons = append(slices.Clone(v.Reasons), reason)
	return v
}
