package runtest

import (
	"fmt"
	"maps"
	"slices"

	"iab/internal/plan"
)

// Cluster makes a side a cluster of members that answer. The first one is the one that clients are connected to.
func (w *World) Cluster(side plan.Side, members ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.sides[side]
	s.Members = map[string]plan.Member{}
	for _, name := range members {
		s.Members[name] = plan.Member{Answers: true, Groups: []string{"default"}}
	}
}

// Silence lets a cluster member not answer any more, or answer again.
func (w *World) Silence(side plan.Side, member string, silent bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := maps.Clone(w.silent.On(side))
	if held == nil {
		held = map[string]bool{}
	}
	held[member] = silent
	w.silent.Set(side, held)
}

// members is what an inventory tells of a side's members.
func (w *World) members(side plan.Side) map[string]plan.Member {
	if w.sides[side].Members == nil {
		return nil
	}
	members := map[string]plan.Member{}
	for name, member := range w.sides[side].Members {
		member.Answers = !w.silent.On(side)[name]
		members[name] = member
	}
	return members
}

// told is what a server tells of an object. Of an instance on a member that does not answer it is the name; volumes stand in the
// records that all members share (seen on 6.0.4).
func (w *World) told(side plan.Side, ref plan.Ref, h plan.Holding) plan.Holding {
	if ref.Kind == plan.Instance && w.silent.On(side)[h.Member] {
		return plan.Holding{Type: h.Type, Status: "Error", Member: h.Member}
	}
	return h
}

// answers returns the error of a call on an object whose member does not answer.
func (w *World) answers(side plan.Side, ref plan.Ref) error {
	if member := w.sides[side].Holdings[ref].Member; w.silent.On(side)[member] {
		return fmt.Errorf("reach %s on the %s: cluster member %s does not answer", ref, side, member)
	}
	return nil
}

// placeable returns why a copy can't come to the member that it names: a refresh that names another one than the replica's finds no
// replica there (seen on 6.0.4).
func (w *World) placeable(job plan.Job, action plan.Action, exists bool) error {
	if err := w.answers(plan.Source, job.Ref); err != nil {
		return err
	}
	target := w.sides[plan.Target]
	_, known := target.Members[action.Member]
	switch held := target.Holdings[job.Replica()].Member; {
	case target.Members == nil && action.Member == "":
		return nil
	case exists && held != "" && action.Member != held:
		return fmt.Errorf("copy %s: the replica is not on cluster member %s", job.Ref, action.Member)
	case action.Member != "" && (!known || w.silent.Target[action.Member]):
		return fmt.Errorf("copy %s: cluster member %s does not answer", job.Ref, action.Member)
	}
	return nil
}

// home is the member that a new object comes to: without a name some member.
func (s *server) home(member string) string {
	if member != "" || s.Members == nil {
		return member
	}
	return slices.Sorted(maps.Keys(s.Members))[0]
}
