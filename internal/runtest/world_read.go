package runtest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"iab/internal/plan"
)

// Inventory implements run.Servers.
func (w *World) Inventory(ctx context.Context, scope plan.Scope) (plan.Inventory, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var inv plan.Inventory
	if err := ctx.Err(); err != nil {
		return inv, err
	}
	for _, side := range plan.BothSides {
		s := w.sides[side]
		copied := s.Server
		copied.Holdings, copied.Projects = map[plan.Ref]plan.Holding{}, map[string]plan.Project{}
		copied.Members = w.members(side)
		for project, p := range s.Projects {
			matched := slices.ContainsFunc(scope.ProjectGlobs, func(glob plan.Glob) bool { return glob.Match(project) })
			if slices.Contains(scope.ProjectsOn(side), project) || matched || scope.Whole.On(side) {
				copied.Projects[project] = cloneProject(p)
			}
		}
		for ref, h := range s.Holdings {
			if _, seen := copied.Projects[ref.Project]; seen && (ref.Kind == plan.Instance || !scope.Unattached) {
				copied.Holdings[ref] = w.told(side, ref, clone(h))
				if scope.Brief {
					copied.Holdings[ref] = brief(ref, copied.Holdings[ref])
				}
				if side == plan.Source {
					w.seen[ref] = maps.Clone(h.Config)
				}
			}
		}
		copied.Drivers = nil
		for _, pool := range s.Pools {
			copied.Drivers = append(copied.Drivers, pool.Driver)
		}
		if scope.Brief {
			copied.Pools = map[string]plan.Pool{}
		}
		inv.Set(side, copied)
	}
	inv.Target.Busy = w.busy()
	return inv, nil
}

// brief is what an inventory in brief tells of an object.
func brief(ref plan.Ref, h plan.Holding) plan.Holding {
	if ref.Kind == plan.Volume {
		return plan.Holding{Pool: ref.Pool}
	}
	h.Snapshots = nil
	return h
}

// Instance is what an inventory holds of an instance.
func (w *World) Instance(ctx context.Context, side plan.Side, ref plan.Ref) (plan.Holding, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return plan.Holding{}, err
	}
	h, ok := w.sides[side].Holdings[ref]
	if !ok {
		return plan.Holding{}, fmt.Errorf("read %s on the %s: not found", ref, side)
	}
	return w.told(side, ref, clone(h)), nil
}

// Pool is what an inventory holds of a pool.
func (w *World) Pool(ctx context.Context, side plan.Side, name string) (pool plan.Pool, ok bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	pool, ok = w.sides[side].Pools[name]
	return pool, ok, ctx.Err()
}

func clone(h plan.Holding) plan.Holding {
	h.Snapshots = slices.Clone(h.Snapshots)
	h.Config = maps.Clone(h.Config)
	return h
}
