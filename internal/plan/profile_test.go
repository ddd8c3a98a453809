package plan_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iab/internal/plan"
)

var profileNames = []string{"big", "old", "theirs", "unknown"}

// drawProfiles makes profiles of all sorts on the source, some with devices that the target can't have, and on the target
// none, one as it was made, one that is behind, or somebody else's.
func (s *scene) drawProfiles(r *rapid.T) {
	devices := map[string]plan.Device{"root": rootDevice, "eth0": nic("bridge"), "eth1": nic("lan"), "data": disk("local", "data"),
		"share": {"type": "disk", "source": "/srv", "path": "/srv"}}
	for _, name := range profileNames {
		profile := plan.Profile{Config: map[string]string{"user.note": rapid.SampledFrom([]string{"a", "b"}).Draw(r, "note")}, Devices: map[string]plan.Device{}}
		for _, device := range rapid.SliceOfDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(devices))), rapid.ID).Draw(r, "devices") {
			profile.Devices[device] = devices[device]
		}
		if name != "unknown" {
			s.profile(plan.Source, name, profile)
		}
		switch rapid.IntRange(0, 3).Draw(r, "onTarget") {
		case 0:
			s.profile(plan.Target, name, made(profile, plan.Drop{Device: "eth1"}))
		case 1:
			s.profile(plan.Target, name, made(plan.Profile{Description: "before"}))
		case 2:
			s.profile(plan.Target, name, plan.Profile{Description: "somebody else's"})
		}
	}
}

// profilesOn copies the profiles of a side.
func (s *scene) profilesOn(side plan.Side) map[string]plan.Profile {
	return maps.Clone(s.inv.On(side).Projects["default"].Profiles)
}

// A run changes no profile that the run before has left, but for the disk of a volume that only came with that one.
func TestInvariant9PlanningAgainAfterACleanRunChangesNoProfile(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, _ plan.Plan) {
		s.opts.NoCopy = false
		s.job(volume("local", "data"))
		s.source(volume("local", "data"), nil)
		for n := range 3 {
			before, profiles := s.inv.Target.Holdings, s.profilesOn(plan.Target)
			p := s.plan()
			for _, change := range p.Profiles {
				if n == 2 || n == 1 && !s.came(change.Profile) {
					r.Fatalf("run %d: %s, in place of %+v", n+1, show(p.Profiles), profiles[change.Profile])
				}
			}
			w := carryOut(r, s, p)
			w.Advance(time.Hour)
			s.reread(r, w)
			s.opts.Now, s.before = w.Now(), before
		}
	})
}

// came reports whether the last run has made a volume that the source's profile attaches.
func (s *scene) came(profile string) bool {
	for _, device := range s.inv.Source.Projects["default"].Profiles[profile].Devices {
		ref := volume(device["pool"], device["source"])
		_, earlier := s.before[ref]
		if _, now := s.inv.Target.Holdings[ref]; device["path"] != "/" && now && !earlier {
			return true
		}
	}
	return false
}

func TestInvariant1OnlyProfilesThatTheConfigMadeAreChanged(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, _ plan.Plan) {
		s.opts.NoCopy = false
		before := s.profilesOn(plan.Target)
		p := s.plan()
		w := carryOut(r, s, p)
		s.reread(r, w)
		changed := map[string]bool{}
		for _, change := range p.Profiles {
			changed[change.Profile] = true
			if held, exists := before[change.Profile]; exists == change.Creates || exists && !held.Made(identity) || change.Profile == "default" {
				r.Fatalf("planned %+v of %+v", change, held)
			}
		}
		for name, profile := range s.profilesOn(plan.Target) {
			if held, exists := before[name]; !changed[name] && (!exists || !reflect.DeepEqual(held, profile)) {
				r.Fatalf("profile %s was %+v and is %+v", name, held, profile)
			}
		}
	})
}
