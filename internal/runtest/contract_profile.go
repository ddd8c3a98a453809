package runtest

import (
	"context"
	"errors"
	"maps"
	"reflect"

	"iab/internal/plan"
)

// profiling is what becomes of profiles. They have nothing to do with kinds and pools, so it is held for one kind only.
var profiling = []sentence{
	{says: "a profile that the target lacks is made after the source's, without what is dropped", only: plan.Instance, holds: func(c *contract) {
		profile := c.profile("first")
		c.PutProfile(plan.Source, c.ref.Name, profile)
		drops := []plan.Drop{{Device: "gone", Why: "the target can't have it"}}
		c.mustChange(plan.ProfileChange{Creates: true, Drops: drops})
		c.checkProfile(profile, drops)
	}},
	{says: "a profile that was made follows the source, again and again", only: plan.Instance, holds: func(c *contract) {
		c.PutProfile(plan.Source, c.ref.Name, c.profile("first"))
		c.mustChange(plan.ProfileChange{Creates: true, Drops: []plan.Drop{{Device: "gone"}}})
		changed := c.profile("second")
		delete(changed.Config, "user.color")
		delete(changed.Devices, "share")
		c.PutProfile(plan.Source, c.ref.Name, changed)
		for range 2 {
			c.mustChange(plan.ProfileChange{})
			c.checkProfile(changed, nil)
		}
	}},
	{says: "a profile that somebody else made is left alone", only: plan.Instance, holds: func(c *contract) {
		theirs := plan.Profile{Config: map[string]string{plan.MarkReplicaOf: "another config"}, Devices: map[string]plan.Device{}, Description: "theirs"}
		c.PutProfile(plan.Source, c.ref.Name, c.profile("first"))
		c.PutProfile(plan.Target, c.ref.Name, theirs)
		for _, creates := range []bool{true, false} {
			if err := c.change(c.Context(), plan.ProfileChange{Creates: creates}); err == nil {
				c.Error("it was changed")
			}
		}
		if got, _ := c.ProfileOn(plan.Target, c.ref.Name); !reflect.DeepEqual(got, theirs) {
			c.Errorf("the target's profile is %+v", got)
		}
	}},
	{says: "a cancelled context makes no profile", only: plan.Instance, holds: func(c *contract) {
		c.PutProfile(plan.Source, c.ref.Name, c.profile("first"))
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		if err := c.change(ctx, plan.ProfileChange{Creates: true}); !errors.Is(err, context.Canceled) {
			c.Errorf("it ended with %v", err)
		}
		if got, exists := c.ProfileOn(plan.Target, c.ref.Name); exists {
			c.Errorf("the target has %+v", got)
		}
	}},
}

// profile is one with something of everything; the source has been a target itself once.
func (c *contract) profile(description string) plan.Profile {
	return plan.Profile{
		Config: map[string]string{"limits.memory": "200MiB", "user.color": "blue", "user.note": description, plan.MarkReplicaOf: "another config"},
		Devices: map[string]plan.Device{
			"share": {"type": "disk", "source": "/srv", "path": "/srv"},
			"gone":  {"type": "disk", "pool": c.pool, "source": "gone", "path": "/gone"},
		},
		Description: description,
	}
}

// change reads both servers, as a run does, and changes the profile.
func (c *contract) change(ctx context.Context, change plan.ProfileChange) error {
	c.Helper()
	c.inventory()
	change.Project, change.Profile = "default", c.ref.Name
	return c.Profile(ctx, change)
}

func (c *contract) mustChange(change plan.ProfileChange) {
	c.Helper()
	if err := c.change(c.Context(), change); err != nil {
		c.Fatal(err)
	}
}

// checkProfile compares the target's profile with the source's, as a person and as the next inventory see it.
func (c *contract) checkProfile(source plan.Profile, drops []plan.Drop) {
	c.Helper()
	got, _ := c.ProfileOn(plan.Target, c.ref.Name)
	want := source.Replica(drops, c.Identity(), got.Config[plan.MarkSource])
	if !maps.Equal(got.Config, want.Config) || !maps.EqualFunc(got.Devices, want.Devices, maps.Equal) || got.Description != want.Description {
		c.Errorf("the target's profile is %+v, want %+v", got, want)
	}
	if got.Config[plan.MarkSource] == "" || (got.Config[plan.MarkDropped] == "") != (len(drops) == 0) || len(got.Devices) != len(source.Devices)-len(drops) {
		c.Errorf("the target's profile is %+v", got)
	}
	inv, _, _, _ := c.inventory()
	if read := inv.Target.Projects["default"].Profiles[c.ref.Name]; !reflect.DeepEqual(read, got) || !read.Made(c.Identity()) {
		c.Errorf("the inventory says %+v, the target has %+v", read, got)
	}
}
