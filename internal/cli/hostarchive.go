package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"iab/internal/config"
	"iab/internal/incusos"
	"iab/internal/plan"
	"iab/internal/run"
)

// hostless reports whether a run leaves the hosts out: it is about a few objects, or copies nothing.
func (c *choice) hostless() bool { return c.dryRunCopy || len(c.only) > 0 }

// hostPlanText says what the last phase of a run archives of the hosts themselves. What a host has is seen only then.
func hostPlanText(cfg config.Config, c choice) string {
	if c.hostless() {
		return ""
	}
	var b strings.Builder
	for _, side := range plan.BothSides {
		host := cfg.Host(side)
		if os := host.OS; os != nil {
			apps := "all applications"
			if len(os.Applications) > 0 {
				apps = strings.Join(os.Applications, ", ")
			}
			fmt.Fprintf(&b, "host %s: archive the system and %s in %s\n", host.Name, apps, os.Dir)
		}
		if host.State != nil {
			fmt.Fprintf(&b, "host %s: archive the definitions in %s\n", host.Name, host.State.Dir)
		}
	}
	return b.String()
}

// addHostArchives is the last phase of a run: the servers themselves, unless the time for new work is over.
func (a *app) addHostArchives(ctx context.Context, log *slog.Logger, cfg config.Config, c choice, until time.Time, report *run.Report) {
	if !until.IsZero() && !a.now().Before(until) {
		if left := unbegunArchives(cfg, c); len(left) > 0 {
			report.LeaveHostArchives(left, a.now())
		}
		return
	}
	if archives := a.archiveHosts(ctx, log, cfg, c); len(archives) > 0 {
		report.AddHostArchives(archives, a.now(), ctx.Err() != nil)
	}
}

// unbegunArchives names the hosts that the config archives, and for which there was no time.
func unbegunArchives(cfg config.Config, c choice) []run.HostArchive {
	if c.hostless() {
		return nil
	}
	var list []run.HostArchive
	for _, side := range plan.BothSides {
		if host := cfg.Host(side); host.OS != nil || host.State != nil {
			list = append(list, run.HostArchive{Side: side, Host: host.Name, Outcome: run.Skipped, Error: "not begun: " + run.TimeOver, Deleted: []string{}})
		}
	}
	return list
}

// archiveHosts archives what the config says of the servers themselves: the last phase of a run. It never touches the
// results of the jobs.
func (a *app) archiveHosts(ctx context.Context, log *slog.Logger, cfg config.Config, c choice) []run.HostArchive {
	if c.hostless() {
		return nil
	}
	var list []run.HostArchive
	for _, side := range plan.BothSides {
		jobs, err := a.hostJobs(cfg.Host(side), backupOptions{})
		if err == nil && len(jobs) == 0 {
			continue
		}
		for i := range jobs {
			jobs[i].Prune = jobs[i].Prune && !c.dryRunPrune
		}
		var results []incusos.Result
		if err != nil {
			results = []incusos.Result{unopened(ctx, cfg.Host(side).Name, err)}
		} else {
			results, _ = a.runHostJobs(ctx, log, cfg, side, jobs, backupOptions{}) // the error stands in the results
		}
		for _, r := range results {
			list = append(list, run.HostArchive{
				Side: side, Host: r.Host, Member: r.Member, Part: string(r.Part), Outcome: run.Outcome(r.Outcome),
				Error: r.Error, Hint: r.Hint, File: r.File, Bytes: r.Bytes, Deleted: r.Deleted, Warnings: r.Warnings,
			})
		}
	}
	return list
}
