package remote

import (
	"context"
	"net/http"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// changes are all that reads an object and writes it back, each with how to see that it was done, and that what somebody else has
// changed in between was not undone.
var changes = map[string]struct {
	change func(context.Context, *Pair) error
	done   func(*fakeTarget) bool
	theirs func(*fakeTarget) string
}{
	"an instance follows its source": {
		func(ctx context.Context, p *Pair) error { return p.follow(ctx, plan.Job{Ref: web}, copied) },
		func(f *fakeTarget) bool {
			return f.instance.Config["limits.cpu"] == "4" && f.instance.Description == "new" && f.instance.Config[plan.MarkComplete] == copied.Snapshot
		},
		turnOfInstance,
	},
	"a volume follows its source": {
		func(ctx context.Context, p *Pair) error {
			return p.follow(ctx, plan.Job{Ref: logs, TargetPool: "local"}, copied)
		},
		func(f *fakeTarget) bool {
			return f.volume.Config["user.color"] == "blue" && f.volume.Description == "new" && f.volume.Config["size"] == "2GiB"
		},
		turnOfVolume,
	},
	"an instance is marked": {
		func(ctx context.Context, p *Pair) error {
			return p.in(plan.Target, "default").mark(ctx, web, map[string]string{plan.MarkComplete: "x"})
		},
		func(f *fakeTarget) bool { return f.instance.Config[plan.MarkComplete] == "x" },
		turnOfInstance,
	},
	"a volume is marked": {
		func(ctx context.Context, p *Pair) error {
			return p.in(plan.Target, "default").mark(ctx, logs, map[string]string{plan.MarkComplete: "x"})
		},
		func(f *fakeTarget) bool { return f.volume.Config[plan.MarkComplete] == "x" },
		turnOfVolume,
	},
	"an instance grows": {
		func(ctx context.Context, p *Pair) error { return p.grow(ctx, plan.Job{Ref: web}, copied) },
		func(f *fakeTarget) bool { return f.instance.Devices["root"]["size"] == "2GiB" },
		turnOfInstance,
	},
	"a volume grows": {
		func(ctx context.Context, p *Pair) error {
			return p.grow(ctx, plan.Job{Ref: logs, TargetPool: "local"}, copied)
		},
		func(f *fakeTarget) bool { return f.volume.Config["size"] == "2GiB" },
		turnOfVolume,
	},
	"a profile follows its source": {
		func(ctx context.Context, p *Pair) error {
			return p.Profile(ctx, plan.ProfileChange{Project: "default", Profile: "big"})
		},
		func(f *fakeTarget) bool {
			return f.profile.Config["limits.cpu"] == "4" && f.profile.Description == "new"
		},
		nil, // a profile becomes what the source's is, whatever was in it
	},
}

var copied = plan.Action{Verb: plan.VerbCopy, Side: plan.Target, Phase: plan.Replicate, Snapshot: "IAB_20260310-120000",
	Drops: []plan.Drop{{Device: "eth0", Why: "network lan is missing on the target"}}}

func turnOfInstance(f *fakeTarget) string { return f.instance.Config["volatile.turn"] }
func turnOfVolume(f *fakeTarget) string   { return f.volume.Config["volatile.turn"] }

func TestAChangeThatLosesARaceIsMadeAgain(t *testing.T) {
	for says, c := range changes {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			f := newFakeTarget(t)
			for _, races := range []int{0, 1, raceTries - 1} {
				f.races, f.writes = races, 0
				f.reset()
				if err := c.change(t.Context(), f.pair); err != nil {
					t.Fatalf("with %d lost races: %v", races, err)
				}
				if f.writes != races+1 || !c.done(f) {
					t.Errorf("with %d lost races, after %d writes: %+v %+v %+v", races, f.writes, f.instance, f.volume, f.profile)
				}
				if races > 0 && c.theirs != nil && c.theirs(f) == "" {
					t.Errorf("with %d lost races: what the server has changed is undone", races)
				}
			}
			f.races = raceTries
			f.reset()
			if err := c.change(t.Context(), f.pair); !api.StatusErrorCheck(err, http.StatusPreconditionFailed) {
				t.Errorf("a race that is always lost ends with %v", err)
			}
		})
	}
}

// reset makes the objects what they were before any change.
func (f *fakeTarget) reset() {
	for _, config := range []map[string]string{f.instance.Config, f.volume.Config, f.profile.Config} {
		delete(config, plan.MarkComplete)
		delete(config, "limits.cpu")
		delete(config, "volatile.turn")
	}
	f.instance.Devices = map[string]map[string]string{"root": {"type": "disk", "path": "/", "pool": "local", "size": "1GiB"}}
	f.instance.ExpandedDevices = f.instance.Devices
	f.volume.Config["size"] = "1GiB"
	f.instance.Description, f.volume.Description, f.profile.Description = "", "", ""
}

func TestAnInterruptionEndsARace(t *testing.T) {
	f := newFakeTarget(t)
	f.races = raceTries
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	err := raced(ctx, func() error {
		tries++
		cancel()
		return api.StatusErrorf(http.StatusPreconditionFailed, "ETag doesn't match")
	})
	if err == nil || tries != 1 {
		t.Errorf("%v after %d tries", err, tries)
	}
}
