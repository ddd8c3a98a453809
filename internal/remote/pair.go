package remote

import (
	"context"
	"slices"
	"sync"
	"time"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// Owner is what IAB writes on the replicas that it makes, to know them again, and on their sources.
type Owner struct {
	Identity string // uuid of the config
	Source   string // the source's name in the config
	Target   string // the target's name there
	Address  string // and its URL
}

// Pair is a source and a target server with one connection set each. It is safe for concurrent use and
// implements run.Servers.
type Pair struct {
	owner    Owner
	patience Patience
	pace     pace
	servers  plan.Sides[incus.InstanceServer]
	told     plan.Sides[*api.Server] // by the servers when they were connected to, nil when it was used; guarded by mu

	asking   sync.Mutex
	startKey *bool // whether the target knows startKey; nil: not asked yet

	mu       sync.Mutex
	projects map[projectKey]*projectClient
	known    map[plan.Ref]definition      // source objects as the last Inventory saw them
	profiles map[profileName]plan.Profile // of the source as the last Inventory saw them
	quieted  map[plan.Ref]bool            // virtual machines whose file systems this process has frozen
	mended   map[plan.Ref]bool            // instances of which this run has removed a snapshot's record (see mend)
	replicas map[plan.Ref]definition      // target objects as the last Inventory saw them, but for those that were moved or removed since
}

type projectKey struct {
	side    plan.Side
	project string
}

// definition is what a server knows about an object besides its data. Of an instance of the target it is only what a replica can
// differ in from its source, and not the description.
type definition struct {
	instance *api.Instance
	volume   *api.StorageVolume
	used     int64 // bytes on the source, as far as the server has told
}

// projectClient is a server seen through one project. All its operations share one event stream, from the first of them to Close.
type projectClient struct {
	incus.InstanceServer
	pair *Pair
	feed *feed
}

// NewPair returns the pair of two connected servers.
func NewPair(source, target incus.InstanceServer, owner Owner, patience Patience) *Pair {
	return &Pair{
		owner:    owner,
		patience: patience,
		pace:     usual,
		servers:  plan.Sides[incus.InstanceServer]{Source: source, Target: target},
		projects: map[projectKey]*projectClient{},
		known:    map[plan.Ref]definition{},
		profiles: map[profileName]plan.Profile{},
		mended:   map[plan.Ref]bool{},
		replicas: map[plan.Ref]definition{},
	}
}

// Dial connects to both servers side by side and returns their pair. The source's failure is reported first. By now, our clock,
// those of the servers are measured.
func Dial(ctx context.Context, creds Credentials, sourceURL, targetURL string, owner Owner, patience Patience, now func() time.Time) (*Pair, error) {
	pair, failed := Reach(ctx, creds, sourceURL, targetURL, owner, patience, now)
	if err := first(failed.Source, failed.Target); err != nil {
		pair.Close()
		return nil, err
	}
	return pair, nil
}

// Reach is Dial for who can use one server without the other: a side that can't be connected to has an error and is missing in
// the pair. Of such a pair only reading is possible, and only what is left.
func Reach(ctx context.Context, creds Credentials, sourceURL, targetURL string, owner Owner, patience Patience, now func() time.Time) (*Pair, plan.Sides[error]) {
	var connected plan.Sides[incus.InstanceServer]
	var told plan.Sides[*api.Server]
	var failed plan.Sides[error]
	var group sync.WaitGroup
	group.Go(func() {
		connected.Source, told.Source, failed.Source = connectTo(ctx, plan.Source, sourceURL, creds, now)
	})
	group.Go(func() {
		connected.Target, told.Target, failed.Target = connectTo(ctx, plan.Target, targetURL, creds, now)
	})
	group.Wait()
	pair := NewPair(connected.Source, connected.Target, owner, patience)
	pair.told = told
	return pair, failed
}

// server reads what a server tells of itself, which is known from the connecting when it is asked for the first time.
func (p *Pair) server(side plan.Side) (*api.Server, error) {
	p.mu.Lock()
	told := p.told.On(side)
	p.told.Set(side, nil)
	p.mu.Unlock()
	if told != nil {
		return told, nil
	}
	told, _, err := p.servers.On(side).GetServer()
	return told, err
}

// sides lists the sides that are connected.
func (p *Pair) sides() []plan.Side {
	return slices.DeleteFunc(slices.Clone(plan.BothSides[:]), func(side plan.Side) bool { return p.servers.On(side) == nil })
}

// Close ends the event streams and the connections.
func (p *Pair) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.projects {
		c.feed.close()
	}
	for _, side := range p.sides() {
		p.servers.On(side).Disconnect()
	}
}

// in returns the client of one side and project.
func (p *Pair) in(side plan.Side, project string) *projectClient {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := projectKey{side, project}
	c, ok := p.projects[key]
	if !ok {
		connect := func() incus.InstanceServer { return p.servers.On(side).UseProject(project) }
		c = &projectClient{InstanceServer: connect(), pair: p, feed: newFeed(connect)}
		p.projects[key] = c
	}
	return c
}

// listen opens the event stream ahead of an operation.
func (c *projectClient) listen() { c.feed.open() }

// remember keeps the source's definition of an object for its copy.
func (p *Pair) remember(ref plan.Ref, d definition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[ref] = d
}

func (p *Pair) recall(ref plan.Ref) definition {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[ref]
}

// rememberReplica keeps an object of the target, to be compared with its source.
func (p *Pair) rememberReplica(ref plan.Ref, d definition) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replicas[ref] = d
}

// recallReplica returns an object of the target as the last Inventory saw it; known is false where there was none, or it may be another one by now.
func (p *Pair) recallReplica(ref plan.Ref) (replica definition, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	replica, known = p.replicas[ref]
	return replica, known
}

// forgetReplicas is for names of the target that are about to mean other objects, or none.
func (p *Pair) forgetReplicas(refs ...plan.Ref) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ref := range refs {
		delete(p.replicas, ref)
	}
}

// size is the size of a volume or of an instance's root disk as Incus writes it; empty: no limit.
func (d definition) size() string {
	if d.volume != nil {
		return d.volume.Config["size"]
	}
	_, root, _ := rootDisk(d.instance.ExpandedDevices)
	return root["size"]
}

func (p *Pair) rememberProfile(name profileName, profile plan.Profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.profiles[name] = profile
}
