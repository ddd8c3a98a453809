package cli

import (
	"context"
	"log/slog"
	"time"

	"iab/internal/config"
	"iab/internal/plan"
	"iab/internal/remote"
)

// opening is what a command works with that changes what the servers hold: no run meets it before close.
type opening struct {
	log   *slog.Logger
	cfg   config.Config
	creds remote.Credentials
	pair  examined
	lost  plan.Sides[error] // why a side could not be connected to

	release func()
}

// open loads the config, takes its lock and connects to the servers that answer. Which of them the command needs is its own matter.
func (a *app) open(ctx context.Context, lockWait time.Duration) (*opening, error) {
	o := &opening{log: a.logger()}
	var err error
	if o.cfg, err = a.load(ctx); err != nil {
		return nil, err
	}
	a.warn(o.log, o.cfg)
	if o.creds, err = remote.LoadCredentials(o.cfg.CredDir); err != nil {
		return nil, err
	}
	if o.release, err = a.lock(ctx, o.cfg, lockWait); err != nil {
		return nil, err
	}
	o.pair, o.lost = a.reach(ctx, o.cfg, o.creds)
	return o, nil
}

func (o *opening) close() {
	o.pair.Close()
	o.release()
}

// both returns an error unless both servers could be connected to.
func (o *opening) both() error {
	for _, side := range plan.BothSides {
		if err := o.lost.On(side); err != nil {
			return err
		}
	}
	return nil
}

// some returns the servers that do not answer. One that answers and refuses is an error, and so are two that do not answer.
func (o *opening) some() (lostSides, error) {
	none := o.lost.Source != nil && o.lost.Target != nil
	for _, side := range plan.BothSides {
		if err := o.lost.On(side); err != nil && (none || !gone(err)) {
			return lostSides{}, err
		}
	}
	return lostSides(o.lost), nil
}
