//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
)

// TestATargetThatRestartsStartsNoReplica holds it for a replica of a container that runs and starts with its server, and for an
// archive of it. A container of somebody else that starts last tells when the target has started all that it will.
func TestATargetThatRestartsStartsNoReplica(t *testing.T) {
	f := private(t, lab.Options{})
	f.onboard()
	ref := f.containerOf(lab.InstanceSpec{Name: "a-web", Pool: "local", Start: true,
		Config: map[string]string{"boot.autostart": "true", "boot.autostart.priority": "9"}}, "first")
	f.replicate(ref)
	f.configure(object{"retention": policies("1", "2")})
	f.run().ok()
	last := f.run().ok().of(ref).Snapshot // the source lets the first snapshot go, and the target archives it
	f.must(f.target.CreateInstance(t.Context(), lab.InstanceSpec{Project: f.project, Name: "z-theirs", Pool: "local",
		Config: map[string]string{"boot.autostart": "true"}}))

	f.must(f.target.Restart(t.Context()))
	theirs := f.instance("z-theirs")
	f.until("the target has started what starts with it", func() bool {
		state, _, err := f.target.Project(f.project).GetInstanceState(theirs.Name)
		return err == nil && state.StatusCode == api.Running
	})
	instances, err := f.target.Project(f.project).GetInstances(api.InstanceTypeContainer)
	f.must(err)
	archives := 0
	for _, instance := range instances {
		if instance.Config[plan.MarkArchiveOf] != "" {
			archives++
		}
		if instance.Name != theirs.Name && instance.StatusCode != api.Stopped {
			t.Errorf("%s is %s", instance.Name, instance.Status)
		}
	}
	if len(instances) != 3 || archives != 1 {
		t.Fatalf("the target has %d instances, %d of them archives", len(instances), archives)
	}
	if status := f.status(f.source, ref); status != api.Running {
		t.Errorf("the source is %s", status)
	}
	f.holds(f.target, ref, last, "first")
	if shown := f.iab("plan").ok(); strings.Contains(shown.stdout, "problem ") {
		t.Errorf("%s", shown.stdout)
	}
	f.run().ok()
}
