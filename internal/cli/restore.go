package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/config"
	"iab/internal/plan"
	"iab/internal/run"
)

// restoreOptions are the flags of restore.
type restoreOptions struct {
	at       string
	as       string
	to       string
	inPlace  bool
	files    []string
	toDir    string
	start    bool
	nics     bool
	volumes  bool
	dryRun   bool
	yes      bool
	lockWait time.Duration
}

func newRestore(a *app) *cobra.Command {
	var o restoreOptions
	cmd := &cobra.Command{
		Use:   "restore REF",
		Short: "Bring an object back from any of its restore points",
		Long: `Brings an instance or a custom volume back to the source, by default from its newest restore point. One that is
missing comes back under its name. One that is there goes back in time with --in-place, or gets a second
one beside it with --as. What was there is kept, and so is every restore point. The steps are shown
first; --dry-run ends there. "iab snapshots" lists the restore points.

With --file only single files or directories are brought, into a directory of this machine (--to-dir) or back into
the object on the source (--in-place), with owner and mode. What is there is kept beside as PATH.iab-YYYYMMDD-HHMMSS.`,
		Args: exactlyOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.checkWords(cmd); err != nil {
				return err
			}
			if err := o.checkFiles(); err != nil {
				return err
			}
			if len(o.files) > 0 {
				return a.restoreFiles(cmd.Context(), args[0], o)
			}
			return a.restore(cmd.Context(), args[0], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.at, "at", "", "restore this `POINT`: a snapshot's name, or the newest not after a time such as \"2026-11-20 03:00\"")
	flags.StringVar(&o.as, "as", "", "make a second object of this `NAME`, with an identity of its own")
	flags.StringVar(&o.to, "to", string(plan.Source), "restore to this `SIDE`: source or target")
	flags.BoolVar(&o.inPlace, "in-place", false, "let the object that is there go back in time; with --file: write the files back into it")
	flags.StringArrayVar(&o.files, "file", nil, "bring only this `PATH` in the object, a file or a directory; repeatable")
	flags.StringVar(&o.toDir, "to-dir", "", "with --file: bring the files into this `DIR` of this machine, below their own paths")
	flags.BoolVar(&o.start, "start", false, "start it afterwards, even if it did not run before")
	flags.BoolVar(&o.nics, "with-nics", false, "let a second object keep its network interfaces")
	flags.BoolVar(&o.volumes, "with-volumes", false, "restore the custom volumes that it uses, too, each at the same point")
	flags.BoolVar(&o.dryRun, "dry-run", false, "show the steps and change nothing")
	flags.BoolVar(&o.yes, "yes", false, "don't ask before something that is there is changed")
	flags.DurationVar(&o.lockWait, "lock-wait", 0, "`TIME` to wait while a run holds the lock, such as 10m (default: don't wait)")
	return cmd
}

// exactlyOne refuses anything but one argument.
func exactlyOne(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usage(refHint, "%s needs the object", commandName(cmd))
	case len(args) > 1:
		return usage(helpHint(cmd), "%s takes one object, but %q is another", commandName(cmd), args[1])
	}
	return nil
}

// restore plans a restore, shows it, asks, and carries it out.
func (a *app) restore(ctx context.Context, ref string, o restoreOptions) error {
	if o.to != string(plan.Source) && o.to != string(plan.Target) {
		return usage("use source or target", "read --to: %q is no side", o.to)
	}
	with, err := a.open(ctx, o.lockWait)
	if err != nil {
		return err
	}
	defer with.close()
	cfg, pair := with.cfg, with.pair
	lost, err := with.some()
	if err != nil {
		return err
	}
	if err := o.without(ref, lost); err != nil {
		return err
	}
	restores, err := a.planRestore(ctx, cfg, pair, ref, o, lost)
	if err != nil {
		return err
	}
	if o.dryRun || restores.problem() {
		return a.showRestores(restores)
	}
	if !a.globals.json {
		if err := a.showRestores(restores); err != nil {
			return err
		}
	}
	if err := a.confirm(restores, o.yes); err != nil {
		return err
	}
	watcher := a.watcher(with.log)
	done := []run.Restored{}
	for _, r := range restores {
		restored := run.Restore(ctx, pair, r, run.Options{Clock: a.now, Observe: watcher.observe})
		if done = append(done, restored); !restored.OK {
			break
		}
	}
	watcher.close()
	return a.finishRestore(done)
}

// restores are the restores of one command, those of volumes before that of what uses them.
type restores []plan.Restore

func (r restores) problem() bool {
	return slices.ContainsFunc(r, func(one plan.Restore) bool { return one.Problem != "" })
}

// within reports whether everything is done by snapshots of the objects themselves.
func (r restores) within() bool {
	return !r.problem() && !slices.ContainsFunc(r, func(one plan.Restore) bool { return !one.Within() })
}

// restoring is what a restore is decided by, besides what the servers hold.
type restoring struct {
	restoreOptions
	ref  string
	cfg  config.Config
	pair examined
	opts plan.Options
	lost lostSides
}

// planRestore reads the servers and decides.
func (a *app) planRestore(ctx context.Context, cfg config.Config, pair examined, ref string, o restoreOptions, lost lostSides) (restores, error) {
	r := restoring{restoreOptions: o, ref: ref, cfg: cfg, pair: pair, opts: a.planOptions(cfg), lost: lost}
	if o.inPlace {
		var err error
		if r.opts.Self, err = a.whereabouts(ctx, "leave --in-place out"); err != nil {
			return nil, err
		}
	}
	inv, list, err := r.plan(ctx)
	if !o.dryRun {
		a.clearLeftovers(ctx, a.logger(), pair, plan.Leftovers(inv, cfg.Identity()))
	}
	return list, err
}

func (r restoring) survey(inv plan.Inventory) plan.Survey {
	return plan.SurveyOf(r.cfg.Select(inv, r.cfg.Independent(nil)).Known(), inv, r.opts)
}

// decide plans the restores that are asked for, given what the servers hold.
func (r restoring) decide(ctx context.Context, inv plan.Inventory) (restores, error) {
	survey := r.survey(inv)
	object, point, err := choose(survey, r.ref, r.at, r.opts, r.lost)
	if err != nil {
		return nil, err
	}
	if err := freeToName(survey, object, r.restoreOptions); err != nil {
		return nil, err
	}
	point = object.Near(point, plan.Side(r.to))
	request := plan.RestoreRequest{Object: object, Point: point, To: plan.Side(r.to), As: r.as, InPlace: r.inPlace, Start: r.start, NICs: r.nics, Unread: r.lost.sides()}
	gauge(ctx, r.pair, inv, point, request.To)
	if !r.volumes {
		return restores{plan.RestoreOf(request, inv, r.opts)}, nil
	}
	if r.as != "" {
		return nil, usage("restore the volumes by themselves: iab restore VOLUME --as NAME", "read --with-volumes: a second object can't have the volumes of the first")
	}
	var list restores
	for _, volume := range plan.VolumeRestores(request, survey, inv) {
		gauge(ctx, r.pair, inv, volume.Point, volume.To)
		list = append(list, plan.RestoreOf(volume, inv, r.opts))
		if request.With == nil {
			request.With = map[plan.Ref]bool{}
		}
		request.With[volume.Object.Ref] = true
	}
	return append(list, plan.RestoreOf(request, inv, r.opts)), nil
}

// checkWords refuses flags that are given and empty, as those of a script whose variable is not set.
func (o restoreOptions) checkWords(cmd *cobra.Command) error {
	for _, flag := range []struct{ name, hint string }{
		{"at", "leave it out for the newest restore point"},
		{"as", "leave it out to restore the object under its own name"},
		{"to-dir", "name a directory"},
	} {
		if f := cmd.Flags().Lookup(flag.name); f.Changed && f.Value.String() == "" {
			return usage(flag.hint, "read --%s: it is empty", flag.name)
		}
	}
	return nil
}

// freeToName refuses a name for a second object that no such object can have, or that another object of the config has.
func freeToName(survey plan.Survey, object plan.Object, o restoreOptions) error {
	if o.as == "" {
		return nil
	}
	named := object.Job.RefOn(plan.Side(o.to))
	named.Name = o.as
	if err := config.CheckName(named); err != nil {
		return usage("choose another name", "read --as: %q %s", o.as, err)
	}
	for _, other := range survey.Objects {
		if !other.Jobless && other.Ref != object.Ref && other.Job.RefOn(plan.Side(o.to)) == named {
			return usage("choose another name", "read --as: %s is another object of the config", other.Ref)
		}
	}
	return nil
}

// gauge asks how much the holder of a restore point takes that is to be sent to the other side. What a server does not tell stays unknown.
func gauge(ctx context.Context, pair examined, inv plan.Inventory, point plan.Point, to plan.Side) {
	if held, ok := inv.On(point.Side).Holdings[point.Holder]; ok && point.Side != to {
		held.Used, _ = pair.Used(ctx, point.Side, point.Holder)
		inv.On(point.Side).Holdings[point.Holder] = held
	}
}

// choose finds the one object that a name means, and its restore point.
func choose(survey plan.Survey, ref, at string, opts plan.Options, lost lostSides) (plan.Object, plan.Point, error) {
	object, err := oneObject(survey, ref)
	if err != nil {
		return object, plan.Point{}, lost.mention(err)
	}
	if err := lost.nothingOf(object); err != nil {
		return object, plan.Point{}, err
	}
	point, err := object.Choose(at, opts.Location, opts.Now)
	if err != nil {
		return object, point, lost.mention(usage(run.Advice(err), "%s", err))
	}
	return object, point, nil
}

// oneObject finds the one object that a name means.
func oneObject(survey plan.Survey, text string) (plan.Object, error) {
	pattern, err := plan.ParsePattern(text)
	if err != nil {
		return plan.Object{}, usage(refHint, "%s", err)
	}
	var found []plan.Object
	var names []string
	for _, object := range survey.Objects {
		if pattern.Match(object.Ref) {
			found, names = append(found, object), append(names, object.Ref.String())
		}
	}
	switch len(found) {
	case 0:
		return plan.Object{}, usage("`iab snapshots` lists everything that can be restored", "there is no object %q in the config, and no replica of that name", text)
	case 1:
		return found[0], nil
	}
	return plan.Object{}, usage("name one of them in full", "%q means several objects: %s", text, strings.Join(names, ", "))
}

// confirm asks before something that is there is changed.
func (a *app) confirm(list restores, yes bool) error {
	return a.goOn(yes || !slices.ContainsFunc(list, plan.Restore.Destroys))
}

// goOn asks a person whether to go on, unless that is clear already.
func (a *app) goOn(clear bool) error {
	if clear {
		return nil
	}
	if _, ok := terminal(a.stdio.Out); !ok {
		return usage("look at it with --dry-run, then add --yes", "restore: what is there would be changed, and there is no terminal to ask on")
	}
	return a.ask()
}

// ask asks a person to go on.
func (a *app) ask() error {
	fmt.Fprint(a.stdio.Err, "Go on? Type yes: ")
	answer, err := (&lines{a.stdio.In}).next()
	if err != nil || strings.TrimSpace(answer) != "yes" {
		return usage("", "not confirmed, so nothing was changed")
	}
	return nil
}

// finishRestore shows how restores ended.
func (a *app) finishRestore(done []run.Restored) error {
	ok, interrupted := true, false
	for _, d := range done {
		ok, interrupted = ok && d.OK, interrupted || d.Interrupted
	}
	if a.globals.json {
		if err := writeJSON(a.stdio.Out, run.Restores{OK: ok, Restores: done}); err != nil {
			return err
		}
	} else if _, err := io.WriteString(a.stdio.Out, restoredText(done)); err != nil {
		return err
	}
	switch {
	case interrupted:
		return errInterrupted
	case !ok:
		return errJobs
	}
	return nil
}

// showRestores prints what would be done, and ends with exit code 1 if something stands in its way.
func (a *app) showRestores(list restores) error {
	var err error
	if a.globals.json {
		planned := run.Restores{OK: !list.problem(), Restores: []run.Restored{}}
		for _, r := range list {
			planned.Restores = append(planned.Restores, run.Restored{OK: r.Problem == "", Plan: r})
		}
		err = writeJSON(a.stdio.Out, planned)
	} else {
		_, err = io.WriteString(a.stdio.Out, restoresText(list))
	}
	if err == nil && list.problem() {
		return errJobs
	}
	return err
}
