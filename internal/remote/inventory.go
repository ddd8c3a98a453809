package remote

import (
	"context"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"

	"iab/internal/plan"
)

// Inventory reads what both servers hold in the scope: per project the instances with their snapshots in one
// answer, the names of networks, the profiles, and per pool the custom volumes with their snapshots. The target's volumes
// are read in the pools that the disks of the source's instances and profiles name, too, without a source those of its own. Projects and pools that do not
// exist, or that the certificate may not see, are left out, and a side that is not connected is left empty.
func (p *Pair) Inventory(ctx context.Context, scope plan.Scope) (plan.Inventory, error) {
	type answer struct {
		inv plan.Inventory
		err error
	}
	done := make(chan answer, 1)
	go func() { // requests know no context
		var a answer
		a.err = p.again(ctx, nil, func(bool) (err error) {
			a.inv, err = p.inventory(ctx, scope)
			return err
		})
		done <- a
	}()
	select {
	case a := <-done:
		return a.inv, a.err
	case <-ctx.Done():
		return plan.Inventory{}, failure("read both servers", ctx.Err())
	}
}

func (p *Pair) inventory(ctx context.Context, scope plan.Scope) (plan.Inventory, error) {
	var inv plan.Inventory
	var group errgroup.Group
	readers := plan.Sides[*reader]{}
	for _, side := range plan.BothSides {
		readers.Set(side, newReader(ctx, p, side, scope))
	}
	for _, side := range p.sides() {
		group.Go(func() error { return readers.On(side).projects(scope) })
	}
	if err := group.Wait(); err != nil {
		return inv, err
	}
	known := withLost(readers.Source.server, readers.Target.server, p.owner.Identity)
	if p.servers.Source == nil { // then the replicas tell of the target's pools
		known = readers.Target.server
	}
	for _, side := range p.sides() {
		group.Go(func() error { return readers.On(side).related(scope, known) })
	}
	if err := group.Wait(); err != nil {
		return inv, err
	}
	for _, side := range p.sides() {
		readers.On(side).server.Skew = skew(p.servers.On(side))
	}
	readers.Target.justReceived()
	return plan.Inventory{Source: readers.Source.server, Target: readers.Target.server}, nil
}

// Instance reads all of an instance that an inventory has told in brief. What else the inventory holds of it is forgotten.
func (p *Pair) Instance(ctx context.Context, side plan.Side, ref plan.Ref) (plan.Holding, error) {
	r := newReader(ctx, p, side, plan.Scope{})
	err := p.again(ctx, nil, func(bool) error {
		full, err := p.in(side, ref.Project).listed(ref.Name)
		if err != nil {
			return r.failed("read "+ref.String(), err)
		}
		r.instance(ref.Project, full)
		return nil
	})
	return r.server.Holdings[ref], err
}

// Pool reads a pool, which an inventory in brief does not tell of. ok is false for one that does not exist, or that the certificate may not see.
func (p *Pair) Pool(ctx context.Context, side plan.Side, name string) (pool plan.Pool, ok bool, err error) {
	r := newReader(ctx, p, side, plan.Scope{})
	err = p.again(ctx, nil, func(bool) error { return r.pool(name) })
	pool, ok = r.server.Pools[name]
	return pool, ok, err
}

// withLost adds to the source the objects that only replicas tell of any more: to bring them back, their pools have to be known. What more
// is read of the source changes nothing of it.
func withLost(source, target plan.Server, identity string) plan.Server {
	source.Holdings, source.Projects, source.Pools = maps.Clone(source.Holdings), maps.Clone(source.Projects), maps.Clone(source.Pools)
	for ref, replica := range target.Holdings {
		if _, there := source.Holdings[ref]; !there && identity != "" && replica.Config[plan.MarkReplicaOf] == identity {
			source.Holdings[ref] = replica
		}
	}
	return source
}

// related reads the pools that become known by the objects of the source, also by those that it has lost, or of the target where there
// is no source.
func (r *reader) related(scope plan.Scope, objects plan.Server) error {
	attached, roots := attachedPools(objects.Holdings), rootPools(objects.Holdings)
	switch {
	case r.side == plan.Target:
		known := slices.Concat(attached, profilePools(objects), roots, matching(scope.PoolGlobs.Target, slices.Collect(maps.Keys(objects.Pools))))
		if err := r.pools(r.seen(), except(known, r.read)); err != nil || !scope.Whole.Target {
			return err
		}
		return r.whole(scope, known, slices.Concat(r.read, known))
	case scope.Whole.Source:
		return r.whole(scope, append(attached, roots...), r.read)
	case r.server.Unlisted:
		known := except(matching(scope.PoolGlobs.Source, slices.Concat(attached, roots, profilePools(objects))), r.read)
		if err := r.pools(r.seen(), known); err != nil {
			return err
		}
	}
	return r.pools(nil, roots)
}

// whole reads what no job names: the other pools of the scope's projects, and the other projects. What the server does not
// tell of them is left out. A restricted certificate may not list pools; then those are read that are known otherwise. The
// volumes of the scope's projects in some pools have been read.
func (r *reader) whole(scope plan.Scope, pools, read []string) error {
	server := r.pair.servers.On(r.side)
	all, err := server.GetStoragePoolNames()
	if err != nil && !answered(err) {
		return r.failed("list the pools", err)
	}
	pools = slices.Concat(pools, all, scope.Pools.On(r.side))
	if err := r.pools(r.seen(), except(pools, read)); err != nil && !answered(err) {
		return err
	}
	names, err := r.listedNames()
	if err != nil {
		return err
	}
	return r.others(except(names, slices.Concat(scope.ProjectsOn(r.side), r.seen())), pools)
}

// others reads projects that no job names, with their volumes in the pools and in those that become known by their instances. One that is refused
// is left out.
func (r *reader) others(projects, pools []string) error {
	group := r.group()
	if !r.togetherBusy(projects) { // else it has been read
		r.busyIn(group, projects)
	}
	if err := group.Wait(); err != nil {
		return err
	}
	group = r.group()
	r.objects(group, projects)
	r.contents(group, projects)
	if err := group.Wait(); err != nil {
		return err
	}
	for _, project := range projects {
		if err := r.settle([]string{project}); err != nil && !answered(err) {
			return err
		}
	}
	for _, project := range projects {
		if !r.isSettled(project) {
			continue
		}
		err := r.pools([]string{project}, slices.Concat(pools, attachedPools(r.server.Holdings), rootPools(r.server.Holdings)))
		if err != nil && !answered(err) {
			return err
		}
	}
	return nil
}

// except returns what stands in the list and not among the others.
func except(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return slices.Contains(others, name) })
}

// attachedPools lists the pools of the custom volumes that instances use.
func attachedPools(holdings map[plan.Ref]plan.Holding) []string {
	pools := map[string]bool{}
	for _, holding := range holdings {
		for _, device := range holding.Devices {
			if device["type"] == "disk" && device["pool"] != "" && device["path"] != "/" {
				pools[device["pool"]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(pools))
}

// profilePools lists the pools that the disks of instances' profiles name, but for the default one, which stays as it is.
func profilePools(server plan.Server) []string {
	var pools []string
	for ref, holding := range server.Holdings {
		for _, name := range holding.Profiles {
			for _, device := range server.Projects[ref.Project].Profiles[name].Devices {
				if name != plan.DefaultProfile && device["type"] == "disk" && device["pool"] != "" {
					pools = append(pools, device["pool"])
				}
			}
		}
	}
	return pools
}

// rootPools lists the pools that hold instances, and those that held what only replicas tell of.
func rootPools(holdings map[plan.Ref]plan.Holding) []string {
	pools := map[string]bool{}
	for ref, holding := range holdings {
		for _, pool := range []string{holding.Pool, holding.Config[plan.MarkPool]} {
			if ref.Kind == plan.Instance && pool != "" {
				pools[pool] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(pools))
}
