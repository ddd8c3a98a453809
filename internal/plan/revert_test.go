package plan_test

import (
	"slices"
	"testing"

	"iab/internal/plan"
)

// An object goes back by a snapshot of its own only where its pool is known to leave newer snapshots alone, the one among them that keeps what
// was there. Elsewhere it is made anew of that snapshot on the source itself, and what was there is kept whole.
func TestAPoolIsRevertedOnlyIfThatLeavesNewerSnapshotsAlone(t *testing.T) {
	for _, c := range []struct {
		driver  string // of the pool; empty: it is not told
		drivers []string
		reverts bool
		known   bool
	}{
		{"btrfs", nil, true, true},
		{"dir", []string{"dir", "zfs"}, true, true},
		{"lvm", nil, true, true},
		{"ceph", nil, true, true},
		{"zfs", nil, false, true},
		{"truenas", nil, false, true},
		{"linstor", nil, false, true},
		{"somethingnew", nil, false, true},
		{"", []string{"btrfs", "dir"}, true, true},
		{"", []string{"btrfs", "zfs"}, false, false},
		{"", []string{"somethingnew"}, false, false},
		{"", nil, false, false},
	} {
		for _, ref := range []plan.Ref{instance("web"), volume("local", "data")} {
			for _, at := range []string{"08 12:00", "09 12:00"} { // an older one and the newest
				s := newScene(t)
				s.job(ref)
				list := s.own("08 12:00", "09 12:00")
				s.source(ref, list)
				s.replica(ref, sent(list))
				pool := s.inv.Source.Holdings[ref].Pool
				delete(s.inv.Source.Pools, pool)
				if c.driver != "" {
					s.inv.Source.Pools[pool] = plan.Pool{Driver: c.driver}
				}
				s.inv.Source.Drivers = c.drivers
				can, known := s.inv.Source.Reverts(pool)
				if can != c.reverts || known != c.known {
					t.Errorf("%+v: it reverts: %t, which is known: %t", c, can, known)
				}
				object := plan.SurveyOf(s.jobs, s.inv, s.opts).Objects[0]
				point, err := object.Choose(s.own(at)[0].Name, nil, noon)
				if err != nil {
					t.Fatal(err)
				}
				r := plan.RestoreOf(plan.RestoreRequest{Object: object, Point: point, To: plan.Source, InPlace: true}, s.inv, s.opts)
				var verbs []plan.StepVerb
				for _, step := range r.Steps {
					verbs = append(verbs, step.Verb)
				}
				want := []plan.StepVerb{plan.StepFetch, plan.StepRename, plan.StepAdopt}
				switch {
				case c.reverts:
					want = []plan.StepVerb{plan.StepKeep, plan.StepRevert}
				case c.driver == "":
					want = nil // it is not known where to make another one
				}
				if !slices.Equal(verbs, want) || (r.Problem != "") != (want == nil) {
					t.Errorf("%+v, %s to %s: %v %s", c, ref, at, verbs, r.Problem)
				}
			}
		}
	}
}
