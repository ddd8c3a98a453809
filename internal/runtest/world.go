// Package runtest is test support for everything that works on a pair of servers: an in-memory pair that
// can fail at any call, and the contract that it and the real servers both pass. The fake is only as true as that contract.
package runtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"iab/internal/plan"
)

// ErrInjected is the failure of a call that the test chose.
var ErrInjected = errors.New("injected failure")

// World is an in-memory pair of servers. It implements run.Servers with the effects that real servers were seen to have
// (docs/observed.md): a refresh makes the replica's snapshots the mirror of the source's. Safe for concurrent use.
type World struct {
	mu       *sync.Mutex // of all pairs with the same source
	now      *time.Time
	identity string
	silent   plan.Sides[map[string]bool] // cluster members that do not answer
	address  string                      // of the target
	sides    map[plan.Side]*server
	calls    []Call
	failAt   int  // 1-based number of the call that fails, 0: none
	lost     bool // the failing call has its effect all the same: the answer got lost
	kills    bool // with the failing call IAB dies
	halfway  bool // it dies between the parts of the call
	torn     bool // the call that is carried out is to do its first part only
	tears    bool // every copy is torn: its server dies in it
	onCall   func(Call)
	watching sync.Mutex // is held while onCall is told of a call
	onExec   func(context.Context, plan.Ref, plan.Command) (string, error)
	left     map[plan.Ref]*left
	starting []Call // what goes on and has not begun to work
	givesUp  bool   // Settle waits for nothing

	seen map[plan.Ref]map[string]string // configs of the source's objects, by the last Inventory
}

// Call is one call that changes something, as it arrived.
type Call struct {
	Verb     string
	Side     plan.Side
	Ref      plan.Ref
	Snapshot string
}

type server struct {
	plan.Server
	content map[plan.Ref]string            // the live data, one file
	frozen  map[plan.Ref]map[string]string // the data of each snapshot
	now     *time.Time
}

// NewWorld returns two empty servers with a project and two pools each, the first of driver btrfs. The identity is the owner's mark on replicas.
func NewWorld(now time.Time, identity string) *World {
	w := &World{mu: &sync.Mutex{}, now: &now, identity: identity, address: "https://target:8443", sides: map[plan.Side]*server{}, left: map[plan.Ref]*left{}, seen: map[plan.Ref]map[string]string{}}
	for _, side := range plan.BothSides {
		w.addServer(side)
	}
	return w
}

func (w *World) addServer(side plan.Side) {
	w.sides[side] = &server{
		Server: plan.Server{
			Name: string(side), Version: "6.0.4", Extensions: map[string]bool{},
			Projects: map[string]plan.Project{}, Pools: map[string]plan.Pool{}, Holdings: map[plan.Ref]plan.Holding{},
		},
		content: map[plan.Ref]string{},
		frozen:  map[plan.Ref]map[string]string{},
		now:     w.now,
	}
	w.AddPool(side, "local", "btrfs")
	w.AddPool(side, "plain", "dir")
	w.AddProject(side, "default")
}

// AddProject makes a project with the default profile and no networks.
func (w *World) AddProject(side plan.Side, name string) {
	w.PutProject(side, name, plan.Project{})
}

// AddPool makes a storage pool.
func (w *World) AddPool(side plan.Side, name, driver string) {
	w.sides[side].Pools[name] = plan.Pool{Driver: driver}
}

// Power starts an object on a side, or stops it, as a person would. As on a real server the power state is remembered.
func (w *World) Power(side plan.Side, ref plan.Ref, running bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.sides[side].Holdings[ref]
	h.Config = maps.Clone(h.Config)
	if h.Config == nil {
		h.Config = map[string]string{}
	}
	h.Running, h.Status, h.Config["volatile.last_state.power"] = running, "Stopped", "STOPPED"
	if running {
		h.Status, h.Config["volatile.last_state.power"], h.LastStart = "Running", "RUNNING", *w.now
	}
	w.sides[side].Holdings[ref] = h
}

// Put makes an object, or changes its definition and keeps its data.
func (w *World) Put(side plan.Side, ref plan.Ref, holding plan.Holding) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.sides[side]
	if holding.Type == "" {
		holding.Type = map[plan.Kind]string{plan.Instance: "container", plan.Volume: "filesystem"}[ref.Kind]
	}
	holding.Pool = cmp.Or(holding.Pool, ref.Pool, "local")
	if holding.Running && holding.LastStart.IsZero() {
		holding.LastStart = *w.now
	}
	s.Holdings[ref] = holding
	if s.frozen[ref] == nil {
		s.frozen[ref] = map[string]string{}
	}
	for _, snapshot := range holding.Snapshots {
		if _, ok := s.frozen[ref][snapshot.Name]; !ok {
			s.frozen[ref][snapshot.Name] = ""
		}
	}
}

// Holding returns what a side holds of an object.
func (w *World) Holding(side plan.Side, ref plan.Ref) (plan.Holding, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h, ok := w.sides[side].Holdings[ref]
	return clone(h), ok
}

// Write changes the live data of an object.
func (w *World) Write(side plan.Side, ref plan.Ref, content string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].content[ref] = content
}

// Read returns the data of a snapshot, or the live data for the empty name.
func (w *World) Read(side plan.Side, ref plan.Ref, snapshot string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if snapshot == "" {
		content, ok := w.sides[side].content[ref]
		return content, ok
	}
	content, ok := w.sides[side].frozen[ref][snapshot]
	return content, ok
}

// SetSkew lets a server's clock be ahead of IAB's by that much.
func (w *World) SetSkew(side plan.Side, ahead time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].Skew = ahead
}

// Advance moves the servers' clock.
func (w *World) Advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*w.now = w.now.Add(d)
}

// Now is the servers' clock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *w.now
}

// FailAt makes the n-th call from now fail (1 is the next one). With lost, the call has its effect and only its answer fails.
func (w *World) FailAt(n int, lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failAt, w.lost, w.kills, w.calls = n, lost, false, nil
}

// KillAt lets IAB die in the n-th call from now: before it had its effect, with lost after it, or with halfway between the parts of a call
// that has several. No later call, of an undo either, reaches a server, until FailAt revives it.
func (w *World) KillAt(n int, lost, halfway bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failAt, w.lost, w.kills, w.halfway, w.calls = n, lost || halfway, true, halfway, nil
}

// Tear makes every copy end as when the target dies in it: the replica lists what was sent, and has no data for it.
func (w *World) Tear(tears bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tears = tears
}

// tear leaves what a copy leaves whose server died in it (seen on 6.0.4): records of all snapshots, data for none of the new
// ones, and no mark of completeness.
func (w *World) tear(source, target *server, job plan.Job, action plan.Action, from, to plan.Holding, exists bool) {
	ref := job.Replica()
	complete, held := to.Config[plan.MarkComplete], maps.Clone(target.frozen[ref])
	w.mirror(source, target, job, action, from, to, exists)
	torn := target.Holdings[ref]
	delete(torn.Config, plan.MarkComplete)
	torn.Config[plan.MarkAhead] = to.Config[plan.MarkAhead]
	if complete != "" {
		torn.Config[plan.MarkComplete] = complete
	}
	if len(action.Backfills) > 0 {
		torn.Config[plan.MarkSending] = plan.NamesMark(action.Backfills)
	}
	for name := range target.frozen[ref] {
		if data, ok := held[name]; ok {
			target.frozen[ref][name] = data
		} else {
			target.frozen[ref][name] = "no data"
		}
	}
	target.content[ref] = "no data"
}

// OnCall sets a function that sees every changing call before its effect, one call at a time and in the order of [World.Calls]. It may not
// make such calls on this world itself.
func (w *World) OnCall(f func(Call)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onCall = f
}

// Calls returns the changing calls since the last FailAt, in the order of their arrival.
func (w *World) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

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

// call counts a changing call and does its effect unless it is the one that fails.
func (w *World) call(ctx context.Context, c Call, effect func(*server) error) error {
	w.watching.Lock()
	w.mu.Lock()
	w.calls = append(w.calls, c)
	watch, fails, dead := w.onCall, len(w.calls) == w.failAt, w.kills && w.failAt > 0 && len(w.calls) > w.failAt
	w.mu.Unlock()
	if watch != nil {
		watch(c)
	}
	w.watching.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if dead || fails && !w.lost {
		return ErrInjected
	}
	w.torn = fails && w.kills && w.halfway
	if err := w.answers(c.Side, c.Ref); err != nil {
		return err
	}
	if err := effect(w.sides[c.Side]); err != nil {
		return err
	}
	if fails {
		return ErrInjected
	}
	return nil
}

// Stop implements run.Servers.
func (w *World) Stop(ctx context.Context, ref plan.Ref) error {
	return w.call(ctx, Call{"stop", plan.Source, ref, ""}, func(s *server) error { return s.setRunning(ref, false, w.identity) })
}

// Start implements run.Servers.
func (w *World) Start(ctx context.Context, ref plan.Ref) error {
	return w.call(ctx, Call{"start", plan.Source, ref, ""}, func(s *server) error { return s.setRunning(ref, true, w.identity) })
}

func (s *server) setRunning(ref plan.Ref, running bool, identity string) error {
	h, ok := s.Holdings[ref]
	if !ok {
		return fmt.Errorf("change the state of %s: it does not exist", ref)
	}
	h.Config = maps.Clone(h.Config)
	if h.Frozen && !running {
		return fmt.Errorf("stop %s: it is frozen", ref)
	}
	if h.Config == nil {
		h.Config = map[string]string{}
	}
	whose := h.Config[plan.MarkStopped]
	switch {
	case !running && heldElsewhere(h, identity):
		return fmt.Errorf("stop %s: a run of another config has stopped or frozen it", ref)
	case !running:
		h.Config[plan.MarkStopped] = identity
	case whose == identity:
		delete(h.Config, plan.MarkStopped)
	}
	if running && !h.Running {
		h.LastStart = *s.now
	}
	if running != h.Running {
		h.Config["volatile.last_state.power"] = map[bool]string{true: "RUNNING", false: "STOPPED"}[running]
	}
	h.Running, h.Status = running, map[bool]string{true: "Running", false: "Stopped"}[running]
	s.Holdings[ref] = h
	return nil
}

// Snapshot implements run.Servers.
func (w *World) Snapshot(ctx context.Context, ref plan.Ref, name string) error {
	return w.call(ctx, Call{"snapshot", plan.Source, ref, name}, func(s *server) error { return w.take(s, ref, name) })
}

// Take makes a snapshot on a side as a person would, without being counted as a call.
func (w *World) Take(side plan.Side, ref plan.Ref, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.take(w.sides[side], ref, name)
}

func (w *World) take(s *server, ref plan.Ref, name string) error {
	h, ok := s.Holdings[ref]
	if !ok {
		return fmt.Errorf("take snapshot %s of %s: it does not exist", name, ref)
	}
	if slices.ContainsFunc(h.Snapshots, func(t plan.Snapshot) bool { return t.Name == name }) {
		return fmt.Errorf("take snapshot %s of %s: it exists already", name, ref)
	}
	*w.now = w.now.Add(time.Millisecond) // no two snapshots are made at the same instant
	h.Snapshots = append(h.Snapshots, plan.Snapshot{Name: name, CreatedAt: *w.now})
	s.Holdings[ref] = h
	s.frozen[ref][name] = s.content[ref]
	return nil
}

// Delete implements run.Servers.
func (w *World) Delete(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string) error {
	return w.call(ctx, Call{"delete", side, ref, snapshot}, func(s *server) error {
		if side == plan.Source {
			if w.needed(s.Holdings[ref], ref, snapshot) {
				return fmt.Errorf("delete %s of %s: the copies of another config build on it", snapshot, ref)
			}
		}
		s.drop(ref, snapshot)
		return nil
	})
}

// Remove deletes a snapshot as a person would, without being counted as a call.
func (w *World) Remove(side plan.Side, ref plan.Ref, snapshot string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].drop(ref, snapshot)
}

// Lose takes an object away with all its data, as a dead disk does.
func (w *World) Lose(side plan.Side, ref plan.Ref) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].remove(ref)
}

// RenameSnapshot gives a snapshot another name, as a person would or as a copy that died has left it.
func (w *World) RenameSnapshot(side plan.Side, ref plan.Ref, from, to string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].rename(ref, from, to)
}

// rename gives a snapshot another name; a missing one is left alone.
func (s *server) rename(ref plan.Ref, from, to string) {
	h := s.Holdings[ref]
	h.Snapshots = slices.Clone(h.Snapshots)
	for i := range h.Snapshots {
		if h.Snapshots[i].Name == from {
			h.Snapshots[i].Name = to
			s.frozen[ref][to] = s.frozen[ref][from]
			delete(s.frozen[ref], from)
			s.Holdings[ref] = h
		}
	}
}

func (s *server) drop(ref plan.Ref, snapshot string) {
	h, ok := s.Holdings[ref]
	if !ok {
		return
	}
	h.Snapshots = slices.DeleteFunc(slices.Clone(h.Snapshots), func(t plan.Snapshot) bool { return t.Name == snapshot })
	s.Holdings[ref] = h
	delete(s.frozen[ref], snapshot)
}

// Archive implements run.Servers.
func (w *World) Archive(ctx context.Context, job plan.Job, action plan.Action) error {
	replica := job.Replica()
	ref := replica
	ref.Name = action.Archive
	return w.call(ctx, Call{"archive", plan.Target, ref, action.Snapshot}, func(s *server) error {
		marks := plan.ArchiveMarks(replica, plan.Snapshot{Name: action.Snapshot, CreatedAt: action.Created}, w.identity)
		if held, ok := s.Holdings[ref]; ok {
			if held.Config[plan.MarkArchiveOf] != marks[plan.MarkArchiveOf] || held.Config[plan.MarkSnapshot] != action.Snapshot {
				return fmt.Errorf("archive %s: it is something else", ref)
			}
			if held.Config[plan.MarkCreated] != "" {
				return nil
			}
		}
		content, ok := s.frozen[replica][action.Snapshot]
		if !ok {
			return fmt.Errorf("archive %s: the replica has no snapshot %s", ref, action.Snapshot)
		}
		s.Holdings[ref] = plan.Holding{Type: s.Holdings[replica].Type, Pool: s.Holdings[replica].Pool, Member: s.Holdings[replica].Member, Status: idle(ref), Config: marks}
		s.content[ref], s.frozen[ref] = content, map[string]string{}
		return nil
	})
}

// idle is the status of an object that does not run; volumes have none.
func idle(ref plan.Ref) string {
	if ref.Kind == plan.Volume {
		return ""
	}
	return "Stopped"
}

// SetAside implements run.Servers.
func (w *World) SetAside(ctx context.Context, job plan.Job, name string) error {
	replica := job.Replica()
	ref := replica
	ref.Name = name
	return w.call(ctx, Call{"set aside", plan.Target, replica, name}, func(s *server) error {
		held, exists := s.Holdings[replica]
		former, taken := s.Holdings[ref]
		_, of, ok := plan.AsideOf(ref, former, w.identity)
		switch {
		case taken && !exists && ok && of == replica.String():
			return nil
		case taken:
			return fmt.Errorf("set %s aside as %s: that name is taken", replica, name)
		case !exists:
			return fmt.Errorf("set %s aside: it does not exist", replica)
		case held.Running:
			return fmt.Errorf("set %s aside: it is running", replica)
		}
		held.Config = maps.Clone(held.Config)
		if held.Config == nil {
			held.Config = map[string]string{}
		}
		maps.Copy(held.Config, plan.AsideMarks(replica, w.identity))
		s.Holdings[ref], s.content[ref], s.frozen[ref] = held, s.content[replica], s.frozen[replica]
		s.remove(replica)
		return nil
	})
}

// remove takes an object away with all its data.
func (s *server) remove(ref plan.Ref) {
	delete(s.Holdings, ref)
	delete(s.content, ref)
	delete(s.frozen, ref)
}

// DeleteArchive implements run.Servers.
func (w *World) DeleteArchive(ctx context.Context, job plan.Job, archive string) error {
	ref := job.Replica()
	ref.Name = archive
	return w.call(ctx, Call{"delete archive", plan.Target, ref, ""}, func(s *server) error {
		held, ok := s.Holdings[ref]
		if !ok {
			return nil
		}
		if held.Config[plan.MarkArchiveOf] != job.Replica().String() {
			return fmt.Errorf("delete archive %s: it is none", ref)
		}
		if aside, _, ok := plan.AsideOf(ref, held, w.identity); ok && aside.Started {
			return fmt.Errorf("delete archive %s: it was started", ref)
		}
		s.remove(ref)
		return nil
	})
}

// DeleteUnfinished implements run.Servers.
func (w *World) DeleteUnfinished(ctx context.Context, job plan.Job) error {
	ref := job.Replica()
	return w.call(ctx, Call{"delete unfinished", plan.Target, ref, ""}, func(s *server) error {
		held, ok := s.Holdings[ref]
		if !ok {
			return nil
		}
		if w.goesOn(ref) {
			return fmt.Errorf("delete %s: another operation still works on it", ref)
		}
		if !held.Unfinished(w.identity) {
			return fmt.Errorf("delete %s: it was complete once, or is not ours", ref)
		}
		s.remove(ref)
		return nil
	})
}

// Copy implements run.Servers.
func (w *World) Copy(ctx context.Context, job plan.Job, action plan.Action, progress func(int64)) (int64, error) {
	var sent int64
	err := w.call(ctx, Call{"copy", plan.Target, job.Replica(), action.Snapshot}, func(target *server) error {
		source := w.sides[plan.Source]
		for _, r := range action.Repairs {
			w.sides[r.Side].rename(job.RefOn(r.Side), r.From, r.To)
		}
		if action.Detour != "" {
			source.rename(job.Ref, action.Sends[0], action.Detour)
			defer func() {
				source.rename(job.Ref, action.Detour, action.Sends[0])
				target.rename(job.Replica(), action.Detour, action.Sends[0])
			}()
		}
		from, ok := source.Holdings[job.Ref]
		if !ok {
			return fmt.Errorf("copy %s: it does not exist", job.Ref)
		}
		to, exists := target.Holdings[job.Replica()]
		if err := w.placeable(job, action, exists); err != nil {
			return err
		}
		switch {
		case exists && action.Creates:
			return fmt.Errorf("copy %s: it exists already on the target", job.Ref)
		case w.goesOn(job.Replica()):
			return fmt.Errorf("copy %s: another operation still works on the replica", job.Ref)
		case to.Running:
			return fmt.Errorf("copy %s: the replica is running", job.Ref)
		case exists && w.blocked(source, target, from, to):
			return fmt.Errorf("copy %s: cannot find parent subvolume", job.Ref)
		}
		if w.tears {
			w.tear(source, target, job, action, from, to, exists)
			return ErrInjected
		}
		sent = w.mirror(source, target, job, action, from, to, exists)
		return nil
	})
	if err == nil && progress != nil {
		progress(sent)
	}
	return sent, err
}

// blocked reports whether btrfs refuses the pile of pending snapshots: the one that precedes the oldest pending one by name is
// pending itself. Written from what real servers did, apart from the planner's own model.
func (w *World) blocked(source, target *server, from, to plan.Holding) bool {
	if source.Pools[from.Pool].Driver != "btrfs" || target.Pools[to.Pool].Driver != "btrfs" {
		return false
	}
	var before string
	var oldest plan.Snapshot
	for _, s := range from.Snapshots {
		if !has(to, s) && (oldest.Name == "" || s.CreatedAt.Before(oldest.CreatedAt)) {
			oldest = s
		}
	}
	var parent plan.Snapshot
	for _, s := range from.Snapshots {
		if s.Name < oldest.Name && s.Name > before {
			before, parent = s.Name, s
		}
	}
	return parent.Name != "" && !has(to, parent)
}

// has reports whether the replica has the same snapshot: equal name, equal date to the second.
func has(h plan.Holding, s plan.Snapshot) bool {
	return slices.ContainsFunc(h.Snapshots, func(t plan.Snapshot) bool {
		return t.Name == s.Name && t.CreatedAt.Truncate(time.Second).Equal(s.CreatedAt.Truncate(time.Second))
	})
}

// newestCommon is the date, in whole seconds, of the newest snapshot that both have.
func newestCommon(from, replica plan.Holding) time.Time {
	var newest time.Time
	for _, s := range from.Snapshots {
		if at := s.CreatedAt.Truncate(time.Second); has(replica, s) && at.After(newest) {
			newest = at
		}
	}
	return newest
}

// mirror makes the replica the image of the source and returns the bytes it sent.
func (w *World) mirror(source, target *server, job plan.Job, action plan.Action, from, to plan.Holding, exists bool) int64 {
	ref := job.Replica()
	if !exists {
		to = plan.Holding{Type: from.Type, Pool: job.TargetPool, Member: target.home(action.Member), Status: idle(ref)}
		target.frozen[ref] = map[string]string{}
	}
	sent, held := int64(len(source.content[job.Ref])), to
	to.Config, to.Profiles = map[string]string{}, from.Profiles
	maps.Copy(to.Config, from.Config)
	delete(to.Config, "volatile.last_state.power")
	delete(to.Config, plan.MarkStopped)
	delete(to.Config, plan.MarkFrozen)
	delete(to.Config, plan.MarkRestored)
	delete(to.Config, plan.MarkFetched)
	delete(to.Config, plan.MarkKept)
	maps.DeleteFunc(to.Config, func(key, _ string) bool { return strings.HasPrefix(key, plan.MarkBase) })
	if ref.Kind == plan.Instance {
		if autostart, ok := to.Config["boot.autostart"]; ok {
			to.Config[plan.MarkSaved+"boot.autostart"] = autostart
		}
		to.Config["boot.autostart"] = "false"
	}
	delete(to.Config, plan.MarkRunning)
	if from.Running || from.Config[plan.MarkStopped] == w.identity {
		to.Config[plan.MarkRunning] = "true"
	}
	to.Config[plan.MarkReplicaOf], to.Config[plan.MarkRole] = w.identity, plan.RoleReplica
	to.Config[plan.MarkComplete] = action.Snapshot
	for key, value := range plan.OriginMarks(job.Ref, from.Config) {
		if value != "" {
			to.Config[key] = value
		}
	}
	if ahead := plan.NamesMark(action.Ahead); ahead != "" {
		to.Config[plan.MarkAhead] = ahead
	}
	if drill, ok := held.Config[plan.MarkDrill]; ok {
		to.Config[plan.MarkDrill] = drill
	}
	old := to
	to.Snapshots = nil
	content := map[string]string{}
	for _, s := range from.Snapshots {
		if !has(old, s) && len(action.LeavesOut) > 0 && !s.CreatedAt.Truncate(time.Second).After(newestCommon(from, old)) {
			continue
		}
		if has(old, s) {
			content[s.Name] = target.frozen[ref][s.Name]
		} else {
			content[s.Name] = source.frozen[job.Ref][s.Name]
			sent += int64(len(content[s.Name]))
		}
		if ref.Kind == plan.Instance {
			s.CreatedAt = s.CreatedAt.Truncate(time.Second)
		}
		to.Snapshots = append(to.Snapshots, s)
	}
	if others, unread := from.Bases(w.identity); len(others)+len(unread) > 0 {
		if ahead := plan.NamesMark(plan.AheadOf(to.Snapshots, action.Snapshot)); ahead != "" {
			to.Config[plan.MarkAhead] = ahead
		}
	}
	target.Holdings[ref], target.frozen[ref], target.content[ref] = to, content, source.content[job.Ref]
	source.mark(job.Ref, map[string]string{plan.MarkRestored: "", plan.MarkFetched: ""})
	return sent
}
