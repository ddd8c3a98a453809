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
