package retention_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the test must not depend on what the machine has

	"iab/internal/retention"
)

// A run each hour for more than a year, named in the local time of Berlin as the runner would
// name it, and pruned after each run. In October an hour's names occur twice.
func TestAYearOfHourlyRunsKeepsWhatThePolicyPromises(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	policy := retention.MustParse("6,1h2d,1d2w,1w3m")
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, berlin)
	offsets, names, repeated := map[int]bool{}, map[string]bool{}, 0
	var points []retention.Point
	for run := range 400 * 24 {
		now := start.Add(time.Duration(run) * time.Hour)
		name := now.Format("IAB_20060102-150405")
		if names[name] {
			repeated++
		}
		names[name] = true
		_, offset := now.Zone()
		offsets[offset] = true

		points = append(points, retention.Point{ID: name, At: now})
		points = prune(policy, now, points)
		checkNewest(t, now, points)
		checkCoverage(t, "hourly", time.Hour, 2*24*time.Hour, start, now, points)
		checkCoverage(t, "daily", 24*time.Hour, 14*24*time.Hour, start, now, points)
		checkCoverage(t, "weekly", 7*24*time.Hour, 90*24*time.Hour, start, now, points)
		// Closed windows of 2 d, 14 d and 90 d touch at most 49 hours, 15 days and 14 weeks.
		if most := 6 + 49 + 15 + 14; len(points) > most {
			t.Fatalf("%s: %d snapshots, want at most %d", now, len(points), most)
		}
		if oldest := points[0].At; now.Sub(oldest) > 90*24*time.Hour {
			t.Fatalf("%s: %s is older than every rule", now, oldest)
		}
		if t.Failed() {
			return
		}
	}
	if len(offsets) != 2 || repeated != 1 {
		t.Errorf("the year had %d offsets and %d repeated names, want 2 and 1", len(offsets), repeated)
	}
}

func prune(policy retention.Policy, now time.Time, points []retention.Point) []retention.Point {
	var kept []retention.Point
	for _, verdict := range policy.Judge(now, points) {
		if !verdict.Expired {
			kept = append(kept, verdict.Point)
		}
	}
	return kept
}

func checkNewest(t *testing.T, now time.Time, points []retention.Point) {
	t.Helper()
	if len(points) == 0 || !points[len(points)-1].At.Equal(now) {
		t.Errorf("%s: the newest snapshot is gone", now)
	}
}

// checkCoverage walks the buckets in reach of a rule from the newest to the oldest. The last
// run of each must still be there if it is not older than the TTL. As runs are hourly, that
// is the last full hour of the bucket, or now.
func checkCoverage(t *testing.T, name string, period, ttl time.Duration, start, now time.Time, points []retention.Point) {
	t.Helper()
	there := map[int64]bool{}
	for _, point := range points {
		there[point.At.Unix()] = true
	}
	length := int64(period / time.Second)
	for bucket := now.Unix() / length; ; bucket-- {
		lastRun := min((bucket+1)*length-3600, now.Unix())
		if lastRun < start.Unix() || now.Unix()-lastRun > int64(ttl/time.Second) {
			return
		}
		if !there[lastRun] {
			t.Errorf("%s: the %s snapshot of %s is gone", now, name, time.Unix(lastRun, 0).UTC())
		}
	}
}
