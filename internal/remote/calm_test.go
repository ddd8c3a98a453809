package remote

import (
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// What starts or stops an instance is waited for, and nothing else: neither what has ended, nor copies, nor a person's command.
func TestOnlyWhatChangesAnObjectIsWaitedFor(t *testing.T) {
	web := plan.Ref{Project: "default", Kind: plan.Instance, Name: "web"}
	on := map[string][]string{"instances": {"/1.0/instances/web"}}
	for _, c := range []struct {
		op   api.Operation
		want bool
	}{
		{api.Operation{Description: "Starting instance", StatusCode: api.Running, Resources: on}, true},
		{api.Operation{Description: "Stopping instance", StatusCode: api.Running, Resources: on}, true},
		{api.Operation{Description: "Starting instance", StatusCode: api.Success, Resources: on}, false},
		{api.Operation{Description: "Starting instance", StatusCode: api.Running, Resources: map[string][]string{"instances": {"/1.0/instances/web2"}}}, false},
		{api.Operation{Description: "Creating instance", StatusCode: api.Running, Resources: on}, false},
		{api.Operation{Description: "Migrating instance", StatusCode: api.Running, Resources: on}, false},
		{api.Operation{Description: "Executing command", StatusCode: api.Running, Resources: on, Metadata: map[string]any{"fds": nil}}, false},
	} {
		if got := stirs(c.op, web); got != c.want {
			t.Errorf("%+v: %t", c.op, got)
		}
	}
}
