package cli

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"iab/internal/config"
	"iab/internal/incusos"
	"iab/internal/plan"
	"iab/internal/run"
)

// backupOptions are the flags of os backup. None of system, apps and state means what the config says.
type backupOptions struct {
	hostChoice
	system     bool
	apps       []string
	state      bool
	complete   bool
	dir        string
	recipients []string
	lockWait   time.Duration
}

func newOSBackup(a *app) *cobra.Command {
	var o backupOptions
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Archive the system, applications and definitions of the hosts",
		Long: `Archives what hosts[].os and hosts[].state of the config say, or what the flags name, of every member of a
cluster, into DIR/HOST/MEMBER/PART/IAB_YYYYMMDD-HHMMSS.tar.gz (UTC), and prunes the older archives by the config's
policy. An archive counts only after it was read to its end. It is encrypted to the recipients, public keys of age;
without them everybody who gets the file gets the keys in it.

What is not IncusOS and what has no state is skipped with the reason. Exit code 1 if anything failed, or if nothing
was archived at all.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.backupHosts(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	o.register(flags, " (default: both)")
	flags.BoolVar(&o.system, "system", false, "archive the system")
	flags.StringSliceVar(&o.apps, "app", nil, "archive the application `NAME`, repeatable")
	flags.BoolVar(&o.state, "state", false, "archive the definitions: projects, profiles, networks, pools; of any Incus")
	flags.BoolVar(&o.complete, "complete", false, "with what applications have only cached (default hosts[].os.complete)")
	flags.StringVar(&o.dir, "dir", "", "put archives into `DIR` and prune nothing there (default hosts[].os.dir, hosts[].state.dir)")
	flags.StringSliceVar(&o.recipients, "recipient", nil, "encrypt to this public `KEY` of age, repeatable (default those of the config)")
	flags.DurationVar(&o.lockWait, "lock-wait", 0, "`TIME` to wait while another run holds the lock, such as 10m (default: don't wait)")
	return cmd
}

// chosen reports whether the flags name parts, so that the config's do not count.
func (o backupOptions) chosen() bool { return o.system || len(o.apps) > 0 || o.state }

func (a *app) backupHosts(ctx context.Context, o backupOptions) error {
	log := a.logger()
	sides, err := o.sides()
	if err != nil {
		return err
	}
	if o.lockWait < 0 {
		return usage("use a duration such as 10m", "read --lock-wait: %s is negative", o.lockWait)
	}
	cfg, err := a.load(ctx)
	if err != nil {
		return err
	}
	jobs := map[plan.Side][]incusos.Job{}
	for _, side := range sides {
		if jobs[side], err = a.hostJobs(cfg.Host(side), o); err != nil {
			return err
		}
	}
	sides = slices.DeleteFunc(slices.Clone(sides), func(side plan.Side) bool { return len(jobs[side]) == 0 })
	if len(sides) == 0 {
		return usage("set hosts[].os or hosts[].state, or name a place by --dir", "archive the hosts: the config says nothing about it")
	}
	release, err := a.lock(ctx, cfg, o.lockWait)
	if err != nil {
		return err
	}
	defer release()
	backup := incusos.Backup{OK: true, Results: []incusos.Result{}}
	for _, side := range sides {
		results, err := a.runHostJobs(ctx, log, cfg, side, jobs[side], o)
		if err != nil && len(sides) == 1 {
			return err
		}
		backup.Results = append(backup.Results, results...)
	}
	return a.endBackup(ctx, backup)
}

// endBackup prints what was archived. Nothing at all is a failure too: somebody asked for it.
func (a *app) endBackup(ctx context.Context, backup incusos.Backup) error {
	archived := 0
	for _, r := range backup.Results {
		backup.OK = backup.OK && r.Outcome != incusos.Failure
		if r.Outcome == incusos.OK {
			archived++
		}
	}
	backup.OK = backup.OK && archived > 0
	if err := a.print(backup, backupText(backup, a.globals.quiet)); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case !backup.OK:
		return errJobs
	}
	return nil
}

// runHostJobs connects to a server and carries its jobs out. An error says that it could not be reached, and stands in the
// result too.
func (a *app) runHostJobs(ctx context.Context, log *slog.Logger, cfg config.Config, side plan.Side, jobs []incusos.Job, o backupOptions) ([]incusos.Result, error) {
	host, err := a.openHost(ctx, cfg, side)
	if err != nil {
		return []incusos.Result{unopened(ctx, cfg.Host(side).Name, err)}, err
	}
	defer host.Close()
	var results []incusos.Result
	for _, job := range jobs {
		if job.State != nil {
			job.State = host.definitions
		}
		job.Member = o.member
		job.Progress = func(path string, bytes int64) { log.Info("archived", "file", path, "bytes", bytes) }
		results = append(results, job.Run(ctx, host.server)...)
	}
	for _, r := range results {
		for _, warning := range r.Warnings {
			log.Warn(warning, "archive", r.File)
		}
	}
	return results, nil
}

// hostJobs are the jobs of one host: of IncusOS, and of its definitions.
func (a *app) hostJobs(host config.Host, o backupOptions) ([]incusos.Job, error) {
	var jobs []incusos.Job
	if os := host.OS; o.system || len(o.apps) > 0 || !o.chosen() && (os != nil || o.dir != "") {
		job, err := a.hostJob("hosts[].os", os, o)
		if err != nil {
			return nil, err
		}
		job.System, job.Apps = o.system, o.apps
		if !o.chosen() {
			job.System, job.AllApps = true, os == nil || len(os.Applications) == 0
			if os != nil {
				job.Apps = os.Applications
			}
		}
		job.Complete = o.complete || os != nil && os.Complete
		jobs = append(jobs, job)
	}
	if state := host.State; o.state || !o.chosen() && state != nil {
		job, err := a.hostJob("hosts[].state", state, o)
		if err != nil {
			return nil, err
		}
		job.State = noDefinitions
		jobs = append(jobs, job)
	}
	return jobs, nil
}

// noDefinitions stands for those of a host that is not connected yet.
func noDefinitions(context.Context) ([]byte, error) { return nil, errEarly }

// hostJob is a job with the settings of the config and the flags.
func (a *app) hostJob(key string, settings *config.Archives, o backupOptions) (incusos.Job, error) {
	job := incusos.Job{Clock: a.now}
	recipients := o.recipients
	if settings != nil {
		job.Store.Dir, job.Retention, job.Prune = settings.Dir, settings.Retention, o.dir == ""
		if len(recipients) == 0 {
			recipients = settings.Recipients
		}
	}
	if o.dir != "" {
		job.Store.Dir = o.dir
	}
	if job.Store.Dir == "" {
		return job, usage("name a place by --dir", "archive the hosts: %s is not in the config, so there is no place for the archives", key)
	}
	var err error
	job.Recipients, err = incusos.ParseRecipients(recipients)
	return job, err
}

// unopened is the result for a host that can't be reached.
func unopened(ctx context.Context, name string, err error) incusos.Result {
	r := incusos.Result{Host: name, Outcome: incusos.Failure, Error: err.Error(), Hint: run.Advice(err), Deleted: []string{}}
	if ctx.Err() != nil {
		r.Outcome, r.Error, r.Hint = incusos.Skipped, "interrupted", ""
	}
	return r
}

func backupText(backup incusos.Backup, quiet bool) string {
	var b strings.Builder
	for _, r := range backup.Results {
		if quiet && r.Outcome == incusos.OK {
			continue
		}
		name := r.Host
		for _, step := range []string{r.Member, string(r.Part)} {
			if step != "" {
				name += "/" + step
			}
		}
		fmt.Fprintf(&b, "%s: %s", r.Outcome, name)
		if r.File != "" {
			fmt.Fprintf(&b, ": %s, %s", r.File, plan.Size(r.Bytes))
		}
		if len(r.Deleted) > 0 {
			fmt.Fprintf(&b, ", %d older deleted", len(r.Deleted))
		}
		if r.Error != "" {
			fmt.Fprintf(&b, ": %s", r.Error)
		}
		b.WriteString("\n")
		if r.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", r.Hint)
		}
	}
	return b.String()
}
