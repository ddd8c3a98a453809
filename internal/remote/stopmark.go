package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// stopPatience is how many looks at an object that the run of another config stops or freezes are enough. It is so for a snapshot only,
// and has stopTimeout to go down.
const stopPatience = stopTimeout + 60

// errHeldElsewhere is that the run of another config has stopped or frozen an object, or is about to.
var errHeldElsewhere = errors.New("the run of another config has stopped or frozen it, and does not let it go on")

// claim marks an object with the key as stopped or frozen by this config, before that is done. The mark of another config's run is never overwritten, since that
// one has to find it: it is waited for, unless the object runs all the time, as that run has started it again and only could not say
// so. Of two runs that try at the same moment the server takes one.
func (p *Pair) claim(ctx context.Context, ref plan.Ref, key string) error {
	c := p.in(plan.Source, ref.Project)
	alwaysRan := true
	for look := range stopPatience {
		last := look == stopPatience-1
		err := p.again(ctx, nil, func(bool) error {
			return raced(ctx, func() error { return c.claim(ctx, ref, key, p.owner.Identity, last && alwaysRan) })
		})
		if !errors.Is(err, errHeldElsewhere) {
			return err
		}
		alwaysRan = alwaysRan && c.running(ref)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.pace.ask):
		}
	}
	return &Error{Text: errHeldElsewhere.Error(), Err: errHeldElsewhere,
		Hint: fmt.Sprintf("if no such run goes on, start it or let it go on, and take the keys %s and %s away", plan.MarkStopped, plan.MarkFrozen)}
}

// claim sets the mark if none of another config stands there, or in its place.
func (c *projectClient) claim(ctx context.Context, ref plan.Ref, key, identity string, instead bool) error {
	instance, etag, err := c.GetInstance(ref.Name)
	if err != nil {
		return err
	}
	for _, held := range []string{plan.MarkStopped, plan.MarkFrozen} {
		if whose := instance.Config[held]; whose != "" && whose != identity && !instead {
			return errHeldElsewhere
		}
	}
	return c.put(ctx, instance, etag, key, identity)
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
	if instance.Config[key] == value {
		return nil
	}
	return c.change(ctx, instance, map[string]string{key: value}, etag)
}
