package runtest

import (
	"context"
	"fmt"
	"maps"

	"iab/internal/plan"
)

// OnExec sets what commands inside instances print, and how they end. Without it they print nothing and end well.
func (w *World) OnExec(f func(context.Context, plan.Ref, plan.Command) (string, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onExec = f
}

// Pause freezes a running object on the source, or resumes it, as a person would.
func (w *World) Pause(ref plan.Ref, frozen bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sides[plan.Source].setFrozen(ref, frozen)
}

func (s *server) setFrozen(ref plan.Ref, frozen bool) {
	h := s.Holdings[ref]
	h.Frozen, h.Running, h.Status = frozen, !frozen, map[bool]string{true: "Frozen", false: "Running"}[frozen]
	s.Holdings[ref] = h
}

// Freeze implements run.Servers.
func (w *World) Freeze(ctx context.Context, ref plan.Ref) (string, error) {
	return "", w.call(ctx, Call{"freeze", plan.Source, ref, ""}, func(s *server) error {
		h, ok := s.Holdings[ref]
		if !ok {
			return fmt.Errorf("freeze %s: it does not exist", ref)
		}
		if !h.Running {
			return nil
		}
		if heldElsewhere(h, w.identity) {
			return fmt.Errorf("freeze %s: a run of another config has stopped or frozen it", ref)
		}
		h.Config = maps.Clone(h.Config)
		if h.Config == nil {
			h.Config = map[string]string{}
		}
		h.Config[plan.MarkFrozen] = w.identity
		s.Holdings[ref] = h
		s.setFrozen(ref, true)
		return nil
	})
}

// Unfreeze implements run.Servers.
func (w *World) Unfreeze(ctx context.Context, ref plan.Ref) error {
	return w.call(ctx, Call{"unfreeze", plan.Source, ref, ""}, func(s *server) error {
		h, ok := s.Holdings[ref]
		if !ok {
			return fmt.Errorf("resume %s: it does not exist", ref)
		}
		if h.Config[plan.MarkFrozen] != w.identity {
			return nil
		}
		h.Config = maps.Clone(h.Config)
		delete(h.Config, plan.MarkFrozen)
		s.Holdings[ref] = h
		if h.Frozen {
			s.setFrozen(ref, false)
		}
		return nil
	})
}

// Exec implements run.Servers.
func (w *World) Exec(ctx context.Context, ref plan.Ref, command plan.Command) (output string, err error) {
	var answer func(context.Context, plan.Ref, plan.Command) (string, error)
	err = w.call(ctx, Call{"exec", plan.Source, ref, command.Name}, func(s *server) error {
		if h := s.Holdings[ref]; !h.Running {
			return fmt.Errorf("run %s in %s: it does not run", command.Name, ref)
		}
		answer = w.onExec
		return nil
	})
	if err != nil || answer == nil {
		return "", err
	}
	if output, err = answer(ctx, ref, command); err != nil {
		return output, fmt.Errorf("run %s in %s: %w", command.Name, ref, err)
	}
	return output, nil
}
