package plan

import "slices"

// RunAction is one action of the run within a failover, as far as it tells what is sent and what goes.
type RunAction struct {
	Verb     Verb     `json:"verb"`
	Side     Side     `json:"side"`
	Snapshot string   `json:"snapshot"`
	Base     string   `json:"base,omitempty"`  // of a copy: what it builds on; empty: everything is sent
	Sends    []string `json:"sends,omitempty"` // of a copy: oldest first
	Loses    []string `json:"loses,omitempty"` // snapshots that go without an archive
	Why      string   `json:"why"`
}

// Backs reports whether the failover begins with a run that brings the replicas up to date: the source can be asked, and something
// there is put on standby.
func (t Takeover) Backs() bool {
	for _, r := range t {
		for _, step := range r.Steps {
			if step.Verb == StepStandby {
				return true
			}
		}
	}
	return false
}

// Within shows with every object what the run that a failover begins with does to it. A problem of that run is one of the failover,
// so that nothing is stopped for what can't be brought up to date. What its copy sends again is not in doubt any more when the replica is
// activated.
func (t Takeover) Within(first Plan) Takeover {
	list := make(Takeover, len(t))
	for i, r := range t {
		list[i] = r.within(first)
	}
	return list
}

func (r Restore) within(first Plan) Restore {
	for _, item := range first.Items {
		switch {
		case item.Ref != r.Ref || r.Problem != "":
		case item.Problem != "":
			r.Problem, r.Hint, r.Steps = "the replica can't be brought up to date: "+item.Problem, item.Hint, []Step{}
		default:
			r.First, r.Run = item, nil
			for _, a := range item.Actions {
				r.Run = append(r.Run, RunAction{a.Verb, a.Side, a.Snapshot, a.Base, a.Sends, a.Loses, a.Why})
			}
			r.Warnings = append(append([]string{}, r.Warnings...), item.Warnings...)
			if slices.ContainsFunc(item.Actions, func(a Action) bool { return a.Verb == VerbCopy }) {
				r.Steps = slices.Clone(r.Steps)
				for j := range r.Steps {
					r.Steps[j].Doubt = nil
				}
			}
		}
	}
	return r
}
