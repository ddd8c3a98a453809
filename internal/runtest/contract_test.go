package runtest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/runtest"
)

const identity = "11111111-aaaa-4bbb-8ccc-222222222222"

// TestInvariant6TheWorldKeepsTheContract is what makes the fake worth testing against. Invariant 6, that a
// replica never runs by itself, is one of its sentences.
func TestInvariant6TheWorldKeepsTheContract(t *testing.T) {
	runtest.Contract(t, func(t *testing.T) runtest.Subject {
		return subject{runtest.NewWorld(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), identity), t}
	})
}

// subject is a World as the contract wants it. Time goes by between a person's steps.
type subject struct {
	*runtest.World
	t *testing.T
}

func (subject) Pools() []string  { return []string{"local", "plain"} }
func (subject) Identity() string { return identity }
func (subject) Steps() int       { return 300 }

func (s subject) Put(ref plan.Ref, pool, content string, running bool) {
	holding := plan.Holding{Pool: pool, Running: running, Config: map[string]string{}}
	if ref.Kind == plan.Instance {
		holding.Config["boot.autostart"] = "true"
	}
	if running {
		holding.Config["volatile.last_state.power"] = "RUNNING"
	}
	s.World.Put(plan.Source, ref, holding)
	s.Write(ref, content)
}

func (s subject) Write(ref plan.Ref, content string) {
	s.Advance(time.Second)
	s.World.Write(plan.Source, ref, content)
}

func (s subject) Overwrite(side plan.Side, ref plan.Ref, content string) {
	s.Advance(time.Second)
	s.World.Write(side, ref, content)
}

func (s subject) Take(ref plan.Ref, snapshot string) {
	s.Advance(time.Second)
	if err := s.World.Take(plan.Source, ref, snapshot); err != nil {
		s.t.Fatal(err)
	}
}

func (s subject) Read(side plan.Side, ref plan.Ref, snapshot string) string {
	content, ok := s.World.Read(side, ref, snapshot)
	if !ok {
		s.t.Fatalf("%s has no %q on the %s", ref, snapshot, side)
	}
	return content
}

func (s subject) Running(side plan.Side, ref plan.Ref) bool {
	h, _ := s.Holding(side, ref)
	return h.Running
}

func (s subject) Pause(ref plan.Ref) { s.World.Pause(ref, true) }

// Commands answers as a shell would to what the contract runs.
func (s subject) Commands() {
	s.OnExec(func(ctx context.Context, _ plan.Ref, command plan.Command) (string, error) {
		switch command.Name {
		case "first":
			return command.Env["IAB_PHASE"] + " of " + command.Env["IAB_SNAPSHOT"] + "\n", nil
		case "second":
			return "out\nerr\n", errors.New("exit status 3")
		case "sleeper":
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "0\n", nil
	})
}

func (s subject) RunReplica(ref plan.Ref) {
	h, ok := s.Holding(plan.Target, ref)
	if !ok {
		s.t.Fatalf("%s is not on the target", ref)
	}
	h.Running = true
	s.World.Put(plan.Target, ref, h)
}

func (s subject) PutProfile(side plan.Side, name string, profile plan.Profile) {
	s.World.PutProfile(side, "default", name, profile)
}

func (s subject) ProfileOn(side plan.Side, name string) (plan.Profile, bool) {
	return s.World.ProfileOn(side, "default", name)
}

// TestTheWorldKeepsTheContractOfAClusterToo holds the fake to what real clusters do.
func TestTheWorldKeepsTheContractOfAClusterToo(t *testing.T) {
	runtest.ClusterContract(t, func(t *testing.T) runtest.ClusterSubject {
		s := clusterSubject{subject{runtest.NewWorld(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), identity), t}}
		s.Cluster(plan.Target, "m1", "m2")
		return s
	})
}

// clusterSubject is a World whose target is a cluster.
type clusterSubject struct{ subject }

func (clusterSubject) Away() string { return "m2" }
