package runtest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"iab/internal/plan"
)

// Revert implements run.RestoreServers.
func (w *World) Revert(ctx context.Context, side plan.Side, ref plan.Ref, snapshot string, running bool) error {
	return w.call(ctx, Call{"revert", side, ref, snapshot}, func(s *server) error {
		content, ok := s.frozen[ref][snapshot]
		switch h := s.Holdings[ref]; {
		case !ok:
			return fmt.Errorf("put %s back: it has no snapshot %s", ref, snapshot)
		case h.Running:
			return fmt.Errorf("put %s back: it is running", ref)
		case s.Pools[h.Pool].Driver == "zfs" && h.Snapshots[len(h.Snapshots)-1].Name != snapshot: // read in Incus: there is no such pool to try
			return fmt.Errorf("put %s back: snapshot %q cannot be restored due to subsequent snapshot(s)", ref, snapshot)
		}
		s.content[ref] = content
		stopped := ""
		if running && side == plan.Source && !w.torn { // the config is that of the snapshot first
			stopped = w.identity
		}
		s.mark(ref, map[string]string{plan.MarkStopped: stopped, plan.MarkFrozen: ""})
		return nil
	})
}

// Keep implements run.RestoreServers.
func (w *World) Keep(ctx context.Context, side plan.Side, ref plan.Ref, name string) error {
	return w.call(ctx, Call{"keep", side, ref, name}, func(s *server) error { return w.take(s, ref, name) })
}

// Halt implements run.RestoreServers.
func (w *World) Halt(ctx context.Context, side plan.Side, ref plan.Ref) error {
	return w.call(ctx, Call{"halt", side, ref, ""}, func(s *server) error {
		if h := s.Holdings[ref]; !h.Running {
			return nil
		}
		s.mark(ref, map[string]string{plan.MarkStopped: w.identity})
		return s.power(ref, false)
	})
}

// Starts lets an operation go on that starts an object, as a killed command leaves it: it runs only when Calm has waited for it.
func (w *World) Starts(side plan.Side, ref plan.Ref) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.starting = append(w.starting, Call{"start", side, ref, ""})
}

// Calm waits for what Starts has left going on.
func (w *World) Calm(_ context.Context, side plan.Side, ref plan.Ref) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.starting, Call{"start", side, ref, ""})
	if i < 0 {
		return nil
	}
	w.starting = slices.Delete(w.starting, i, i+1)
	return w.sides[side].power(ref, true)
}

// Unadopt implements run.RestoreServers.
func (w *World) Unadopt(ctx context.Context, side plan.Side, ref plan.Ref, name string) error {
	fetched := ref
	fetched.Name = name
	return w.call(ctx, Call{"unadopt", side, ref, name}, func(s *server) error {
		if _, ok := s.Holdings[fetched]; ok {
			return nil
		}
		if s.Holdings[ref].Config[plan.MarkRestored] != w.identity {
			return fmt.Errorf("give %s its name %s back: it was never adopted", ref, name)
		}
		s.mark(ref, map[string]string{plan.MarkFetched: plan.FetchedMark(w.identity, ref), plan.MarkRestored: "", plan.MarkStopped: ""})
		_, err := s.renameObject(ref, name)
		return err
	})
}

// power starts or stops an object on the target; as on a real server its power state is remembered.
func (s *server) power(ref plan.Ref, running bool) error {
	h, ok := s.Holdings[ref]
	if !ok {
		return fmt.Errorf("change the state of %s: it does not exist", ref)
	}
	if running && !h.Running {
		h.LastStart = *s.now
	}
	h.Running, h.Status = running, map[bool]string{true: "Running", false: "Stopped"}[running]
	s.Holdings[ref] = h
	s.mark(ref, map[string]string{"volatile.last_state.power": map[bool]string{true: "RUNNING", false: "STOPPED"}[running]})
	return nil
}

// Standby implements run.RestoreServers.
func (w *World) Standby(ctx context.Context, ref plan.Ref, running, handedOver bool) error {
	return w.call(ctx, Call{"standby", plan.Source, ref, ""}, func(s *server) error {
		marks := map[string]string{plan.MarkRole: plan.RoleStandby, plan.MarkStopped: "", plan.MarkFrozen: "", plan.MarkRunning: "", "volatile.last_state.power": "",
			plan.MarkSaved + "boot.autostart": s.Holdings[ref].Config["boot.autostart"], "boot.autostart": "false"}
		if running {
			marks[plan.MarkRunning] = "true"
		}
		if handedOver && !s.Holdings[ref].Running {
			marks[plan.MarkHandedOver] = w.identity
		}
		s.mark(ref, marks)
		return nil
	})
}

// Resume implements run.RestoreServers.
func (w *World) Resume(ctx context.Context, ref plan.Ref) error {
	return w.call(ctx, Call{"resume", plan.Source, ref, ""}, func(s *server) error {
		if s.Holdings[ref].Config[plan.MarkRole] != plan.RoleStandby {
			return nil
		}
		s.mark(ref, map[string]string{plan.MarkRole: "", plan.MarkRunning: "", plan.MarkHandedOver: "", plan.MarkSaved + "boot.autostart": "",
			"boot.autostart": s.Holdings[ref].Config[plan.MarkSaved+"boot.autostart"]})
		return nil
	})
}

// Activate implements run.RestoreServers.
func (w *World) Activate(ctx context.Context, ref plan.Ref, _ []plan.Drop, doubtful []string) error {
	return w.call(ctx, Call{"activate", plan.Target, ref, ""}, func(s *server) error {
		s.mark(ref, map[string]string{plan.MarkRole: plan.RoleActive, plan.MarkSending: plan.NamesMark(doubtful)})
		return nil
	})
}

// Retire implements run.RestoreServers.
func (w *World) Retire(ctx context.Context, ref plan.Ref, snapshot string) error {
	return w.call(ctx, Call{"retire", plan.Target, ref, snapshot}, func(s *server) error {
		marks := map[string]string{plan.MarkRole: plan.RoleReplica, "volatile.last_state.power": "", plan.MarkStopped: ""}
		if snapshot != "" {
			marks[plan.MarkComplete] = snapshot
		}
		s.mark(ref, marks)
		return nil
	})
}

// Fetch implements run.RestoreServers.
func (w *World) Fetch(ctx context.Context, _ plan.Job, step plan.Step, becomes plan.Ref, progress func(int64)) (int64, error) {
	made := becomes
	made.Name = step.Name
	var sent int64
	err := w.call(ctx, Call{"fetch", step.Side, made, step.From.Snapshot}, func(s *server) error {
		if err := w.answers(step.From.Side, step.From.Holder); err != nil {
			return err
		}
		from := w.sides[step.From.Side]
		holder, ok := from.Holdings[step.From.Holder]
		content := from.content[step.From.Holder]
		if step.From.Within {
			content, ok = from.frozen[step.From.Holder][step.From.Snapshot]
		}
		if _, taken := s.Holdings[made]; !ok || taken {
			return fmt.Errorf("make %s: the restore point is there: %t, the name is taken: %t", made, ok, taken)
		}
		config := w.original(holder, becomes)
		status := holder.Status
		if status != "" {
			status = "Stopped"
		}
		s.Holdings[made] = plan.Holding{Type: holder.Type, Pool: step.Pool, Member: s.home(step.Member), Status: status, Config: config, Profiles: holder.Profiles}
		s.content[made], s.frozen[made] = content, map[string]string{}
		sent = int64(len(content))
		return nil
	})
	if err == nil && progress != nil {
		progress(sent)
	}
	return sent, err
}

// Adopt implements run.RestoreServers.
func (w *World) Adopt(ctx context.Context, side plan.Side, ref plan.Ref, name string, followed, running bool) error {
	return w.call(ctx, Call{"adopt", side, ref, name}, func(s *server) error {
		marks := map[string]string{plan.MarkRestored: "", plan.MarkStopped: ""}
		if followed {
			marks[plan.MarkRestored] = w.identity
		}
		if running {
			marks[plan.MarkStopped] = w.identity
		}
		if saved := s.Holdings[ref].Config[plan.MarkSaved+"boot.autostart"]; saved != "" {
			marks["boot.autostart"], marks[plan.MarkSaved+"boot.autostart"] = saved, ""
		}
		s.mark(ref, marks)
		to, err := s.renameObject(ref, name)
		if err == nil && !w.torn {
			s.mark(to, map[string]string{plan.MarkFetched: ""})
		}
		return err
	})
}

// Rename implements run.RestoreServers.
func (w *World) Rename(ctx context.Context, side plan.Side, ref plan.Ref, name, replaced string) error {
	return w.call(ctx, Call{"rename", side, ref, name}, func(s *server) error {
		to := ref
		to.Name = name
		if kept, begun := s.Holdings[to]; !begun || kept.Config[plan.MarkKept] != ref.String() {
			marks := map[string]string{plan.MarkKept: ref.String(), plan.MarkReplaced: replaced}
			if s.Holdings[ref].Config[plan.MarkStopped] == w.identity {
				marks[plan.MarkRunning] = "true"
			}
			s.mark(ref, marks)
			if _, err := s.renameObject(ref, name); err != nil {
				return err
			}
		}
		if !w.torn {
			marks := map[string]string{plan.MarkStopped: "", plan.MarkFrozen: "", plan.MarkFetched: ""}
			if s.Holdings[to].Config[plan.MarkRole] != plan.RoleStandby {
				marks[plan.MarkSaved+"boot.autostart"], marks["boot.autostart"] = s.Holdings[to].Config["boot.autostart"], ""
			}
			s.mark(to, marks)
		}
		return nil
	})
}

// Unkeep implements run.RestoreServers.
func (w *World) Unkeep(ctx context.Context, side plan.Side, ref plan.Ref, name string) error {
	kept := ref
	kept.Name = name
	return w.call(ctx, Call{"unkeep", side, ref, name}, func(s *server) error {
		if _, moved := s.Holdings[kept]; moved {
			if _, err := s.renameObject(kept, ref.Name); err != nil {
				return err
			}
		}
		config := s.Holdings[ref].Config
		if config[plan.MarkKept] == "" {
			return nil
		}
		marks := map[string]string{plan.MarkKept: "", plan.MarkReplaced: ""}
		if config[plan.MarkRole] != plan.RoleStandby {
			marks["boot.autostart"], marks[plan.MarkSaved+"boot.autostart"] = config[plan.MarkSaved+"boot.autostart"], ""
			if config[plan.MarkRunning] == "true" {
				marks[plan.MarkStopped], marks[plan.MarkRunning] = w.identity, ""
			}
		}
		s.mark(ref, marks)
		return nil
	})
}

// DeleteFetched implements run.RestoreServers.
func (w *World) DeleteFetched(ctx context.Context, side plan.Side, ref, becomes plan.Ref) error {
	return w.call(ctx, Call{"delete fetched", side, ref, ""}, func(s *server) error {
		h, ok := s.Holdings[ref]
		if ok && h.Config[plan.MarkFetched] != plan.FetchedMark(w.identity, becomes) {
			return fmt.Errorf("delete %s: it is none of a restore", ref)
		}
		s.remove(ref)
		return nil
	})
}

// Boot implements run.RestoreServers.
func (w *World) Boot(ctx context.Context, side plan.Side, ref plan.Ref) error {
	return w.call(ctx, Call{"start", side, ref, ""}, func(s *server) error {
		if side == plan.Target {
			s.mark(ref, map[string]string{plan.MarkStopped: ""})
			return s.power(ref, true)
		}
		return s.setRunning(ref, true, w.identity)
	})
}

// renameObject gives an object another name, with all its data.
func (s *server) renameObject(ref plan.Ref, name string) (plan.Ref, error) {
	to := ref
	to.Name = name
	h, ok := s.Holdings[ref]
	if _, taken := s.Holdings[to]; !ok || taken || h.Running {
		return to, fmt.Errorf("rename %s to %s: it is there: %t, it runs: %t, the name is taken: %t", ref, name, ok, h.Running, taken)
	}
	s.Holdings[to], s.content[to], s.frozen[to] = h, s.content[ref], s.frozen[ref]
	s.remove(ref)
	return to, nil
}

// mark sets config keys of an object; an empty value takes a key away.
func (s *server) mark(ref plan.Ref, keys map[string]string) {
	h := s.Holdings[ref]
	h.Config = maps.Clone(h.Config)
	if h.Config == nil {
		h.Config = map[string]string{}
	}
	for key, value := range keys {
		if value == "" {
			delete(h.Config, key)
		} else {
			h.Config[key] = value
		}
	}
	s.Holdings[ref] = h
}
