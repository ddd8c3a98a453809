package remote

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/lxc/incus/v6/shared/api"
	"golang.org/x/sync/errgroup"

	"iab/internal/plan"
)

// readers is how many requests a group does at the same time; one side has two groups at most.
const readers = 4

// reader fills one side of an inventory, several requests at a time.
type reader struct {
	ctx  context.Context
	pair *Pair
	side plan.Side

	mu       sync.Mutex
	server   plan.Server
	received map[plan.Ref]bool // by the target, a moment ago
	silent   map[string]bool   // cluster members that did not answer for an object

	found map[string]foundProject // not settled yet
	wrong map[string]error        // what went wrong in projects that are not settled yet

	read  []string // pools whose volumes have been read in all projects of the scope
	brief bool     // see plan.Scope.Brief

	unconnected bool // see plan.Scope.Unconnected
	unattached  bool // see plan.Scope.Unattached
	all         bool // every project is read, see plan.Scope.Whole

	listed []api.Project            // all that the server tells of; nil: not asked
	owned  map[string][]api.Profile // by the project that they belong to; nil: not asked
}

func newReader(ctx context.Context, p *Pair, side plan.Side, scope plan.Scope) *reader {
	return &reader{ctx: ctx, pair: p, side: side, brief: scope.Brief, unconnected: scope.Unconnected, unattached: scope.Unattached, all: scope.Whole.On(side), received: map[plan.Ref]bool{}, silent: map[string]bool{}, found: map[string]foundProject{}, wrong: map[string]error{}, server: plan.Server{
		Extensions: map[string]bool{},
		Projects:   map[string]plan.Project{},
		Pools:      map[string]plan.Pool{},
		Holdings:   map[plan.Ref]plan.Holding{},
		Busy:       map[plan.Ref]bool{},
	}}
}

// projects reads the server itself, the projects and the pools.
func (r *reader) projects(scope plan.Scope) error {
	info, err := r.pair.server(r.side)
	if err != nil {
		return r.failed("read the server", err)
	}
	r.server.Name, r.server.Version = info.Environment.ServerName, info.Environment.ServerVersion
	for _, extension := range info.APIExtensions {
		r.server.Extensions[extension] = true
	}
	if info.Environment.Storage != "" && !info.Environment.ServerClustered { // a member of a cluster speaks for itself only
		r.server.Drivers = strings.Split(info.Environment.Storage, " | ")
	}
	matched, err := r.matchingProjects(scope.ProjectGlobs)
	if err != nil {
		return err
	}
	pools, err := r.matchingPools(scope.PoolGlobs.On(r.side))
	if err != nil {
		return err
	}
	r.read = slices.Concat(scope.Pools.On(r.side), pools)
	projects := distinct(scope.ProjectsOn(r.side), matched)
	busy, group := r.group(), r.group()
	r.busyIn(busy, projects)
	var pooled sync.WaitGroup
	for _, pool := range distinct(r.read) {
		pooled.Add(1)
		group.Go(func() error { defer pooled.Done(); return r.pool(pool) })
	}
	group.Go(func() error { return r.members(info) })
	failed := busy.Wait() // before the objects
	if failed == nil {
		r.objects(group, projects) // before what is answered sooner
		pooled.Wait()
		r.eachVolumes(group, projects, r.read)
		r.contents(group, projects)
	}
	if err := first(failed, group.Wait()); err != nil {
		return err
	}
	if err := r.settle(projects); err != nil || r.side == plan.Target {
		return err
	}
	return r.pools(nil, rootPools(r.server.Holdings)) // the target may be slower, and need not be waited for
}

// group does several requests at a time.
func (r *reader) group() *errgroup.Group {
	group := new(errgroup.Group)
	group.SetLimit(readers)
	return group
}

func distinct(lists ...[]string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(lists...))))
}

// instances reads the instances of a project.
func (r *reader) instances(project string) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	c := r.pair.in(r.side, project)
	var doubted []*listedInstance
	err := c.eachInstance(r.ctx, r.brief, func(i *listedInstance) {
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
	return nil
}

// togetherBusy reports whether what the target works on is read for all projects together.
func (r *reader) togetherBusy(projects []string) bool {
	return (r.all || len(projects) > 1) && r.server.Extensions["operations_get_query_all_projects"]
}

// busyIn lets the group read what the target works on in projects, before the objects themselves: so a copy that ends in between counts as one
// that goes on, and not as one that was interrupted. What others do on the source is in nobody's way for long.
func (r *reader) busyIn(group *errgroup.Group, projects []string) {
	switch {
	case r.side != plan.Target:
	case r.togetherBusy(projects):
		group.Go(r.busyTogether)
	default:
		r.eachProject(group, projects, r.busy)
	}
}

// busyTogether reads what the target works on in all projects that it tells of. Addresses in operations name the project, unless it is the default one
// (seen on 6.0.4).
func (r *reader) busyTogether() error {
	list, err := r.pair.servers.On(r.side).GetOperationsAllProjects()
	if api.StatusErrorCheck(err, http.StatusForbidden, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return r.failed("list the operations of all projects", err)
	}
	r.works(api.ProjectDefaultName, list)
	return nil
}

func (r *reader) busy(project string) error {
	list, err := r.pair.operations(r.side, project)
	if err != nil {
		return r.failed("list the operations of project "+project, err)
	}
	r.works(project, list)
	return nil
}

// works notes what the operations of a project are busy with.
func (r *reader) works(project string, list []api.Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, op := range list {
		for _, s := range subjects(op, project) {
			r.server.Busy[s.ref] = r.server.Busy[s.ref] || worksOn(op, s.ref, "")
			r.received[s.ref] = r.received[s.ref] || op.StatusCode == api.Success && receives(op, s.ref)
		}
	}
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
		r.pair.rememberReplica(ref, definition{instance: &api.Instance{InstancePut: api.InstancePut{
			Config: full.Config, Devices: full.Devices, Profiles: full.Profiles}, ExpandedDevices: full.ExpandedDevices}})
	}
}

// pools reads pools, and their custom volumes in the projects. That of one can't be read is no reason to leave the others out.
func (r *reader) pools(projects, pools []string) error {
	group := r.group()
	for _, pool := range distinct(pools) {
		group.Go(func() error { return r.pool(pool) })
	}
	failed := group.Wait()
	group = r.group()
	r.eachVolumes(group, projects, pools)
	return first(failed, group.Wait())
}

// pool reads whether a pool is there, and what it is. In brief nothing is asked, since a server looks up everything that uses a pool before it
// answers: with some hundred objects that takes longer than all else (seen on 6.0.4).
func (r *reader) pool(name string) error {
	if r.brief {
		return nil
	}
	r.mu.Lock()
	_, seen := r.server.Pools[name]
	r.mu.Unlock()
	if seen {
		return nil
	}
	pool, _, err := r.pair.servers.On(r.side).GetStoragePool(name)
	if err != nil {
		return r.unlessMissing("read pool "+name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server.Pools[name] = plan.Pool{Driver: pool.Driver}
	return nil
}

// eachVolumes lets the group read the custom volumes that the projects have in the pools, as far as these are there. In brief nothing is
// known of pools, and one that is not there has no volumes.
func (r *reader) eachVolumes(group *errgroup.Group, projects, pools []string) {
	if r.unattached {
		return
	}
	r.mu.Lock()
	pools = slices.DeleteFunc(distinct(pools), func(name string) bool { _, there := r.server.Pools[name]; return !there && !r.brief })
	r.mu.Unlock()
	for _, pool := range pools {
		for _, project := range projects {
			group.Go(func() error {
				list := r.volumes
				if r.brief {
					list = r.volumeNames
				}
				err := list(pool, project)
				if r.isSettled(project) {
					return err
				}
				r.doubt(project, err)
				return nil
			})
		}
	}
}

// volumeNames reads which custom volumes there are in a pool, in one project.
func (r *reader) volumeNames(pool, project string) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	err := r.pair.in(r.side, project).eachVolumeName(r.ctx, pool, func(name string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.server.Holdings[plan.Ref{Project: project, Kind: plan.Volume, Pool: pool, Name: name}] = plan.Holding{Pool: pool}
	})
	if err != nil {
		return r.unlessMissing(fmt.Sprintf("list the volumes of pool %s in project %s", pool, project), err)
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
			r.pair.rememberReplica(ref, definition{volume: v})
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
