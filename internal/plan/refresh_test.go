package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
)

func TestRefreshAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newScene(t)
		source := rapid.Permutation(s.drawSnapshots(r)).Draw(r, "source")
		replica := rapid.Permutation(s.drawReplicaOf(r, instance("o"), source)).Draw(r, "replica")
		without := func(list, others []plan.Snapshot, equal func(a, b plan.Snapshot) bool) []plan.Snapshot {
			list = slices.DeleteFunc(slices.Clone(list), func(a plan.Snapshot) bool {
				return slices.ContainsFunc(others, func(b plan.Snapshot) bool { return equal(a, b) })
			})
			slices.SortFunc(list, func(a, b plan.Snapshot) int { return a.CreatedAt.Compare(b.CreatedAt) })
			return list
		}
		sends := without(source, replica, func(a, b plan.Snapshot) bool { return b.Equal(a) })
		want := plan.Effect{
			Sends:  sends,
			Loses:  without(replica, source, plan.Snapshot.Equal),
			After:  without(source, nil, nil),
			Shared: without(source, sends, func(a, b plan.Snapshot) bool { return a.Name == b.Name }),
		}
		got := plan.Refresh(source, replica)
		for _, list := range []struct {
			says      string
			want, got []plan.Snapshot
		}{
			{"sends", want.Sends, got.Sends},
			{"loses", want.Loses, got.Loses},
			{"after", want.After, got.After},
			{"shared", want.Shared, got.Shared},
		} {
			if diff := cmp.Diff(list.want, append([]plan.Snapshot{}, list.got...)); diff != "" && len(list.want)+len(list.got) > 0 {
				r.Fatalf("%s (-want +got):\n%s", list.says, diff)
			}
		}
	})
}
