package remote

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	incus "github.com/lxc/incus/v6/client"

	"github.com/gorilla/websocket"
	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// stock is a server, over real TLS, that holds instances and their snapshots, does what it is asked at once, and answers badly
// where a test wants it to. What it holds is guarded by the fakeServer's lock.
type stock struct {
	*fakeServer
	t         *testing.T
	instances map[string]*api.Instance
	snapshots []string // "web/s1"
	profiles  map[string]api.ProfilePut
	ops       map[string]*api.Operation
	streams   []*websocket.Conn
	endless   bool    // migrations do not end by themselves
	tells     telling // how the end of an operation is told
	// lateFreeze ends a freeze that the server has begun; nil: it ends at once.
	lateFreeze func(op *api.Operation, change func())
	metadata   map[string]any // of the next operation; nil: that of a migration
	// agent is what a command in an instance prints and how it ends; nil: there is nobody to run it.
	agent   func(command string) (output string, code int)
	yields  bool             // operations can be cancelled
	faults  map[string]fault // by request: "POST /1.0/instances"
	effects []string         // requests that have changed something
	asked   []string         // all requests
	side    plan.Side
	other   *stock
}

// on is the server of a side.
func (s *stock) on(side plan.Side) *stock {
	if side == s.side {
		return s
	}
	return s.other
}

// requests lists the requests so far, each once.
func (s *stock) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.asked)
	slices.Sort(list)
	return slices.Compact(list)
}

// telling is how a server tells that an operation has ended. The zero value is that it has ended in the answer that names it.
type telling int

const (
	tellsBefore telling = iota + 1 // by an event, before the answer
	tellsAfter                     // by an event, after the answer
	tellsNobody                    // only who asks
)

// fault is how a server answers badly.
type fault struct {
	times  int // how many requests, from the first
	answer func(w http.ResponseWriter)
	late   bool // what was asked for is done all the same
}

func newStock(t *testing.T) *stock {
	s := &stock{fakeServer: newFakeServer(t), t: t, instances: map[string]*api.Instance{}, profiles: map[string]api.ProfilePut{}, ops: map[string]*api.Operation{}, faults: map[string]fault{}}
	s.answer = s.serve
	s.put("web", nil)
	return s
}

func (s *stock) put(name string, config map[string]string) {
	s.instances[name] = &api.Instance{Name: name, Type: "container", StatusCode: api.Stopped,
		InstancePut: api.InstancePut{Architecture: "x86_64", Config: config}}
}

// hurry is a pace for tests.
var hurry = pace{pause: time.Millisecond, ask: 10 * time.Millisecond, quiet: time.Minute, leave: 10 * time.Millisecond, revert: 100 * time.Millisecond, files: time.Millisecond, agent: time.Minute}

// newStocks are two servers, of which the source has the instance, and IAB on them.
func newStocks(t *testing.T, patience Patience) (*Pair, *stock, *stock) {
	t.Helper()
	source, target := newStock(t), newStock(t)
	source.side, source.other, target.side, target.other = plan.Source, target, plan.Target, source
	delete(target.instances, "web")
	clients := map[*stock]incus.InstanceServer{}
	for _, s := range []*stock{source, target} {
		client, err := Connect(t.Context(), plan.Source, s.URL, s.pinned(t, march), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		clients[s] = client
	}
	p := NewPair(clients[source], clients[target], Owner{Identity: "config-1", Source: "prod"}, patience)
	p.pace = hurry
	t.Cleanup(p.Close)
	for _, s := range []*stock{source, target} {
		s.set(func() { s.asked = nil })
	}
	return p, source, target
}

// empty makes the servers and the pair as new. The connections stay.
func empty(p *Pair, source, target *stock) {
	for _, s := range []*stock{source, target} {
		s.set(func() {
			s.instances, s.snapshots, s.faults = map[string]*api.Instance{}, nil, map[string]fault{}
			s.profiles = map[string]api.ProfilePut{}
			s.ops, s.effects, s.asked = map[string]*api.Operation{}, nil, nil
		})
	}
	source.put("web", nil)
	p.startKey = nil
	p.known, p.profiles, p.replicas = map[plan.Ref]definition{}, map[profileName]plan.Profile{}, map[plan.Ref]definition{}
}

// fail sets a fault, as the server's goroutines are at work.
func (s *stock) fail(request string, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[request] = f
}

func (s *stock) serve(w http.ResponseWriter, r *http.Request) {
	request := r.Method + " " + r.URL.Path
	s.asked = append(s.asked, request)
	f := s.faults[request]
	f.times--
	s.faults[request] = f
	switch {
	case f.times < 0 || f.answer == nil:
		s.carryOut(w, r)
	case f.late:
		s.carryOut(httptest.NewRecorder(), r)
		f.answer(w)
	default:
		f.answer(w)
	}
}

func (s *stock) carryOut(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/1.0/"), "/")
	switch {
	case parts[0] == "events":
		s.stream(w, r)
	case parts[0] == "operations" && len(parts) == 1:
		list := map[string][]*api.Operation{}
		for _, op := range s.ops {
			list[strings.ToLower(op.Status)] = append(list[strings.ToLower(op.Status)], op)
		}
		reply(w, list)
	case parts[0] == "operations" && len(parts) == 3:
		s.socket(w, r, parts[1])
	case parts[0] == "operations":
		s.operation(w, r, parts[1])
	case parts[0] == "instances" && len(parts) == 1 && r.Method == http.MethodGet:
		reply(w, s.list())
	case parts[0] == "instances":
		s.instance(w, r, parts[1:])
	case parts[0] == "profiles":
		s.profile(w, r, parts[1:])
	case parts[0] == "projects":
		reply(w, api.Project{Name: parts[1]})
	case parts[0] == "storage-pools" && len(parts) == 2:
		reply(w, api.StoragePool{Name: parts[1], Driver: "btrfs"})
	case slices.Contains([]string{"storage-pools", "networks"}, parts[0]):
		reply(w, []string{})
	default:
		server := api.Server{}
		server.APIVersion, server.Auth = "1.0", trusted
		server.APIExtensions = []string{"projects", "snapshot_expiry_creation", "container_only_migration", "network", "storage", "container_full", "storage_api_volume_snapshots",
			"container_backup"}
		reply(w, server)
	}
}

// list is what an inventory is told of the instances.
func (s *stock) list() []api.InstanceFull {
	var list []api.InstanceFull
	for _, held := range s.instances {
		full := api.InstanceFull{Instance: *held}
		full.ExpandedDevices = map[string]map[string]string{"root": {"type": "disk", "path": "/", "pool": "local"}}
		for _, s := range s.snapshotsOf(held.Name) {
			full.Snapshots = append(full.Snapshots, api.InstanceSnapshot{Name: s.Name, CreatedAt: s.CreatedAt})
		}
		list = append(list, full)
	}
	return list
}

// snapshotsOf are an instance's snapshots, each a minute after the one before.
func (s *stock) snapshotsOf(instance string) []api.InstanceSnapshot {
	list := []api.InstanceSnapshot{}
	for i, name := range s.snapshots {
		if of, snapshot, _ := strings.Cut(name, "/"); of == instance {
			list = append(list, api.InstanceSnapshot{Name: snapshot, CreatedAt: march.Add(time.Duration(i) * time.Minute)})
		}
	}
	return list
}

// stream opens a stream of events.
func (s *stock) stream(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err == nil {
		s.streams = append(s.streams, conn)
		s.t.Cleanup(func() { conn.Close() })
	}
}

// tell sends what has become of an operation to all that listen.
func (s *stock) tell(op *api.Operation) {
	metadata, err := json.Marshal(op)
	if err != nil {
		s.t.Error(err)
	}
	for _, conn := range s.streams {
		_ = conn.WriteJSON(api.Event{Type: api.EventTypeOperation, Metadata: metadata})
	}
}

// set changes a server while it serves.
func (s *stock) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// runs reports whether an operation goes on.
func (s *stock) runs(id string) bool {
	op, ok := s.ops[id]
	return ok && op.StatusCode == api.Running
}

// until waits for something to be true of a server that serves.
func (s *stock) until(holds func() bool) {
	s.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for now := false; !now; {
		select {
		case <-tick.C:
			s.set(func() { now = holds() })
		case <-s.t.Context().Done():
			s.t.Fatal("it never came")
		}
	}
}

// hangUp breaks all streams of events.
func (s *stock) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.streams {
		_ = conn.Close()
	}
	s.streams = nil
}

func (s *stock) operation(w http.ResponseWriter, r *http.Request, id string) {
	op, ok := s.ops[id]
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "not found")
	case r.Method == http.MethodDelete && s.yields:
		op.Status, op.StatusCode, op.Err = "Cancelled", api.Cancelled, "cancelled"
		s.tell(op)
		reply(w, nil)
	case r.Method == http.MethodDelete:
		refuse(w, http.StatusBadRequest, "This operation can't be cancelled")
	default:
		reply(w, op)
	}
}

// begin answers with an operation that has ended already, unless it goes on.
func (s *stock) begin(w http.ResponseWriter, r *http.Request, description, name string, goesOn bool) *api.Operation {
	s.effects = append(s.effects, r.Method+" "+r.URL.Path)
	op := &api.Operation{ID: fmt.Sprintf("op-%d", len(s.ops)+1), Class: "task", Description: description, Status: "Success", StatusCode: api.Success,
		Resources: map[string][]string{"instances": {"/1.0/instances/" + name}}, Metadata: map[string]any{"control": "c", "fs": "f"}}
	if goesOn {
		op.Status, op.StatusCode = "Running", api.Running
	}
	if s.metadata != nil {
		op.Metadata = s.metadata
	}
	s.ops[op.ID] = op
	named := *op
	if s.tells != 0 {
		named.Status, named.StatusCode = "Running", api.Running
	}
	if s.tells == tellsBefore && !goesOn {
		s.tell(op)
	}
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "async", "status": "Operation created", "status_code": 100,
		"operation": "/1.0/operations/" + op.ID, "metadata": named})
	if s.tells == tellsAfter && !goesOn {
		w.(http.Flusher).Flush()
		s.tell(op)
	}
	return op
}

func (s *stock) instance(w http.ResponseWriter, r *http.Request, parts []string) {
	if len(parts) == 0 {
		s.create(w, r)
		return
	}
	held, ok := s.instances[parts[0]]
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "Instance not found")
	case len(parts) == 1:
		s.whole(w, r, held)
	case parts[1] == "state" && r.Method == http.MethodGet:
		reply(w, api.InstanceState{StatusCode: held.StatusCode})
	case parts[1] == "state":
		var put api.InstanceStatePut
		s.read(r, &put)
		next := map[string]api.StatusCode{"start": api.Running, "stop": api.Stopped, "freeze": api.Frozen, "unfreeze": api.Running}[put.Action]
		if put.Action == "freeze" && s.lateFreeze != nil {
			op, change := s.begin(w, r, freezing, held.Name, true), func() { held.StatusCode = next }
			go s.lateFreeze(op, change)
			return
		}
		held.StatusCode = next
		s.begin(w, r, "Changing state", held.Name, false)
	case parts[1] == "snapshots" && len(parts) == 2 && r.Method == http.MethodGet:
		reply(w, s.snapshotsOf(held.Name))
	case parts[1] == "snapshots" && len(parts) == 2:
		var post api.InstanceSnapshotsPost
		s.read(r, &post)
		if slices.Contains(s.snapshots, held.Name+"/"+post.Name) {
			refuse(w, http.StatusConflict, "Snapshot already exists")
			return
		}
		s.snapshots = append(s.snapshots, held.Name+"/"+post.Name)
		s.begin(w, r, "Snapshotting instance", held.Name, false)
	case parts[1] == "exec":
		s.exec(w, r, held.Name)
	case parts[1] == "backups":
		reply(w, []string{})
	case parts[1] == "snapshots":
		s.snapshot(w, r, held.Name, parts[2])
	}
}

func (s *stock) create(w http.ResponseWriter, r *http.Request) {
	var post api.InstancesPost
	s.read(r, &post)
	if _, ok := s.instances[post.Name]; ok && !post.Source.Refresh {
		refuse(w, http.StatusConflict, "Instance already exists")
		return
	}
	if !post.Source.Refresh {
		s.put(post.Name, post.Config)
	}
	s.begin(w, r, "Creating instance", post.Name, s.endless)
}

func (s *stock) whole(w http.ResponseWriter, r *http.Request, held *api.Instance) {
	switch r.Method {
	case http.MethodGet:
		reply(w, held)
	case http.MethodPatch: // done with the answer, unlike a PUT, and without a description there is none any more (seen on 6.0.4)
		var patch api.InstancePut
		s.read(r, &patch)
		for key, value := range patch.Config {
			if value == "" && !strings.HasPrefix(key, "user.") {
				refuse(w, http.StatusBadRequest, `Invalid config: Invalid value for a boolean ""`)
				return
			}
		}
		assign(&held.Config, patch.Config)
		held.Description = patch.Description
		s.effects = append(s.effects, r.Method+" "+r.URL.Path)
		reply(w, nil)
	case http.MethodPut:
		held.InstancePut = api.InstancePut{}
		s.read(r, &held.InstancePut)
		s.begin(w, r, "Updating instance", held.Name, false)
	case http.MethodDelete:
		delete(s.instances, held.Name)
		s.begin(w, r, "Deleting instance", held.Name, false)
	case http.MethodPost:
		var post api.InstancePost
		s.read(r, &post)
		if post.Migration {
			s.begin(w, r, "Migrating instance", held.Name, s.endless)
			return
		}
		delete(s.instances, held.Name)
		held.Name = post.Name
		s.instances[post.Name] = held
		s.begin(w, r, "Renaming instance", held.Name, false)
	}
}

func (s *stock) profile(w http.ResponseWriter, r *http.Request, parts []string) {
	var post api.ProfilesPost
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		s.read(r, &post)
		if len(parts) > 0 {
			post.Name = parts[0]
		}
		_, taken := s.profiles[post.Name]
		if taken && r.Method == http.MethodPost {
			refuse(w, http.StatusConflict, "The profile already exists")
			return
		}
		s.profiles[post.Name] = post.ProfilePut
		s.effects = append(s.effects, r.Method+" "+r.URL.Path)
		reply(w, nil)
		return
	}
	if len(parts) == 0 {
		reply(w, []api.Profile{})
		return
	}
	held, ok := s.profiles[parts[0]]
	if !ok {
		refuse(w, http.StatusNotFound, "Profile not found")
		return
	}
	reply(w, api.Profile{Name: parts[0], ProfilePut: held})
}

func (s *stock) snapshot(w http.ResponseWriter, r *http.Request, instance, name string) {
	i := slices.Index(s.snapshots, instance+"/"+name)
	switch {
	case i < 0:
		refuse(w, http.StatusNotFound, "Instance snapshot not found")
	case r.Method == http.MethodGet:
		reply(w, api.InstanceSnapshot{Name: name})
	case r.Method == http.MethodDelete:
		s.snapshots = slices.Delete(s.snapshots, i, i+1)
		s.begin(w, r, "Deleting snapshot", instance, false)
	case r.Method == http.MethodPost:
		var post api.InstanceSnapshotPost
		s.read(r, &post)
		if post.Migration {
			s.begin(w, r, "Migrating instance snapshot", instance, s.endless)
			return
		}
		s.snapshots[i] = instance + "/" + post.Name
		s.begin(w, r, "Renaming snapshot", instance, false)
	}
}

func (s *stock) read(r *http.Request, into any) {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		s.t.Errorf("read the request %s %s: %v", r.Method, r.URL, err)
	}
}

// count says how often a request came, and how often it had an effect.
func (s *stock) count(request string) (asked, effects int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.asked {
		if r == request {
			asked++
		}
	}
	for _, r := range s.effects {
		if r == request {
			effects++
		}
	}
	return asked, effects
}

// hijacked takes the connection of a request from the server.
func hijacked(w http.ResponseWriter) net.Conn {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return conn
}

// listing is a server that only tells of its operations, or why it does not.
type listing struct {
	incus.InstanceServer
	ops []api.Operation
	err error
}

func (l listing) UseProject(string) incus.InstanceServer  { return l }
func (l listing) GetOperations() ([]api.Operation, error) { return l.ops, l.err }
