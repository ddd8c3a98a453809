package config

import (
	"cmp"
	"fmt"
	"time"

	"github.com/google/uuid"

	"iab/internal/plan"
	"iab/internal/retention"
)

// Config is a config that has been checked. Nothing in it is left to parse.
type Config struct {
	CredDir              string        // directory of credentials and pinned certificates, ~ expanded
	UUID                 string        // "" if the file has none; Identity always returns one
	UTC                  bool          // snapshot names are UTC
	IndependentRetention bool          // what the file says; Independent knows the flag, too
	Parallel             int           // objects worked on at the same time, 1 to 64; 0: not set
	Retries              int           // how often what failed and may pass is tried again, 0 to 10
	StallTimeout         time.Duration // how long a copy may stand still, at least MinStallTimeout
	Consistency          plan.Consistency
	MaxPause             time.Duration // 0: not set
	HealthchecksURL      string        // "" or an http or https address
	GotifyURL            string        // "" or an http or https address, which holds a token
	Services             []Service
	Source, Target       Host
	Projects             []Project
	Retention            plan.Sides[Policies] // the target's count only where they are independent
	Warnings             []string             // what is odd but does not stop a run, each one sentence
}

// Host is one of the two servers.
type Host struct {
	Name string // for people; the role if the file has none
	URL  string // https://host:port

	ClusterMember string // where new objects come to: a member, or @GROUP; "": any

	OS    *Archives // of its system and applications; nil: none are made
	State *Archives // of its definitions; nil: none are made

	Parallel int            // objects worked on at the same time on it, 1 to 64; 0: not set
	Pools    map[string]int // the same of what lies in one of its pools, where it is set
}

// Archives say where archives of a host go, and which of them are kept.
type Archives struct {
	Dir          string   // ~ expanded
	Applications []string // besides the system; none: all that are installed
	Complete     bool     // with what an application has only cached
	Recipients   []string // public keys of age; none: archives are not encrypted
	Retention    retention.Policy
}

// Project is what is replicated of one Incus project, or of all that a glob matches.
type Project struct {
	Name        string // or a glob
	TargetName  string // of the project on the target
	Description string
	Mode        plan.Mode
	Objects     []Object // instances, then volumes, each in the order of the file
	Exclude     []Exclude
	Groups      []Group
}

// Object is one entry of a project's list of instances or volumes.
type Object struct {
	Ref            plan.Ref // project, pool and name may be globs
	TargetPool     string   // "": the pool of the same name as on the source
	ExcludeDevices []string // device names, sorted
	Match          Match
	Rule           string           // what the entry is called: its place in the file and its name
	Consistency    plan.Consistency // "": that of the config
	Apart          bool             // a volume that is in no window of what it is attached to
	Hooks          plan.Hooks
}

// Host returns the server of one side.
func (c Config) Host(side plan.Side) Host {
	if side == plan.Target {
		return c.Target
	}
	return c.Source
}

// Identity is what replicas are marked with: the config's uuid, or if it has none a UUID that is always the same for the
// same two addresses.
func (c Config) Identity() string {
	if c.UUID != "" {
		return c.UUID
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(c.Source.URL+" "+c.Target.URL)).String()
}

// Location is the time zone of snapshot names: UTC if the config says so, else the local one.
func (c Config) Location(local *time.Location) *time.Location {
	if c.UTC {
		return time.UTC
	}
	return local
}

// Independent reports whether source and target are pruned each by its own policies. The flag, the negation of
// --ios-fix, wins if it is given.
func (c Config) Independent(flag *bool) bool {
	if flag != nil {
		return *flag
	}
	return c.IndependentRetention
}

// SameHosts compares the config's servers with two addresses, of which an empty one is not compared. It returns one
// sentence per difference.
func (c Config) SameHosts(sourceURL, targetURL string) []string {
	var differences []string
	given := plan.Sides[string]{Source: sourceURL, Target: targetURL}
	for _, side := range plan.BothSides {
		want := given.On(side)
		if normal, err := HostURL(want); err == nil {
			want = normal
		}
		if have := c.Host(side).URL; want != "" && want != have {
			differences = append(differences, fmt.Sprintf("the %s is %s in the config, not %s", side, have, want))
		}
	}
	return differences
}

// job is the job that an entry makes of one object.
func (c Config) job(ref plan.Ref, project Project, object Object, inv plan.Inventory, independent bool) plan.Job {
	job := plan.Job{
		Ref:            ref,
		Rule:           object.Rule,
		Glob:           object.wild(),
		Mode:           project.Mode,
		TargetPool:     object.TargetPool,
		Consistency:    c.Consistency,
		ExcludeDevices: object.ExcludeDevices,
		Placement:      plan.Sides[string]{Source: c.Source.ClusterMember, Target: c.Target.ClusterMember},
	}
	c.together(&job, project.Groups, object)
	if project.TargetName != project.Name {
		job.TargetProject = project.TargetName
	}
	if job.TargetPool == "" {
		// A volume's own pool is known without the source, too.
		job.TargetPool = cmp.Or(inv.Source.Holdings[ref].Pool, ref.Pool)
	}
	job.Retention.Source = c.Retention.Source.For(ref)
	job.Retention.Target = job.Retention.Source
	if independent {
		job.Retention.Target = c.Retention.Target.For(ref)
	}
	return job
}
