package check

import (
	"fmt"
	"slices"

	"iab/internal/plan"
)

// stopped tells what became of objects that an interrupted run has left stopped or frozen.
func (j *judge) stopped() {
	if _, ok := j.found(plan.Source); !ok {
		return
	}
	for _, r := range j.facts.Restarts {
		switch {
		case r.Frozen && r.Busy:
			j.warn("stopped", r.Ref.String(), "check again when that run has ended", "it is frozen, by the run that goes on or by one that was interrupted before")
		case r.Frozen && r.Trouble != nil:
			j.fail("stopped", r.Ref.String(), "resume it by hand: an interrupted run has frozen it for its snapshot", "%s", r.Trouble.Text)
		case r.Frozen:
			j.warn("stopped", r.Ref.String(), "", "an interrupted run had left it frozen, or its mark: it goes on")
		case r.Busy:
			j.warn("stopped", r.Ref.String(), "check again when that run has ended", "it is stopped, by the run that goes on or by one that was interrupted before")
		case r.Trouble != nil:
			j.fail("stopped", r.Ref.String(), "start it by hand: an interrupted run has stopped it for its snapshot", "%s", r.Trouble.Text)
		default:
			j.warn("stopped", r.Ref.String(), "", "an interrupted run had left it stopped: it was started again")
		}
	}
	if len(j.facts.Restarts) == 0 {
		j.ok("stopped", "source", "no interrupted run has left anything stopped")
	}
}

// objects tells what the plan says of each job.
func (j *judge) objects(next Next) {
	p := next.Plan
	j.warnings("plan", "plan", slices.DeleteFunc(slices.Clone(p.Warnings), func(w string) bool {
		return w == plan.ClockWarning(plan.Inventory{Source: j.facts.Servers.Source.Held, Target: j.facts.Servers.Target.Held}) // see clocks
	}))
	j.profiles(p.Profiles)
	for _, e := range p.Excluded {
		j.warn("job", e.Ref.String(), "take it out of the config, or the exclusion away", "no run takes it, though %s names it: %s", e.Rule, e.Why)
	}
	for _, item := range p.Items {
		if item.Problem != "" {
			j.fail("job", item.Ref.String(), item.Hint, "%s", item.Problem)
			continue
		}
		j.warnings("job", item.Ref.String(), item.Warnings)
		j.devices(item)
	}
	if n := p.Totals.Items - p.Totals.Problems; n > 0 {
		j.ok("job", number(n, "object", "objects"), "nothing is in the way of the next run")
	}
	j.names(next)
}

// profiles tells which ones the next run makes or changes on the target. What they lack there stands in the objects' warnings.
func (j *judge) profiles(changes []plan.ProfileChange) {
	for _, change := range changes {
		subject := change.Project + "/" + change.Profile + " on the target"
		if change.Creates {
			j.warn("profile", subject, "make it there before, if it is to differ from the source's", "the next run makes it after the source's: %s", change.Why)
		} else {
			j.ok("profile", subject, "the next run brings it up to date: %s", change.Why)
		}
	}
}

// devices warns of what a replica does not get, unless the config asks for that.
func (j *judge) devices(item plan.Item) {
	said := map[string]bool{} // a catch-up and the copy behind it drop the same
	for _, action := range item.Actions {
		for _, drop := range action.Drops {
			if drop.Why != plan.WhyExcluded && !said[drop.Device] {
				said[drop.Device] = true
				j.warn("device", item.Ref.String(), fmt.Sprintf("create what is missing there, or name %s in excludeDevices", drop.Device),
					"the replica does not get the device %s: %s", drop.Device, drop.Why)
			}
		}
	}
}

// names fails for archives of the next run whose names are taken, on the target or by a replica of the same run.
func (j *judge) names(next Next) {
	taken := map[plan.Ref]string{}
	for ref := range j.facts.Servers.Target.Held.Holdings {
		taken[ref] = "something that is not this archive has the name on the target"
	}
	for _, item := range next.Plan.Items {
		if item.Problem == "" {
			taken[item.Job.Replica()] = "the replica of " + item.Ref.String() + " has the same name"
		}
	}
	for _, item := range next.Plan.Items {
		for _, action := range item.Actions {
			ref := item.Job.Replica()
			ref.Name = action.Archive
			why := taken[ref]
			if action.Verb != plan.VerbArchive || action.Whole || why == "" || j.archived(ref, item, action, next.Whom) {
				continue
			}
			j.fail("name", item.Ref.String(), "rename what has the name now", "snapshot %s can't be archived as %s: %s", action.Snapshot, ref.Name, why)
		}
	}
}

// archived reports whether an object of the target is the archive that the action makes: an interrupted run has made it.
func (j *judge) archived(ref plan.Ref, item plan.Item, action plan.Action, whom string) bool {
	archive, replica, ok := plan.ArchiveOf(ref, j.facts.Servers.Target.Held.Holdings[ref], whom)
	return ok && replica == item.Job.Replica().String() && archive.Snapshot.Name == action.Snapshot
}
