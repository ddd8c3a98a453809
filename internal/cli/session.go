package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/pflag"

	"iab/internal/config"
	"iab/internal/plan"
)

// defaultConfig is read when no flag names another file.
const defaultConfig = "config.json"

// configPath is the config file: the flag, else ./config.json, else $IAB_CONFIG.
func (a *app) configPath() string {
	if a.globals.config != "" {
		return a.globals.config
	}
	if _, err := os.Stat(defaultConfig); errors.Is(err, os.ErrNotExist) && a.getenv("IAB_CONFIG") != "" {
		return a.getenv("IAB_CONFIG")
	}
	return defaultConfig
}

// choice is what the flags change about a plan. `iab plan` and `iab run` share it, so that what is shown is what runs.
type choice struct {
	dryRunCopy  bool
	dryRunPrune bool
	iosFix      bool
	allowLoss   bool
	only        []string
	reseed      []string
	waited      map[plan.Ref]string // see plan.Options
	flags       *pflag.FlagSet
}

func (c *choice) register(flags *pflag.FlagSet) {
	c.flags = flags
	flags.BoolVar(&c.dryRunCopy, "dry-run-copy", false, "take no snapshot and copy nothing; pruning runs")
	flags.BoolVar(&c.dryRunPrune, "dry-run-prune", false, "delete nothing; snapshots and copies run")
	flags.BoolVar(&c.iosFix, "ios-fix", true, "judge the target by the source's policies (default true unless iab.independentRetention is set)")
	flags.Lookup("ios-fix").DefValue = "false" // keeps the parser from printing a default of its own
	flags.BoolVar(&c.allowLoss, "allow-loss", false, "let a copy delete most of a replica's snapshots after the source has lost them, or overwrite a replica that was started")
	flags.StringSliceVar(&c.reseed, "reseed", nil, "set the replica of this `REF` aside with its history, and make a new one; repeatable, or a glob")
	flags.StringSliceVar(&c.only, "only", nil, "only this `REF`, repeatable: [PROJECT/]instance/NAME, [PROJECT/]volume/POOL/NAME or NAME, or a glob")
}

// independent is what the flag says about the retention policies, nil if it is not given.
func (c *choice) independent() *bool {
	if !c.flags.Changed("ios-fix") {
		return nil
	}
	independent := !c.iosFix
	return &independent
}

// plan reads both servers and decides. The inventory comes back for the report.
func (a *app) plan(ctx context.Context, cfg config.Config, pair servers, c choice) (plan.Plan, plan.Inventory, error) {
	inv, err := pair.Inventory(ctx, cfg.Scope())
	if err != nil {
		return plan.Plan{}, inv, err
	}
	if c.flags.Changed("only") && len(c.only) == 0 {
		return plan.Plan{}, inv, usage(refHint, "read --only: it names nothing")
	}
	if c.flags.Changed("reseed") && len(c.reseed) == 0 {
		return plan.Plan{}, inv, usage(refHint, "read --reseed: it names nothing")
	}
	selection := cfg.Select(inv, cfg.Independent(c.independent()))
	jobs := selection.Jobs
	if len(c.only) > 0 {
		selection = plan.Selection{} // what it says of others is not asked for

		if jobs, err = selected(jobs, "--only", c.only); err != nil {
			return plan.Plan{}, inv, err
		}
	}
	reseed := map[plan.Ref]bool{}
	anew, err := selected(jobs, "--reseed", c.reseed)
	if err != nil {
		return plan.Plan{}, inv, err
	}
	for _, job := range anew {
		reseed[job.Ref] = true
	}
	options := a.planOptions(cfg)
	options.NoCopy, options.NoPrune, options.AllowLoss, options.Reseed = c.dryRunCopy, c.dryRunPrune, c.allowLoss, reseed
	options.Waited, options.Selection = c.waited, selection
	if options.Self, err = a.self(ctx, jobs); err != nil {
		return plan.Plan{}, inv, err
	}
	return plan.Build(jobs, inv, options), inv, nil
}

// planOptions are those of a run without flags.
func (a *app) planOptions(cfg config.Config) plan.Options {
	return plan.Options{Now: a.now(), Location: cfg.Location(a.local), Local: a.local, Identity: cfg.Identity(), Address: cfg.Target.URL}
}

// selected returns the jobs that a flag names. A name that matches no job is an error: a typo must not look like a good run.
func selected(jobs []plan.Job, flag string, named []string) ([]plan.Job, error) {
	taken := map[plan.Ref]bool{}
	for _, text := range named {
		pattern, err := plan.ParsePattern(text)
		if err != nil {
			return nil, usage(refHint, "read %s: %s", flag, err)
		}
		hit := false
		for _, job := range jobs {
			if pattern.Match(job.Ref) {
				taken[job.Ref], hit = true, true
			}
		}
		if !hit {
			return nil, usage(nearJob(jobs, text), "read %s: no object of the config matches %q", flag, text)
		}
	}
	return slices.DeleteFunc(slices.Clone(jobs), func(j plan.Job) bool { return !taken[j.Ref] }), nil
}

const refHint = "write [PROJECT/]instance/NAME, [PROJECT/]volume/POOL/NAME or NAME"

// nearJob proposes the object that a mistyped name was probably meant for.
func nearJob(jobs []plan.Job, text string) string {
	hint, best := "`iab plan` lists every object of the config", 3
	for _, job := range jobs {
		for _, name := range []string{job.Ref.Name, job.Ref.String()} {
			if d := levenshtein.ComputeDistance(text, name); d < best && d < len(name) {
				hint, best = "did you mean "+name+"?", d
			}
		}
	}
	return hint
}

// lockPath is the file that one run at a time holds, per credential directory.
func lockPath(cfg config.Config) string { return filepath.Join(cfg.CredDir, "iab.lock") }
