package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// stopPatience is how many looks at an object that the run of another config stops are enough. It is stopped for a snapshot only, and has
// stopTimeout to go down.
const stopPatience = stopTimeout + 60

// errStoppedElsewhere is that the run of another config has stopped an object, or is about to.
var errStoppedElsewhere = errors.New("the run of another config has stopped it, and does not start it again")

// claimStop marks an object as stopped by this config, before the stop. The mark of another config's run is never overwritten, since that
// one has to find it: it is waited for, unless the object runs all the time, as that run has started it again and only could not say
// so. Of two runs that try at the same moment the server takes one.
func (p *Pair) claimStop(ctx context.Context, ref plan.Ref) error {
	c := p.in(plan.Source, ref.Project)
	alwaysRan := true
	for look := range stopPatience {
		last := look == stopPatience-1
		err := p.again(ctx, nil, func(bool) error {
			return raced(ctx, func() error { return c.claim(ctx, ref, p.owner.Identity, last && alwaysRan) })
		})
		if !errors.Is(err, errStoppedElsewhere) {
			return err
		}
		alwaysRan = alwaysRan && c.running(ref)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.pace.ask):
		}
	}
	return &Error{Text: errStoppedElsewhere.Error(), Err: errStoppedElsewhere,
		Hint: fmt.Sprintf("if no such run goes on, start it and take the key %s away", plan.MarkStopped)}
}

// claim sets the mark if no other config's stands there, or in its place.
func (c *projectClient) claim(ctx context.Context, ref plan.Ref, identity string, instead bool) error {
	instance, etag, err := c.GetInstance(ref.Name)
	if err != nil {
		return err
	}
	if whose := instance.Config[plan.MarkStopped]; whose != "" && whose != identity && !instead {
		return errStoppedElsewhere
	}
	return c.put(ctx, instance, etag, plan.MarkStopped, identity)
}

// unclaim takes the mark of this config's stop away, and leaves that of another config alone.
func (c *projectClient) unclaim(ctx context.Context, ref plan.Ref, identity string) error {
	return c.pair.again(ctx, nil, func(bool) error {
		return raced(ctx, func() error {
			instance, etag, err := c.GetInstance(ref.Name)
			if err != nil || instance.Config[plan.MarkStopped] != identity {
				return err
			}
			return c.put(ctx, instance, etag, plan.MarkStopped, "")
		})
	})
}

// put writes an instance that was read back with one key changed, and is refused if anybody has changed it meanwhile.
func (c *projectClient) put(ctx context.Context, instance *api.Instance, etag, key, value string) error {
	put := instance.Writable()
	if !assign(&put.Config, map[string]string{key: value}) {
		return nil
	}
	op, err := c.UpdateInstance(instance.Name, put, etag)
	if err != nil {
		return err
	}
	return c.ended(ctx, op, nil)
}
