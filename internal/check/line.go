package check

import (
	"slices"
	"time"
)

// State is how good or bad something is for the next run.
type State string

// The states, from good to bad. Fail: the next run, or a part of it, can't do its work.
const (
	OK   State = "ok"
	Warn State = "warn"
	Fail State = "fail"
)

// states lists all of them, the worst first.
var states = []State{Fail, Warn, OK}

// Line is one thing that was looked at.
type Line struct {
	Name    string `json:"name"`    // what sort of thing, one of the names in docs/json.md
	Subject string `json:"subject"` // which one: a file, a side, a pool, a project, an object
	State   State  `json:"state"`
	Text    string `json:"text"`
	Hint    string `json:"hint,omitempty"` // what to do about it
}

// Report is everything that was looked at.
type Report struct {
	At     time.Time `json:"at"`
	Worst  State     `json:"worst"`
	Checks []Line    `json:"checks"` // the worst first, else in the order in which they were looked at
}

// NewReport orders the lines and finds the worst state; without any line that is OK.
func NewReport(at time.Time, lines []Line) Report {
	lines = append([]Line{}, lines...) // encodes as empty, not as null
	slices.SortStableFunc(lines, func(a, b Line) int { return slices.Index(states, a.State) - slices.Index(states, b.State) })
	report := Report{At: at, Worst: OK, Checks: lines}
	if len(lines) > 0 {
		report.Worst = lines[0].State
	}
	return report
}

// Count returns how many lines are in a state.
func (r Report) Count(state State) int {
	n := 0
	for _, line := range r.Checks {
		if line.State == state {
			n++
		}
	}
	return n
}
