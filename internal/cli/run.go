package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"iab/internal/config"
	"iab/internal/notify"
	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/status"
)

// lockRetry is how often a waiting run looks whether the lock is free.
const lockRetry = 200 * time.Millisecond

// defaultParallel is how many objects are worked on side by side where neither flag nor config says it.
const defaultParallel = 4

// runOptions are the flags of run.
type runOptions struct {
	choice
	dryRun      bool
	parallel    int
	lockWait    time.Duration
	maxDuration time.Duration // 0: it takes as long as it takes
	reportState bool
	metrics     string // file
}

// registerRun adds the flags of everything that carries out a run.
func (o *runOptions) registerRun(flags *pflag.FlagSet) {
	o.register(flags)
	flags.IntVar(&o.parallel, "parallel", 0, "work on `N` objects side by side (default iab.parallel, else 4)")
	flags.DurationVar(&o.lockWait, "lock-wait", 0, "`TIME` to wait while another run holds the lock, such as 10m (default: don't wait)")
	flags.DurationVar(&o.maxDuration, "max-duration", 0, "`TIME` after which nothing more is begun, such as 6h: what runs is finished, the rest is left to the next run, which begins with it")
	flags.StringVar(&o.metrics, "metrics-file", "", "write Prometheus metrics of the run, and of what both servers hold after it, to `FILE`")
	flags.BoolVar(&o.reportState, "report-state", false, "inside an Incus instance: make it Ready after a good run, Started after any other")
}

// check refuses values that no run can use.
func (o *runOptions) check() error {
	if o.flags.Changed("parallel") && (o.parallel < 1 || o.parallel > config.MaxParallel) {
		return usage(fmt.Sprintf("use a number from 1 to %d", config.MaxParallel), "read --parallel: %d is not possible", o.parallel)
	}
	if o.lockWait < 0 {
		return usage("use a duration such as 10m", "read --lock-wait: %s is negative", o.lockWait)
	}
	if o.flags.Changed("max-duration") && o.maxDuration <= 0 {
		return usage("use a duration such as 6h", "read --max-duration: %s leaves no time for anything", o.maxDuration)
	}
	if o.metrics != "" {
		return checkDestination("--metrics-file", o.metrics)
	}
	return nil
}

func newRun(a *app) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Snapshot, copy and prune everything that the config names",
		Long: `Takes a snapshot of every object of the config on the source, copies them to the target, and prunes
IAB's own snapshots on both sides by policy. A failure of one object never stops the others. At the end it archives
the hosts themselves, where the config says so (see "iab os").`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if o.dryRun || o.dryRunCopy && o.dryRunPrune {
				o.dryRunCopy, o.dryRunPrune = false, false
				return a.showPlan(cmd.Context(), o.choice)
			}
			return a.run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "show the plan and change nothing")
	o.registerRun(cmd.Flags())
	return cmd
}

// run carries out one whole run, with its notifications and its report.
func (a *app) run(ctx context.Context, o runOptions) error {
	err := a.backUp(ctx, o)
	if o.reportState {
		a.reportState(ctx, err)
	}
	return err
}

// backUp is a run without what the instance says about it.
func (a *app) backUp(ctx context.Context, o runOptions) error {
	log := a.logger()
	started := a.now()
	cfg, err := a.load(ctx)
	if err != nil {
		return a.abort(ctx, log, a.notifiersOfInvalid(ctx, log), o.metrics, started, err)
	}
	a.warn(log, cfg)
	group := a.notifiers(log, cfg.HealthchecksURL, cfg.GotifyURL, cfg.Services)
	release, err := a.lock(ctx, cfg, o.lockWait)
	if err != nil {
		var own *failure
		if errors.As(err, &own) && own.code == exitLocked {
			group, o.metrics = notify.Group{}, "" // the run that holds the lock tells its own end
		}
		return a.abort(ctx, log, group, o.metrics, started, err)
	}
	defer release()
	logFailures(log, group.Start(ctx))

	report, after, err := a.execute(ctx, log, cfg, o, started)
	if err != nil {
		return a.abort(ctx, log, group, o.metrics, started, err)
	}
	a.measure(log, o.metrics, report, after)
	a.finish(ctx, log, group, report)
	if err := a.show(report); err != nil {
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

// atOnce is how many objects are worked on side by side: the flag, else the config, else 4.
func (o runOptions) atOnce(cfg config.Config) int {
	return cmp.Or(o.parallel, cfg.Parallel, defaultParallel)
}

// limitsOf are the limits of the servers and their pools.
func limitsOf(cfg config.Config) plan.Sides[run.Limits] {
	var limits plan.Sides[run.Limits]
	for _, side := range plan.BothSides {
		host := cfg.Host(side)
		limits.Set(side, run.Limits{Parallel: host.Parallel, Pools: host.Pools})
	}
	return limits
}

// until is when the time for new work is over, zero for never. It counts from when the run holds the lock.
func (o runOptions) until(now time.Time) time.Time {
	if o.maxDuration == 0 {
		return time.Time{}
	}
	return now.Add(o.maxDuration)
}

// execute connects, plans and carries the plan out. An error means that nothing was changed. If metrics are wanted, it returns what both
// servers hold afterwards, too.
func (a *app) execute(ctx context.Context, log *slog.Logger, cfg config.Config, o runOptions, started time.Time) (run.Report, *status.Report, error) {
	until := o.until(a.now())
	pair, err := a.dial(ctx, cfg)
	if err != nil {
		return run.Report{}, nil, err
	}
	defer pair.Close()
	p, inv, err := a.plan(ctx, cfg, pair, o.choice)
	if err == nil {
		p, inv, err = a.settle(ctx, log, cfg, pair, o.choice, p, inv)
	}
	if err != nil {
		return run.Report{}, nil, err
	}
	if len(p.Items)+len(p.Excluded)+len(p.Warnings) == 0 {
		log.Warn("the config names no objects: there is nothing to do", "config", a.configPath())
	}
	for _, warning := range run.UnusedLimits(limitsOf(cfg), p, inv) {
		log.Warn(warning)
	}
	watcher := a.watcher(log)
	defer watcher.close()
	report := run.Execute(ctx, pair, p, inv, run.Options{Parallel: o.atOnce(cfg), Limits: limitsOf(cfg), Clock: a.now, Observe: watcher.observe, Until: until})
	report.StartedAt = started
	a.addHostArchives(ctx, log, cfg, o.choice, until, &report)
	if o.metrics == "" || ctx.Err() != nil {
		return report, nil, nil
	}
	return report, a.afterwards(ctx, log, cfg, pair), nil
}

// lock takes the lock of the credential directory, which ends with the process at the latest.
func (a *app) lock(ctx context.Context, cfg config.Config, wait time.Duration) (release func(), err error) {
	path := lockPath(cfg)
	if _, err := os.Stat(cfg.CredDir); errors.Is(err, os.ErrNotExist) {
		return nil, usage("run `iab onboard`, or correct iab.iabCredDir in the config", "open the credential directory %s: it does not exist", cfg.CredDir)
	}
	lock := flock.New(path, flock.SetPermissions(0o600))
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	locked, err := lock.TryLock()
	if err == nil && !locked && wait > 0 {
		locked, err = lock.TryLockContext(waiting, lockRetry)
	}
	switch {
	case ctx.Err() != nil:
		_ = lock.Unlock() // it may have been free
		return nil, errEarly
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		return nil, usage("check the owner and the modes of the directory", "lock %s: %s", path, cause(err))
	case !locked:
		return nil, &failure{exitLocked, fmt.Sprintf("another run holds the lock %s", path), "wait for it, or let this run wait: --lock-wait 1h"}
	}
	return func() { _ = lock.Unlock() }, nil
}

// cause takes the path away that the operating system's errors repeat.
func cause(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// absent is cause, in words where a file does not exist.
func absent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return errors.New("it does not exist")
	}
	return cause(err)
}

// notifiers are the services that the config names. A useless address is logged and left out: telling about a run never
// changes its result.
func (a *app) notifiers(log *slog.Logger, healthchecks, gotify string, services []config.Service) notify.Group {
	var group notify.Group
	for _, r := range receivers(healthchecks, gotify, services) {
		if r.err != nil {
			log.Warn(r.err.Error(), "hint", run.Advice(r.err))
			continue
		}
		group.Notifiers = append(group.Notifiers, r.notifier)
	}
	return group
}

// receiver is a service that is told of runs; err says why its address is useless.
type receiver struct {
	name     string
	notifier notify.Notifier
	err      error
}

// receivers are the services whose addresses are not empty.
func receivers(healthchecks, gotify string, services []config.Service) []receiver {
	var list []receiver
	for _, known := range []struct {
		name, address string
		open          func(string, *http.Client) (notify.Notifier, error)
	}{
		{"healthchecks", healthchecks, notify.Healthchecks},
		{"gotify", gotify, notify.Gotify},
	} {
		if known.address != "" {
			notifier, err := known.open(known.address, nil)
			list = append(list, receiver{known.name, notifier, err})
		}
	}
	for _, s := range services {
		notifier := notify.Service(s.Key, s.URL, s.Always)
		list = append(list, receiver{name: notifier.Name(), notifier: notifier})
	}
	return list
}

// notifiersOfInvalid are the services whose addresses can be made out in a config that can't be used.
func (a *app) notifiersOfInvalid(ctx context.Context, log *slog.Logger) notify.Group {
	data, err := a.configText(ctx)
	if err != nil {
		return notify.Group{}
	}
	healthchecks, gotify, services := config.NotifyURLs(data)
	return a.notifiers(log, healthchecks, gotify, services)
}

// abort tells the services, and with --json the reader of stdout, that the run could not be carried out. It returns the cause.
func (a *app) abort(ctx context.Context, log *slog.Logger, group notify.Group, metricsFile string, started time.Time, cause error) error {
	report := run.Aborted(started, a.now(), cause)
	a.measure(log, metricsFile, report, nil)
	a.finish(ctx, log, group, report)
	if a.globals.json {
		if err := writeJSON(a.stdio.Out, report); err != nil {
			return fmt.Errorf("%w; then write the report: %w", cause, err)
		}
	}
	return cause
}

// finish tells the services how the run ended.
func (a *app) finish(ctx context.Context, log *slog.Logger, group notify.Group, report run.Report) {
	title := "IAB backup failed"
	if report.OK {
		title = "IAB backup finished"
	}
	logFailures(log, group.Finish(ctx, notify.Message{OK: report.OK, Title: title, Body: notify.Redact(report.Text())}))
}

func logFailures(log *slog.Logger, failures []notify.Failure) {
	for _, f := range failures {
		log.Warn("notification did not get through", "service", f.Name, "error", f.Err)
	}
}

// warn logs what is odd about a config that can be used.
func (a *app) warn(log *slog.Logger, cfg config.Config) {
	for _, warning := range cfg.Warnings {
		log.Warn(warning)
	}
}

// show prints the report: JSON, a table on a terminal, else plain lines. Quiet leaves out what went well.
func (a *app) show(report run.Report) error {
	switch {
	case a.globals.json:
		return writeJSON(a.stdio.Out, report)
	case a.globals.quiet && report.OK:
		return nil
	case a.globals.quiet:
		report.Results = slices.DeleteFunc(slices.Clone(report.Results), func(r run.Result) bool { return r.Outcome == run.OK })
		report.HostArchives = slices.DeleteFunc(slices.Clone(report.HostArchives), func(h run.HostArchive) bool { return h.Outcome == run.OK })
	}
	if width, ok := terminal(a.stdio.Out); ok {
		_, err := io.WriteString(a.stdio.Out, reportTable(report, width, a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"))
		return err
	}
	_, err := io.WriteString(a.stdio.Out, report.Text())
	return err
}
