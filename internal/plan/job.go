package plan

import (
	"fmt"
	"time"

	"iab/internal/retention"
)

// Mode is the way the data of a copy takes.
type Mode string

// The modes of a copy: the source connects to the target, the target connects to the source, or both talk to IAB only.
const (
	Push  Mode = "push"
	Pull  Mode = "pull"
	Relay Mode = "relay"
)

// Modes lists every mode; the first one is the default.
var Modes = []Mode{Push, Pull, Relay}

// Consistency is what is done to a running object before its snapshot is taken.
type Consistency string

// Crash takes the snapshot of the running object as it is. Freeze pauses all that runs in it for the moment of the snapshot. Stop shuts
// it down cleanly, takes the snapshot and starts it again.
const (
	Crash  Consistency = "crash"
	Freeze Consistency = "freeze"
	Stop   Consistency = "stop"
)

// Consistencies lists every one; the first is the default.
var Consistencies = []Consistency{Crash, Freeze, Stop}

// Job is what the config asks for one object. It holds nothing that is left to parse.
type Job struct {
	Ref            Ref
	Mode           Mode
	TargetProject  string // project of the replica on the target; empty: the one of the same name
	TargetPool     string // pool that holds the replica on the target
	Consistency    Consistency
	Placement      Sides[string] // cluster member that new objects come to, or a group of members as @GROUP; empty: the one that holds least
	ExcludeDevices []string      // device names that the replica never gets
	Retention      Sides[retention.Policy]

	Rule string // the entry of the config that takes the object
	Glob bool   // the entry does not name it in full

	Group    string        // PROJECT/NAME under which the config names what belongs together; "": none
	Apart    bool          // it is in no window of what is attached to it
	Hooks    Hooks         // commands around the snapshot
	MaxPause time.Duration // how long its group's window may last; 0: MaxPause where something is frozen, else no limit
}

// Replica returns the name of the job's object on the target.
func (j Job) Replica() Ref {
	ref := j.Ref
	if j.TargetProject != "" {
		ref.Project = j.TargetProject
	}
	if ref.Pool != "" {
		ref.Pool = j.TargetPool
	}
	return ref
}

// RefOn returns the name of the job's object on one side.
func (j Job) RefOn(side Side) Ref {
	if side == Target {
		return j.Replica()
	}
	return j.Ref
}

// Scope says what has to be read of both servers for a set of jobs, each list sorted and free of duplicates.
type Scope struct {
	Projects []string        // on the source
	Into     []string        // projects on the target; nil: those of the same names
	Pools    Sides[[]string] // pools whose existence and custom volumes matter
	Whole    Sides[bool]     // read everything that IAB may see: all projects, and their custom volumes in all pools

	// Brief leaves out what servers take longest to tell: pools, of custom volumes everything but their names and pools, of instances their
	// snapshots and the space that they take; networks, and of the target's projects everything but their names.
	Brief bool

	// Unconnected leaves the networks out, for who does not ask whether devices fit.
	Unconnected bool

	// Unattached leaves the custom volumes out, for who asks for instances only. With every further volume, and every snapshot of one, a list
	// of them takes a server longer.
	Unattached bool

	// Every project and pool that one of these matches is read, too, as far as IAB may see them. The target is read in all pools
	// that the source has custom volumes in.
	ProjectGlobs []Glob
	PoolGlobs    Sides[[]Glob]
}

// ProjectsOn lists the projects of one side.
func (s Scope) ProjectsOn(side Side) []string {
	if side == Target && s.Into != nil {
		return s.Into
	}
	return s.Projects
}

// Duplicate returns an error that names the first ref which two jobs share, on either side: two jobs
// that write to one replica would overwrite each other.
func Duplicate(jobs []Job) error {
	for _, side := range BothSides {
		seen := map[Ref]Ref{}
		for _, job := range jobs {
			ref := job.RefOn(side)
			if first, ok := seen[ref]; ok {
				return fmt.Errorf("%s and %s are both %s on the %s", first, job.Ref, ref, side)
			}
			seen[ref] = job.Ref
		}
	}
	return nil
}
