package remote

import (
	"slices"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// An instance that has reported itself ready has a status of its own, and runs all the same.
func TestEveryStatusOfAnInstanceIsReadAsWhatItMeansForABackup(t *testing.T) {
	for status, want := range map[api.StatusCode]plan.Holding{
		api.Running: {Running: true},
		api.Ready:   {Running: true},
		api.Frozen:  {Frozen: true},
		api.Error:   {Broken: true},
		api.Stopped: {},
	} {
		r := newReader(t.Context(), NewPair(nil, nil, Owner{}, Patience{}), plan.Target, plan.Scope{})
		full := &listedInstance{Instance: api.Instance{Name: "web", Type: "container", Status: status.String(), StatusCode: status}}
		r.instance("default", full)
		got := r.server.Holdings[plan.Ref{Project: "default", Kind: plan.Instance, Name: "web"}]
		if got.Running != want.Running || got.Frozen != want.Frozen || got.Broken != want.Broken || got.Status != status.String() {
			t.Errorf("%s is read as %+v", status, got)
		}
	}
}

func TestThePoolsThatProfilesNameAreReadButNotThoseOfTheDefaultOne(t *testing.T) {
	disk := func(pool string) map[string]plan.Device {
		return map[string]plan.Device{"root": {"type": "disk", "path": "/", "pool": pool}, "eth0": {"type": "nic", "network": "lan"}, "share": {"type": "disk", "source": "/srv", "path": "/srv"}}
	}
	server := plan.Server{
		Projects: map[string]plan.Project{
			"default": {Profiles: map[string]plan.Profile{"default": {Devices: disk("slow")}, "big": {Devices: disk("fast")}, "unused": {Devices: disk("other")}}},
			"shop":    {Profiles: map[string]plan.Profile{"big": {Devices: disk("shop")}}},
		},
		Holdings: map[plan.Ref]plan.Holding{
			{Project: "default", Kind: plan.Instance, Name: "web"}: {Profiles: []string{"default", "big", "gone"}},
			{Project: "shop", Kind: plan.Instance, Name: "web"}:    {Profiles: []string{"big"}},
		},
	}
	if got := slices.Sorted(slices.Values(profilePools(server))); !slices.Equal(got, []string{"fast", "shop"}) {
		t.Errorf("the pools are %v", got)
	}
}
