//go:build e2e

package e2e

import (
	"slices"
	"testing"

	"iab/internal/lab"
	"iab/internal/plan"
)

func TestBothSidesArePrunedByTheirPoliciesAndForeignSnapshotsStay(t *testing.T) {
	f := scenario(t)
	refs := []plan.Ref{f.container("web", "local", "first"), f.disk("local", "files", "first"), f.disk("plain", "files", "first")}
	for _, ref := range refs {
		take(t, f.source, ref, "IAB_20200101-000000", "by-hand", "IAB_20200102-000000", "IAB_20200103-000000", "IAB_20200104-000000", "IAB_notes")
		write(t, f.source, ref, "second, and longer")
	}
	f.replicate(refs...)
	f.configure(object{"retention": policies("2", "4")})

	done := f.run().ok()
	name := done.report().Results[0].Snapshot
	for _, ref := range refs {
		wantSnapshots(f, f.source, ref, "IAB_20200104-000000", "IAB_notes", "by-hand", name)
		wantSnapshots(f, f.target, ref, "IAB_20200102-000000", "IAB_20200103-000000", "IAB_20200104-000000", "IAB_notes", "by-hand", name)
		f.holds(f.target, ref, "by-hand", "first")
		f.holds(f.target, ref, name, "second, and longer")
		if got, want := done.of(ref).Deleted.Source, []string{"IAB_20200101-000000", "IAB_20200102-000000", "IAB_20200103-000000"}; !slices.Equal(got, want) {
			t.Errorf("%s: the report names as deleted on the source %v, want %v", ref, got, want)
		}
	}

	next := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		wantSnapshots(f, f.source, ref, "IAB_notes", "by-hand", name, next)
		f.holds(f.target, ref, "by-hand", "first")
		f.holds(f.target, ref, "IAB_notes", "first")
		f.holds(f.target, ref, next, "second, and longer")
	}
}

// wantSnapshots compares the names of an object's snapshots, in any order.
func wantSnapshots(f *fixture, d *lab.Daemon, ref plan.Ref, want ...string) {
	f.Helper()
	got := snapshots(f.T, d, ref)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.Errorf("%s on the %s has the snapshots %v, want %v", ref, d.Name, got, want)
	}
}

func TestASnapshotTakenByHandBetweenTwoRunsBreaksNoRun(t *testing.T) {
	f := scenario(t)
	refs := []plan.Ref{f.container("web", "local", "1"), f.disk("local", "files", "1"), f.diskOf(lab.VolumeSpec{Pool: "local", Name: "blocks", Block: true}, "1")}
	f.replicate(refs...)
	f.run().ok()
	for _, ref := range refs {
		write(t, f.source, ref, "12")
		take(t, f.source, ref, "before-upgrade")
		write(t, f.source, ref, "123")
	}
	second := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		f.holds(f.target, ref, "before-upgrade", "12")
		f.holds(f.target, ref, second, "123")
		write(t, f.source, ref, "1234")
	}
	third := f.run().ok().report().Results[0].Snapshot
	for _, ref := range refs {
		f.holds(f.target, ref, "before-upgrade", "12")
		f.holds(f.target, ref, third, "1234")
		f.holds(f.target, ref, "", "1234")
	}
}
