package retention_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/retention"
)

func drawRule(t *rapid.T) string {
	units := rapid.SampledFrom([]string{"s", "min", "h", "d", "w", "m", "y"})
	n := rapid.IntRange(1, 5)
	return fmt.Sprintf("%d%s%d%s", n.Draw(t, "period"), units.Draw(t, "unit"), n.Draw(t, "ttl"), units.Draw(t, "ttlUnit"))
}

func drawPolicy(t *rapid.T) retention.Policy {
	var parts []string
	if count := rapid.IntRange(0, 6).Draw(t, "count"); count > 0 {
		parts = append(parts, fmt.Sprint(count))
	}
	for range rapid.IntRange(0, 3).Draw(t, "rules") {
		parts = append(parts, drawRule(t))
	}
	return retention.MustParse(strings.Join(parts, ","))
}

// drawNow is often where buckets of all periods begin.
func drawNow(t *rapid.T) time.Time {
	return rapid.SampledFrom([]time.Time{
		time.Unix(0, 0), time.Unix(30, 5), time.Unix(-90000, 0), time.Unix(1795262400, 0), time.Unix(1795262399, 999999999),
	}).Draw(t, "now")
}

// drawPoint favours collisions: the same seconds, the same buckets, the same IDs.
func drawPoint(now time.Time) *rapid.Generator[retention.Point] {
	return rapid.Custom(func(t *rapid.T) retention.Point {
		step := rapid.SampledFrom([]time.Duration{1, time.Second, time.Minute, time.Hour, 24 * time.Hour, 400 * time.Hour}).Draw(t, "step")
		back := rapid.IntRange(-3, 40).Draw(t, "back")
		id := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "id")
		return retention.Point{ID: id, At: now.Add(-time.Duration(back) * step)}
	})
}

func drawPoints(t *rapid.T, now time.Time) []retention.Point {
	return rapid.SliceOfN(drawPoint(now), 0, 30).Draw(t, "points")
}

func key(p retention.Point) string { return p.At.UTC().Format(time.RFC3339Nano) + " " + p.ID }

// survivors are the kept points as a set.
func survivors(verdicts []retention.Verdict) map[string]retention.Point {
	kept := map[string]retention.Point{}
	for _, verdict := range verdicts {
		if !verdict.Expired {
			kept[key(verdict.Point)] = verdict.Point
		}
	}
	return kept
}

func values(set map[string]retention.Point) []retention.Point {
	var points []retention.Point
	for _, point := range set {
		points = append(points, point)
	}
	return points
}

func TestEveryPointHasOneVerdictWithAReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := drawNow(t)
		policy, points := drawPolicy(t), drawPoints(t, now)
		checkVerdicts(t, policy, now, points)
	})
}

// checkVerdicts holds for any input at all; the fuzz test uses it too.
func checkVerdicts(t interface{ Fatalf(string, ...any) }, policy retention.Policy, now time.Time, points []retention.Point) {
	verdicts := policy.Judge(now, points)
	if len(verdicts) != len(points) {
		t.Fatalf("%d verdicts for %d points", len(verdicts), len(points))
	}
	keeps := map[retention.Code]bool{
		retention.CodeKeepAll: true, retention.CodeAlwaysKeep: true, retention.CodeRule: true, retention.CodeNewest: true, retention.CodeFuture: true,
	}
	for i, verdict := range verdicts {
		if verdict.Point != points[i] {
			t.Fatalf("verdict %d is about %v, want %v", i, verdict.Point, points[i])
		}
		if len(verdict.Reasons) == 0 {
			t.Fatalf("%v has no reason", verdict.Point)
		}
		for _, reason := range verdict.Reasons {
			if keeps[reason.Code] == verdict.Expired {
				t.Fatalf("%v: expired is %t for the reason %q", verdict.Point, verdict.Expired, reason)
			}
			if reason.String() == "" {
				t.Fatalf("%v: the reason %q has no text", verdict.Point, reason.Code)
			}
		}
	}
}

func TestTheOrderOfThePointsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := drawNow(t)
		policy, points := drawPolicy(t), drawPoints(t, now)
		byPoint := func(verdicts []retention.Verdict) map[string]judged {
			set := map[string]judged{}
			for _, verdict := range verdicts {
				k := key(verdict.Point)
				if earlier, twice := set[k]; twice && !cmp.Equal(earlier, reasonsOf(verdict)) {
					t.Fatalf("two verdicts for %s", k)
				}
				set[k] = reasonsOf(verdict)
			}
			return set
		}
		shuffled := rapid.Permutation(points).Draw(t, "shuffled")
		if diff := cmp.Diff(byPoint(policy.Judge(now, points)), byPoint(policy.Judge(now, shuffled))); diff != "" {
			t.Fatalf("verdicts (-given +shuffled):\n%s", diff)
		}
	})
}

func TestPruningOftenOrOnceLeavesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := drawNow(t)
		policy := drawPolicy(t)
		all := drawPoints(t, now)
		pruned := slices.Clone(all)
		for range rapid.IntRange(1, 6).Draw(t, "times") {
			pruned = values(survivors(policy.Judge(now, pruned)))
			step := rapid.SampledFrom([]time.Duration{0, 1, time.Second, 7 * time.Minute, 5 * time.Hour, 100 * time.Hour}).Draw(t, "pause")
			now = now.Add(step)
			added := rapid.SliceOfN(drawPoint(now), 0, 5).Draw(t, "added")
			all, pruned = append(all, added...), append(pruned, added...)
		}
		once, often := survivors(policy.Judge(now, all)), survivors(policy.Judge(now, pruned))
		if diff := cmp.Diff(once, often); diff != "" {
			t.Fatalf("survivors of %q (-once +often):\n%s", policy, diff)
		}
	})
}

func TestAWiderPolicyNeverDeletesMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := drawNow(t)
		policy, points := drawPolicy(t), drawPoints(t, now)
		if policy.KeepsAll() {
			policy = retention.MustParse("1")
		}
		text := fmt.Sprint(policy.AlwaysKeep() + rapid.IntRange(0, 3).Draw(t, "more"))
		for _, rule := range policy.Rules() {
			text += "," + rule.String()
		}
		if rapid.Bool().Draw(t, "oneRuleMore") {
			text += "," + drawRule(t)
		}
		wider := survivors(retention.MustParse(text).Judge(now, points))
		for k := range survivors(policy.Judge(now, points)) {
			if _, kept := wider[k]; !kept {
				t.Fatalf("%q keeps %s, %q does not", policy, k, text)
			}
		}
	})
}

func TestTheNewestAndTheFutureAreNeverExpired(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := drawNow(t)
		policy, points := drawPolicy(t), drawPoints(t, now)
		newest := -1
		verdicts := policy.Judge(now, points)
		for i, point := range points {
			if point.At.After(now) {
				if verdicts[i].Expired {
					t.Fatalf("%s, in the future, is expired", key(point))
				}
				continue
			}
			if newest < 0 || point.At.After(points[newest].At) || point.At.Equal(points[newest].At) && point.ID > points[newest].ID {
				newest = i
			}
		}
		if newest >= 0 && verdicts[newest].Expired {
			t.Fatalf("%s, the newest, is expired", key(points[newest]))
		}
	})
}

func TestThePointsOfTheFutureChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := drawNow(t)
		policy, points := drawPolicy(t), drawPoints(t, now)
		past := slices.DeleteFunc(slices.Clone(points), func(p retention.Point) bool { return p.At.After(now) })
		with := slices.DeleteFunc(policy.Judge(now, points), func(v retention.Verdict) bool { return v.Point.At.After(now) })
		if diff := cmp.Diff(policy.Judge(now, past), with); diff != "" && len(past) > 0 {
			t.Fatalf("verdicts of the past (-without +with the future):\n%s", diff)
		}
	})
}

// The definition again, point by point and without any cleverness.
func TestJudgeAgreesWithTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := drawNow(t)
		policy, points := drawPolicy(t), drawPoints(t, now)
		newer := func(a, b retention.Point) bool { return a.At.After(b.At) || a.At.Equal(b.At) && a.ID > b.ID }
		bucket := func(p retention.Point, period time.Duration) int64 {
			n, into := p.At.Unix()/int64(period.Seconds()), p.At.Unix()%int64(period.Seconds())
			if into < 0 {
				n--
			}
			return n
		}
		for _, verdict := range policy.Judge(now, points) {
			ahead := map[string]bool{}
			held := map[retention.Rule]bool{}
			for _, other := range points {
				if other.At.After(now) || !newer(other, verdict.Point) {
					continue
				}
				ahead[key(other)] = true
				for _, rule := range policy.Rules() {
					held[rule] = held[rule] || bucket(other, rule.Period.Duration()) == bucket(verdict.Point, rule.Period.Duration())
				}
			}
			keep := policy.KeepsAll() || verdict.Point.At.After(now) || len(ahead) < max(policy.AlwaysKeep(), 1)
			for _, rule := range policy.Rules() {
				keep = keep || !held[rule] && now.Sub(verdict.Point.At) <= rule.TTL.Duration()
			}
			if keep == verdict.Expired {
				t.Fatalf("%q at %s: expired is %t for %s", policy, now, verdict.Expired, key(verdict.Point))
			}
		}
	})
}

func TestEveryPolicyPrintsAsATextThatGivesItBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		text := policy.String()
		spaced := strings.NewReplacer(",", " , ", "h", " H ", "m", "M").Replace(text)
		for _, spelling := range []string{text, spaced, strings.ToUpper(text)} {
			again, err := retention.Parse(spelling)
			if err != nil {
				t.Fatal(err)
			}
			if !again.Equal(policy) {
				t.Fatalf("%q gives %q", spelling, again)
			}
		}
	})
}
