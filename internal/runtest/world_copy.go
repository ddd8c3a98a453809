package runtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"iab/internal/plan"
)

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
	older := func(s plan.Snapshot) bool { return !s.CreatedAt.Truncate(time.Second).After(newestCommon(from, old)) }
	all := len(action.LeavesOut) == 0 || slices.ContainsFunc(from.Snapshots, func(s plan.Snapshot) bool { return s.Name == action.Snapshot && older(s) && !has(old, s) })
	leaves := func(s plan.Snapshot) bool { return !all && older(s) } // where the new one would be left out, everything is sent
	to.Snapshots = nil
	content := map[string]string{}
	for _, s := range from.Snapshots {
		if !has(old, s) && leaves(s) {
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
