package check

import (
	"time"

	"iab/internal/plan"
)

// Facts are what was found out. The zero value of a field means that nobody could look, and nothing is said about it.
type Facts struct {
	At       time.Time
	Config   Config
	Own      Certificate // IAB's own
	Lock     Lock
	Self     *Trouble // why it can't be known which instance IAB runs in, although that matters
	Servers  plan.Sides[*Server]
	Jobs     []plan.Job
	Left     []plan.Ref // what the config leaves out
	Next     *Next      // nil unless both servers could be read
	Restarts []Restart
	Services []Service
	Told     bool // the services were sent a message
}

// Trouble is why something could not be read, used or done, and what a person can do about it.
type Trouble struct{ Text, Hint string }

// Config is the config file.
type Config struct {
	Path     string
	Problems []Misfit // why it can't be used
	Warnings []string // each "what is odd; what to do about it"
	Projects []string // that it names, sorted
	Into     []string // the projects on the target that they lead to, sorted; nil: the same
	Objects  int      // that it names
}

// Misfit is one place of a config that is wrong.
type Misfit struct {
	Place string // empty: the file as a whole
	Trouble
}

// Certificate is IAB's certificate with the directory that holds it.
type Certificate struct {
	Dir         string
	Fingerprint string // as much of it as a person compares
	Until       time.Time
	Warnings    []string // about modes of files, as those of Config
	Trouble     *Trouble // why it can't be used
}

// Lock is the file that one run at a time holds.
type Lock struct {
	Path    string
	Held    bool // by another run
	Trouble *Trouble
}

// Server is one side.
type Server struct {
	Until   time.Time // when its pinned certificate expires
	Trouble *Trouble  // why it could not be connected to or read
	Held    plan.Server
	Rights  *Rights          // nil: not known
	Spaces  map[string]Space // of pools, by PoolOn
}

// Rights are what a server lets IAB do.
type Rights struct {
	Restricted bool
	Projects   []string // that IAB may use, if restricted
	Trouble    *Trouble // why they could not be read
}

// Space is how full a pool is, in bytes; a Total of 0: the server does not tell.
type Space struct {
	Used, Total int64
	Trouble     *Trouble // why it could not be read
}

// Next is the next run, as it would be now.
type Next struct {
	Plan plan.Plan
	Used map[plan.Ref]int64 // bytes of the objects to be copied for the first time; 0: the server does not tell
	Whom string             // uuid of the config, the owner's mark on replicas
}

// Restart is an object that an interrupted run has left stopped or frozen.
type Restart struct {
	Ref     plan.Ref
	Frozen  bool     // frozen, not stopped
	Busy    bool     // another run goes on, which may have done it for its own snapshot
	Trouble *Trouble // why it could not be started or resumed
}

// Service is one that the config names to be told of runs.
type Service struct {
	Name    string
	Trouble *Trouble // why its address can't be used, or why the message did not get through
}
