package retention_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/retention"
)

// judged is a verdict without its point, which makes tables short.
type judged struct {
	Kept    bool
	Reasons []string
}

func reasonsOf(verdict retention.Verdict) judged {
	j := judged{Kept: !verdict.Expired}
	for _, reason := range verdict.Reasons {
		j.Reasons = append(j.Reasons, reason.String())
	}
	return j
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	moment, err := time.Parse("2006-01-02 15:04:05.999999999", text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

func TestJudge(t *testing.T) {
	type row struct {
		id, at  string
		kept    bool
		reasons []string
	}
	keep := func(id, at string, reasons ...string) row { return row{id, at, true, reasons} }
	expire := func(id, at string, reasons ...string) row { return row{id, at, false, reasons} }

	for _, test := range []struct {
		name, policy, now string
		rows              []row
	}{
		{"an empty policy keeps everything", "", "2026-11-21 12:00:00", []row{
			keep("old", "1999-01-01 00:00:00", "the policy keeps everything"),
			keep("new", "2026-11-21 11:00:00", "the policy keeps everything", "newest, never deleted"),
			keep("next", "2026-11-21 13:00:00", "the policy keeps everything", "dated in the future, not counted"),
		}},
		{"a count takes the newest whatever their age", "2", "2026-11-21 12:00:00", []row{
			expire("a", "1999-01-01 00:00:00", "older than the newest 2"),
			keep("b", "1999-01-02 00:00:00", "always keep: 2 of 2"),
			keep("c", "1999-01-03 00:00:00", "always keep: 1 of 2", "newest, never deleted"),
		}},
		{"a TTL is inclusive to the nanosecond", "1s1min", "2026-11-21 12:00:00.5", []row{
			keep("in", "2026-11-21 11:59:00.5", "1s1min: newest of 2026-11-21 11:59"),
			expire("out", "2026-11-21 11:59:00.499999999", "older than every rule"),
			keep("new", "2026-11-21 12:00:00.5", "1s1min: newest of 2026-11-21 12:00", "newest, never deleted"),
		}},
		{"the newest of a bucket stays and names itself to the others", "1h2d", "2026-11-20 04:00:00", []row{
			expire("a", "2026-11-20 03:00:00", "1h2d: 2026-11-20 03:00 is held by c"),
			expire("b", "2026-11-20 03:15:00", "1h2d: 2026-11-20 03:00 is held by c"),
			keep("c", "2026-11-20 03:59:59", "1h2d: newest of 2026-11-20 03:00", "newest, never deleted"),
			keep("z", "2026-11-20 02:59:59", "1h2d: newest of 2026-11-20 02:00"),
		}},
		{"always-kept points fill buckets too", "2,1h2d", "2026-11-20 04:00:00", []row{
			keep("c", "2026-11-20 03:45:00", "always keep: 1 of 2", "1h2d: newest of 2026-11-20 03:00", "newest, never deleted"),
			keep("b", "2026-11-20 03:30:00", "always keep: 2 of 2"),
			expire("a", "2026-11-20 03:15:00", "1h2d: 2026-11-20 03:00 is held by c"),
		}},
		{"each rule says why it lets go", "1h1d,1d2d", "2026-11-20 04:00:00", []row{
			keep("new", "2026-11-20 03:45:00", "1h1d: newest of 2026-11-20 03:00", "1d2d: newest of 2026-11-20 00:00", "newest, never deleted"),
			expire("both", "2026-11-20 03:30:00", "1h1d: 2026-11-20 03:00 is held by new", "1d2d: 2026-11-20 00:00 is held by new"),
			keep("day", "2026-11-18 05:00:00", "1d2d: newest of 2026-11-18 00:00"),
			expire("mixed", "2026-11-18 04:30:00", "1h1d: older than 1d", "1d2d: 2026-11-18 00:00 is held by day"),
			expire("older", "2026-11-18 03:00:00", "older than every rule"),
		}},
		{"the newest stays after a long pause", "1h2d", "2026-11-20 04:00:00", []row{
			expire("a", "2026-01-01 00:00:00", "older than every rule"),
			keep("b", "2026-01-02 00:00:00", "newest, never deleted"),
		}},
		{"a point of the future takes nobody's place", "1,1d2w", "2026-11-20 04:00:00", []row{
			keep("ahead", "2026-11-20 04:00:00.000000001", "dated in the future, not counted"),
			keep("now", "2026-11-20 04:00:00", "always keep: 1 of 1", "1d2w: newest of 2026-11-20 00:00", "newest, never deleted"),
			expire("past", "2026-11-20 03:00:00", "1d2w: 2026-11-20 00:00 is held by now"),
		}},
		{"of equal times the greater ID is newer", "1", "2026-11-20 04:00:00", []row{
			expire("a", "2026-11-20 03:00:00", "older than the newest 1"),
			keep("b", "2026-11-20 03:00:00", "always keep: 1 of 1", "newest, never deleted"),
		}},
		{"one point given twice is one point", "2", "2026-11-20 04:00:00", []row{
			keep("a", "2026-11-20 03:00:00", "always keep: 1 of 2", "newest, never deleted"),
			keep("a", "2026-11-20 03:00:00", "always keep: 1 of 2", "newest, never deleted"),
			keep("b", "2026-11-20 02:00:00", "always keep: 2 of 2"),
		}},
		{"buckets before 1970 are as long as later ones", "1h2d", "1970-01-01 02:00:00", []row{
			keep("a", "1969-12-31 22:59:59", "1h2d: newest of 1969-12-31 22:00"),
			expire("b", "1969-12-31 23:30:00", "1h2d: 1969-12-31 23:00 is held by c"),
			keep("c", "1969-12-31 23:59:59.9", "1h2d: newest of 1969-12-31 23:00"),
			keep("d", "1970-01-01 00:00:00", "1h2d: newest of 1970-01-01 00:00", "newest, never deleted"),
		}},
		{"a week begins on Thursday", "1w4w", "2026-11-21 00:00:00", []row{
			keep("wednesday", "2026-11-18 23:59:59", "1w4w: newest of 2026-11-12 00:00"),
			keep("thursday", "2026-11-19 00:00:00", "1w4w: newest of 2026-11-19 00:00", "newest, never deleted"),
		}},
		{"a TTL shorter than its period holds for that long only", "5,1d6h", "2026-11-21 20:00:00", []row{
			keep("new", "2026-11-21 19:00:00", "always keep: 1 of 5", "1d6h: newest of 2026-11-21 00:00", "newest, never deleted"),
			keep("yesterday", "2026-11-20 23:00:00", "always keep: 2 of 5"),
		}},
		{"a period of seconds prints its seconds", "10s1h", "2026-11-21 20:00:00", []row{
			keep("new", "2026-11-21 19:59:35", "10s1h: newest of 2026-11-21 19:59:30", "newest, never deleted"),
		}},
		{"no points, no verdicts", "3", "2026-11-21 20:00:00", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var points []retention.Point
			var want, got []judged
			for _, row := range test.rows {
				points = append(points, retention.Point{ID: row.id, At: at(t, row.at)})
				want = append(want, judged{row.kept, row.reasons})
			}
			for i, verdict := range retention.MustParse(test.policy).Judge(at(t, test.now), points) {
				got = append(got, reasonsOf(verdict))
				if verdict.Point != points[i] {
					t.Errorf("verdict %d is about %v, want %v", i, verdict.Point, points[i])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALocationOrMonotonicClockChangesNothing(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	moment := time.Now()
	plain := moment.Round(0).UTC()
	points := func(base time.Time) []retention.Point {
		return []retention.Point{{ID: "a", At: base.Add(-time.Hour)}, {ID: "b", At: base.Add(-2 * time.Hour)}, {ID: "c", At: base}}
	}
	policy := retention.MustParse("1,1h1h")
	want := policy.Judge(plain, points(plain))
	for name, base := range map[string]time.Time{"monotonic": moment, "berlin": plain.In(berlin)} {
		for i, verdict := range policy.Judge(base, points(base)) {
			if diff := cmp.Diff(want[i].Reasons, verdict.Reasons); diff != "" {
				t.Errorf("%s: verdict %d (-want +got):\n%s", name, i, diff)
			}
		}
	}
}

func TestTheZeroVerdictKeeps(t *testing.T) {
	if (retention.Verdict{}).Expired {
		t.Error("the zero verdict expires its point")
	}
}

func TestAReasonOfAnotherPackagePrintsItsOwnText(t *testing.T) {
	for want, reason := range map[string]retention.Reason{
		"base of the next copy": {Code: "common", Detail: "base of the next copy"},
		"common":                {Code: "common"},
	} {
		if reason.String() != want {
			t.Errorf("%#v prints %q, want %q", reason, reason, want)
		}
	}
}

// The manual's example, worked out by hand: at 12:20 the snapshots of each hour are at 5, 20,
// 35 and 50 past, so the newest of a past hour is at 50 and the newest of a past day at 23:50.
func TestASnapshotEachQuarterUnderTheManualsPolicy(t *testing.T) {
	now := at(t, "2026-11-21 12:20:00")
	want := map[string]bool{}
	for quarter := range 6 {
		want[now.Add(-time.Duration(quarter)*15*time.Minute).Format(time.DateTime)] = true
	}
	for hour := at(t, "2026-11-19 12:50:00"); hour.Before(now); hour = hour.Add(time.Hour) {
		want[hour.Format(time.DateTime)] = true
	}
	for day := 7; day <= 20; day++ {
		want[fmt.Sprintf("2026-11-%02d 23:50:00", day)] = true
	}
	var points []retention.Point
	for moment := now; now.Sub(moment) <= 40*24*time.Hour; moment = moment.Add(-15 * time.Minute) {
		points = append(points, retention.Point{ID: moment.Format(time.DateTime), At: moment})
	}
	got := map[string]bool{}
	for _, verdict := range retention.MustParse("6,1h2d,1d2w").Judge(now, points) {
		if !verdict.Expired {
			got[verdict.Point.ID] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if len(got) != 65 {
		t.Errorf("%d kept, want 6 + 48 hours + 14 days less 3 in two of them: 65", len(got))
	}
}

func TestTheEarliestTimesThereAreHaveAnAge(t *testing.T) {
	earliest := func(second int64) time.Time { return time.Unix(-1<<63+second, 0) }
	points := []retention.Point{{ID: "a", At: earliest(1)}, {ID: "b", At: earliest(3)}}
	for _, verdict := range retention.MustParse("1s1h").Judge(earliest(5), points) {
		if verdict.Reasons[0].Code != retention.CodeRule {
			t.Errorf("%s: %v, want it kept by the rule", verdict.Point.ID, reasonsOf(verdict))
		}
	}
}
