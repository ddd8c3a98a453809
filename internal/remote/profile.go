package remote

import (
	"context"
	"fmt"
	"net/http"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// profileName names a profile of one side.
type profileName struct{ project, name string }

// profileOf is what the plan knows of a profile.
func profileOf(read *api.Profile) plan.Profile {
	return plan.Profile{Config: read.Config, Devices: read.Devices, Description: read.Description}
}

// Profile makes a profile on the target after the source's as the last Inventory saw it, or changes one there that this config
// made. A change that the server makes at the same time is no obstacle.
func (p *Pair) Profile(ctx context.Context, change plan.ProfileChange) error {
	what := fmt.Sprintf("bring profile %s of project %s on the target up to the source's", change.Profile, change.Project)
	if change.Creates {
		what = fmt.Sprintf("make profile %s in project %s on the target", change.Profile, change.Project)
	}
	if err := ctx.Err(); err != nil {
		return failure(what, err)
	}
	err := p.again(ctx, nil, func(bool) error {
		source, err := p.sourceProfile(change)
		if err != nil {
			return err
		}
		wanted := source.Replica(change.Drops, p.owner.Identity, p.owner.Source)
		return raced(ctx, func() error { return p.writeProfile(what, change, wanted) })
	})
	if err != nil {
		return failure(what, err)
	}
	return nil
}

func (p *Pair) sourceProfile(change plan.ProfileChange) (plan.Profile, error) {
	p.mu.Lock()
	known, ok := p.profiles[profileName{change.Source(), change.Profile}]
	p.mu.Unlock()
	if ok {
		return known, nil
	}
	read, _, err := p.in(plan.Source, change.Source()).GetProfile(change.Profile)
	if err != nil {
		return plan.Profile{}, err
	}
	return profileOf(read), nil
}

func (p *Pair) writeProfile(what string, change plan.ProfileChange, wanted plan.Profile) error {
	c := p.in(plan.Target, change.Project)
	put := api.ProfilePut{Config: wanted.Config, Devices: wanted.Devices, Description: wanted.Description}
	held, etag, err := c.GetProfile(change.Profile)
	switch {
	case api.StatusErrorCheck(err, http.StatusNotFound):
		return c.CreateProfile(api.ProfilesPost{Name: change.Profile, ProfilePut: put})
	case err != nil:
		return err
	case !profileOf(held).Made(p.owner.Identity):
		return &Error{Text: what + ": there is one by now that IAB did not make", Hint: "run again, and it is used as it is"}
	}
	return c.UpdateProfile(change.Profile, put, etag)
}
