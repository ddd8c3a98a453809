package cli

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"iab/internal/plan"
)

// plan decides by as little as is needed: for an instance that goes back by a snapshot of its own, what holds its restore points is all, and no
// device has to fit. Where a volume can't be meant none is asked for.
func (r restoring) plan(ctx context.Context) (plan.Inventory, restores, error) {
	scope := r.cfg.Scope()
	if pattern, err := plan.ParsePattern(r.ref); err == nil && r.inPlace && !r.volumes && pattern.Kind() != plan.Volume {
		little := scope
		little.Brief, little.Unattached = true, pattern.Kind() == plan.Instance
		meant := r.begin(ctx, pattern)
		inv, err := r.pair.Inventory(ctx, little)
		if err != nil {
			return inv, nil, err
		}
		if list, err := r.briefly(ctx, inv, pattern, meant); err == nil && list.within() {
			return inv, list, nil
		}
	}
	inv, err := r.pair.Inventory(ctx, scope)
	if err != nil {
		return inv, nil, err
	}
	list, err := r.decide(ctx, inv)
	return inv, list, err
}

// briefly decides about the one instance that the pattern names.
func (r restoring) briefly(ctx context.Context, inv plan.Inventory, pattern plan.Pattern, meant early) (restores, error) {
	object, err := oneObject(r.survey(inv), r.ref)
	if err == nil && namesVolume(inv, pattern) {
		err = errVolumes
	}
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx, inv, object, meant); err != nil {
		return nil, err
	}
	return r.decide(ctx, inv)
}

// read puts what holds the instance's restore points into the inventory in full, and the pool that it lies in on the source, on which it
// depends whether it can go back.
func (r restoring) read(ctx context.Context, inv plan.Inventory, object plan.Object, meant early) error {
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(holderReaders)
	name := object.Holding.Source.Pool
	if _, known := inv.Source.Reverts(name); name != "" && !known {
		group.Go(func() error {
			pool, ok, err := r.pair.Pool(ctx, plan.Source, name)
			mu.Lock()
			defer mu.Unlock()
			if ok {
				inv.Source.Pools[name] = pool
			}
			return err
		})
	}
	holders := object.Holders(inv)
	for _, side := range plan.BothSides {
		for _, ref := range holders.On(side) {
			group.Go(func() error {
				holding, ok := meant.on(side, ref)
				var err error
				if !ok {
					holding, err = r.pair.Instance(ctx, side, ref)
				}
				mu.Lock()
				defer mu.Unlock()
				inv.On(side).Holdings[ref] = holding
				return err
			})
		}
	}
	return group.Wait()
}

// early are reads of one instance on both sides that have begun before it was known whether it is there.
type early struct {
	job   plan.Job
	begun plan.Sides[func() (plan.Holding, error)]
}

// begin lets the instance be read that the pattern means if the config names it in full, so that its snapshots are known as soon as the inventory
// is.
func (r restoring) begin(ctx context.Context, pattern plan.Pattern) early {
	meant := slices.DeleteFunc(r.cfg.Jobs(plan.Inventory{}, r.cfg.Independent(nil)), func(j plan.Job) bool {
		return j.Ref.Kind != plan.Instance || !pattern.Match(j.Ref)
	})
	var e early
	if len(meant) != 1 {
		return e
	}
	e.job = meant[0]
	for _, side := range plan.BothSides {
		if r.lost.on(side) != nil {
			continue
		}
		read := sync.OnceValues(func() (plan.Holding, error) { return r.pair.Instance(ctx, side, e.job.RefOn(side)) })
		go func() { _, _ = read() }()
		e.begun.Set(side, read)
	}
	return e
}

// on returns what has been read of an instance. ok is false if it is not the one that was begun with, or could not be read.
func (e early) on(side plan.Side, ref plan.Ref) (holding plan.Holding, ok bool) {
	read := e.begun.On(side)
	if read == nil || ref != e.job.RefOn(side) {
		return plan.Holding{}, false
	}
	holding, err := read()
	return holding, err == nil
}

// holderReaders is how many holders of restore points are read at the same time.
const holderReaders = 4

// errVolumes means that what volumes hold has to be known.
var errVolumes = errors.New("a volume may be meant")

// namesVolume reports whether the pattern could mean a volume, or something that IAB keeps of one.
func namesVolume(inv plan.Inventory, pattern plan.Pattern) bool {
	for _, side := range plan.BothSides {
		for ref := range inv.On(side).Holdings {
			of, _, _ := strings.Cut(ref.Name, "-IAB-")
			if ref.Kind == plan.Volume && (pattern.MatchName(ref.Kind, ref.Name) || pattern.MatchName(ref.Kind, of)) {
				return true
			}
		}
	}
	return false
}
