//go:build e2e

package e2e

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/run"
)

func TestAForeignObjectOnTheTargetIsNotTouched(t *testing.T) {
	f := scenario(t)
	web, files, fine := f.container("web", "local", "first"), f.disk("local", "files", "first"), f.disk("plain", "fine", "first")
	f.must(f.target.CreateInstance(t.Context(), lab.InstanceSpec{Project: f.project, Name: "web", Pool: "local",
		Config: map[string]string{"user.owner": "somebody else"}}))
	f.must(f.target.CreateVolume(t.Context(), lab.VolumeSpec{Project: f.project, Pool: "local", Name: "files"}))
	for _, ref := range []plan.Ref{web, files} {
		write(t, f.target, ref, "theirs")
		take(t, f.target, ref, "IAB_20250101-000000", "precious")
	}
	f.replicate(web, files, fine)
	before := f.everything(web, files)

	done := f.run().exits(1)
	for _, ref := range []plan.Ref{web, files} {
		if r := done.of(ref); r.Outcome != run.Problem || r.Error == "" || r.Hint == "" {
			t.Errorf("%s is %+v", ref, r)
		}
		f.holds(f.target, ref, "", "theirs")
		f.holds(f.target, ref, "precious", "theirs")
		if list := snapshots(t, f.source, ref); len(list) > 0 {
			t.Errorf("%s on the source has the snapshots %v", ref, list)
		}
	}
	if diff := cmp.Diff(before, f.everything(web, files)); diff != "" {
		t.Errorf("the target has changed:\n%s", diff)
	}
	f.holds(f.target, fine, "", "first")
}

func TestTheReplicaOfAnotherConfigIsRefused(t *testing.T) {
	f := scenario(t)
	web, files := f.container("web", "local", "first"), f.disk("local", "files", "first")
	f.replicate(web, files)
	f.run().ok()
	mine := f.identity()
	before := f.everything(web, files)
	f.configure(object{"iab": object{"uuid": "00000000-aaaa-4bbb-8ccc-000000000000"}})
	done := f.run().exits(1).says(mine)
	for _, ref := range []plan.Ref{web, files} {
		if r := done.of(ref); r.Outcome != run.Problem || r.Hint == "" {
			t.Errorf("%s is %+v", ref, r)
		}
	}
	if diff := cmp.Diff(before, f.everything(web, files)); diff != "" {
		t.Errorf("the target has changed:\n%s", diff)
	}
}

// everything is all that the target says about an instance and a volume.
func (f *fixture) everything(instance, volume plan.Ref) []any {
	f.Helper()
	server := f.target.Project(f.project)
	full, _, err := server.GetInstanceFull(instance.Name)
	f.must(err)
	full.State = nil // how it is right now, with counters
	full.LastUsedAt = full.CreatedAt
	of, _, err := server.GetStoragePoolVolume(volume.Pool, "custom", volume.Name)
	f.must(err)
	taken, err := server.GetStoragePoolVolumeSnapshots(volume.Pool, "custom", volume.Name)
	f.must(err)
	return []any{full, of, taken}
}
