package plan_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"iab/internal/plan"
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestTheMomentOfASnapshotIsReadFromItsName(t *testing.T) {
	local := berlin(t)
	for _, c := range []struct {
		says, name, created string
		loc                 *time.Location
		want                string
	}{
		{"UTC", "IAB_20260310-120000", "2026-03-10T12:00:02Z", time.UTC, "2026-03-10T12:00:00Z"},
		{"local winter time", "IAB_20260310-130000", "2026-03-10T12:00:02Z", local, "2026-03-10T12:00:00Z"},
		{"local summer time", "IAB_20260710-140000", "2026-07-10T12:00:02Z", local, "2026-07-10T12:00:00Z"},
		{"made long after the run began", "IAB_20260310-130000", "2026-03-10T12:45:00Z", local, "2026-03-10T12:00:00Z"},
		{"the first of the repeated hours", "IAB_20261025-023000", "2026-10-25T00:30:02Z", local, "2026-10-25T00:30:00Z"},
		{"the second of the repeated hours", "IAB_20261025-023000", "2026-10-25T01:30:02Z", local, "2026-10-25T01:30:00Z"},
		{"a UTC name in a local config", "IAB_20260310-120000", "2026-03-10T12:00:02Z", local, "2026-03-10T12:00:00Z"},
		{"a UTC name in a local config in summer", "IAB_20260710-120000", "2026-07-10T12:00:02Z", local, "2026-07-10T12:00:00Z"},
		{"a UTC name in the hour that summer time leaves out", "IAB_20260329-023000", "2026-03-29T02:30:02Z", local, "2026-03-29T02:30:00Z"},
		{"no name of ours", "before-upgrade", "2026-03-10T12:00:00Z", local, "0001-01-01T00:00:00Z"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := plan.Snapshot{Name: c.name, CreatedAt: moment(t, c.created)}
			if got, want := s.At(c.loc), moment(t, c.want); !got.Equal(want) {
				t.Errorf("%s is read as %s, want %s", c.name, got.UTC(), want)
			}
		})
	}
}

// After switching to UTC, the local names of before are still read as what they were, by their creation dates; without
// the zone they would seem to be of the future and keep others from counting.
func TestLocalNamesAreReadRightAfterSwitchingToUTC(t *testing.T) {
	created := noon.Add(-30 * time.Minute)
	old := plan.Snapshot{Name: plan.SnapshotName(created, berlin(t)), CreatedAt: created}
	for _, c := range []struct {
		says     string
		local    *time.Location
		want     time.Time
		warnings int
	}{
		{"the zone is known", berlin(t), created, 0},
		{"the zone is not known", nil, created.Add(time.Hour), 1},
		{"another zone", time.FixedZone("elsewhere", 5*60*60), created.Add(time.Hour), 1},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := newScene(t)
			s.opts.Local = c.local
			s.job(instance("web1"), policies("1", "1"))
			s.source(instance("web1"), []plan.Snapshot{old})
			s.replica(instance("web1"), []plan.Snapshot{old})
			if c.local != nil {
				if got := old.At(time.UTC, c.local); !got.Equal(c.want) {
					t.Errorf("%s is read as %s, want %s", old.Name, got.UTC(), c.want)
				}
			}
			if got := s.plan().Items[0].Warnings; len(got) != c.warnings {
				t.Errorf("want %d warnings, got %q", c.warnings, got)
			}
		})
	}
}

func TestOwnSnapshotsAreThoseWithATimeInTheirNames(t *testing.T) {
	for name, want := range map[string]bool{
		"IAB_20260310-120000":   true,
		"IAB_20260310-120000-2": false,
		"IAB_20260230-120000":   false,
		"IAB_":                  false,
		"IAB_notes":             false,
		"iab_20260310-120000":   false,
		"IAB-20260310-120000":   false,
		"":                      false,
	} {
		if got := (plan.Snapshot{Name: name}).Own(); got != want {
			t.Errorf("%q is own: %t, want %t", name, got, want)
		}
	}
}

func TestSnapshotsAreEqualByNameAndDate(t *testing.T) {
	source := plan.Snapshot{Name: "a", CreatedAt: noon.Add(1500 * time.Millisecond)}
	for _, c := range []struct {
		says    string
		replica plan.Snapshot
		want    bool
	}{
		{"exact", source, true},
		{"cut to seconds", plan.Snapshot{Name: "a", CreatedAt: noon.Add(time.Second)}, true},
		{"another date", plan.Snapshot{Name: "a", CreatedAt: noon.Add(2 * time.Second)}, false},
		{"another name", plan.Snapshot{Name: "b", CreatedAt: source.CreatedAt}, false},
	} {
		if got := c.replica.Equal(source); got != c.want {
			t.Errorf("%s: equal is %t, want %t", c.says, got, c.want)
		}
	}
}
