package plan

import (
	"fmt"
	"slices"
	"strings"
)

// problem is why nothing is done to a job, and what a person can do about it.
type problem struct{ text, hint string }

// obstacle returns what stands in the way of a job, or nil.
func (b builder) obstacle(job Job) *problem {
	for _, side := range BothSides {
		if project := job.RefOn(side).Project; !b.inv.On(side).has(project) {
			return missingProject(project, side)
		}
	}
	source, ok := b.holding(job, Source)
	if !ok {
		return b.missingSource(job)
	}
	if problem := b.unanswered(job); problem != nil {
		return problem
	}
	if b.exchanged(job, source) {
		return &problem{"the object on the source is a copy that this config made, and the one on the target is none: source and target may have been exchanged",
			"correct the hosts in the config; if it was brought back by hand, take the key " + MarkReplicaOf + " from the one on the source"}
	}
	if problem := b.otherTarget(job, source); problem != nil {
		return problem
	}
	if source.Config[MarkRole] == RoleStandby {
		if replica, _ := b.holding(job, Target); replica.Config[MarkRole] != RoleActive && !b.opts.FailingOver {
			return &problem{"it was stopped for a failover that was never finished", "finish it (iab failover " + job.Ref.String() + ") or undo it (iab failback " + job.Ref.String() + ")"}
		}
	}
	if source.Broken {
		return &problem{"the source reports it in an error state", "see `incus info` on the source, and repair it first"}
	}
	if source.Type == "iso" {
		return &problem{"an ISO volume can't have snapshots", "take it out of the config and upload it on the target"}
	}
	if source.Ephemeral && job.Consistency == Stop {
		return &problem{"it is ephemeral, and stopping it for a snapshot would delete it",
			"make it persistent, or turn stopInstance off"}
	}
	if _, ok := b.inv.Target.Pools[job.TargetPool]; !ok {
		return &problem{fmt.Sprintf("pool %s does not exist on the target", job.TargetPool),
			"name an existing pool of the target in \"storage\", or create it there: incus storage create"}
	}
	for _, name := range source.Profiles {
		if problem := b.twoProfiles(job, name); problem != nil {
			return problem
		}
		if b.noProfile(profileOfJob(job, name)) {
			return &problem{fmt.Sprintf("profile %s does not exist on the target, and the source does not tell what is in it", name),
				fmt.Sprintf("create it there: incus profile copy %s TARGET:%s %s", name, name, between(job))}
		}
	}
	if p := b.pair(job); p.exists {
		return b.unfit(job, p)
	}
	return b.homeless(job)
}

// exchanged reports whether only the source's object bears the mark of this config's replicas: then the data would flow back over
// what it came from.
func (b builder) exchanged(job Job, source Holding) bool {
	replica, _ := b.holding(job, Target)
	return b.opts.Identity != "" && source.Config[MarkReplicaOf] == b.opts.Identity && replica.Config[MarkReplicaOf] != b.opts.Identity
}

// unfit returns why an existing object on the target can't be continued as the job's replica, or nil.
func (b builder) unfit(job Job, p pairing) *problem {
	source, replica := p.source, p.replica
	effect := Refresh(source.Snapshots, replica.Snapshots)
	shared := newestOwn(effect.Shared)
	owner := replica.Config[MarkReplicaOf]
	reseed := "set it aside and make a new one: iab run --reseed " + job.Ref.String()
	switch {
	case owner != "" && owner != b.opts.Identity:
		return &problem{fmt.Sprintf("the target has the replica of another config (%s) under that name", owner),
			"let this config's objects go to another project there (projects[].targetName); nothing was changed"}
	case owner == "" && shared == "":
		return &problem{"the target has something of that name that is not a replica made by IAB",
			"rename or move it; it is never overwritten"}
	case b.unfinished(source, replica) && !replica.Running && !replica.Frozen:
		return nil // removed and made again
	case b.opts.Self.runsIn(job.Replica(), replica) && !b.opts.Self.runsIn(job.Ref, source):
		return &problem{"IAB itself runs in the replica on the target, and a running replica can't be refreshed",
			"if it took over the source's work, keep it; else run IAB in another place, and stop it"}
	case replica.Config[MarkRole] != RoleActive && (replica.Running || replica.Frozen):
		return &problem{fmt.Sprintf("the replica is %s on the target, and a running replica can't be refreshed", strings.ToLower(replica.Status)),
			"if it took over the source's work, keep it; if it runs by mistake, stop it, and let the next copy overwrite what it wrote: iab run --allow-loss"}
	case replica.Config[MarkRole] == RoleActive:
		return &problem{"the target has taken over its work", "bring it home first: iab failback " + job.Ref.String()}
	case b.setsAside(job, p):
		return nil
	case b.ofAnother(job, p) != Ref{}:
		return &problem{fmt.Sprintf("the replica on the target is that of %s, which has the identity of what it was made of: they may have exchanged their names", b.ofAnother(job, p)),
			"give them their names back on the source; or " + reseed + " (what it holds then stays under this name)"}
	case slices.Contains([]string{RoleArchive, RoleAside, RoleClone}, replica.Config[MarkRole]):
		return &problem{fmt.Sprintf("the target has the %s of another object under that name", describeRole(replica)),
			"rename one of the two; nothing was changed"}
	case replica.Unfinished(b.opts.Identity):
		return &problem{"an interrupted first copy has left the replica, but it holds snapshots that the source does not have any more", reseed}
	case replica.Type != source.Type:
		return &problem{fmt.Sprintf("the source is a %s, the replica a %s", source.Type, replica.Type), reseed}
	case replica.Broken:
		return &problem{"the target reports the replica in an error state",
			"see `incus info` on the target; if it can't be repaired there, " + reseed}
	case b.chainBroken(replica, effect):
		return &problem{fmt.Sprintf("no copy can build on %s any more, the newest snapshot that source and replica have in common", replica.Config[MarkBroken]), reseed}
	case replica.Started() && !b.opts.AllowLoss:
		return &problem{"the replica has been started on the target since its last copy, and a copy would overwrite what was written there",
			"keep it, and " + reseed + "; or give up what was written: iab run --allow-loss --only " + job.Ref.String()}
	case shared == "" && len(effect.Loses) > 0:
		return &problem{"source and replica have no snapshot of IAB in common any more, and a copy would delete the replica's history", reseed}
	}
	return nil
}

// describeRole says what an object of IAB's own on the target is.
func describeRole(holding Holding) string {
	switch holding.Config[MarkRole] {
	case RoleAside:
		return "former replica"
	case RoleClone:
		return "temporary clone"
	}
	return "archive"
}

func missingProject(project string, side Side) *problem {
	return &problem{
		fmt.Sprintf("project %s does not exist on the %s, or IAB's certificate may not use it", project, side),
		fmt.Sprintf("create it there (incus project create %s), or for a restricted certificate add it to the list: incus config trust edit, projects", project),
	}
}

// missingSource names the job's object, and where else an object of that name lies.
func (b builder) missingSource(job Job) *problem {
	source := b.inv.Source
	hint := "correct the name in the config, or take it out"
	if now := b.renamedTo(job); now != (Ref{}) {
		return &problem{"does not exist on the source", fmt.Sprintf("it is called %s now: name that in the config, and the replica follows", now)}
	}
	var near []string
	for ref, holding := range source.Holdings {
		if holding.Config[MarkKept] == job.Ref.String() && holding.beside(ref) {
			return &problem{"does not exist on the source", fmt.Sprintf("an interrupted restore has kept it as %s: restore it again, or rename it back", ref.Name)}
		}
		if ref.Name == job.Ref.Name && ref.Kind == job.Ref.Kind {
			near = append(near, ref.String())
		}
	}
	slices.Sort(near)
	if len(near) > 0 {
		hint = "there is " + strings.Join(near, ", ")
	}
	return &problem{"does not exist on the source", hint}
}

func tooMuchLoss(loses, replica []Snapshot) *problem {
	return &problem{
		fmt.Sprintf("the source has lost so much that a copy would delete %d of the %d snapshots that IAB has on the replica, which its policy does not keep: %s",
			len(loses), len(replica), strings.Join(names(loses), ", ")),
		"look at the source first: who deleted them? If it is right, allow it once: iab run --allow-loss",
	}
}

// between are the flags of `incus profile copy` that name the projects of a job.
func between(job Job) string {
	if target := job.Replica().Project; target != job.Ref.Project {
		return fmt.Sprintf("--project %s --target-project %s", job.Ref.Project, target)
	}
	return "--project " + job.Ref.Project
}
