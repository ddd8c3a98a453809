package check

import (
	"maps"
	"slices"
	"strings"
	"time"

	"iab/internal/plan"
)

// clockLimit is how far clocks may differ before a run is likely to do wrong.
const clockLimit = time.Minute

func (j *judge) server(side plan.Side, s Server) {
	if !s.Until.IsZero() {
		j.expiry("certificate of the "+string(side), s.Until, j.called(side),
			"renew it there (in a cluster by incus cluster update-certificate, else remove server.crt and server.key and restart Incus), then onboard that server again")
	}
	if s.Trouble != nil {
		j.trouble("server", string(side), *s.Trouble)
		return
	}
	j.ok("server", string(side), "%s runs Incus %s, shows the pinned certificate and trusts IAB's", s.Held.Name, s.Held.Version)
	j.members(side, s.Held)
	allowed := j.rights(side, s.Rights)
	j.existence("project", side, allowed, "create it there: incus project create NAME", func(name string) bool {
		_, ok := s.Held.Projects[name]
		return ok
	})
	j.existence("pool", side, Pools(j.facts.Jobs, side), missingPool[side], func(name string) bool {
		_, ok := s.Held.Pools[name]
		return ok
	})
}

// members judges whether all members of a cluster answer.
func (j *judge) members(side plan.Side, held plan.Server) {
	silent := 0
	for _, name := range slices.Sorted(maps.Keys(held.Members)) {
		if held.Members[name].Answers {
			continue
		}
		silent++
		j.warn("member", on(side, name), "see `incus cluster list` there, and start it", "it does not answer: nothing is done to the objects that lie on it")
	}
	if len(held.Members) > 0 && silent == 0 {
		j.ok("member", string(side), "all members of the cluster answer: %s", strings.Join(Holders(held), ", "))
	}
}

// called reports whether copies let the other server connect to this one, as far as jobs are known: that server refuses a
// certificate that has expired, while IAB goes by the pin alone.
func (j *judge) called(side plan.Side) bool {
	mode := map[plan.Side]plan.Mode{plan.Source: plan.Pull, plan.Target: plan.Push}[side]
	return len(j.facts.Jobs) == 0 || slices.ContainsFunc(j.facts.Jobs, func(job plan.Job) bool { return job.Mode == mode })
}

var missingPool = map[plan.Side]string{
	plan.Source: "correct the name in the config",
	plan.Target: "name an existing pool of the target in the config, or create it there: incus storage create",
}

// rights judges what IAB's certificate may do, and returns the config's projects that it may use.
func (j *judge) rights(side plan.Side, r *Rights) (allowed []string) {
	all := plan.Scope{Projects: j.facts.Config.Projects, Into: j.facts.Config.Into}.ProjectsOn(side)
	switch {
	case r == nil:
		return all
	case r.Trouble != nil:
		j.warn("rights", string(side), r.Trouble.Hint, "%s", r.Trouble.Text)
		return all
	case !r.Restricted:
		j.ok("rights", string(side), "IAB's certificate may use every project")
		return all
	}
	for _, project := range all {
		if slices.Contains(r.Projects, project) {
			allowed = append(allowed, project)
		} else {
			j.fail("rights", on(side, project), "add it to the projects of the certificate: incus config trust edit "+j.facts.Own.Fingerprint,
				"IAB's certificate is restricted to other projects and may not use it")
		}
	}
	if len(allowed) == len(all) {
		j.ok("rights", string(side), "IAB's certificate is restricted to %s, which is enough", strings.Join(r.Projects, ", "))
	}
	return allowed
}

// existence fails for every name that the config needs on a side and that is not there.
func (j *judge) existence(what string, side plan.Side, names []string, hint string, there func(string) bool) {
	whole := len(names) > 0
	for _, name := range names {
		if !there(name) {
			whole = false
			j.fail(what, on(side, name), strings.ReplaceAll(hint, "NAME", name), "it does not exist")
		}
	}
	if whole {
		j.ok(what, string(side), "there is %s", strings.Join(names, ", "))
	}
}

// Pools lists the pools that jobs need on a side, sorted.
func Pools(jobs []plan.Job, side plan.Side) []string {
	var names []string
	for _, job := range jobs {
		name := job.TargetPool
		if side == plan.Source {
			name = job.Ref.Pool
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// clocks judges how the clocks of both servers stand to ours, and to each other.
func (j *judge) clocks() {
	source, hasSource := j.found(plan.Source)
	target, hasTarget := j.found(plan.Target)
	if hasSource {
		j.clock("source", source.Held.Skew, "its clock", "this machine's")
	}
	if hasTarget {
		j.clock("target", target.Held.Skew, "its clock", "this machine's")
	}
	if hasSource && hasTarget {
		j.clock("source and target", source.Held.Skew-target.Held.Skew, "the source's clock", "the target's")
	}
}

func (j *judge) clock(subject string, ahead time.Duration, whose, other string) {
	const hint = "set the clocks right, best by NTP: dates of snapshots decide what is kept"
	text := whose + " " + plan.Lead(ahead) + " " + other
	switch {
	case ahead.Abs() > clockLimit:
		j.fail("clock", subject, hint, "%s", text)
	case ahead.Abs() > plan.ClockTolerance:
		j.warn("clock", subject, hint, "%s", text)
	default:
		j.ok("clock", subject, "%s", text)
	}
}
