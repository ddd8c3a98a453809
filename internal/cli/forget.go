package cli

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/plan"
	"iab/internal/run"
)

// forgetOptions are the flags of forget.
type forgetOptions struct {
	dryRun   bool
	yes      bool
	lockWait time.Duration
}

func newForget(a *app) *cobra.Command {
	var o forgetOptions
	cmd := &cobra.Command{
		Use:   "forget REF...",
		Short: "Remove replicas whose source is gone for good",
		Long: `Removes replicas on the target, with their archives and former ones, whose objects are gone from the source for good: "iab status" calls
them orphans. What the source still has, what has taken over or runs, and what this config has not made is refused. By its own name in full it
also removes what IAB has set aside: a former replica (NAME-IAB-old-...), or what a restore has replaced (NAME-IAB-before-...).

What is lost is shown first; --dry-run ends there. A forget that was interrupted may be repeated.`,
		Example: `  iab forget web7 --dry-run
  iab forget default/volume/local/data 'old-*'
  iab forget web1-IAB-before-20260310-120000`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(refHint, "%s needs the objects", commandName(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.forget(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.dryRun, "dry-run", false, "show what would be lost and change nothing")
	flags.BoolVar(&o.yes, "yes", false, "don't ask")
	flags.DurationVar(&o.lockWait, "lock-wait", 0, "`TIME` to wait while a run holds the lock, such as 10m (default: don't wait)")
	return cmd
}

// forget plans what is to be removed, shows it, asks, and removes it.
func (a *app) forget(ctx context.Context, names []string, o forgetOptions) error {
	with, err := a.open(ctx, o.lockWait)
	if err != nil {
		return err
	}
	defer with.close()
	if err := with.both(); err != nil {
		return err
	}
	list, err := a.planForget(ctx, with, names)
	if err != nil {
		return err
	}
	if o.dryRun || slices.ContainsFunc(list, func(f plan.Forget) bool { return f.Problem != "" }) {
		return a.showForgets(list)
	}
	if !a.globals.json {
		if err := a.showForgets(list); err != nil {
			return err
		}
	}
	if !o.yes {
		if _, ok := terminal(a.stdio.Out); !ok {
			return usage("look at it with --dry-run, then add --yes", "restore points would be lost, and there is no terminal to ask on")
		}
		if err := a.ask(); err != nil {
			return err
		}
	}
	watcher := a.watcher(with.log)
	done := []run.Forgotten{}
	for _, f := range list {
		done = append(done, run.Forget(ctx, with.pair, f, run.Options{Clock: a.now, Observe: watcher.observe}))
		if ctx.Err() != nil {
			break
		}
	}
	watcher.close()
	return a.finishForget(done)
}

// planForget reads all of both servers and decides.
func (a *app) planForget(ctx context.Context, with *opening, names []string) ([]plan.Forget, error) {
	cfg, pair := with.cfg, with.pair
	rights, err := pair.Rights(ctx, plan.Source, with.creds.Fingerprint())
	if err != nil {
		return nil, err
	}
	inv, err := pair.Inventory(ctx, everything(cfg))
	if err != nil {
		return nil, err
	}
	// A restricted certificate may not list pools, but sees those that it can name.
	if scope := everything(cfg); plan.AddOrigins(&scope, inv, cfg.Identity()) {
		if inv, err = pair.Inventory(ctx, scope); err != nil {
			return nil, err
		}
	}
	list, err := plan.ForgetOf(names, cfg.Select(inv, cfg.Independent(nil)), !rights.Restricted, inv, a.planOptions(cfg))
	if err != nil {
		return nil, usage(run.Advice(err), "%s", err)
	}
	return list, nil
}

// showForgets prints what would be lost, and ends with exit code 1 if something stands in its way.
func (a *app) showForgets(list []plan.Forget) error {
	planned := run.Forgets{OK: true, Forgets: []run.Forgotten{}}
	for _, f := range list {
		planned.OK = planned.OK && f.Problem == ""
		planned.Forgets = append(planned.Forgets, run.Forgotten{OK: f.Problem == "", Removed: []plan.Removal{}, Plan: f})
	}
	var err error
	if a.globals.json {
		err = writeJSON(a.stdio.Out, planned)
	} else {
		_, err = io.WriteString(a.stdio.Out, forgetsText(list))
	}
	if err == nil && !planned.OK {
		return errJobs
	}
	return err
}

// finishForget shows how it ended.
func (a *app) finishForget(done []run.Forgotten) error {
	ok, interrupted := true, false
	for _, d := range done {
		ok, interrupted = ok && d.OK, interrupted || d.Interrupted
	}
	var err error
	if a.globals.json {
		err = writeJSON(a.stdio.Out, run.Forgets{OK: ok, Forgets: done})
	} else {
		_, err = io.WriteString(a.stdio.Out, forgottenText(done))
	}
	switch {
	case err != nil:
		return err
	case interrupted:
		return errInterrupted
	case !ok:
		return errJobs
	}
	return nil
}
