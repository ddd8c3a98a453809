package cli

import (
	"context"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/config"
	"iab/internal/plan"
	"iab/internal/run"
)

// takeoverOptions are the flags of failover and failback.
type takeoverOptions struct {
	all      bool
	full     bool
	dryRun   bool
	yes      bool
	lockWait time.Duration
}

func newFailover(a *app) *cobra.Command {
	return newTakeover(a, &cobra.Command{
		Use:   "failover REF...",
		Short: "Let the target take over the work of objects",
		Long: `Brings the replicas up to date, stops the objects on the source, brings the rest, and starts them on the target with their
original config, together with the volumes that they use. A source that can't be reached is taken for gone: then the newest
complete restore point has to do, and how old it is stands in the plan. Until "iab failback" no run copies over what works on the target.
A failover that fails is put back; one that was interrupted may be repeated, or undone by "iab failback".`,
	}, true)
}

func newFailback(a *app) *cobra.Command {
	return newTakeover(a, &cobra.Command{
		Use:   "failback REF...",
		Short: "Bring objects home that the target has taken over",
		Long: `Stops the objects on the target, brings all that they have written meanwhile into new objects on the source, which take the names when
they are whole, and starts them there. Where the replica lies in a pool of driver dir, and the source in one of dir or btrfs, only what
differs from a snapshot that both sides have is sent; elsewhere everything, since a chain of snapshots can't be turned round: the
plan says which. What was on the source is kept under another name, until a run finds that the target had its last state and
that nothing of it is needed any more; else until a person deletes it. The next runs go on by themselves, and every restore point stays.`,
	}, false)
}

func newTakeover(a *app, cmd *cobra.Command, over bool) *cobra.Command {
	var o takeoverOptions
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case o.all && len(args) > 0:
			return usage(helpHint(cmd), "%s takes objects or --all, not both", commandName(cmd))
		case !o.all && len(args) == 0:
			return usage(refHint+"; or --all", "%s needs the objects", commandName(cmd))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.takeover(cmd.Context(), args, over, o) }
	flags := cmd.Flags()
	flags.BoolVar(&o.all, "all", false, "all objects of the config")
	if !over {
		flags.BoolVar(&o.full, "full", false, "send everything, where it could build on what the source has")
	}
	flags.BoolVar(&o.dryRun, "dry-run", false, "show the steps and change nothing")
	flags.BoolVar(&o.yes, "yes", false, "don't ask")
	flags.DurationVar(&o.lockWait, "lock-wait", 0, "`TIME` to wait while a run holds the lock, such as 10m (default: don't wait)")
	return cmd
}

// takeover plans a failover or a failback, shows it, asks, and carries it out.
func (a *app) takeover(ctx context.Context, refs []string, over bool, o takeoverOptions) error {
	with, err := a.open(ctx, o.lockWait)
	if err != nil {
		return err
	}
	defer with.close()
	cfg, pair := with.cfg, with.pair
	if with.lost.Target != nil {
		return with.lost.Target
	}
	if with.lost.Source != nil && (!over || !gone(with.lost.Source)) {
		return with.lost.Source
	}
	asked := takeoverRequest{refs: refs, over: over, reachable: with.lost.Source == nil, full: o.full, at: a.now()}
	t, err := a.planTakeover(ctx, cfg, pair, asked)
	if err != nil {
		return err
	}
	if o.dryRun || restores(t.list).problem() {
		return a.showTakeover(t)
	}
	if !a.globals.json {
		if err := a.showTakeover(t); err != nil {
			return err
		}
	}
	if err := a.agree(o.yes); err != nil {
		return err
	}
	if !o.yes {
		if t, err = a.unchanged(ctx, cfg, pair, asked, t); err != nil {
			return err
		}
	}
	watcher := a.watcher(with.log)
	done := a.carryOver(ctx, cfg, pair, t, watcher)
	watcher.close()
	return a.finishRestore(done)
}

// takeoverRequest is what is asked for.
type takeoverRequest struct {
	refs      []string // empty: all objects of the config
	over      bool     // a failover, else a failback
	reachable bool     // the source can be asked
	full      bool     // of a failback: everything is sent
	at        time.Time
}

// takeoverPlan is a failover or a failback, with the run that it begins with.
type takeoverPlan struct {
	list  plan.Takeover
	first plan.Plan      // nothing to do unless the list says that it begins with a run
	inv   plan.Inventory // by which both were decided
}

// showTakeover prints what would be done, what concerns no single object first.
func (a *app) showTakeover(t takeoverPlan) error {
	if !a.globals.json {
		var b strings.Builder
		beforeItemsText(&b, t.first)
		if text := strings.TrimPrefix(b.String(), "\n"); text != "" {
			if _, err := io.WriteString(a.stdio.Out, text+"\n"); err != nil {
				return err
			}
		}
	}
	return a.showRestores(restores(t.list))
}

// unchanged plans once more after a question that may have stood for long. What was shown is what runs, so another plan is an error.
func (a *app) unchanged(ctx context.Context, cfg config.Config, pair examined, asked takeoverRequest, shown takeoverPlan) (takeoverPlan, error) {
	t, err := a.planTakeover(ctx, cfg, pair, asked)
	if err == nil && !reflect.DeepEqual(t.list, shown.list) {
		return t, &failure{exitJobs, "the servers hold something else by now than when this was shown, so nothing was changed", "look at the new plan: repeat the command"}
	}
	return t, err
}

// planTakeover reads the servers and decides.
func (a *app) planTakeover(ctx context.Context, cfg config.Config, pair examined, asked takeoverRequest) (takeoverPlan, error) {
	opts := a.planOptions(cfg)
	opts.Now, opts.Full = asked.at, asked.full
	if asked.over && asked.reachable {
		var err error
		if opts.Self, err = a.whereabouts(ctx, "carry it out from another machine"); err != nil {
			return takeoverPlan{}, err
		}
	}
	_, objects, err := takenOver(ctx, cfg, pair, asked, opts)
	if err == nil {
		err = calm(ctx, pair, objects, asked.reachable)
	}
	if err != nil {
		return takeoverPlan{}, err
	}
	inv, objects, err := takenOver(ctx, cfg, pair, asked, opts)
	if err != nil {
		return takeoverPlan{}, err
	}
	if asked.over {
		t := takeoverPlan{list: plan.FailoverOf(objects, asked.reachable, inv, opts), inv: inv}
		if t.list.Backs() {
			t.first = a.planWithin(cfg, inv, t.list.Activates(), asked.at)
			t.list = t.list.Within(t.first)
		}
		return t, nil
	}
	for _, object := range objects {
		gauge(ctx, pair, inv, plan.Point{Side: plan.Target, Holder: object.Job.Replica()}, plan.Source)
	}
	return takeoverPlan{list: plan.FailbackOf(objects, inv, opts), inv: inv}, nil
}

// takenOver reads the servers, and finds what is asked for with the volumes that it uses.
func takenOver(ctx context.Context, cfg config.Config, pair examined, asked takeoverRequest, opts plan.Options) (plan.Inventory, []plan.Object, error) {
	inv, err := pair.Inventory(ctx, cfg.Scope())
	if err != nil {
		return inv, nil, err
	}
	survey := plan.SurveyOf(cfg.Select(inv, cfg.Independent(nil)).Known(), inv, opts)
	objects := slices.DeleteFunc(slices.Clone(survey.Objects), func(o plan.Object) bool {
		return o.Jobless || asked.reachable && vanished(o) && !namedInFull(o, asked.refs)
	})
	if len(asked.refs) > 0 {
		if objects, err = namedObjects(objects, asked.refs); err != nil {
			return inv, nil, err
		}
	}
	return inv, plan.UsedVolumes(objects, survey), nil
}

// calm waits for what a killed command may have left going on with the objects: an instance that is about to start on one side must not
// be started on the other. What was read before is old then, even if there was nothing to wait for: it may just have ended.
func calm(ctx context.Context, pair examined, objects []plan.Object, reachable bool) error {
	for _, object := range objects {
		for _, side := range plan.BothSides {
			if side == plan.Source && !reachable {
				continue
			}
			if err := pair.Calm(ctx, side, object.Job.RefOn(side)); err != nil {
				return err
			}
		}
	}
	return nil
}

// vanished reports whether an object that a glob has taken once is gone from the source, and the target has not taken it over.
func vanished(o plan.Object) bool {
	return o.Job.Glob && !o.Exists.Source && o.Holding.Target.Config[plan.MarkRole] != plan.RoleActive
}

// namedInFull reports whether a name without wildcards means the object.
func namedInFull(o plan.Object, names []string) bool {
	return slices.ContainsFunc(names, func(text string) bool {
		pattern, err := plan.ParsePattern(text)
		return err == nil && !strings.ContainsAny(text, "*?[") && pattern.Match(o.Ref)
	})
}

// namedObjects returns the objects that the names mean. One that means none is an error.
func namedObjects(objects []plan.Object, names []string) ([]plan.Object, error) {
	var list []plan.Object
	for _, text := range names {
		pattern, err := plan.ParsePattern(text)
		if err != nil {
			return nil, usage(refHint, "%s", err)
		}
		hit := false
		for _, object := range objects {
			if pattern.Match(object.Ref) {
				hit = true
				if !slices.ContainsFunc(list, func(o plan.Object) bool { return o.Ref == object.Ref }) {
					list = append(list, object)
				}
			}
		}
		if !hit {
			return nil, usage("`iab plan` lists every object of the config", "no object of the config matches %q", text)
		}
	}
	return list, nil
}

// agree asks before a takeover.
func (a *app) agree(yes bool) error {
	if yes {
		return nil
	}
	if _, ok := terminal(a.stdio.Out); !ok {
		return usage("look at it with --dry-run, then add --yes", "what works would be stopped, and there is no terminal to ask on")
	}
	return a.ask()
}

// carryOver carries a takeover out. A failover brings the replicas up to date while the objects still work, by the run that was shown,
// and once more when they are stopped, so that they are down for the rest only.
func (a *app) carryOver(ctx context.Context, cfg config.Config, pair servers, t takeoverPlan, watcher watcher) []run.Restored {
	var backup func(context.Context, []plan.Ref) map[plan.Ref]error
	if t.list.Backs() {
		backup = func(ctx context.Context, refs []plan.Ref) map[plan.Ref]error {
			return a.bringUpToDate(ctx, cfg, pair, refs, watcher)
		}
		if failed := a.runWithin(ctx, cfg, pair, t.first, t.inv, watcher); len(failed) > 0 {
			return refusedTakeover(t.list, failed, a.now())
		}
	}
	return run.Takeover(ctx, pair, t.list, backup, run.Options{Clock: a.now, Observe: watcher.observe})
}

// refusedTakeover is a failover that did not begin, because replicas could not be brought up to date.
func refusedTakeover(list plan.Takeover, failed map[plan.Ref]error, now time.Time) []run.Restored {
	var done []run.Restored
	for _, r := range list {
		restored := run.Restored{Plan: r, StartedAt: now, FinishedAt: now, Undone: true, Error: "another replica could not be brought up to date, so nothing was stopped"}
		if err := failed[r.Ref]; err != nil {
			restored.Error, restored.Hint = "bring the replica up to date: "+err.Error(), run.Advice(err)
		}
		done = append(done, restored)
	}
	return done
}

// bringUpToDate is the run within a failover when the objects are stopped. It returns what has failed.
func (a *app) bringUpToDate(ctx context.Context, cfg config.Config, pair servers, refs []plan.Ref, watcher watcher) map[plan.Ref]error {
	inv, err := pair.Inventory(ctx, cfg.Scope())
	if err != nil {
		failed := map[plan.Ref]error{}
		for _, ref := range refs {
			failed[ref] = err
		}
		return failed
	}
	return a.runWithin(ctx, cfg, pair, a.planWithin(cfg, inv, refs, a.now()), inv, watcher)
}

// planWithin plans the run within a failover for some objects.
func (a *app) planWithin(cfg config.Config, inv plan.Inventory, refs []plan.Ref, at time.Time) plan.Plan {
	jobs := slices.DeleteFunc(cfg.Jobs(inv, cfg.Independent(nil)), func(j plan.Job) bool { return !slices.Contains(refs, j.Ref) })
	options := a.planOptions(cfg)
	options.Now, options.FailingOver, options.NoPrune = at, true, true
	options.Waited = map[plan.Ref]string{} // nobody waits for a copy that an earlier run has left: it is in the way
	return plan.Build(jobs, inv, options)
}

// runWithin carries such a run out. It returns what has failed.
func (a *app) runWithin(ctx context.Context, cfg config.Config, pair servers, p plan.Plan, inv plan.Inventory, watcher watcher) map[plan.Ref]error {
	failed := map[plan.Ref]error{}
	report := run.Execute(ctx, pair, p, inv, run.Options{Parallel: runOptions{}.atOnce(cfg), Limits: limitsOf(cfg), Clock: a.now, Observe: watcher.observe})
	for _, result := range report.Results {
		if result.Outcome != run.OK {
			failed[result.Ref] = &failure{exitJobs, result.Error, result.Hint}
		}
	}
	return failed
}
