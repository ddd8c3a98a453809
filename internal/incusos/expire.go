package incusos

import (
	"path/filepath"
	"time"

	"iab/internal/retention"
)

// Judge says of every archive of one part whether the policy lets it go, in the order of the archives. Only good archives
// are judged, so that a damaged one neither takes the place of a good one nor is deleted: a person has to look at it. The newest
// good one is never expired.
func Judge(policy retention.Policy, now time.Time, archives []Archive) []retention.Verdict {
	var points []retention.Point
	for _, a := range archives {
		if a.Problem == "" {
			points = append(points, retention.Point{ID: filepath.Base(a.Path), At: a.At})
		}
	}
	judged := policy.Judge(now, points)
	verdicts := make([]retention.Verdict, len(archives))
	next := 0
	for i, a := range archives {
		verdicts[i].Point = retention.Point{ID: filepath.Base(a.Path), At: a.At}
		if a.Problem == "" {
			verdicts[i] = judged[next]
			next++
		}
	}
	return verdicts
}
