package cli

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"iab/internal/plan"
)

// plan decides by as little as is needed: for an instance that goes back by a snapshot of its own, what holds its restore points is all, and no
// device has to fit. Where a volume can't be meant none is asked for.
func (r restoring) plan(ctx context.Context) (plan.Inventory, restores, error) {
	scope := r.cfg.Scope()
	pattern, err := plan.ParsePattern(r.ref)
	if little, ok := scope.InBrief(pattern); err == nil && ok && r.inPlace && !r.volumes {
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
	if err == nil && pattern.MeansUnread(inv) {
		err = errUnread
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
	var e early
	job, ok := pattern.Only(r.cfg.Jobs(plan.Inventory{}, r.cfg.Independent(nil)))
	if !ok {
		return e
	}
	e.job = job
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

// errUnread means that more has to be read than an inventory in brief tells.
var errUnread = errors.New("something may be meant that is not told for itself")
