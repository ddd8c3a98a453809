package remote

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/lxc/incus/v6/shared/api"
	"golang.org/x/sync/errgroup"

	"iab/internal/plan"
)

// readers is how many requests one side is asked to answer at the same time.
const readers = 4

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
		readers.Set(side, newReader(ctx, p, side))
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
		if err := readers.On(side).related(scope, known); err != nil {
			return inv, err
		}
		readers.On(side).server.Skew = skew(p.servers.On(side))
	}
	readers.Target.justReceived()
	return plan.Inventory{Source: readers.Source.server, Target: readers.Target.server}, nil
}

// withLost adds to the source the objects that only replicas tell of any more: to bring them back, their pools have to be known.
func withLost(source, target plan.Server, identity string) plan.Server {
	source.Holdings = maps.Clone(source.Holdings)
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
	names, err := server.GetProjectNames()
	if err != nil {
		return r.failed("list the projects", err)
	}
	for _, project := range except(names, slices.Concat(scope.ProjectsOn(r.side), r.seen())) {
		err := r.project(project)
		if err == nil {
			err = r.pools([]string{project}, slices.Concat(pools, attachedPools(r.server.Holdings), rootPools(r.server.Holdings)))
		}
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

// reader fills one side of an inventory, several requests at a time.
type reader struct {
	ctx  context.Context
	pair *Pair
	side plan.Side

	mu       sync.Mutex
	server   plan.Server
	received map[plan.Ref]bool // by the target, a moment ago
	silent   map[string]bool   // cluster members that did not answer for an object

	read []string // pools whose volumes have been read in all projects of the scope
}

func newReader(ctx context.Context, p *Pair, side plan.Side) *reader {
	return &reader{ctx: ctx, pair: p, side: side, received: map[plan.Ref]bool{}, silent: map[string]bool{}, server: plan.Server{
		Extensions: map[string]bool{},
		Projects:   map[string]plan.Project{},
		Pools:      map[string]plan.Pool{},
		Holdings:   map[plan.Ref]plan.Holding{},
		Busy:       map[plan.Ref]bool{},
	}}
}

// projects reads the server itself, the projects and the pools.
func (r *reader) projects(scope plan.Scope) error {
	info, _, err := r.pair.servers.On(r.side).GetServer()
	if err != nil {
		return r.failed("read the server", err)
	}
	r.server.Name, r.server.Version = info.Environment.ServerName, info.Environment.ServerVersion
	for _, extension := range info.APIExtensions {
		r.server.Extensions[extension] = true
	}
	matched, err := r.matchingProjects(scope.ProjectGlobs)
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(readers)
	group.Go(func() error { return r.members(info) })
	for _, project := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(scope.ProjectsOn(r.side), matched)))) {
		group.Go(func() error { return r.project(project) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	pools, err := r.matchingPools(scope.PoolGlobs.On(r.side))
	if err != nil {
		return err
	}
	r.read = slices.Concat(scope.Pools.On(r.side), pools)
	return r.pools(r.seen(), r.read)
}

// project reads one project: what it offers to devices, and its instances.
func (r *reader) project(project string) error {
	c := r.pair.in(r.side, project)
	itself, _, err := c.GetProject(project)
	if err != nil {
		return r.unlessMissing("read project "+project, err)
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	found := plan.Project{Networks: map[string]bool{}, Profiles: map[string]plan.Profile{}, Excluded: itself.Config[plan.MarkExclude] == "true"}
	networks, err := c.GetNetworkNames()
	if err != nil {
		return r.failed("list the networks of project "+project, err)
	}
	for _, name := range networks {
		found.Networks[name] = true
	}
	profiles, err := c.GetProfiles()
	if err != nil {
		return r.failed("list the profiles of project "+project, err)
	}
	for i := range profiles {
		found.Profiles[profiles[i].Name] = profileOf(&profiles[i])
		if r.side == plan.Source {
			r.pair.rememberProfile(profileName{project, profiles[i].Name}, found.Profiles[profiles[i].Name])
		}
	}
	if err := r.busy(project); err != nil {
		return err
	}
	var doubted []*listedInstance
	err = c.eachInstance(r.ctx, func(i *listedInstance) {
		if i.StatusCode == api.Error {
			doubted = append(doubted, i)
			return
		}
		r.instance(project, i)
	})
	if err == nil {
		err = r.lookAgain(c, project, doubted)
	}
	if err != nil {
		return r.failed("list the instances of project "+project, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server.Projects[project] = found
	return nil
}

// busy reads what the target works on in a project, before the objects themselves: so a copy that ends in between counts as one
// that goes on, and not as one that was interrupted. What others do on the source is in nobody's way for long.
func (r *reader) busy(project string) error {
	if r.side != plan.Target {
		return nil
	}
	list, err := r.pair.operations(r.side, project)
	if err != nil {
		return r.failed("list the operations of project "+project, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, op := range list {
		for _, s := range subjects(op, project) {
			r.server.Busy[s.ref] = r.server.Busy[s.ref] || worksOn(op, s.ref, "")
			r.received[s.ref] = r.received[s.ref] || op.StatusCode == api.Success && receives(op, s.ref)
		}
	}
	return nil
}

// justReceived adds first copies to what is busy that have ended a moment ago, and that nobody has marked yet.
func (r *reader) justReceived() {
	for ref, received := range r.received {
		if holding := r.server.Holdings[ref]; received && holding.Unfinished(r.pair.owner.Identity) {
			r.server.Busy[ref] = true
		}
	}
}

func (r *reader) instance(project string, full *listedInstance) {
	ref := plan.Ref{Project: project, Kind: plan.Instance, Name: full.Name}
	member := memberOf(full.Location)
	if mute(full) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.silence(member)
		r.server.Holdings[ref] = plan.Holding{Type: full.Type, Status: full.Status, Member: member}
		return
	}
	_, root, _ := rootDisk(full.ExpandedDevices)
	holding := plan.Holding{
		Type:      full.Type,
		Member:    member,
		Pool:      root["pool"],
		Status:    full.Status,
		Running:   full.StatusCode == api.Running || full.StatusCode == api.Ready,
		Frozen:    full.StatusCode == api.Frozen,
		Broken:    full.StatusCode == api.Error,
		LastStart: full.LastUsedAt,
		Ephemeral: full.Ephemeral,
		Config:    full.Config,
		Devices:   full.Devices,
		Inherited: full.ExpandedDevices,
		Profiles:  full.Profiles,
	}
	for _, s := range full.Snapshots {
		holding.Snapshots = append(holding.Snapshots, plan.Snapshot{Name: s.Name, CreatedAt: s.CreatedAt, Size: max(s.Size, 0)})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server.Holdings[ref] = holding
	if r.side == plan.Source {
		known := full.Instance // alone: the rest need not be kept
		r.pair.remember(ref, definition{instance: &known, used: full.used()})
	} else {
		r.pair.rememberSize(ref, root["size"])
	}
}

// pools reads pools, and their custom volumes in the projects.
func (r *reader) pools(projects, pools []string) error {
	var group errgroup.Group
	group.SetLimit(readers)
	for _, name := range slices.Compact(slices.Sorted(slices.Values(pools))) {
		group.Go(func() error { return r.pool(name, projects) })
	}
	return group.Wait()
}

func (r *reader) pool(name string, projects []string) error {
	r.mu.Lock()
	_, seen := r.server.Pools[name]
	r.mu.Unlock()
	if !seen {
		pool, _, err := r.pair.servers.On(r.side).GetStoragePool(name)
		if err != nil {
			return r.unlessMissing("read pool "+name, err)
		}
		r.mu.Lock()
		r.server.Pools[name] = plan.Pool{Driver: pool.Driver}
		r.mu.Unlock()
	}
	for _, project := range projects {
		if err := r.volumes(name, project); err != nil {
			return err
		}
	}
	return nil
}

// volumes reads the custom volumes of a pool in one project, and their snapshots.
func (r *reader) volumes(pool, project string) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	var all []*api.StorageVolume
	snapshots, places := map[string][]plan.Snapshot{}, map[string][]string{}
	err := r.pair.in(r.side, project).eachVolume(r.ctx, pool, func(v *api.StorageVolume) {
		name, snapshot, ok := strings.Cut(v.Name, "/")
		switch {
		case v.Type != "custom": // of a server that does not filter
		case ok:
			snapshots[name] = append(snapshots[name], plan.Snapshot{Name: snapshot, CreatedAt: v.CreatedAt})
		default:
			all = append(all, v)
			if member := memberOf(v.Location); !slices.Contains(places[v.Name], member) {
				places[v.Name] = append(places[v.Name], member)
			}
		}
	})
	if err != nil {
		return r.unlessMissing(fmt.Sprintf("list the volumes of pool %s in project %s", pool, project), err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range all {
		ref := plan.Ref{Project: project, Kind: plan.Volume, Pool: pool, Name: v.Name}
		if len(places[v.Name]) > 1 { // pools belong to members, and each may have a volume of that name
			r.server.Holdings[ref] = plan.Holding{Type: v.ContentType, Pool: pool, Namesakes: slices.Sorted(slices.Values(places[v.Name]))}
			continue
		}
		r.server.Holdings[ref] = plan.Holding{Type: v.ContentType, Pool: pool, Member: memberOf(v.Location), Config: v.Config, Snapshots: snapshots[v.Name],
			Borrowed: v.Project != "" && v.Project != project}
		if r.side == plan.Source {
			r.pair.remember(ref, definition{volume: v})
		} else {
			r.pair.rememberSize(ref, v.Config["size"])
		}
	}
	return nil
}

// unlessMissing swallows the errors that say "not there, or not for you".
func (r *reader) unlessMissing(what string, err error) error {
	if api.StatusErrorCheck(err, http.StatusNotFound, http.StatusForbidden) {
		return nil
	}
	return r.failed(what, err)
}

func (r *reader) failed(what string, err error) error {
	return failure(fmt.Sprintf("%s on the %s", what, r.side), err)
}
