package runtest

import (
	"context"
	"fmt"
	"slices"

	"iab/internal/plan"
)

// Beside returns another pair: the same source with its clock, and a new empty target, as another config knows them.
// Calls and failures are each pair's own.
func (w *World) Beside(identity string) *World {
	other := &World{mu: w.mu, now: w.now, identity: identity, address: "https://target-of-" + identity + ":8443", left: map[plan.Ref]*left{}, seen: map[plan.Ref]map[string]string{},
		sides: map[plan.Side]*server{plan.Source: w.sides[plan.Source]}}
	other.addServer(plan.Target)
	return other
}

// Into returns another pair of a new empty source and the same target, as another config knows them.
func (w *World) Into(identity string) *World {
	other := &World{mu: w.mu, now: w.now, identity: identity, address: w.address, left: map[plan.Ref]*left{}, seen: map[plan.Ref]map[string]string{},
		sides: map[plan.Side]*server{plan.Target: w.sides[plan.Target]}}
	other.addServer(plan.Source)
	return other
}

// Address is the URL of the target.
func (w *World) Address() string { return w.address }

// SetMark sets a config key of an object on a side as another config's IAB or a person would; an empty value takes it away.
func (w *World) SetMark(side plan.Side, ref plan.Ref, key, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].mark(ref, map[string]string{key: value})
}

// Gone implements run.Servers.
func (w *World) Gone(ctx context.Context, ref plan.Ref, snapshots []string) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := w.sides[plan.Source].Holdings[ref].Snapshots
	var gone []string
	for _, name := range snapshots {
		if !slices.ContainsFunc(held, func(s plan.Snapshot) bool { return s.Name == name }) {
			gone = append(gone, name)
		}
	}
	return gone, ctx.Err()
}

// heldElsewhere reports whether the run of another config has stopped or frozen an object, or is about to.
func heldElsewhere(h plan.Holding, identity string) bool {
	return slices.ContainsFunc([]string{plan.MarkStopped, plan.MarkFrozen}, func(key string) bool {
		return h.Config[key] != "" && h.Config[key] != identity
	})
}

// needed reports whether another config's copies have come to build on a snapshot since the last Inventory, or are about to.
func (w *World) needed(h plan.Holding, ref plan.Ref, snapshot string) bool {
	others, _ := h.Bases(w.identity)
	return slices.ContainsFunc(others, func(b plan.Base) bool {
		return (b.Needs(snapshot) || b.Beginning()) && w.seen[ref][plan.BaseKey(b.Config)] != h.Config[plan.BaseKey(b.Config)]
	})
}

// MarkBase implements run.Servers.
func (w *World) MarkBase(ctx context.Context, ref plan.Ref, base plan.Base) error {
	verb, named := "mark base", base.Snapshot
	if base.Pending != "" {
		verb, named = "announce", base.Pending
	}
	return w.call(ctx, Call{verb, plan.Source, ref, named}, func(s *server) error {
		held, ok := s.Holdings[ref]
		if !ok {
			return fmt.Errorf("note on %s what its copies build on: it does not exist", ref)
		}
		others, unread := held.Bases(w.identity)
		if len(others)+len(unread) > 0 && !slices.ContainsFunc(held.Snapshots, func(t plan.Snapshot) bool { return t.Name == named }) {
			return fmt.Errorf("note on %s what its copies build on: it has no snapshot %s any more", ref, named)
		}
		base.Config, base.Target, base.Address = w.identity, "target", w.address
		s.mark(ref, map[string]string{plan.BaseKey(w.identity): base.Mark()})
		return nil
	})
}
