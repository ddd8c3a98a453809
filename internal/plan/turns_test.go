package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
)

// order is what a plan says about the order, by name.
func order(p plan.Plan) []string {
	var list []string
	for _, turn := range p.Order {
		list = append(list, turn.Ref.Name+" "+turn.Newest)
	}
	return list
}

func TestTheLongestUnprotectedComeFirst(t *testing.T) {
	s := newScene(t)
	for name, snapshots := range map[string][]plan.Snapshot{
		"b-yesterday": s.own("08 12:00", "09 12:00"),
		"c-before":    s.own("08 12:00"),
		"e-foreign":   {s.foreign("before-upgrade", "07 12:00")},
		"f-yesterday": s.own("09 12:00"),
	} {
		s.job(instance(name))
		s.source(instance(name), snapshots)
		s.replica(instance(name), snapshots)
	}
	// The newest two of this one were on the way when a server died.
	s.job(instance("a-torn"))
	s.source(instance("a-torn"), s.own("06 12:00", "08 12:00", "09 12:00"))
	s.replica(instance("a-torn"), s.own("06 12:00", "08 12:00", "09 12:00"), mark(plan.MarkComplete, "IAB_20260306-120000"))
	s.job(volume("local", "new"))
	s.source(volume("local", "new"), nil)
	s.job(instance("d-foreigner")) // a problem has no turn
	s.source(instance("d-foreigner"), nil)
	s.replica(instance("d-foreigner"), nil, func(h *plan.Holding) { h.Config = nil })

	want := []string{"new ", "a-torn IAB_20260306-120000", "e-foreign before-upgrade", "c-before IAB_20260308-120000",
		"b-yesterday IAB_20260309-120000", "f-yesterday IAB_20260309-120000"}
	if diff := cmp.Diff(want, order(s.plan())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatOneRunHasCopiedIsEquallyOld: dates of instances are cut to seconds, those of volumes are not, and no two are equal.
func TestWhatOneRunHasCopiedIsEquallyOld(t *testing.T) {
	s := newScene(t)
	for i, name := range []string{"a", "b", "c"} {
		snapshots := s.own("09 12:00")
		snapshots[0].CreatedAt = snapshots[0].CreatedAt.Add(-time.Duration(i) * time.Second)
		s.job(instance(name))
		s.source(instance(name), snapshots)
		s.replica(instance(name), snapshots)
	}
	if got := s.plan(); got.Order != nil || !slices.Equal(got.Sequence(), []int{0, 1, 2}) {
		t.Errorf("the order is %q, the sequence %v", order(got), got.Sequence())
	}
}

// TestAnOrderIsToldThoughItIsThatOfTheItems: only where there is none kinds may take turns.
func TestAnOrderIsToldThoughItIsThatOfTheItems(t *testing.T) {
	s := newScene(t)
	for name, snapshots := range map[string][]plan.Snapshot{"a": s.own("08 12:00"), "b": s.own("09 12:00")} {
		s.job(instance(name))
		s.source(instance(name), snapshots)
		s.replica(instance(name), snapshots)
	}
	s.job(volume("local", "data"))
	s.source(volume("local", "data"), s.own("09 12:00"))
	s.replica(volume("local", "data"), s.own("09 12:00"))
	want := []string{"a IAB_20260308-120000", "b IAB_20260309-120000", "data IAB_20260309-120000"}
	if got := s.plan(); !slices.Equal(order(got), want) || !slices.Equal(got.Sequence(), []int{0, 1, 2}) {
		t.Errorf("the order is %q, the sequence %v", order(got), got.Sequence())
	}
}

// TestInstancesAndVolumesTakeTurnsWhereNoneComesFirst holds the sequence for more of one kind than of the other, and for one kind alone.
func TestInstancesAndVolumesTakeTurnsWhereNoneComesFirst(t *testing.T) {
	for _, c := range []struct {
		instances, volumes int
		want               []int // of the items: the instances, then the volumes
	}{
		{3, 2, []int{0, 3, 1, 4, 2}},
		{1, 3, []int{0, 1, 2, 3}},
		{2, 0, []int{0, 1}},
		{0, 2, []int{0, 1}},
		{0, 0, []int{}},
	} {
		s := newScene(t)
		var refs []plan.Ref
		for i := range c.instances {
			refs = append(refs, instance(fmt.Sprintf("web%d", i)))
		}
		for i := range c.volumes {
			refs = append(refs, volume("local", fmt.Sprintf("data%d", i)))
		}
		for _, ref := range refs {
			s.job(ref)
			s.source(ref, s.own("09 12:00"))
			s.replica(ref, s.own("09 12:00"))
		}
		if got := s.plan(); got.Order != nil || !slices.Equal(got.Sequence(), c.want) {
			t.Errorf("%d and %d: the order is %q, the sequence %v", c.instances, c.volumes, order(got), got.Sequence())
		}
	}
}

// TestAnObjectWaitsOnlyForReplicasThatTheRunMakes: it would never have its turn in runs that are always cut short.
func TestAnObjectWaitsOnlyForReplicasThatTheRunMakes(t *testing.T) {
	for name, exists := range map[string]bool{"the volume has a replica": true, "it has none": false} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.job(instance("web"))
			s.source(instance("web"), s.own("08 12:00"), devices(map[string]plan.Device{"data": disk("local", "data"), "root": rootDevice}))
			s.replica(instance("web"), s.own("08 12:00"))
			s.job(volume("local", "data"))
			s.source(volume("local", "data"), s.own("09 12:00"))
			if exists {
				s.replica(volume("local", "data"), s.own("09 12:00"))
			}
			p := s.plan()
			if waits := p.Items[0].Wave == 1; waits == exists || slices.Equal(p.Sequence(), []int{0, 1}) != exists {
				t.Errorf("wave %d, sequence %v", p.Items[0].Wave, p.Sequence())
			}
		})
	}
}

func TestEverythingThatIsCopiedHasOneTurn(t *testing.T) {
	check(t, func(r *rapid.T, _ *scene, p plan.Plan) {
		sequence := slices.Sorted(slices.Values(p.Sequence()))
		for i, place := range sequence {
			if place != i {
				r.Fatalf("the sequence %v leaves out %d", sequence, i)
			}
		}
		if p.Order == nil {
			return
		}
		var copied, turns []plan.Ref
		for _, item := range p.Items {
			if slices.ContainsFunc(item.Actions, func(a plan.Action) bool { return a.Verb == plan.VerbCopy }) {
				copied = append(copied, item.Ref)
			}
		}
		for _, turn := range p.Order {
			turns = append(turns, turn.Ref)
		}
		slices.SortFunc(turns, plan.Ref.Compare) // as the items are
		if diff := cmp.Diff(copied, turns); diff != "" {
			r.Fatalf("(-copied +turns):\n%s", diff)
		}
	})
}
