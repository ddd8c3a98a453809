package runtest

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/verify"
)

// Subject is a pair of servers under test, with what a test needs to arrange things and to look at them by another
// way than the one that is tested. Project "default" exists on both sides. All objects are in it, and the contract
// gives each a name of its own, so subjects may share servers. Methods that can't do their work end the test.
type Subject interface {
	run.Servers
	run.RestoreServers
	verify.Servers

	// Instance reads all of an instance that an inventory has told in brief.
	Instance(ctx context.Context, side plan.Side, ref plan.Ref) (plan.Holding, error)
	// Pool reads a pool, which an inventory in brief does not tell of.
	Pool(ctx context.Context, side plan.Side, name string) (pool plan.Pool, ok bool, err error)

	// Pools names the storage pools to test with. Each exists on both sides with the same driver.
	Pools() []string
	// Identity is the config's uuid that is written on replicas.
	Identity() string
	// Steps is the length of the random sequence of changes and copies.
	Steps() int

	// Put makes an object on the source: a container with its root disk in the pool, or a file system volume (of
	// which ref.Pool is the pool). A container has boot.autostart=true, and runs if asked.
	Put(ref plan.Ref, pool, content string, running bool)
	// Write replaces the live content of an object on the source.
	Write(ref plan.Ref, content string)
	// Overwrite replaces the live content of an object on a side.
	Overwrite(side plan.Side, ref plan.Ref, content string)
	// Take takes a snapshot on the source as a person would.
	Take(ref plan.Ref, snapshot string)
	// Remove deletes a snapshot on either side as a person would.
	Remove(side plan.Side, ref plan.Ref, snapshot string)
	// Read returns the content of a snapshot, or the live content for the empty name.
	Read(side plan.Side, ref plan.Ref, snapshot string) string
	// SetMark sets a config key of an object as a person would, or the IAB of another config.
	SetMark(side plan.Side, ref plan.Ref, key, value string)
	// Running reports whether an instance runs.
	Running(side plan.Side, ref plan.Ref) bool
	// Pause freezes a running instance on the source as a person would.
	Pause(ref plan.Ref)
	// Commands says that the commands come which the contract knows: a subject without a shell answers as one would.
	Commands()
	// PutProfile makes a profile in the project, or changes it, as a person would.
	PutProfile(side plan.Side, name string, profile plan.Profile)
	// ProfileOn returns a profile of the project.
	ProfileOn(side plan.Side, name string) (plan.Profile, bool)
	// Leave begins a copy of an object as an IAB leaves it that dies in it: it goes on until end is called, which says whether
	// it ends well. The object holds a megabyte at least that the target has not got yet.
	Leave(job plan.Job) (end func(well bool))
	// RunReplica makes a replica run on the target, against all rules.
	RunReplica(ref plan.Ref)
}

// Contract holds what every implementation of run.Servers promises, a subtest per sentence, for instances and volumes
// in each of the subject's pools, which are tested side by side.
func Contract(t *testing.T, newSubject func(t *testing.T) Subject) {
	var objects atomic.Int32
	for _, pool := range newSubject(t).Pools() {
		for _, kind := range []plan.Kind{plan.Instance, plan.Volume} {
			t.Run(fmt.Sprintf("%s in pool %s", kind, pool), func(t *testing.T) {
				t.Parallel()
				for _, sentence := range slices.Concat(copying, refusing, acting, freezing, profiling, cloning, leaving, renaming, forgetting, returning, sharing) {
					if sentence.only != "" && sentence.only != kind {
						continue
					}
					t.Run(sentence.says, func(t *testing.T) {
						ref := plan.Ref{Project: "default", Kind: kind, Name: fmt.Sprintf("contract-%d", objects.Add(1))}
						if kind == plan.Volume {
							ref.Pool = pool
						}
						sentence.holds(&contract{T: t, Subject: newSubject(t), ref: ref, pool: pool})
					})
				}
			})
		}
	}
}

// sentence is one promise.
type sentence struct {
	says  string
	only  plan.Kind // the one kind it is about, empty: both
	holds func(c *contract)
}

// contract is the test of one promise on one object.
type contract struct {
	*testing.T
	Subject
	ref     plan.Ref
	pool    string
	member  string            // of the target's cluster, that replicas come to
	written map[string]string // content of the source at the time of each snapshot
	live    string
}

func (c *contract) job() plan.Job {
	return plan.Job{Ref: c.ref, Mode: plan.Push, TargetPool: c.pool, Consistency: plan.Crash}
}

// put makes the object with its first content.
func (c *contract) put(running bool) {
	c.live, c.written = "first", map[string]string{}
	c.Put(c.ref, c.pool, c.live, running)
}

func (c *contract) write(content string) {
	c.Write(c.ref, content)
	c.live = content
}

// snapshot takes snapshots as IAB does.
func (c *contract) snapshot(names ...string) {
	c.Helper()
	for _, name := range names {
		if err := c.Snapshot(c.Context(), c.ref, name); err != nil {
			c.Fatal(err)
		}
		c.written[name] = c.live
	}
}

func (c *contract) take(name string) {
	c.Take(c.ref, name)
	c.written[name] = c.live
}

// inventory reads both servers and returns what they hold of the object.
func (c *contract) inventory() (inv plan.Inventory, source, replica plan.Holding, exists bool) {
	c.Helper()
	scope := plan.Scope{Projects: []string{"default"}, Pools: plan.Sides[[]string]{Source: []string{c.pool}, Target: []string{c.pool}}}
	inv, err := c.Inventory(c.Context(), scope)
	if err != nil {
		c.Fatal(err)
	}
	replica, exists = inv.Target.Holdings[c.job().Replica()]
	return inv, inv.Source.Holdings[c.ref], replica, exists
}

// copy brings the replica up to the source as a run does: after reading both servers.
func (c *contract) copy(ctx context.Context) (int64, error) {
	c.Helper()
	_, source, replica, exists := c.inventory()
	effect := plan.Refresh(source.Snapshots, replica.Snapshots)
	action := plan.Action{Verb: plan.VerbCopy, Side: plan.Target, Phase: plan.Replicate, Creates: !exists, Member: c.member}
	if n := len(effect.After); n > 0 {
		action.Snapshot = effect.After[n-1].Name
	}
	return c.Copy(ctx, c.job(), action, func(int64) {})
}

func (c *contract) mustCopy() int64 {
	c.Helper()
	sent, err := c.copy(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	return sent
}

// checkMirror compares the replica with the source: snapshots, dates and content.
func (c *contract) checkMirror() {
	c.Helper()
	_, source, replica, exists := c.inventory()
	if !exists {
		c.Fatal("there is no replica")
	}
	effect := plan.Refresh(source.Snapshots, replica.Snapshots)
	if len(effect.Sends)+len(effect.Loses) > 0 {
		c.Errorf("source %v\nreplica %v", source.Snapshots, replica.Snapshots)
	}
	for _, s := range replica.Snapshots {
		if got := c.Read(plan.Target, c.job().Replica(), s.Name); got != c.written[s.Name] {
			c.Errorf("%s on the replica holds %.40q, want %.40q", s.Name, got, c.written[s.Name])
		}
	}
	if got := c.Read(plan.Target, c.job().Replica(), ""); got != c.live {
		c.Errorf("the replica holds %.40q, want %.40q", got, c.live)
	}
}

func (c *contract) names(side plan.Side) []string {
	c.Helper()
	_, source, replica, _ := c.inventory()
	return namesOf(plan.Sides[plan.Holding]{Source: source, Target: replica}.On(side).Snapshots)
}

func namesOf(snapshots []plan.Snapshot) []string {
	list := []string{}
	for _, s := range snapshots {
		list = append(list, s.Name)
	}
	slices.Sort(list)
	return list
}
