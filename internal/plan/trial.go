package plan

import "time"

// Wait says what a clone has to do to be proven.
type Wait struct {
	Ready    bool          // it has to report itself ready, as its source does
	Patience time.Duration // for all of it
	Settle   time.Duration // where neither readiness nor a probe tells more, how long it has to keep running
}

// Trial is how a clone has done.
type Trial struct {
	Proof   Proof  // the most that it has shown
	Console string // after a failure: the end of its console and of the server's log about it
}

// Proof is what shows that something works.
type Proof string

// The proofs, the strongest last: it kept running, it reported itself ready, the command in user.iab.verify succeeded inside.
const (
	Runs   Proof = "running"
	Ready  Proof = "ready"
	Probed Proof = "probe"
)

// ProbeKey is the config key with the command that is run inside a clone, by sh -c.
const ProbeKey = "user.iab.verify"
