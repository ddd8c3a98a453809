package remote

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// known lets the pair know the replicas as they are, as an Inventory would.
func (f *fakeTarget) known() {
	instance := api.Instance{InstancePut: f.instance.InstancePut, ExpandedDevices: f.instance.Devices}
	instance.Config = maps.Clone(f.instance.Config)
	f.pair.rememberReplica(web, definition{instance: &instance})
	volume := f.volume
	volume.Config = maps.Clone(f.volume.Config)
	f.pair.rememberReplica(logs, definition{volume: &volume})
}

// listening counts what the fake is asked for an object, and refuses patches if told so.
func (f *fakeTarget) listening(ref plan.Ref, refuses bool) map[string]int {
	asked := map[string]int{}
	path := objectAddress(ref)
	f.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			asked[r.Method]++
			if refuses && r.Method == http.MethodPatch {
				refuse(w, http.StatusInternalServerError, "no")
				return
			}
		}
		f.serve(w, r)
	}
	return asked
}

func objectAddress(ref plan.Ref) string {
	if ref.Kind == plan.Volume {
		return "/1.0/storage-pools/" + ref.Pool + "/volumes/custom/" + ref.Name
	}
	return "/1.0/instances/" + ref.Name
}

// config is that of the replica now.
func (f *fakeTarget) config(ref plan.Ref) api.ConfigMap {
	if ref.Kind == plan.Volume {
		return f.volume.Config
	}
	return f.instance.Config
}

// next is the copy of the next run.
func next() plan.Action {
	action := copied
	action.Base, action.Snapshot = copied.Snapshot, "IAB_20260311-120000"
	return action
}

var bothRefs = []plan.Ref{web, logs}

// TestAReplicaThatNeedsOtherKeysOnlyIsNotReadOnceMore holds that these are written alone: what somebody else has set meanwhile stays.
func TestAReplicaThatNeedsOtherKeysOnlyIsNotReadOnceMore(t *testing.T) {
	for _, ref := range bothRefs {
		f := newFakeTarget(t)
		job := plan.Job{Ref: ref, TargetPool: "local"}
		if err := f.pair.follow(t.Context(), job, copied); err != nil {
			t.Fatal(err)
		}
		f.known()
		source := f.pair.recall(ref)
		if source.instance != nil {
			source.instance.Config, source.instance.Description = map[string]string{"limits.cpu": "8"}, "newer"
		} else {
			source.volume.Config, source.volume.Description = map[string]string{"size": "2GiB", "user.color": "red"}, "newer"
		}
		f.config(ref)["user.note"] = "mine"
		f.config(ref)[plan.MarkSending] = "written by the copy itself"
		asked := f.listening(ref, false)

		if err := f.pair.follow(t.Context(), job, next()); err != nil {
			t.Fatal(err)
		}

		if want := map[string]int{http.MethodPatch: 1}; !maps.Equal(asked, want) {
			t.Errorf("%s: asked %v, want %v", ref, asked, want)
		}
		config := f.config(ref)
		_, sending := config[plan.MarkSending]
		if config[plan.MarkComplete] != next().Snapshot || config["user.note"] != "mine" || sending {
			t.Errorf("%s: the replica has %v", ref, config)
		}
		if ref == web {
			_, saved := config[plan.MarkSaved+"boot.autostart"]
			if config["limits.cpu"] != "8" || config["boot.autostart"] != "false" || saved || f.instance.Description != "newer" {
				t.Errorf("the replica does not follow: %v %q", config, f.instance.Description)
			}
		} else if config["user.color"] != "red" || config["size"] != "2GiB" || f.volume.Description != "newer" {
			t.Errorf("the replica does not follow: %v %q", config, f.volume.Description)
		}
	}
}

// TestAReplicaThatMayNeedMoreIsRead holds that nothing is taken for granted of a replica that may be another one, or has to become
// another one in more than keys.
func TestAReplicaThatMayNeedMoreIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		refs    []plan.Ref
		change  func(f *fakeTarget, action *plan.Action)
		refuses bool
	}{
		"nothing is known of it": {bothRefs, func(f *fakeTarget, _ *plan.Action) { f.pair.forgetReplicas(web, logs) }, false},
		"the copy has made it":   {bothRefs, func(_ *fakeTarget, action *plan.Action) { action.Creates = true }, false},
		"names were repaired":    {bothRefs, func(_ *fakeTarget, action *plan.Action) { action.Repairs = []plan.Repair{{}} }, false},
		"the server refuses":     {bothRefs, func(*fakeTarget, *plan.Action) {}, true},
		"a device was added": {[]plan.Ref{web}, func(f *fakeTarget, _ *plan.Action) {
			f.pair.recall(web).instance.Devices["gpu0"] = map[string]string{"type": "gpu"}
		}, false},
		"a device has gone": {[]plan.Ref{web}, func(_ *fakeTarget, action *plan.Action) { action.Drops = nil }, false},
		"the root disk has grown": {[]plan.Ref{web}, func(f *fakeTarget, _ *plan.Action) {
			f.pair.recall(web).instance.ExpandedDevices["root"]["size"] = "3GiB"
		}, false},
		"a profile was added": {[]plan.Ref{web}, func(f *fakeTarget, _ *plan.Action) { f.pair.recall(web).instance.Profiles = []string{"big"} }, false},
		"a key of the server's own has gone": {[]plan.Ref{web}, func(f *fakeTarget, _ *plan.Action) {
			delete(f.pair.recall(web).instance.Config, "limits.cpu")
		}, false},
		"a size has gone": {[]plan.Ref{logs}, func(f *fakeTarget, _ *plan.Action) { delete(f.pair.recall(logs).volume.Config, "size") }, false},
	} {
		for _, ref := range c.refs {
			f := newFakeTarget(t)
			job := plan.Job{Ref: ref, TargetPool: "local"}
			if err := f.pair.follow(t.Context(), job, copied); err != nil {
				t.Fatal(err)
			}
			f.known()
			action := next()
			c.change(f, &action)
			asked := f.listening(ref, c.refuses)

			if err := f.pair.follow(t.Context(), job, action); err != nil {
				t.Errorf("%s: %s: %v", name, ref, err)
			}

			if asked[http.MethodGet] != 1 || asked[http.MethodPut] != 1 || (asked[http.MethodPatch] > 0) != c.refuses {
				t.Errorf("%s: %s: asked %v", name, ref, asked)
			}
			if got := f.config(ref)[plan.MarkComplete]; got != action.Snapshot {
				t.Errorf("%s: %s: complete up to %q", name, ref, got)
			}
		}
	}
}

// TestNothingIsKnownOfWhatHasGoneFromItsName holds that a replica which takes the place of another one is read.
func TestNothingIsKnownOfWhatHasGoneFromItsName(t *testing.T) {
	old := web
	old.Name = "www"
	for name, call := range map[string]func(p *Pair) error{
		"renamed":   func(p *Pair) error { return p.RenameReplica(t.Context(), webJob(), "www", nil) },
		"set aside": func(p *Pair) error { return p.SetAside(t.Context(), webJob(), "web-IAB-old") },
		"deleted":   func(p *Pair) error { return p.DeleteUnfinished(t.Context(), webJob()) },
	} {
		p, _, target := newStocks(t, Patience{})
		target.set(func() {
			from := "web"
			if name == "renamed" {
				from = "www"
			}
			target.put(from, map[string]string{plan.MarkReplicaOf: "config-1", plan.MarkRole: plan.RoleReplica})
		})
		for _, ref := range []plan.Ref{web, old} {
			p.rememberReplica(ref, definition{instance: &api.Instance{}})
		}
		if err := call(p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var still []string
		for _, ref := range []plan.Ref{web, old} {
			if _, known := p.recallReplica(ref); known {
				still = append(still, ref.Name)
			}
		}
		want := []string{"www"} // which has nothing to do with it
		if name == "renamed" {
			want = nil
		}
		if !slices.Equal(still, want) {
			t.Errorf("%s: still known are %q, want %q", name, still, want)
		}
	}
}
