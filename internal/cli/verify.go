package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/config"
	"iab/internal/files"
	"iab/internal/notify"
	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/verify"
)

// settleTime is how long an instance has to keep running in a drill where it tells nothing better.
const settleTime = 5 * time.Second

// verifyOptions are the flags of verify.
type verifyOptions struct {
	verify.Choice
	sample   string
	seed     string
	patience time.Duration
	parallel int
	lockWait time.Duration
	notify   bool
	dryRun   bool
}

func newVerify(a *app) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [REF...]",
		Short: "Prove that what is backed up can be restored",
		Long: `Looks at the chain from source to replica, at marks, completeness and dates on both sides, and at archives.
With --content the newest restore point that both sides have is compared file by file. With --boot the newest one of the target is
started on trial, without network: until it reports itself ready, or the command in its config key user.iab.verify
succeeds inside, or it has kept running for a while. Both work on temporary clones, which are always removed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.patience <= 0 || o.lockWait < 0 {
				return usage("use a duration such as 2m", "read --boot-timeout and --lock-wait: neither can be negative, and the first not zero")
			}
			if cmd.Flags().Changed("parallel") && (o.parallel < 1 || o.parallel > config.MaxParallel) {
				return usage(fmt.Sprintf("use a number from 1 to %d", config.MaxParallel), "read --parallel: %d is not possible", o.parallel)
			}
			if (cmd.Flags().Changed("sample") || cmd.Flags().Changed("seed") || o.EveryPoint) && !o.Content {
				return usage("add --content", "read --sample, --seed and --every-point: they are about content, which is not read")
			}
			if o.dryRun && a.globals.json {
				return usage("leave out one of the two", "read --json: what --dry-run shows is text for people")
			}
			return a.prove(cmd.Context(), args, o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.Content, "content", false, "compare what both sides hold file by file: type, size, mode, owner and content")
	flags.BoolVar(&o.EveryPoint, "every-point", false, "with --content: every complete restore point of the target, not just the newest that both sides have")
	flags.StringVar(&o.sample, "sample", "100%", "with --content: read the content of only this `PERCENTAGE` of the files")
	flags.StringVar(&o.seed, "seed", "", "with --sample: any `TEXT`; the same one chooses the same files (default: the date)")
	flags.BoolVar(&o.Boot, "boot", false, "start the newest restore point of the target on trial")
	flags.DurationVar(&o.patience, "boot-timeout", 2*time.Minute, "with --boot: the longest `TIME` until an instance has to work")
	flags.IntVar(&o.parallel, "parallel", 0, "work on `N` objects side by side (default iab.parallel, else 4)")
	flags.DurationVar(&o.lockWait, "lock-wait", 0, "`TIME` to wait while another command holds the lock, such as 10m (default: don't wait)")
	flags.BoolVar(&o.notify, "notify", false, "tell the services of the config if something is wrong")
	flags.BoolVar(&o.dryRun, "dry-run", false, "show what would be cloned and started, and change nothing")
	return cmd
}

// prove carries out one verification, with its report.
func (a *app) prove(ctx context.Context, refs []string, o verifyOptions) error {
	sample, err := a.sampleOf(o)
	if err != nil {
		return err
	}
	log := a.logger()
	started := a.now()
	cfg, err := config.Load(a.configPath())
	if err != nil {
		return err
	}
	a.warn(log, cfg)
	var group notify.Group
	if o.notify {
		group = a.notifiers(log, cfg.HealthchecksURL, cfg.GotifyURL, cfg.Services)
	}
	release, err := a.lock(ctx, cfg, o.lockWait)
	if err != nil {
		return err
	}
	defer release()
	report, err := a.proven(ctx, log, cfg, refs, o, sample)
	if err != nil {
		aborted := verify.Aborted(started, a.now(), err.Error(), run.Advice(err))
		a.tellVerified(ctx, log, group, aborted)
		return err
	}
	if o.dryRun {
		return nil
	}
	a.tellVerified(ctx, log, group, report)
	if err := a.showVerified(report); err != nil {
		return err
	}
	switch {
	case report.Interrupted:
		return errInterrupted
	case !report.OK:
		return errJobs
	}
	return nil
}

// proven reads both servers, decides, and does what there is to do. With --dry-run it shows that instead.
func (a *app) proven(ctx context.Context, log *slog.Logger, cfg config.Config, refs []string, o verifyOptions, sample files.Sample) (verify.Report, error) {
	pair, err := a.dial(ctx, cfg)
	if err != nil {
		return verify.Report{}, err
	}
	defer pair.Close()
	inv, err := pair.Inventory(ctx, cfg.Scope())
	if err != nil {
		return verify.Report{}, err
	}
	if !o.dryRun {
		a.clearLeftovers(ctx, log, pair, plan.Leftovers(inv, cfg.Identity()))
	}
	survey := plan.SurveyOf(cfg.Select(inv, cfg.Independent(nil)).Known(), inv, a.planOptions(cfg))
	objects, err := named(survey, refs)
	if err != nil {
		return verify.Report{}, err
	}
	if len(objects) == 0 {
		log.Warn("the config names no objects: there is nothing to verify", "config", a.configPath())
	}
	tasks := verify.Tasks(objects, inv, cfg.Identity(), o.Choice, a.now())
	if o.dryRun {
		_, err := io.WriteString(a.stdio.Out, tasksText(tasks, inv))
		return verify.Report{}, err
	}
	watcher := a.verifyWatcher(log)
	defer watcher.close()
	return verify.Execute(ctx, pair, tasks, verify.Options{
		Parallel: runOptions{parallel: o.parallel}.atOnce(cfg), Clock: a.now, Sample: sample,
		Wait: plan.Wait{Patience: o.patience, Settle: settleTime}, Observe: watcher.observe}), nil
}

// sampleOf reads --sample and --seed.
func (a *app) sampleOf(o verifyOptions) (files.Sample, error) {
	percent, err := strconv.ParseFloat(strings.TrimSuffix(o.sample, "%"), 64)
	if err != nil || !(percent > 0 && percent <= 100) {
		return files.Sample{}, usage("give a percentage such as 10%", "read --sample: %q is no percentage above 0 and up to 100", o.sample)
	}
	seed := o.seed
	if seed == "" {
		seed = a.now().In(a.local).Format(time.DateOnly)
	}
	return files.Sample{Percent: percent, Seed: seed}, nil
}

// named returns the objects that the arguments name, all if there are none. A name that matches none is an error.
func named(survey plan.Survey, refs []string) ([]plan.Object, error) {
	if len(refs) == 0 {
		return survey.Objects, nil
	}
	taken := map[plan.Ref]bool{}
	for _, text := range refs {
		pattern, err := plan.ParsePattern(text)
		if err != nil {
			return nil, usage(refHint, "%s", err)
		}
		hit := false
		for _, object := range survey.Objects {
			if pattern.Match(object.Ref) {
				taken[object.Ref], hit = true, true
			}
		}
		if !hit {
			var jobs []plan.Job
			for _, object := range survey.Objects {
				jobs = append(jobs, plan.Job{Ref: object.Ref})
			}
			return nil, usage(nearJob(jobs, text), "there is no object %q in the config, and no replica of that name", text)
		}
	}
	var list []plan.Object
	for _, object := range survey.Objects {
		if taken[object.Ref] {
			list = append(list, object)
		}
	}
	return list, nil
}

// clearLeftovers removes the temporary clones of killed commands. Whoever calls it holds the lock, so no other command uses them.
func (a *app) clearLeftovers(ctx context.Context, log *slog.Logger, pair servers, list []plan.Leftover) {
	for _, leftover := range list {
		if err := pair.DeleteClone(ctx, leftover.Side, leftover.Ref); err != nil {
			log.Warn(err.Error(), "hint", run.Advice(err))
			continue
		}
		log.Info("removed a temporary clone that a killed command has left", "object", leftover.Ref.String(), "side", leftover.Side)
	}
}

// tellVerified tells the services of what went wrong.
func (a *app) tellVerified(ctx context.Context, log *slog.Logger, group notify.Group, report verify.Report) {
	if !report.OK {
		logFailures(log, group.Finish(ctx, notify.Message{Title: "IAB verification failed", Body: notify.Redact(report.Text())}))
	}
}

// showVerified prints the report. Quiet leaves out what is well.
func (a *app) showVerified(report verify.Report) error {
	switch {
	case a.globals.json:
		return writeJSON(a.stdio.Out, report)
	case a.globals.quiet && report.OK:
		return nil
	case a.globals.quiet:
		var wrong []verify.Result
		for _, result := range report.Results {
			if !result.OK {
				wrong = append(wrong, result)
			}
		}
		report.Results = wrong
	}
	_, err := io.WriteString(a.stdio.Out, report.Text())
	return err
}

// tasksText prints what a verification would do.
func tasksText(tasks []verify.Task, inv plan.Inventory) string {
	var b strings.Builder
	for i, task := range tasks {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s\n  examine   the chain, the marks and the dates of %s\n", task.Object.Ref, count(len(task.Object.Points), "restore point"))
		for _, reading := range task.Reads {
			if reading.Source != nil {
				cloneLine(&b, *reading.Source, inv, "its files are compared with the target's")
			}
			cloneLine(&b, reading.Target, inv, "its files are read")
		}
		if task.Drill != nil {
			cloneLine(&b, *task.Drill, inv, "it is started on trial")
		}
		for _, note := range task.Notes {
			fmt.Fprintf(&b, "  note      %s\n", note)
		}
	}
	return b.String()
}

func cloneLine(b *strings.Builder, clone plan.Clone, inv plan.Inventory, why string) {
	side := clone.Of.Side
	server := inv.On(side)
	if !plan.Clones(server.Pools[server.Holdings[clone.Of.Holder].Pool].Driver) {
		why += "; a full copy, as its pool can't clone"
	}
	line(b, "clone", side, clone.Of.Snapshot, "as "+clone.Ref.Name+": "+why)
}
