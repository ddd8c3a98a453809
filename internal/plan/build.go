package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"iab/internal/retention"
)

// Build decides what one run does for the jobs, given what both servers hold. It is pure: the same input in any
// order gives the same plan. Every job becomes exactly one item, and every snapshot of a planned item has
// exactly one verdict.
func Build(jobs []Job, inv Inventory, opts Options) Plan {
	b := newBuilder(jobs, inv, opts)
	opts, jobs = b.opts, slices.Clone(jobs)
	slices.SortFunc(jobs, func(a, b Job) int { return a.Ref.Compare(b.Ref) })
	b.spared = spare(jobs, inv.Source, opts.Self)

	obstacles, busy := make([]*problem, len(jobs)), make([]bool, len(jobs))
	for i, job := range jobs {
		obstacles[i] = cmp.Or(b.rival(job), b.unsure[job.Ref], b.obstacle(job))
		busy[i] = b.busy(job, obstacles[i])
		obstacles[i] = cmp.Or(b.unsettled(job, busy[i]), obstacles[i])
		b.planned[job.Replica()] = b.planned[job.Replica()] || obstacles[i] == nil
	}
	p := Plan{At: opts.Now, Snapshot: b.next, Restarts: Restarts(jobs, inv, opts.Identity), Resumes: Resumes(jobs, inv, opts.Identity),
		Leftovers: Leftovers(inv, opts.Identity), Items: []Item{}, Excluded: opts.Selection.Excluded}
	if opts.FailingOver {
		p.Restarts = []Ref{}
	}
	if warning := ClockWarning(inv); warning != "" {
		p.Warnings = append(p.Warnings, warning)
	}
	p.Warnings = slices.Concat(p.Warnings, opts.Selection.Warnings, b.orphanWarning())
	for i, job := range jobs {
		p.Items = append(p.Items, b.item(job, obstacles[i]))
		if busy[i] {
			p.Items[i].markBusy(opts.Waited != nil)
		}
	}
	b.renameFirst(p.Items)
	b.waves(p.Items)
	p.Order = b.turns(p.Items)
	p.Groups = b.groups(p.Items)
	p.Profiles = b.profiles(p.Items)
	p.Totals = total(p.Items)
	return p
}

// newBuilder reads what the jobs have in common. It knows no planned replicas yet.
func newBuilder(jobs []Job, inv Inventory, opts Options) builder {
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	if opts.Local == nil {
		opts.Local = opts.Location
	}
	b := builder{inv: inv, opts: opts, planned: map[Ref]bool{}, makers: profileMakers(jobs, inv.Source), needs: map[Ref][]Ref{}}
	b.holders = holders(inv.Source)
	b.renames, b.unsure = renames(jobs, inv, b.holders, opts)
	b.inv.Target = renamed(inv.Target, b.renames)
	b.archives, b.begun, b.asides = archives(b.inv.Target, opts.Identity), begun(b.inv.Target, opts.Identity), asides(b.inv.Target, opts.Identity)
	b.kept = keptObjects(inv.Source)
	b.next, b.rivals = b.freeName(jobs), rivals(jobs)
	b.placed = place(jobs, b.inv)
	return b
}

// Restarts lists the objects of the source that bear the mark of a stop and do not run (invariant 11). A person who stopped
// one for good meanwhile has to take the mark away, too. What the target has taken over meanwhile stays down: never do both work.
func Restarts(jobs []Job, inv Inventory, identity string) []Ref {
	return append([]Ref{}, bearers(jobs, inv, identity, func(ref Ref, holding Holding) bool {
		return holding.owesStart(identity) && !holding.Running && !holding.Frozen && !holding.beside(ref)
	})...)
}

// bearers lists what IAB has to put right on the source, but for what the target has taken over.
func bearers(jobs []Job, inv Inventory, identity string, is func(Ref, Holding) bool) []Ref {
	replicas := map[Ref]Ref{}
	for _, job := range jobs {
		replicas[job.Ref] = job.Replica()
	}
	var list []Ref
	for ref, holding := range inv.Source.Holdings {
		replica, ok := replicas[ref]
		if !ok {
			replica = ref
		}
		over := inv.Target.Holdings[replica].Config
		active := over[MarkRole] == RoleActive && over[MarkReplicaOf] == identity
		if identity != "" && !active && is(ref, holding) {
			list = append(list, ref)
		}
	}
	slices.SortFunc(list, Ref.Compare)
	return list
}

// builder holds what is the same for all items of a plan.
type builder struct {
	inv     Inventory
	opts    Options
	next    string        // name of the run's snapshots
	planned map[Ref]bool  // replicas that the jobs of this plan make
	needs   map[Ref][]Ref // of those the ones that an object uses

	placed map[Ref]string        // the cluster members of replicas, those to come too
	makers map[profileRef]string // the source's project after whose profile one on the target is made

	archives map[string][]Archive // by the replica's ref
	begun    map[string][]Archive
	asides   map[string][]Aside
	kept     map[string][]keptObject // by the ref that they had

	renames map[Ref]rename   // by the source's object that was renamed; inv has the replicas under their new names
	holders map[string][]Ref // the source's objects by their identity
	unsure  map[Ref]*problem // of objects that may have been renamed
	rivals  map[Ref][]Job    // jobs that would write to one replica, by its name

	spared map[Ref]string // warnings of the objects that are not stopped because IAB runs in them
}

func (b builder) item(job Job, obstacle *problem) (item Item) {
	if obstacle != nil {
		return refused(job, obstacle)
	}
	item = blank(job)
	if warning, ok := b.spared[job.Ref]; ok {
		item.Warnings = append(item.Warnings, warning)
	}
	p := b.pair(job)
	item.Warnings = slices.Concat(item.Warnings, p.source.BaseWarnings(b.opts.Identity, b.opts.Now), b.stoppedElsewhere(p.source))
	h := history{held: Sides[[]Snapshot]{Source: p.source.Snapshots, Target: p.replica.Snapshots},
		archives: b.archives[job.Replica().String()], asides: b.asides[job.Replica().String()]}
	if b.opts.NoCopy {
		h.doubt = p.resend
		b.judge(&item, h, p.exists && !b.unfinished(p.source, p.replica))
		b.clearBegun(&item)
		return item
	}
	first := b.replaced(job, &p, &h)
	replica := h.held.Target
	if problem := b.copy(&item, p, &h); problem != nil {
		return refused(job, problem)
	}
	if len(first) > 0 {
		item.beforeCopy(first...)
	}
	b.judge(&item, h, true)
	b.rescue(&item, h, replica)
	b.clearBegun(&item)
	return item
}

// replaced makes room for a replica that has to be made anew: what an interrupted first copy has left is removed, and one that
// can't or shall not be continued is set aside. It returns the actions for it; pairing and history are without the replica then.
func (b builder) replaced(job Job, p *pairing, h *history) []Action {
	var action Action
	whole, _ := b.holding(job, Target)
	switch {
	case !p.exists:
		return nil
	case b.unfinished(p.source, p.replica):
		action = Action{Verb: VerbDelete, Side: Target, Whole: true, Why: "an interrupted first copy has left it, and it was never complete; it is made again"}
	case b.setsAside(job, *p):
		var aside Aside
		action, aside = b.asideAction(job, whole)
		h.asides = append(slices.Clip(h.asides), aside)
	default:
		return nil
	}
	*p = pairing{source: p.source}
	h.held.Target = nil
	return []Action{action}
}

// copy plans the snapshot, the copies and what comes before them, and brings the history to where they lead.
func (b builder) copy(item *Item, p pairing, h *history) *problem {
	var repairs Sides[[]Repair]
	h.held.Source, repairs.Source = repair(Source, h.held.Source)
	h.held.Target, repairs.Target = repair(Target, h.held.Target)
	full := slices.Concat(h.held.Source, []Snapshot{b.takenAfter(h.held.Source)})
	effect := Refresh(full, h.held.Target)
	saves, loses := b.save(item.Job, h, effect)
	if lost, all := b.unexpected(item.Job, own(loses), effect.Shared), own(h.held.Target); len(lost)*2 > len(all) && !b.opts.AllowLoss {
		return tooMuchLoss(lost, all)
	}
	b.transfer(item, p.source, h.held, full, p.exists)
	item.repairFirst(slices.Concat(repairs.Source, repairs.Target))
	item.saveFirst(saves, loses)
	after := b.leaveOut(item, *h, effect)
	if len(p.resend) > 0 {
		item.resendFirst(p.resend)
	}
	h.held.Source, h.held.Target, h.lost = full, after, loses
	return nil
}

// unfinished reports whether the replica is what an interrupted first copy has left, and holds nothing that the source does not
// hold: only then it may be removed.
func (b builder) unfinished(source, replica Holding) bool {
	return replica.Unfinished(b.opts.Identity) && len(Refresh(source.Snapshots, replica.Snapshots).Loses) == 0
}

// blank is an item that does nothing yet; its lists encode as empty, not as null.
func blank(job Job) Item {
	return Item{Job: job, Ref: job.Ref, Rule: job.Rule, Actions: []Action{}, Verdicts: Sides[[]Verdict]{Source: []Verdict{}, Target: []Verdict{}}}
}

func refused(job Job, p *problem) Item {
	item := blank(job)
	item.Problem, item.Hint = p.text, p.hint
	return item
}

// taken is the snapshot of this run, as it will be.
func (b builder) taken() Snapshot {
	at, _ := time.ParseInLocation(snapshotLayout, b.next, b.opts.Location)
	return Snapshot{Name: b.next, CreatedAt: later(at, b.opts.Now)}
}

// takenAfter is the snapshot of this run as it will be among the others: behind what was taken just before it, even if the clock of
// this machine is behind the server's.
func (b builder) takenAfter(source []Snapshot) Snapshot {
	taken := b.taken()
	for _, s := range byCreation(source) {
		if ahead := s.CreatedAt.Sub(taken.CreatedAt); ahead >= 0 && ahead <= zoneTolerance {
			taken.CreatedAt = s.CreatedAt.Add(time.Millisecond)
		}
	}
	return taken
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (b builder) holding(job Job, side Side) (Holding, bool) {
	h, ok := b.inv.On(side).Holdings[job.RefOn(side)]
	return h, ok
}

// transfer plans the snapshot and the copies of one item; full is what the source holds once the snapshot is taken.
func (b builder) transfer(item *Item, source Holding, held Sides[[]Snapshot], full []Snapshot, exists bool) {
	pending := Refresh(held.Source, held.Target).Sends
	if exists && b.ordered(item.Job, source) && !sendable(full, append(slices.Clone(pending), b.takenAfter(held.Source))) {
		catchUp := copyAction(held.Source, held.Target, exists)
		if !sendable(held.Source, pending) {
			catchUp.Detour = detour(catchUp.Base, catchUp.Sends[0])
		}
		catchUp.Why = "sends what is pending first, because its name sorts behind the next snapshot's: " + catchUp.Why
		catchUp.Phase = CatchUp
		catchUp.Member = b.placed[item.Job.Replica()]
		b.announce(item.Job, nil, &catchUp)
		item.Actions = append(item.Actions, catchUp)
		held.Target = Refresh(held.Source, held.Target).After
	}

	snapshot := Action{Verb: VerbSnapshot, Side: Source, Snapshot: b.next, Why: "taken by every run", Phase: Snap}
	b.pause(&snapshot, item.Job, source)
	replicate := copyAction(full, held.Target, exists)
	replicate.Snapshot = b.next // also where snapshots of the future stand behind it
	replicate.Ahead = b.ahead(full)
	replicate.Drops = b.drops(item.Job, source)
	replicate.Member = b.placed[item.Job.Replica()]
	if replicate.Creates && replicate.Member != "" {
		replicate.Why += ", to cluster member " + replicate.Member
	}
	b.announce(item.Job, &snapshot, &replicate)
	b.note(item.Job, &replicate)
	item.Actions = append(item.Actions, snapshot, replicate)
	for _, name := range item.Job.ExcludeDevices {
		if _, ok := source.Inherited[name]; !ok {
			item.Warnings = append(item.Warnings, fmt.Sprintf("excludeDevices names %s, a device that it does not have", name))
		}
	}
	for _, devices := range []map[string]Device{source.Devices, source.Inherited} {
		for _, device := range devices {
			if ref := volumeOf(item.Job.Replica().Project, device); ref != (Ref{}) && b.planned[ref] {
				b.needs[item.Ref] = append(b.needs[item.Ref], ref)
			}
		}
	}
	item.Warnings = append(item.Warnings, b.profileWarnings(item.Job, source)...)
}

// ahead lists the snapshots that are not dated before the run's own. By the clock of this machine, not that of the server:
// one too many does no harm, and one too few is just sent again. Dates may be cut to seconds, so those of the same second count.
func (b builder) ahead(source []Snapshot) []string {
	var list []string
	taken := b.taken().CreatedAt.Truncate(time.Second)
	for _, s := range byCreation(source) {
		if s.Name != b.next && !s.CreatedAt.Before(taken) {
			list = append(list, s.Name)
		}
	}
	return list
}

// repairFirst lets the item's first copy put the names right that an interrupted one has left.
func (item *Item) repairFirst(repairs []Repair) {
	for i := range item.Actions {
		if item.Actions[i].Verb == VerbCopy && len(repairs) > 0 {
			item.Actions[i].Repairs = repairs
			return
		}
	}
}

// ordered reports whether both pools are of the driver for which the order of pending snapshots matters.
func (b builder) ordered(job Job, source Holding) bool {
	return b.inv.Source.Pools[source.Pool].Driver == "btrfs" && b.inv.Target.Pools[job.TargetPool].Driver == "btrfs"
}

// copyAction describes the copy that brings the replica up to the source.
func copyAction(source, replica []Snapshot, exists bool) Action {
	effect := Refresh(source, replica)
	action := Action{Verb: VerbCopy, Side: Target, Phase: Replicate, Creates: !exists, Sends: names(effect.Sends)}
	action.Snapshot = effect.After[len(effect.After)-1].Name
	switch {
	case !exists:
		action.Why = "first copy: everything is sent"
	case len(effect.Shared) == 0:
		action.Why = "the replica has no snapshots yet: everything is sent"
	default:
		base := effect.Shared[len(effect.Shared)-1]
		action.Base = base.Name
		action.Why = "incremental from " + action.Base
		for _, s := range effect.Sends {
			if s.CreatedAt.Before(base.CreatedAt) {
				action.Backfills = append(action.Backfills, s.Name)
			}
		}
	}
	return action
}

// now is the moment of judgement: never before the run's own snapshot, which a taken name may have moved on.
func (b builder) now() time.Time { return later(b.taken().CreatedAt, b.opts.Now) }

func reasonText(reasons []retention.Reason) string {
	text := ""
	for i, r := range reasons {
		if i > 0 {
			text += "; "
		}
		text += r.String()
	}
	return text
}

// freeName returns the name of the run's snapshots: the time, moved on second by second while an object of the
// jobs has a snapshot of that name on either side, in an archive or in a former replica (a second run in the same second, the
// hour that summer time repeats), and until it is this config's turn among those that copy the same objects.
func (b builder) freeName(jobs []Job) string {
	taken := map[string]bool{}
	for _, job := range jobs {
		for _, archive := range b.archives[job.Replica().String()] {
			taken[archive.Snapshot.Name] = true
		}
		for _, aside := range b.asides[job.Replica().String()] {
			for _, s := range aside.Snapshots {
				taken[s.Name] = true
			}
		}
		for _, side := range BothSides {
			for _, s := range b.inv.On(side).Holdings[job.RefOn(side)].Snapshots {
				taken[s.Name] = true
			}
		}
	}
	at := b.opts.Now
	own, of := b.turn(jobs)
	for at.Unix()%of != own || taken[SnapshotName(at, b.opts.Location)] {
		at = at.Add(time.Second)
	}
	return SnapshotName(at, b.opts.Location)
}

func total(items []Item) Totals {
	totals := Totals{Items: len(items)}
	for _, item := range items {
		if item.Problem != "" {
			totals.Problems++
		}
		for _, action := range item.Actions {
			switch action.Verb {
			case VerbSnapshot:
				totals.Snapshot++
			case VerbCopy:
				totals.Copy++
			case VerbArchive:
				totals.Archive++
			case VerbDelete:
				totals.Delete++
			case VerbRename:
				totals.Rename++
			}
		}
	}
	return totals
}
