package runtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"iab/internal/plan"
)

// Update implements run.RestoreServers. Between two pools of driver btrfs a chain can't be turned round.
func (w *World) Update(ctx context.Context, _ plan.Job, step plan.Step, becomes plan.Ref, progress func(int64)) (int64, error) {
	var sent int64
	err := w.call(ctx, Call{"update", step.Side, step.Object, ""}, func(s *server) error {
		from, ref := w.sides[other(step.Side)], step.Object
		held, ok := s.Holdings[ref]
		holder, exists := from.Holdings[step.From.Holder]
		switch {
		case !ok || held.Config[plan.MarkFetched] != plan.FetchedMark(w.identity, becomes):
			return fmt.Errorf("update %s: it is none of a restore", ref)
		case !exists || holder.Running || held.Running:
			return fmt.Errorf("update %s: what it is made of is there: %t, one of both runs", ref, exists)
		case s.Pools[held.Pool].Driver == "btrfs" && from.Pools[holder.Pool].Driver == "btrfs":
			return fmt.Errorf("update %s: cannot find parent subvolume", ref)
		}
		last := s.content[ref]
		held.Snapshots, s.frozen[ref] = nil, map[string]string{}
		for _, snapshot := range holder.Snapshots {
			content := from.frozen[step.From.Holder][snapshot.Name]
			if content != last {
				sent, last = sent+int64(len(content)), content
			}
			if ref.Kind == plan.Instance {
				snapshot.CreatedAt = snapshot.CreatedAt.Truncate(time.Second)
			}
			held.Snapshots, s.frozen[ref][snapshot.Name] = append(held.Snapshots, snapshot), content
		}
		if content := from.content[step.From.Holder]; content != last {
			sent += int64(len(content))
		}
		s.content[ref] = from.content[step.From.Holder]
		held.Config, held.Profiles = w.original(holder, becomes), holder.Profiles
		s.Holdings[ref] = held
		return nil
	})
	if err == nil && progress != nil {
		progress(sent)
	}
	return sent, err
}

func other(side plan.Side) plan.Side {
	if side == plan.Source {
		return plan.Target
	}
	return plan.Source
}

// original is the config that an object had on the source, with the mark of what it is to become.
func (w *World) original(holder plan.Holding, becomes plan.Ref) map[string]string {
	config := map[string]string{}
	for key, value := range holder.Config {
		if original, ok := holder.Config[plan.MarkSaved+key]; ok {
			value = original
		}
		if key == "boot.autostart" && value == "false" || len(key) > 9 && key[:9] == "user.iab." || key == "volatile.last_state.power" {
			continue
		}
		config[key] = value
	}
	if config["boot.autostart"] == "true" {
		config["boot.autostart"], config[plan.MarkSaved+"boot.autostart"] = "false", "true"
	}
	config[plan.MarkFetched] = plan.FetchedMark(w.identity, becomes)
	return config
}

// DeleteReplaced implements run.Servers.
func (w *World) DeleteReplaced(ctx context.Context, job plan.Job, name string, snapshots []string) error {
	ref := job.Ref
	ref.Name = name
	return w.call(ctx, Call{"delete replaced", plan.Source, ref, ""}, func(s *server) error {
		held, ok := s.Holdings[ref]
		if !ok {
			return nil
		}
		if !held.Disposable(name, job.Ref, w.identity) || !slices.Equal(namesOf(held.Snapshots), slices.Sorted(slices.Values(snapshots))) {
			return fmt.Errorf("delete %s: it is none that a failback has replaced, or is not as it was", ref)
		}
		s.remove(ref)
		return nil
	})
}

// Mark sets config keys of an object as a person would; an empty value takes a key away.
func (w *World) Mark(side plan.Side, ref plan.Ref, keys map[string]string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[side].mark(ref, maps.Clone(keys))
}

// Holdings returns what a side holds.
func (w *World) Holdings(side plan.Side) map[plan.Ref]plan.Holding {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.sides[side].Holdings)
}
