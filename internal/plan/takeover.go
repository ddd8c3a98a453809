package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RoleActive is the MarkRole of a replica that has taken over its source's work: nothing is copied over it. RoleStandby is that of
// a source object that was stopped for it, and does not start by itself any more.
const (
	RoleActive  = "active"
	RoleStandby = "standby"
)

// The verbs of the steps of a failover and a failback, besides those of a restore.
const (
	StepStandby  StepVerb = "standby"  // the source's object does not start by itself any more
	StepResume   StepVerb = "resume"   // it does so again
	StepActivate StepVerb = "activate" // the replica becomes the working object, with its original config
	StepRetire   StepVerb = "retire"   // it becomes a replica again
	StepUpdate   StepVerb = "update"   // a new object of a restore point becomes what another one is by now: only what differs is sent
)

// phases of a takeover: every object has done its steps of one phase before the next one begins.
const (
	PhaseStop = iota
	PhaseBackup
	PhaseData // volumes first, since instances need them
	PhaseStart
	PhaseEnd
)

// TakeoverPhases lists the phases in their order.
func TakeoverPhases() []int { return []int{PhaseStop, PhaseBackup, PhaseData, PhaseStart, PhaseEnd} }

// Takeover is what a failover or a failback does: one Restore per object, those of volumes before those of the instances that use
// them, and instances in the order in which they start.
type Takeover []Restore

// FailoverOf decides how the target takes over the work of the objects. reachable says whether the source can be asked: then the
// run before it brings the last state, else the newest complete restore point has to do.
func FailoverOf(objects []Object, reachable bool, inv Inventory, opts Options) Takeover {
	return takeover(objects, inv, opts, func(p planner, r *Restore) *problem { return p.failover(r, reachable) }).completed()
}

// The problems of what is on the asked side already.
const (
	takenOver = "the target has taken over already"
	atHome    = "the target has not taken it over"
)

// completed lets what is on the asked side already stand in nobody's way while there is something to do for others: so the rest of
// an interrupted command follows when it is repeated.
func (t Takeover) completed() Takeover {
	if !slices.ContainsFunc(t, func(r Restore) bool { return r.Problem == "" }) {
		return t
	}
	for i, r := range t {
		switch r.Problem {
		case takenOver:
			t[i].NextRun = "leaves it alone until `iab failback`"
		case atHome:
			t[i].NextRun = "goes on incrementally"
		default:
			continue
		}
		t[i].Problem, t[i].Hint, t[i].Warnings = "", "", slices.Concat(r.Warnings, []string{r.Problem + ": nothing is done to it"})
	}
	return t
}

// FailbackOf decides how the source takes back what the target has done meanwhile.
func FailbackOf(objects []Object, inv Inventory, opts Options) Takeover {
	return takeover(objects, inv, opts, planner.failback).completed()
}

func takeover(objects []Object, inv Inventory, opts Options, decide func(planner, *Restore) *problem) Takeover {
	if opts.Location == nil {
		opts.Location = time.UTC
	}
	list := Takeover{}
	for _, object := range objects {
		r := Restore{At: opts.Now, Ref: object.Ref, Job: object.Job, Steps: []Step{}, To: RestoreTo{Side: Target, Object: object.Job.Replica()}}
		p := planner{request: RestoreRequest{Object: object, To: Target}, inv: inv, opts: opts}
		if problem := decide(p, &r); problem != nil {
			r.Problem, r.Hint, r.Steps = problem.text, problem.hint, []Step{}
		}
		r.Needs = p.uses()
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b Restore) int {
		return cmp.Or(compareBool(a.Ref.Pool == "", b.Ref.Pool == ""), cmp.Compare(priority(inv, b), priority(inv, a)), a.Ref.Compare(b.Ref))
	})
	return list
}

// priority is the object's boot.autostart.priority: the highest starts first.
func priority(inv Inventory, r Restore) int {
	text := inv.Target.Holdings[r.Job.Replica()].Config["boot.autostart.priority"]
	if source, ok := inv.Source.Holdings[r.Ref]; ok {
		text = source.Config["boot.autostart.priority"]
	}
	n, _ := strconv.Atoi(text) // what is no number is no priority
	return n
}

// failover plans the takeover by one replica.
func (p planner) failover(r *Restore, reachable bool) *problem {
	object := p.request.Object
	replica, exists := p.inv.Target.Holdings[object.Job.Replica()]
	source, present := p.inv.Source.Holdings[object.Ref]
	role := replica.Config[MarkRole]
	if problem := p.unanswered(object.Job.Replica(), Target); problem != nil {
		return problem
	}
	if problem := p.unanswered(object.Ref, Source); reachable && problem != nil {
		if !p.inv.Source.Silent(source) {
			return problem
		}
		reachable, present = false, false // as if the whole source were gone
	}
	r.Blind = !reachable
	switch {
	case !exists || replica.Config[MarkReplicaOf] != p.opts.Identity:
		return &problem{"there is no replica of it on the target", "see `iab status`"}
	case role == RoleActive && (replica.Running || replica.Frozen || replica.Status == "" || !p.works(source, present, replica) && !p.runs(replica)):
		return &problem{takenOver, "to come home again: iab failback " + r.Ref.String()}
	case role != RoleActive && role != RoleReplica:
		return &problem{fmt.Sprintf("the object of that name on the target is no replica (%s=%s)", MarkRole, role), "see it there"}
	case role == RoleReplica && replica.Running:
		return &problem{"the replica runs on the target", "stop it there first"}
	}
	if role == RoleActive { // a failover that was interrupted before the start, or a failback that had stopped it
		if present && p.runsAtHome(object.Ref, source) {
			return &problem{"it runs on the source", "to end an interrupted failback: iab failback " + r.Ref.String() + "; else stop it there first"}
		}
		p.step(r, Step{Verb: StepStart, Side: Target, Object: r.To.Object, Phase: PhaseStart, Why: "an interrupted failover has not started it"})
		return p.from(r)
	}
	if reachable && !present {
		return &problem{"it does not exist on the source", "use the replica by hand, or bring it back: iab restore " + r.Ref.String()}
	}
	if reachable && source.Config[MarkRole] != RoleStandby {
		if p.opts.Self.runsIn(object.Ref, source) {
			return &problem{"IAB itself runs in it, and would be stopped", "carry out the failover from another machine"}
		}
		if p.runs(source) {
			p.step(r, Step{Verb: StepStop, Side: Source, Object: r.Ref, Phase: PhaseStop, Why: "so that only one of both works"})
		}
		p.step(r, Step{Verb: StepStandby, Side: Source, Object: r.Ref, Phase: PhaseData, Running: p.runs(source), Why: "it does not start by itself any more; when it is stopped, one more run brings what is new since the first, incrementally"})
	}
	if problem := p.from(r); problem != nil {
		return problem
	}
	if !reachable {
		if len(doubtful(replica, p.opts.Identity)) > 0 || replica.Config[MarkSending] != "" {
			p.step(r, Step{Verb: StepRevert, Side: Target, Object: r.To.Object, Name: r.From.Snapshot, Phase: PhaseData, Why: "a copy to it was never finished"})
			p.warnOfNewer(r, replica)
		}
		r.Warnings = append(r.Warnings, fmt.Sprintf("the source can't be asked: what it did after %s, %s ago, is missing",
			r.From.At.Format("2006-01-02 15:04:05 MST"), max(0, p.opts.Now.Sub(r.From.At)).Round(time.Second)))
	}
	drops := p.stillDropped(replica)
	for _, drop := range drops {
		r.Warnings = append(r.Warnings, fmt.Sprintf("device %s is left out: %s", drop.Device, drop.Why))
	}
	p.step(r, Step{Verb: StepActivate, Side: Target, Object: r.To.Object, Drops: drops, Doubt: names(doubtful(replica, p.opts.Identity)), Phase: PhaseData, Why: "with its original config; until it is brought home no run copies over it"})
	if replica.Status != "" && p.works(source, present, replica) {
		p.step(r, Step{Verb: StepStart, Side: Target, Object: r.To.Object, Phase: PhaseStart, Why: "it takes over"})
	}
	r.NextRun = "leaves it alone until `iab failback`"
	return nil
}

// warnOfNewer tells of a pool that may not let the replica go back behind snapshots whose copies were never finished. Mostly there is nothing of
// them in the pool, and it does.
func (p planner) warnOfNewer(r *Restore, replica Holding) {
	can, _ := p.inv.Target.Reverts(replica.Pool)
	list := names(byCreation(replica.Snapshots))
	newer := list[slices.Index(list, r.From.Snapshot)+1:]
	if can || len(newer) == 0 {
		return
	}
	r.Warnings = append(r.Warnings, fmt.Sprintf("if pool %s holds data of the newer %s, it refuses to go back to %s, or deletes them if the volume is told so (%s.remove_snapshots); then use another one of that restore point: iab restore %s --to target --at %s --as NAME",
		replica.Pool, strings.Join(newer, ", "), r.From.Snapshot, cmp.Or(p.inv.Target.Pools[replica.Pool].Driver, "zfs"), r.Ref, r.From.Snapshot))
}

// works reports whether the object is one that works: it runs on the source, or would start there by itself.
func (p planner) works(source Holding, present bool, replica Holding) bool {
	if present {
		return p.runs(source) || source.Config[MarkRole] == RoleStandby && source.Config[MarkRunning] == "true"
	}
	return replica.Config[MarkRunning] == "true"
}

// from says which restore point the target works on.
func (p planner) from(r *Restore) *problem {
	point, ok := p.request.Object.Newest(Target, p.opts.Now)
	for _, candidate := range p.request.Object.Points {
		if candidate.Side == Target && candidate.Complete && !candidate.Archived && !candidate.ahead(p.opts.Now) {
			point, ok = candidate, true
			break
		}
	}
	if !ok || point.Archived {
		return &problem{"the replica has no complete restore point", "restore it from an archive: iab restore " + r.Ref.String() + " --to target --as NAME"}
	}
	r.From = RestoreAt{Side: Target, Object: point.Holder, Snapshot: point.Snapshot, At: point.At}
	return nil
}

// stillDropped are the devices that a replica does not have and that do not fit the target now either.
func (p planner) stillDropped(replica Holding) []Drop {
	var list []Drop
	dropped := DroppedDevices(replica.Config)
	for _, name := range slices.Sorted(maps.Keys(dropped)) {
		if slices.Contains(p.request.Object.Job.ExcludeDevices, name) {
			list = append(list, Drop{name, WhyExcluded})
		} else if why := misfit(p.request.Object.projectOn(Target), dropped[name], p.inv.Target, nil); why != "" {
			list = append(list, Drop{name, why})
		}
	}
	return list
}

func (p planner) step(r *Restore, s Step) { r.Steps = append(r.Steps, s) }

// failback plans the return of one object.
func (p planner) failback(r *Restore) *problem {
	object := p.request.Object
	active, exists := p.inv.Target.Holdings[object.Job.Replica()]
	source, present := p.inv.Source.Holdings[object.Ref]
	r.To = RestoreTo{Side: Source, Object: object.Ref}
	for _, side := range BothSides {
		if problem := p.unanswered(object.Job.RefOn(side), side); problem != nil {
			return problem
		}
	}
	standby := present && source.Config[MarkRole] == RoleStandby
	runs := source.Status != "" && source.Config[MarkRunning] == "true"
	if !exists || active.Config[MarkRole] != RoleActive || active.Config[MarkReplicaOf] != p.opts.Identity {
		if !standby && present && p.runs(source) && !source.Running && !source.Frozen {
			p.step(r, Step{Verb: StepStart, Side: Source, Object: r.Ref, Phase: PhaseStart, Why: "an interrupted failover has stopped it"})
			r.NextRun = "goes on incrementally"
			return nil
		}
		if !standby {
			return &problem{atHome, "`iab status` shows what has been"}
		}
		p.resume(r, runs, "a failover was begun and never finished")
		return nil
	}
	if present && source.Config[MarkRestored] == p.opts.Identity && !active.Running && p.runsAtHome(object.Ref, source) {
		p.retire(r, p.continues(source, active), "an interrupted failback has brought it home, and it works there")
		if !p.continues(source, active) {
			r.Steps[len(r.Steps)-1].Name = newestOwn(active.Snapshots) // taken on the target itself, so it is whole
		}
		return nil
	}
	if present && (standby || p.runsAtHome(object.Ref, source)) && !p.worked(object.Job.Replica(), active) {
		p.step(r, Step{Verb: StepRetire, Side: Target, Object: object.Job.Replica(), Phase: PhaseData, Why: "it has never worked, so nothing has to be brought home"})
		if standby {
			p.resume(r, runs, "the target has never worked")
		}
		r.NextRun = "goes on incrementally"
		return nil
	}
	if present && p.runsAtHome(object.Ref, source) {
		return &problem{"it runs on the source, too: both have worked at the same time", "stop the one whose work is not needed; to give up the target's: incus config set, " + MarkRole + "=" + RoleReplica}
	}
	return p.home(r, active, present)
}

// worked reports whether an active object may have been written to. Only one that was to be started and never was is known not to have
// been, and a volume that only such ones use; in what never runs, files can be changed all the same.
func (p planner) worked(ref Ref, active Holding) bool {
	waiting := func(h Holding) bool {
		return h.Config[MarkRunning] == "true" && h.Config[powerState] == "" && !h.Running && !h.Frozen
	}
	if active.Status != "" {
		return !waiting(active)
	}
	used := false
	for other, holding := range p.inv.Target.Holdings {
		for _, device := range holding.Inherited {
			if volumeOf(other.Project, device) == ref {
				if used = true; !waiting(holding) {
					return true
				}
			}
		}
	}
	return !used
}

// uses lists the volumes that the object uses, as refs of the source.
func (p planner) uses() []Ref {
	var list []Ref
	for _, side := range BothSides {
		held := p.request.Object.Holding.On(side)
		for _, devices := range []map[string]Device{held.Inherited, DroppedDevices(held.Config)} {
			for _, device := range devices {
				if ref := volumeOf(p.request.Object.Ref.Project, device); ref != (Ref{}) {
					list = append(list, ref)
				}
			}
		}
	}
	return list
}

// runsAtHome reports whether the source's object runs, or something that uses it.
func (p planner) runsAtHome(ref Ref, source Holding) bool {
	return source.Running || source.Frozen || source.Status == "" && len(p.users(ref)) > 0
}

// resume plans that the source's object works again as it did.
func (p planner) resume(r *Restore, runs bool, why string) {
	p.step(r, Step{Verb: StepResume, Side: Source, Object: r.Ref, Phase: PhaseData, Why: why})
	if runs {
		p.step(r, Step{Verb: StepStart, Side: Source, Object: r.Ref, Phase: PhaseStart, Why: "it ran before the failover"})
	}
	r.NextRun = "goes on incrementally"
}

// Group returns the refs of everything that takes over together with an object: volumes, and what uses them.
func (t Takeover) Group(ref Ref) []Ref {
	group := []Ref{ref}
	for n := 0; n < len(group); n++ {
		for _, r := range t {
			for _, needed := range r.Needs {
				for _, pair := range [][2]Ref{{r.Ref, needed}, {needed, r.Ref}} {
					if pair[0] == group[n] && !slices.Contains(group, pair[1]) {
						group = append(group, pair[1])
					}
				}
			}
		}
	}
	return group
}

// Activates lists the objects that a failover activates and whose source can be asked: the run within it brings them up to date.
func (t Takeover) Activates() []Ref {
	var list []Ref
	for _, r := range t {
		if !r.Blind && slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Verb == StepActivate }) {
			list = append(list, r.Ref)
		}
	}
	return list
}

// UsedVolumes adds to the objects the volumes that they use and that are objects themselves: they take over together.
func UsedVolumes(objects []Object, survey Survey) []Object {
	list := slices.Clone(objects)
	has := func(ref Ref) bool { return slices.ContainsFunc(list, func(o Object) bool { return o.Ref == ref }) }
	for _, object := range objects {
		var devices []Device
		for _, side := range BothSides {
			devices = slices.AppendSeq(devices, maps.Values(object.Holding.On(side).Inherited))
		}
		devices = slices.AppendSeq(devices, maps.Values(DroppedDevices(object.Holding.Target.Config)))
		for _, device := range devices {
			for _, other := range survey.Objects {
				if other.attachedBy(object, device) && !has(other.Ref) {
					list = append(list, other)
				}
			}
		}
	}
	return list
}

// Names lists what is in a takeover, for people.
func (t Takeover) Names() string {
	var list []string
	for _, r := range t {
		list = append(list, r.Ref.String())
	}
	return strings.Join(list, ", ")
}
