package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

const (
	// lookEvery is how often a clone on trial is looked at.
	lookEvery = 200 * time.Millisecond
	// probeEvery is how long a probe that has failed is let rest.
	probeEvery = time.Second
	// consoleLines is how much of a console tells enough, and consoleBytes how much of it is read at most.
	consoleLines = 20
	consoleBytes = 1 << 20
)

// Try starts a clone on the target and returns when it has shown that it works: its probe has succeeded inside, or it has reported
// itself ready where that is expected, or it has kept running for a while.
func (p *Pair) Try(ctx context.Context, ref plan.Ref, wait plan.Wait) (plan.Trial, error) {
	c := p.in(plan.Target, ref.Project)
	c.listen()
	bounded, cancel := context.WithTimeout(ctx, wait.Patience)
	defer cancel()
	trial, err := c.boot(bounded, ref, wait)
	if err == nil {
		return trial, nil
	}
	if ctx.Err() != nil {
		return trial, failure("start the clone "+ref.String(), ctx.Err())
	}
	trial.Console = c.consoleOf(ref)
	return trial, failure("start the clone "+ref.Name+" on trial", err)
}

func (c *projectClient) boot(ctx context.Context, ref plan.Ref, wait plan.Wait) (plan.Trial, error) {
	var trial plan.Trial
	clone, _, err := c.GetInstance(ref.Name)
	if err != nil {
		return trial, err
	}
	op, err := c.UpdateInstanceState(ref.Name, api.InstanceStatePut{Action: "start", Timeout: -1}, "")
	if err == nil {
		err = c.ended(ctx, op, nil)
	}
	if err != nil {
		return trial, late(ctx, err, "it was not started in time")
	}
	trial.Proof = plan.Runs
	probe := clone.ExpandedConfig[plan.ProbeKey]
	switch {
	case wait.Ready:
		if err := c.awaitReady(ctx, ref); err != nil {
			return trial, err
		}
		trial.Proof = plan.Ready
	case probe == "":
		return trial, c.settle(ctx, ref, wait.Settle)
	}
	if probe == "" {
		return trial, nil
	}
	if err := c.probe(ctx, ref, probe); err != nil {
		return trial, err
	}
	trial.Proof = plan.Probed
	return trial, nil
}

// late says in words that the patience is over.
func late(ctx context.Context, err error, words string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New(words)
	}
	return err
}

// awaitReady waits until a clone reports itself ready.
func (c *projectClient) awaitReady(ctx context.Context, ref plan.Ref) error {
	for {
		code, err := c.trialState(ref)
		if err != nil || code == api.Ready {
			return err
		}
		if !pause(ctx, lookEvery) {
			return late(ctx, ctx.Err(), "it did not report itself ready in time, as its source does")
		}
	}
}

// settle makes sure that a clone keeps running.
func (c *projectClient) settle(ctx context.Context, ref plan.Ref, long time.Duration) error {
	enough, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	for {
		if _, err := c.trialState(ref); err != nil {
			return err
		}
		if !pause(enough, lookEvery) {
			if ctx.Err() != nil {
				return late(ctx, ctx.Err(), "it was not running long enough in time")
			}
			_, err := c.trialState(ref)
			return err
		}
	}
}

// trialState returns the state of an instance that has to run.
func (c *projectClient) trialState(ref plan.Ref) (api.StatusCode, error) {
	state, _, err := c.GetInstanceState(ref.Name)
	if err != nil {
		return 0, err
	}
	if state.StatusCode != api.Running && state.StatusCode != api.Ready {
		return 0, fmt.Errorf("it does not keep running: it is %s", strings.ToLower(state.Status))
	}
	return state.StatusCode, nil
}

// probe runs the command inside until it succeeds.
func (c *projectClient) probe(ctx context.Context, ref plan.Ref, command string) error {
	var last error
	for {
		code, err := c.exec(ctx, ref, command)
		if err == nil && code == 0 {
			return nil
		}
		if last = err; err == nil {
			last = fmt.Errorf("its last exit code is %d", code)
		}
		if _, err := c.trialState(ref); err != nil && ctx.Err() == nil {
			return err
		}
		if !pause(ctx, probeEvery) {
			return late(ctx, ctx.Err(), fmt.Sprintf("its probe %q did not succeed in time: %s", command, tidy(last)))
		}
	}
}

// exec runs a command and returns its exit code.
func (c *projectClient) exec(ctx context.Context, ref plan.Ref, command string) (int, error) {
	op, err := c.ExecInstance(ref.Name, api.InstanceExecPost{Command: []string{"/bin/sh", "-c", command}}, nil)
	if err != nil {
		return 0, err
	}
	last, err := c.end(ctx, op.Get(), nil)
	if err != nil {
		return 0, err
	}
	code, ok := last.Metadata["return"].(float64)
	if !ok {
		return 0, errors.New("the server does not tell its exit code")
	}
	return int(code), nil
}

// pause waits, and reports false when the context has ended.
func pause(ctx context.Context, long time.Duration) bool {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// consoleOf is the end of what an instance has written on its console, and of what the server has logged of its start.
func (c *projectClient) consoleOf(ref plan.Ref) string {
	var parts []string
	for _, open := range []func() (io.ReadCloser, error){
		func() (io.ReadCloser, error) { return c.GetInstanceConsoleLog(ref.Name, nil) },
		func() (io.ReadCloser, error) { return c.GetInstanceLogfile(ref.Name, "lxc.log") },
		func() (io.ReadCloser, error) { return c.GetInstanceLogfile(ref.Name, "qemu.log") },
	} {
		content, err := open()
		if err != nil {
			continue // there are not all of them
		}
		text, _ := io.ReadAll(io.LimitReader(content, consoleBytes))
		content.Close()
		if len(strings.TrimSpace(string(text))) > 0 {
			parts = append(parts, lastLines(string(text), consoleLines))
		}
	}
	return strings.Join(parts, "\n")
}

// lastLines is the end of a text, fit for a terminal line by line.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	lines = lines[max(0, len(lines)-n):]
	for i := range lines {
		lines[i] = foreign(lines[i])
	}
	return strings.Join(lines, "\n")
}

// NoteDrill writes the last drill on a replica.
func (p *Pair) NoteDrill(ctx context.Context, replica plan.Ref, drill plan.Drill) error {
	c := p.in(plan.Target, replica.Project)
	c.listen()
	if err := c.mark(ctx, replica, map[string]string{plan.MarkDrill: drill.Mark()}); err != nil {
		return failure(fmt.Sprintf("note the drill on %s", replica), err)
	}
	return nil
}
