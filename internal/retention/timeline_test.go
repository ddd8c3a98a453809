package retention_test

import (
	"fmt"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/retention"
)

// Timeline jumps over what can't survive; here every snapshot is made and pruned in turn.
func TestTimelineShowsWhatPruningAfterEachSnapshotLeaves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SampledFrom([]string{"s", "min"})
		n := rapid.IntRange(1, 4)
		text := fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "count"))
		for range rapid.IntRange(0, 3).Draw(t, "rules") {
			text += fmt.Sprintf(",%d%s%d%s", n.Draw(t, "period"), units.Draw(t, "unit"), n.Draw(t, "ttl"), units.Draw(t, "ttlUnit"))
		}
		policy := retention.MustParse(text)
		every := time.Duration(rapid.SampledFrom([]int{1, 2, 7, 60, 90}).Draw(t, "every")) * time.Second
		now := drawNow(t).Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "later")) * time.Second)

		var points []retention.Point
		for k := max(int(5*time.Minute/every), 10); k >= 0; k-- {
			moment := now.Add(-time.Duration(k) * every)
			points = prune(policy, moment, append(points, retention.Point{At: moment}))
		}
		var want []time.Duration
		for i := len(points) - 1; i >= 0; i-- {
			want = append(want, now.Sub(points[i].At))
		}
		got := retention.Timeline(policy, now, every)
		if diff := cmp.Diff(want, got.Total.Ages); diff != "" {
			t.Fatalf("%q every %s (-simulated +Timeline):\n%s", policy, every, diff)
		}
		union := map[time.Duration]bool{}
		for _, row := range got.Rows {
			for _, age := range row.Ages {
				union[age] = true
			}
			if row.Capped || row.Expected != int64(len(row.Ages)) {
				t.Fatalf("row %s: capped is %t, %d expected, %d kept", row.Label, row.Capped, row.Expected, len(row.Ages))
			}
		}
		if len(union) != len(want) {
			t.Fatalf("the rows hold %d snapshots, the total %d", len(union), len(want))
		}
	})
}

func TestTheWorkOfATimelineIsBounded(t *testing.T) {
	now := at(t, "2026-11-21 12:20:00")
	for _, test := range []struct {
		policy string
		every  time.Duration
	}{
		{"1s100y", 0}, {"1s290y,1min290y,1h290y", 0}, {"999999999", time.Second}, {"999999999,1y290y", 200 * 365 * 24 * time.Hour},
		{"1s1s", 1}, {"1y290y", time.Duration(1<<63 - 1)}, {"290y290y", 0}, {"", 1},
	} {
		policy := retention.MustParse(test.policy)
		for _, moment := range []time.Time{now, {}, time.Unix(1<<62, 0), time.Unix(-1<<63, 0)} {
			explanation := retention.Timeline(policy, moment, test.every)
			if kept := len(explanation.Total.Ages); kept > 20_000 {
				t.Errorf("%s: %d snapshots were simulated", test.policy, kept)
			}
			if len(explanation.Lines(80)) == 0 {
				t.Errorf("%s: nothing is drawn", test.policy)
			}
		}
	}
	for policy, capped := range map[string]bool{"1s100y": true, "1h1y": false} {
		if got := retention.Timeline(retention.MustParse(policy), now, 0).Total.Capped; got != capped {
			t.Errorf("%s: capped is %t", policy, got)
		}
	}
}

func TestTheDefaultStepIsTheSmallestPeriodButAtMostADay(t *testing.T) {
	for policy, want := range map[string]time.Duration{
		"": 24 * time.Hour, "3": 24 * time.Hour, "1w3m": 24 * time.Hour, "6,1d2w,1h2d": time.Hour, "10s1h": 10 * time.Second,
	} {
		if got := retention.Timeline(retention.MustParse(policy), time.Unix(0, 0), 0).Every; got != want {
			t.Errorf("%q: a snapshot every %s, want %s", policy, got, want)
		}
	}
	if got := retention.Timeline(retention.MustParse("3"), time.Unix(0, 0), 1500*time.Millisecond).Every; got != time.Second {
		t.Errorf("1.5s is cut to %s, want 1s", got)
	}
}

func TestNoLineIsWiderThanTheScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
			policy = retention.MustParse("999999999,999999999s105850d,99999d105850d,1s1min,1min1h,1h1d,1d1w,1w1m,1m1y,1y9y")
		}
		width := rapid.IntRange(-1, 300).Draw(t, "width")
		for _, line := range retention.Timeline(policy, drawNow(t), 0).Lines(width) {
			if got := utf8.RuneCountInString(line); got > min(max(width, 60), 160) {
				t.Fatalf("width %d: %d columns: %q", width, got, line)
			}
		}
	})
}
