package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"iab/internal/plan"
)

// hookPhase is when a command is run, and the value of IAB_PHASE in its environment.
type hookPhase string

// The phases of commands.
const (
	pre  hookPhase = "pre"
	post hookPhase = "post"
)

// hooks runs the commands of a group, those of different objects side by side. An object's first failure ends its commands before the
// snapshot, but not those after it. It returns the first failure; those of commands after the snapshot stand at their objects.
func (e *execution) hooks(ctx context.Context, w *window, phase hookPhase) error {
	failed := make([]error, len(w.Hooks))
	var group sync.WaitGroup
	for i, h := range w.Hooks {
		group.Go(func() { failed[i] = e.hooksOf(ctx, w, h, phase) })
	}
	group.Wait()
	for i, err := range failed {
		if err != nil && phase == post {
			w.blame(w.Hooks[i].Ref, err)
		}
	}
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *execution) hooksOf(ctx context.Context, w *window, h plan.HooksFor, phase hookPhase) error {
	key, commands := "preSnapshot", h.Pre
	if phase == post {
		key, commands = "postSnapshot", h.Post
	}
	var failed error
	for i, text := range commands {
		command := plan.Command{Name: fmt.Sprintf("%s[%d]", key, i), Text: text,
			Env: map[string]string{"IAB_SNAPSHOT": snapshotOf(w.items[w.index(h.Ref)]).Snapshot, "IAB_PHASE": string(phase)}}
		err := e.hook(ctx, w, h, command)
		if err != nil && phase == pre {
			return err
		}
		failed = first(failed, err)
	}
	return failed
}

// hook runs one command, within its time.
func (e *execution) hook(ctx context.Context, w *window, h plan.HooksFor, command plan.Command) error {
	limit := time.Duration(h.Timeout * float64(time.Second))
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	began := e.opts.Clock()
	output, err := e.servers.Exec(bounded, h.Ref, command)
	at := e.opts.Clock()
	e.observe(Event{At: at, Ref: h.Ref, Action: snapshotOf(w.items[w.index(h.Ref)]), Stage: Said, Took: at.Sub(began), Hook: command.Name, Text: output, Err: err})
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded):
		return &groupError{fmt.Sprintf("run %s in %s: it has not ended within %s", command.Name, h.Ref, limit), "see the log for what it has printed; give it more time by hookTimeout"}
	case Advice(err) == "" && ctx.Err() == nil:
		return &hookError{err}
	}
	return err
}

// hookError is the failure of a command that was run.
type hookError struct{ error }

func (h *hookError) Unwrap() error  { return h.error }
func (h *hookError) Advice() string { return "see the log for what it has printed" }
