package cli

import (
	"context"
	"log/slog"
	"time"

	"iab/internal/config"
	"iab/internal/plan"
	"iab/internal/remote"
	"iab/internal/run"
	"iab/internal/status"
)

// observation is what both servers show, or one of them if the other is out of reach.
type observation struct {
	cfg     config.Config
	jobs    []plan.Job
	inv     plan.Inventory
	lost    plan.Sides[error] // why a side could not be connected to
	options plan.Options
	survey  plan.Survey
}

// observe reads the servers of a config, as many of them as can be connected to. Nothing is changed.
func (a *app) observe(ctx context.Context, log *slog.Logger, cfg config.Config) (observation, error) {
	creds, err := remote.LoadCredentials(cfg.CredDir)
	if err != nil {
		return observation{}, err
	}
	pair, lost := a.reach(ctx, cfg, creds)
	defer pair.Close()
	if err := ctx.Err(); err != nil {
		return observation{}, err
	}
	o := observation{cfg: cfg, lost: lost}
	if lost.Source == nil || lost.Target == nil {
		if o.inv, err = pair.Inventory(ctx, everything(cfg)); err != nil {
			return observation{}, err
		}
	}
	a.survey(ctx, log, &o)
	return o, nil
}

// everything is the scope of who looks for objects that no job takes, and for replicas that no job makes any more.
func everything(cfg config.Config) plan.Scope {
	scope := cfg.Scope()
	scope.Whole = plan.Sides[bool]{Source: true, Target: true}
	scope.Unconnected = true
	return scope
}

// survey lists what there is, given what the servers hold.
func (a *app) survey(ctx context.Context, log *slog.Logger, o *observation) {
	o.options = a.planOptions(o.cfg)
	o.options.Selection = o.cfg.Select(o.inv, o.cfg.Independent(nil))
	o.jobs = o.options.Selection.Jobs
	var err error
	if o.options.Self, err = a.self(ctx, o.jobs); err != nil {
		log.Warn("the next run can't be foreseen", "error", sentence(err), "hint", run.Advice(err))
	}
	o.survey = plan.SurveyOf(o.options.Selection.Known(), o.inv, o.options)
}

// status judges what was observed.
func (o observation) status(maxAge time.Duration) status.Report {
	facts := status.Facts{MaxAge: maxAge}
	facts.Survey, facts.Inventory, facts.Identity, facts.Unreached = o.survey, o.inv, o.cfg.Identity(), o.unreached()
	facts.Left = o.options.Selection.Left
	if len(facts.Unreached) == 0 {
		facts.Plan = plan.Build(o.jobs, o.inv, o.options)
	}
	return status.Judge(facts)
}

// unreached lists the servers that could not be connected to.
func (o observation) unreached() []status.Unreached {
	var list []status.Unreached
	for _, side := range plan.BothSides {
		if err := o.lost.On(side); err != nil {
			list = append(list, status.Unreached{Side: side, Error: sentence(err), Hint: run.Advice(err)})
		}
	}
	return list
}

// errOutOfReach ends a command whose output has said everything already.
var errOutOfReach = &failure{code: exitServer}
