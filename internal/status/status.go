// Package status decides how well every object is protected, given what both servers hold. It is pure: the same survey gives the
// same report.
package status

import (
	"cmp"
	"slices"
	"time"

	"iab/internal/plan"
)

// State says how an object is protected.
type State string

// The states.
const (
	OK          State = "ok"          // a complete copy on the target is young enough
	Stale       State = "stale"       // the newest complete copy is older than it may be
	Missing     State = "missing"     // there is no replica
	Diverged    State = "diverged"    // the replica can't be continued as it is
	Running     State = "running"     // the replica runs on the target or has taken over, so nothing is copied
	Incomplete  State = "incomplete"  // the last copy has never finished
	Unprotected State = "unprotected" // on the source, taken by no job, and not excluded
	Orphan      State = "orphan"      // a replica whose source is gone
	Unknown     State = "unknown"     // a server, or the cluster member with the replica, could not be read without which nothing can be said
)

// States lists all of them, the worst first.
var States = []State{Missing, Diverged, Stale, Incomplete, Running, Orphan, Unprotected, Unknown, OK}

// Severity is what a state means to who is on call, in the words of monitoring plugins.
type Severity string

// The severities.
const (
	Fine     Severity = "ok"
	Warning  Severity = "warning"
	Critical Severity = "critical"
	Unclear  Severity = "unknown" // a server could not be read
)

// severities lists them, the worst first. A server out of reach makes the whole unknown, whatever else there is.
var severities = []Severity{Unclear, Critical, Warning, Fine}

// Source is what the source has of an object.
type Source struct {
	Snapshots int       `json:"snapshots"`
	Kept      int       `json:"kept,omitempty"` // restore points in objects that a restore or a failback has replaced
	Newest    string    `json:"newest,omitempty"`
	NewestAt  time.Time `json:"newestAt,omitzero"`
	Prunes    []string  `json:"prunes,omitempty"` // snapshots that the next run deletes
}

// Target is what the target has of it.
type Target struct {
	Snapshots int       `json:"snapshots"`         // of the replica
	Archives  int       `json:"archives"`          // restore points in archives and former replicas
	Newest    string    `json:"newest,omitempty"`  // the newest whose copy is known to be complete
	NewestAt  time.Time `json:"newestAt,omitzero"` // the moment that it stands for
	OldestAt  time.Time `json:"oldestAt,omitzero"` // the moment of the oldest complete one
	Prunes    []string  `json:"prunes,omitempty"`  // snapshots that the next run deletes, those in archives too
}

// Item is one object.
type Item struct {
	Ref      plan.Ref     `json:"ref"`
	State    State        `json:"state"`
	Severity Severity     `json:"severity"`
	Problem  string       `json:"problem,omitempty"` // why the next run would do nothing to it
	Hint     string       `json:"hint,omitempty"`
	Warnings []string     `json:"warnings,omitempty"`   // about the copies that other configs make of it to their targets
	Lag      *int64       `json:"lagSeconds,omitempty"` // age of the newest complete restore point on the target; absent: there is none
	Source   Source       `json:"source"`
	Target   Target       `json:"target"`
	Drill    *plan.Drill  `json:"drill,omitempty"` // the last restore drill of the replica
	Stays    []plan.Stay  `json:"stays,omitempty"` // what was replaced on the source and is not removed by the next run
	Points   []plan.Point `json:"-"`               // newest first
}

// Unreached is a server that could not be read.
type Unreached struct {
	Side  plan.Side `json:"side"`
	Error string    `json:"error"`
	Hint  string    `json:"hint,omitempty"`
}

// Report is how everything is protected at one moment.
type Report struct {
	At        time.Time   `json:"at"`
	Worst     Severity    `json:"worst"`
	MaxAge    int64       `json:"maxAgeSeconds"` // how old the newest complete restore point may be
	Unreached []Unreached `json:"unreached,omitempty"`
	Items     []Item      `json:"items"` // the worst first, else by ref
}

// Facts are what a report is made of.
type Facts struct {
	Survey    plan.Survey
	Plan      plan.Plan // what a run would do now; without both servers, the zero value
	Inventory plan.Inventory
	Left      []plan.Ref // what the config leaves out
	Identity  string     // uuid of the config, the owner's mark on replicas
	MaxAge    time.Duration
	Unreached []Unreached
}

// Judge decides the state of every object.
func Judge(facts Facts) Report {
	j := judge{Facts: facts, planned: map[plan.Ref]plan.Item{}, lent: map[plan.Ref]bool{}}
	for _, item := range facts.Plan.Items {
		j.planned[item.Ref] = item
		if replica, ok := replicaNow(item); ok {
			j.lent[replica] = true
		}
	}
	report := Report{At: facts.Survey.At, MaxAge: int64(facts.MaxAge / time.Second), Unreached: facts.Unreached, Worst: Fine, Items: []Item{}}
	for _, object := range facts.Survey.Objects {
		if object.Jobless && j.sourceOf(object.Ref) {
			continue // the source's object stands for it, or is excluded
		}
		if !object.Exists.Source && j.lent[object.Job.Replica()] {
			continue // its object has another name, and stands for it
		}
		object = j.withReplica(object)
		report.Items = append(report.Items, j.item(object))
	}
	for _, ref := range plan.Uncovered(jobsOf(facts.Survey), facts.Left, facts.Inventory.Source) {
		report.Items = append(report.Items, j.unprotected(ref))
	}
	slices.SortFunc(report.Items, compare)
	switch {
	case len(facts.Unreached) > 0:
		report.Worst = Unclear
	case len(report.Items) > 0:
		report.Worst = report.Items[0].Severity
	}
	return report
}

func jobsOf(survey plan.Survey) []plan.Job {
	var jobs []plan.Job
	for _, object := range survey.Objects {
		if !object.Jobless {
			jobs = append(jobs, object.Job)
		}
	}
	return jobs
}

// compare orders items: the worst severity, the worst state, then the ref.
func compare(a, b Item) int {
	return cmp.Or(
		cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
		cmp.Compare(slices.Index(States, a.State), slices.Index(States, b.State)),
		a.Ref.Compare(b.Ref),
	)
}

// Reached reports whether a side could be read. What a report says of one that could not is nothing.
func (r Report) Reached(side plan.Side) bool {
	return !slices.ContainsFunc(r.Unreached, func(u Unreached) bool { return u.Side == side })
}

// Count returns how many objects are in a state.
func (r Report) Count(state State) int {
	n := 0
	for _, item := range r.Items {
		if item.State == state {
			n++
		}
	}
	return n
}
