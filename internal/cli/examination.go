package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"iab/internal/check"
	"iab/internal/config"
	"iab/internal/notify"
	"iab/internal/plan"
	"iab/internal/remote"
	"iab/internal/run"
)

// examined is a pair of servers that tells check more than a run needs to know. A side may be missing.
type examined interface {
	servers

	// Rights tells what a server lets the certificate of that fingerprint do.
	Rights(ctx context.Context, side plan.Side, fingerprint string) (remote.Rights, error)
	// Space tells how full a pool is, in a cluster on one member.
	Space(ctx context.Context, side plan.Side, pool, member string) (remote.Space, error)
	// Instance reads all of an instance that an inventory has told in brief.
	Instance(ctx context.Context, side plan.Side, ref plan.Ref) (plan.Holding, error)
	// Pool reads a pool, which an inventory in brief does not tell of.
	Pool(ctx context.Context, side plan.Side, name string) (pool plan.Pool, ok bool, err error)
	// Used tells how many bytes an object takes, 0 where the server does not tell.
	Used(ctx context.Context, side plan.Side, ref plan.Ref) (int64, error)
}

// startLimit is how long a start of what an interrupted run has left stopped may take.
const startLimit = 2 * time.Minute

// examination gathers the facts for one check. What can't be looked at is a fact, too.
type examination struct {
	app        *app
	cfg        config.Config
	facts      check.Facts
	outOfReach bool // a server could not be reached or does not trust us
}

// look gathers everything: first from this machine, then from the servers.
func (e *examination) look(ctx context.Context) {
	if !e.config(ctx) {
		data, _ := e.app.configText(ctx) // a missing file names no services
		e.services(ctx, receivers(config.NotifyURLs(data)))
		return
	}
	if creds, ok := e.credentials(); ok {
		e.lock(ctx)
		e.servers(ctx, creds)
	}
	e.services(ctx, receivers(e.cfg.HealthchecksURL, e.cfg.GotifyURL, e.cfg.Services))
}

// config reads the config, and reports whether it can be used.
func (e *examination) config(ctx context.Context) bool {
	path := e.app.configPath()
	cfg, err := e.app.load(ctx)
	e.cfg, e.facts.Config = cfg, check.Config{Path: path, Warnings: cfg.Warnings, Projects: cfg.Scope().Projects, Into: cfg.Scope().Into}
	for _, project := range cfg.Projects {
		e.facts.Config.Objects += len(project.Objects)
	}
	var invalid *config.Error
	if errors.As(err, &invalid) {
		for _, p := range invalid.Problems {
			misfit := check.Misfit{Trouble: check.Trouble{Text: p.Text, Hint: p.Hint}}
			if p.Path != "" {
				misfit.Place = fmt.Sprintf("line %d, %s", p.Line, p.Path)
			}
			e.facts.Config.Problems = append(e.facts.Config.Problems, misfit)
		}
	} else if err != nil {
		e.facts.Config.Problems = append(e.facts.Config.Problems, check.Misfit{Trouble: *troubled(err)})
	}
	return err == nil
}

func (e *examination) credentials() (remote.Credentials, bool) {
	creds, err := remote.LoadCredentials(e.cfg.CredDir)
	e.facts.Own = check.Certificate{Dir: e.cfg.CredDir, Warnings: creds.Warnings, Trouble: troubled(err)}
	if err != nil {
		return creds, false
	}
	e.facts.Own.Fingerprint, e.facts.Own.Until = creds.Fingerprint()[:12], creds.NotAfter()
	return creds, true
}

// lock looks whether the next run could take the lock. It gives it back at once.
func (e *examination) lock(ctx context.Context) {
	e.facts.Lock = check.Lock{Path: lockPath(e.cfg)}
	release, err := e.app.lock(ctx, e.cfg, 0)
	if err == nil {
		release()
		return
	}
	if e.facts.Lock.Held = exitCode(err) == exitLocked; !e.facts.Lock.Held {
		e.facts.Lock.Trouble = troubled(err)
	}
}

// servers connects to both servers and looks at what can be seen there, with one of them too.
func (e *examination) servers(ctx context.Context, creds remote.Credentials) {
	pair, failed := e.app.reach(ctx, e.cfg, creds)
	defer pair.Close()
	for _, side := range plan.BothSides {
		server := &check.Server{Spaces: map[string]check.Space{}}
		server.Until, _ = remote.PinnedUntil(creds.Dir, e.cfg.Host(side).URL) // without a pin there is no connection either
		e.facts.Servers.Set(side, server)
		if err := failed.On(side); err != nil {
			e.lost(side, err)
		}
	}
	inv, err := e.read(ctx, pair)
	if err == nil {
		inv, err = e.restart(ctx, pair, inv)
	}
	for _, side := range e.reached() {
		if err != nil {
			e.lost(side, err)
			continue
		}
		e.facts.Servers.On(side).Held = inv.On(side)
		e.rights(ctx, pair, side, creds.Fingerprint())
	}
	if err != nil {
		return
	}
	selection := e.cfg.Select(inv, e.cfg.Independent(nil))
	e.facts.Jobs, e.facts.Left = selection.Jobs, selection.Left
	for _, job := range e.facts.Jobs { // of projects that a glob has found
		if !slices.Contains(e.facts.Config.Projects, job.Ref.Project) {
			e.facts.Config.Projects = append(e.facts.Config.Projects, job.Ref.Project)
		}
		if into := job.Replica().Project; !slices.Contains(e.facts.Config.Into, into) {
			e.facts.Config.Into = append(e.facts.Config.Into, into)
		}
	}
	slices.Sort(e.facts.Config.Projects)
	slices.Sort(e.facts.Config.Into)
	e.space(ctx, pair, inv)
	if len(e.reached()) == len(plan.BothSides) {
		e.next(ctx, pair, inv)
	}
}

// lost notes that a side can't be looked at.
func (e *examination) lost(side plan.Side, err error) {
	e.facts.Servers.On(side).Trouble = troubled(err)
	e.outOfReach = e.outOfReach || exitCode(err) == exitServer
}

// reached lists the sides that can be looked at.
func (e *examination) reached() []plan.Side {
	var sides []plan.Side
	for _, side := range plan.BothSides {
		if e.facts.Servers.On(side).Trouble == nil {
			sides = append(sides, side)
		}
	}
	return sides
}

// read is the inventory of everything in the config's projects.
func (e *examination) read(ctx context.Context, pair examined) (plan.Inventory, error) {
	scope := e.cfg.Scope()
	scope.Whole.Source = true
	return pair.Inventory(ctx, scope)
}

// restart starts what an interrupted run has left stopped, lets go on what it has left frozen, and returns what both sides hold then. A run that goes on may have
// stopped something for its own snapshot: that is left alone, which the lock tells.
func (e *examination) restart(ctx context.Context, pair examined, inv plan.Inventory) (plan.Inventory, error) {
	stopped := e.leftByOthers(inv)
	if len(stopped) == 0 || ctx.Err() != nil {
		return inv, nil
	}
	release, err := e.app.lock(ctx, e.cfg, 0)
	if err != nil {
		for _, restart := range stopped {
			restart.Busy = exitCode(err) == exitLocked
			if !restart.Busy {
				restart.Trouble = troubled(err)
			}
			e.facts.Restarts = append(e.facts.Restarts, restart)
		}
		return inv, nil
	}
	defer release()
	// The run that stopped them may have ended only now: it has started them, then, or left them to us.
	inv, err = e.read(ctx, pair)
	if err != nil {
		return inv, err
	}
	for _, restart := range e.leftByOthers(inv) {
		starting, cancel := context.WithTimeout(ctx, startLimit)
		if restart.Frozen {
			err = pair.Unfreeze(starting, restart.Ref)
		} else {
			err = pair.Start(starting, restart.Ref)
		}
		cancel()
		restart.Trouble = troubled(err)
		e.facts.Restarts = append(e.facts.Restarts, restart)
	}
	if len(e.facts.Restarts) == 0 {
		return inv, nil
	}
	return e.read(ctx, pair)
}

// leftByOthers lists what bears the mark of a freeze or of a stop that was never ended.
func (e *examination) leftByOthers(inv plan.Inventory) []check.Restart {
	var list []check.Restart
	for _, ref := range plan.Resumes(e.cfg.Jobs(inv, e.cfg.Independent(nil)), inv, e.cfg.Identity()) {
		list = append(list, check.Restart{Ref: ref, Frozen: true})
	}
	for _, ref := range plan.Restarts(e.cfg.Jobs(inv, e.cfg.Independent(nil)), inv, e.cfg.Identity()) {
		list = append(list, check.Restart{Ref: ref})
	}
	return list
}

func (e *examination) rights(ctx context.Context, pair examined, side plan.Side, fingerprint string) {
	found, err := pair.Rights(ctx, side, fingerprint)
	e.facts.Servers.On(side).Rights = &check.Rights{Restricted: found.Restricted, Projects: found.Projects, Trouble: troubled(err)}
}

// space asks how full the target's pools are that jobs need.
func (e *examination) space(ctx context.Context, pair examined, inv plan.Inventory) {
	for _, pool := range check.Pools(e.facts.Jobs, plan.Target) {
		if _, ok := inv.Target.Pools[pool]; !ok {
			continue
		}
		for _, member := range check.Holders(inv.Target) {
			found, err := pair.Space(ctx, plan.Target, pool, member)
			e.facts.Servers.Target.Spaces[check.PoolOn(pool, member)] = check.Space{Used: found.Used, Total: found.Total, Trouble: troubled(err)}
		}
	}
}

// next plans the run that would come now.
func (e *examination) next(ctx context.Context, pair examined, inv plan.Inventory) {
	next := check.Next{Whom: e.cfg.Identity(), Used: map[plan.Ref]int64{}}
	options := e.app.planOptions(e.cfg)
	options.Selection = e.cfg.Select(inv, e.cfg.Independent(nil))
	self, err := e.app.self(ctx, e.facts.Jobs)
	options.Self, e.facts.Self = self, troubled(err)
	next.Plan = plan.Build(e.facts.Jobs, inv, options)
	for _, ref := range check.FirstCopies(next.Plan) {
		next.Used[ref], _ = pair.Used(ctx, plan.Source, ref) // what is not known is told as such
	}
	e.facts.Next = &next
}

// services notes whom the config names to be told of runs, and with --notify how they took a test message.
func (e *examination) services(ctx context.Context, named []receiver) {
	var group notify.Group
	for _, s := range named {
		e.facts.Services = append(e.facts.Services, check.Service{Name: s.name, Trouble: troubled(s.err)})
		if s.err == nil {
			group.Notifiers = append(group.Notifiers, s.notifier)
		}
	}
	if !e.facts.Told || ctx.Err() != nil {
		return
	}
	for _, failed := range group.Test(ctx) {
		for i := range e.facts.Services {
			if e.facts.Services[i].Name == failed.Name {
				e.facts.Services[i].Trouble = troubled(failed.Err)
			}
		}
	}
}

// troubled is what the facts say of an error, nil for none.
func troubled(err error) *check.Trouble {
	if err == nil {
		return nil
	}
	return &check.Trouble{Text: sentence(err), Hint: run.Advice(err)}
}
