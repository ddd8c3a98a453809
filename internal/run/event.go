package run

import (
	"time"

	"iab/internal/plan"
)

// Stage is how far an action is.
type Stage string

// The stages of an action, in their order. Said comes with what each command around a snapshot has printed, Moving as often as the servers
// tell about progress.
const (
	Begun  Stage = "begun"
	Said   Stage = "said"
	Moving Stage = "moving"
	Done   Stage = "done"
	Failed Stage = "failed"
)

// Event tells an observer what a run does at the moment.
type Event struct {
	At     time.Time
	Ref    plan.Ref
	Action plan.Action
	Stage  Stage
	Bytes  int64         // sent so far, for copies
	Took   time.Duration // since the action began
	Err    error         // of a failed action
	Hook   string        // of what was said: which command
	Text   string        // what it has printed, at most its end
}
