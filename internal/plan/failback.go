package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// home plans that what the target has written comes into a new object on the source, which takes the name when it is whole.
func (p planner) home(r *Restore, active Holding, present bool) *problem {
	replica := p.request.Object.Job.Replica()
	back := p
	back.request.To = Source
	back.stamp = back.free(r.Ref)
	name := SnapshotName(p.opts.Now, p.opts.Location)
	for n := p.opts.Now; slices.Contains(names(active.Snapshots), name); name = SnapshotName(n, p.opts.Location) {
		n = n.Add(time.Second)
	}
	temporary, pool := suffixed(r.Ref, newName+back.stamp), back.pool(active)
	if _, ok := p.inv.Source.Pools[pool]; !ok {
		return &problem{fmt.Sprintf("pool %s does not exist on the source", pool), "create it there: incus storage create"}
	}
	member, problem := back.member(Point{Side: Target}, active)
	if problem != nil {
		return problem
	}
	if active.Running || active.Frozen {
		p.step(r, Step{Verb: StepStop, Side: Target, Object: replica, Phase: PhaseStop, Why: "so that only one of both works"})
	}
	r.From = RestoreAt{Side: Target, Object: replica, Snapshot: name, At: p.opts.Now}
	base, everything := p.buildsOn(r.Ref, active)
	incremental := everything == ""
	if !incremental {
		p.step(r, Step{Verb: StepKeep, Side: Target, Object: replica, Name: name, Phase: PhaseBackup, Why: "what the target has written"})
	}
	for _, ref := range back.leftovers(r.Ref) {
		p.step(r, Step{Verb: StepRemove, Side: Source, Object: ref, Phase: PhaseBackup, Why: "an interrupted restore or failback has left it"})
	}
	r.Sending = back.sending(Target, replica)
	fetch := Step{Verb: StepFetch, Side: Source, Object: replica, Name: temporary.Name, Pool: pool, Member: member, Phase: PhaseData,
		From: Point{Side: Target, Holder: replica, Within: true, Snapshot: name, At: p.opts.Now, Own: true, Complete: true},
		Why:  "everything is sent from the target, since " + everything + "; it has this name until it is whole"}
	if incremental {
		r.Sending = Sending{Sends: "only what differs, snapshot after snapshot; how much is not known before"}
		fetch.Object = r.Ref
		fetch.From = Point{Side: Source, Holder: r.Ref, Within: true, Snapshot: base.Name, Created: base.CreatedAt, At: base.CreatedAt, Own: base.Own(), Complete: true}
		fetch.Why = "incremental: snapshot " + base.Name + " of what is there is copied on the source itself; it has this name until it is whole"
	}
	p.step(r, fetch)
	if incremental {
		p.step(r, Step{Verb: StepUpdate, Side: Source, Object: temporary, Member: member, From: Point{Side: Target, Holder: replica}, Phase: PhaseData,
			Why: "only what differs from that snapshot is sent from the target, with all snapshots; if it fails: iab failback --full"})
	}
	if present {
		p.step(r, p.replace(r.Ref, suffixed(r.Ref, beforeName+back.stamp).Name))
	}
	p.step(r, Step{Verb: StepAdopt, Side: Source, Object: temporary, Name: r.Ref.Name, Followed: true, Phase: PhaseData, Why: "it is whole, and takes the name"})
	if incremental { // not before: the marks of what is being made would be in the snapshot
		p.step(r, Step{Verb: StepKeep, Side: Source, Object: r.Ref, Name: name, Phase: PhaseData, Why: "what the target has written"})
	}
	if p.runs(active) {
		p.step(r, Step{Verb: StepStart, Side: Source, Object: r.Ref, Phase: PhaseStart, Why: "it ran on the target"})
	}
	p.retire(r, incremental, "the source works again")
	if !incremental {
		r.Steps[len(r.Steps)-1].Name = name
	}
	return nil
}

// retire plans that the target's object becomes a replica again, which the next run continues if both have snapshots in common.
func (p planner) retire(r *Restore, continued bool, why string) {
	p.step(r, Step{Verb: StepRetire, Side: Target, Object: p.request.Object.Job.Replica(), Phase: PhaseEnd, Why: why})
	r.NextRun = "the target's object is set aside with its history, which stays to be restored, and a new replica is made: everything is sent"
	if r.Bytes != nil && *r.Bytes > 0 {
		r.NextRun += " once more, about " + Size(*r.Bytes)
	}
	if continued {
		r.NextRun = "goes on incrementally"
	}
}

// continues reports whether the next copy to the target's object can build on what the source has.
func (p planner) continues(source, active Holding) bool {
	return newestOwn(Refresh(source.Snapshots, active.Snapshots).Shared) != ""
}

// buildsOn finds the snapshot of the source's object from which the target's object can be rebuilt by sending only what differs: the
// oldest that both have, so that snapshot after snapshot comes as it came to the target. everything says why all has to be sent
// instead; empty if it has not.
//
// The pools must be such that Incus copies between them by rsync: where it sends what it takes for the difference between two
// subvolumes, a chain can't be turned round (seen on btrfs, 6.0.4). Of what the source's object itself holds nothing is
// built on, since it may have gone on after the failover.
func (p planner) buildsOn(ref Ref, active Holding) (base Snapshot, everything string) {
	source, present := p.inv.Source.Holdings[ref]
	from, to := p.inv.Target.Pools[active.Pool].Driver, p.inv.Source.Pools[source.Pool].Driver
	switch {
	case p.opts.Full:
		return Snapshot{}, "that is asked for (--full)"
	case !present:
		return Snapshot{}, "it does not exist on the source any more"
	case len(p.inv.Source.Members)+len(p.inv.Target.Members) > 0:
		return Snapshot{}, "building on what the source has has never been tried in a cluster"
	case source.Type != active.Type:
		return Snapshot{}, fmt.Sprintf("it is a %s on the source and a %s on the target", source.Type, active.Type)
	case active.Type != "container" && active.Type != "filesystem":
		return Snapshot{}, fmt.Sprintf("of a %s servers always send everything", kindOfType(active.Type))
	case !bySync(from, to):
		return Snapshot{}, unturned(from, to)
	case len(doubtful(active, p.opts.Identity)) > 0 || active.Config[MarkBroken] != "":
		return Snapshot{}, "not every snapshot of the target is known to be whole"
	case slices.ContainsFunc(active.Snapshots, func(s Snapshot) bool { return strings.ContainsAny(s.Name, `'"`) }):
		return Snapshot{}, "a snapshot with a quote in its name can't be sent between such pools"
	}
	for _, s := range byCreation(active.Snapshots) {
		i := slices.IndexFunc(source.Snapshots, func(t Snapshot) bool { return same(s, t) })
		if i >= 0 {
			return source.Snapshots[i], ""
		}
	}
	return Snapshot{}, "both have no snapshot in common"
}

// kindOfType is what people call an object of a type.
func kindOfType(typ string) string {
	if typ == "virtual-machine" {
		return "virtual machine"
	}
	return typ + " volume"
}

// bySync reports whether Incus copies files from a pool of the target's to one of the source's by rsync, and back, and was seen to go on
// incrementally from there: from dir to dir, and from dir to btrfs (6.0.4).
func bySync(from, to string) bool { return from == "dir" && (to == "dir" || to == "btrfs") }

// unturned says why nothing is built on between pools of these drivers.
func unturned(from, to string) string {
	if from == "btrfs" && to == "btrfs" {
		return "a chain of snapshots can't be turned round between pools of driver btrfs"
	}
	return "it is not known whether a chain of snapshots can be turned round between pools of driver " + strings.Join(slices.Compact([]string{from, to}), " and ")
}

// replace plans that the source's object makes room for what comes home.
func (p planner) replace(ref Ref, name string) Step {
	replaced := Replaced{Identity: p.opts.Identity, At: p.opts.Now, HandedOver: p.handedOver(ref)}
	why := "keeps what was there before the failover, with its snapshots; "
	if replaced.HandedOver {
		why += "runs remove it when nothing of it is needed any more"
	} else {
		why += "delete it when nothing of it is needed: nobody knows whether the target had its last state"
	}
	return Step{Verb: StepRename, Side: Source, Object: ref, Name: name, Replaced: replaced.Mark(), Phase: PhaseData, Why: why}
}

// handedOver reports whether the target is known to have had the last state of the source's object: the failover has brought it
// there, and neither the object nor anything that uses it has been started since.
func (p planner) handedOver(ref Ref) bool {
	if p.opts.Identity == "" || !p.inv.Source.Holdings[ref].rests(p.opts.Identity) {
		return false
	}
	for other, holding := range p.inv.Source.Holdings {
		if attaches(other.Project, holding, ref) && !holding.rests(p.opts.Identity) {
			return false
		}
	}
	return true
}

// attaches reports whether an instance of the project uses the volume.
func attaches(project string, holding Holding, ref Ref) bool {
	for _, devices := range []map[string]Device{holding.Devices, holding.Inherited} {
		for _, device := range devices {
			if ref.Kind == Volume && volumeOf(project, device) == ref {
				return true
			}
		}
	}
	return false
}
