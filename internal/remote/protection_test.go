package remote

import (
	"net/http"
	"strings"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

func TestAReplicaIsProtectedFromStartsWhereTheTargetKnowsTheKey(t *testing.T) {
	knows := func(f *fakeTarget) { f.keys = append(f.keys, startKey) }
	for says, c := range map[string]struct {
		arrange func(*fakeTarget)
		lacks   string // an API extension
		want    string
	}{
		"known":                    {knows, "", "true"},
		"not known":                {func(*fakeTarget) {}, "", ""},
		"no list of keys":          {knows, "metadata_configuration", ""},
		"no metadata":              {func(f *fakeTarget) { f.noKeys = http.StatusNotFound }, "", ""},
		"metadata for others only": {func(f *fakeTarget) { f.noKeys = http.StatusForbidden }, "", ""},
	} {
		for _, original := range []string{"", "false", "true"} {
			t.Run(says+" "+original, func(t *testing.T) {
				t.Parallel()
				f := newFakeTarget(t, c.lacks)
				c.arrange(f)
				if original != "" {
					f.pair.recall(web).instance.Config[startKey] = original
				}
				f.snapshots = map[string]api.InstanceSnapshot{"s0": {Config: f.pair.recall(web).instance.Config}}
				f.protected(t, original, c.want)
				if want := map[bool]int{true: 1, false: 0}[c.lacks == ""]; f.asked != want {
					t.Errorf("the target was asked %d times, want %d", f.asked, want)
				}
			})
		}
	}
}

// protected copies, follows twice and archives, and looks at the key each time.
func (f *fakeTarget) protected(t *testing.T, original, want string) {
	t.Helper()
	check := func(what string, config map[string]string) {
		t.Helper()
		got, sent := config[startKey]
		if got != want || sent != (want != "") || config[plan.MarkSaved+startKey] != original {
			t.Errorf("%s: %q is sent: %t, want %q; saved is %q", what, got, sent, want, config[plan.MarkSaved+startKey])
		}
	}
	o, err := f.pair.object(plan.Job{Ref: web, TargetPool: "local"}, plan.Action{Creates: true})
	if err != nil {
		t.Fatal(err)
	}
	check("a first copy", o.(instanceObject).replica.Config)
	for range 2 {
		if err := f.pair.follow(t.Context(), plan.Job{Ref: web, TargetPool: "local"}, copied); err != nil {
			t.Fatal(err)
		}
		check("a replica", f.instance.Config)
	}
	restored := originalConfig(f.instance.Config, false)
	if restored[startKey] != original || restored["boot.autostart"] != "true" || restored["snapshots.schedule.stopped"] != "" {
		t.Errorf("restored, it has %v", restored)
	}
	if err := f.pair.Archive(t.Context(), plan.Job{Ref: web}, plan.Action{Snapshot: "s0", Archive: "web-s0"}); err != nil {
		t.Fatal(err)
	}
	if original == "" || want != "" { // a server that does not know the key has no snapshot with it
		check("an archive", f.made.Config)
	}
	if f.made.Config["security.protection.delete"] != "false" || f.made.Config["boot.autostart"] != "false" {
		t.Errorf("the archive has %v", f.made.Config)
	}
}

func TestATargetThatCanNotSayWhichKeysItKnowsIsAskedAgain(t *testing.T) {
	f := newFakeTarget(t)
	f.keys, f.noKeys = append(f.keys, startKey), http.StatusInternalServerError
	if _, err := f.pair.off(plan.Instance); err == nil || !strings.Contains(err.Error(), "which config keys") {
		t.Errorf("%v", err)
	}
	f.noKeys = 0
	if off, err := f.pair.off(plan.Instance); err != nil || off[startKey] != "true" || f.asked != 2 {
		t.Errorf("%v, %v, asked %d times", off, err, f.asked)
	}
}

func TestTheTargetIsNotAskedForItsKeysWithoutNeed(t *testing.T) {
	f := newFakeTarget(t)
	if err := f.pair.follow(t.Context(), plan.Job{Ref: logs, TargetPool: "local"}, copied); err != nil {
		t.Fatal(err)
	}
	if f.asked > 0 || f.volume.Config["snapshots.expiry"] != "" || f.volume.Config[plan.MarkSaved+"snapshots.expiry"] != "1d" || f.volume.Config["boot.autostart"] != "" {
		t.Errorf("asked %d times, the volume has %v", f.asked, f.volume.Config)
	}
}
