package remote

import (
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
		r := newReader(t.Context(), NewPair(nil, nil, Owner{}), plan.Target)
		full := &api.InstanceFull{Instance: api.Instance{Name: "web", Type: "container", Status: status.String(), StatusCode: status}}
		r.instance("default", full)
		got := r.server.Holdings[plan.Ref{Project: "default", Kind: plan.Instance, Name: "web"}]
		if got.Running != want.Running || got.Frozen != want.Frozen || got.Broken != want.Broken || got.Status != status.String() {
			t.Errorf("%s is read as %+v", status, got)
		}
	}
}
