package cli

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"iab/internal/guest"
	"iab/internal/plan"
	"iab/internal/run"
)

// reportPatience bounds how long the end of an interrupted run waits for the guest API.
const reportPatience = 10 * time.Second

// self is what a plan has to know of the instance that IAB runs in, so as not to stop or freeze it.
func (a *app) self(ctx context.Context, jobs []plan.Job) (plan.Self, error) {
	if !slices.ContainsFunc(jobs, func(j plan.Job) bool { return j.Consistency != plan.Crash && j.Consistency != "" }) {
		return plan.Self{}, nil
	}
	return a.whereabouts(ctx, "let nothing be stopped or frozen (iab.stopInstance, consistency)")
}

// whereabouts is what is known of the instance that IAB runs in. Where it can't be known although IAB clearly runs in one, that is
// an error, with the way to do without as the hint: nothing that stops anything may begin then.
func (a *app) whereabouts(ctx context.Context, without string) (plan.Self, error) {
	metadata, err := a.guest().Metadata(ctx)
	switch {
	case err == nil:
		return plan.Self{ID: metadata.InstanceID, Name: metadata.Name}, nil
	case guest.Is(err, guest.Interrupted):
		return plan.Self{}, errEarly
	case !guest.Is(err, guest.Outside):
		return plan.Self{}, unknown(err, without)
	case !a.container():
		return plan.Self{}, nil
	}
	// The guest API is off. Incus gives a container its own name as that of the machine.
	name, err := a.hostname()
	if err != nil {
		return plan.Self{}, unknown(err, without)
	}
	name, _, _ = strings.Cut(name, ".")
	return plan.Self{Name: name}, nil
}

func unknown(err error, without string) error {
	hint := without
	if advice := run.Advice(err); advice != "" {
		hint += ", or: " + advice
	}
	return &failure{exitServer, "find out which instance IAB runs in, so as not to stop it: " + err.Error(), hint}
}

// reportState tells the guest API how a run has ended. That it can't be told changes nothing about the run.
func (a *app) reportState(ctx context.Context, result error) {
	state, ok := stateAfter(result)
	if !ok {
		return
	}
	a.tellState(ctx, a.logger(), state)
}

// tellState reports a state, after an interruption too.
func (a *app) tellState(ctx context.Context, log *slog.Logger, state guest.State) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportPatience)
	defer cancel()
	if err := a.guest().SetState(ctx, state); err != nil {
		log.Warn(err.Error(), "hint", run.Advice(err))
		return
	}
	log.Info("state reported", "state", string(state))
}

// stateAfter is what an instance says after a run, and false for a run that another one has locked out: the other says it.
func stateAfter(result error) (guest.State, bool) {
	var own *failure
	switch {
	case result == nil:
		return guest.Ready, true
	case errors.As(result, &own) && own.code == exitLocked:
		return "", false
	}
	return guest.Started, true
}
