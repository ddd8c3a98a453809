package retention

import (
	"cmp"
	"slices"
	"time"
)

// Point is one restore point to judge. At must be set: the zero time is just a very old one.
type Point struct {
	ID string
	At time.Time
}

// Verdict says what becomes of a point. The zero value keeps it. A kept point lists every
// reason that keeps it, an expired one why each rule let it go (or one reason for all, if it
// is older than every rule).
type Verdict struct {
	Point   Point
	Expired bool
	Reasons []Reason
}

// Judge gives one verdict per point, in the order of points, each with at least one reason.
// It accepts any input. The outcome for a point does not depend on the order of points. Of
// two points of the same time the one with the greater ID counts as newer; points that share
// ID and time are one point and share one verdict.
//
// The newest point that is not after now is never expired. Points after now are kept and
// count for nothing. What Judge expires at one moment it would expire at every later one,
// and removing it changes no other verdict's outcome.
func (p Policy) Judge(now time.Time, points []Point) []Verdict {
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return comparePoints(points[b], points[a]) })

	verdicts := make([]Verdict, len(points))
	pass := pass{policy: p, now: instantOf(now), holders: make([]holder, len(p.rules))}
	for k, i := range order {
		if k > 0 && comparePoints(points[order[k-1]], points[i]) == 0 {
			twin := verdicts[order[k-1]]
			verdicts[i] = Verdict{Point: points[i], Expired: twin.Expired, Reasons: slices.Clone(twin.Reasons)}
			continue
		}
		verdicts[i] = pass.judge(points[i])
	}
	return verdicts
}

// pass goes over distinct points from the newest to the oldest.
type pass struct {
	policy  Policy
	now     instant
	rank    int
	holders []holder // per rule; times only fall, so one bucket per rule is enough to remember
}

type holder struct {
	taken  bool
	bucket int64
	id     string
}

func (s *pass) judge(point Point) Verdict {
	// Collected on the stack and kept in slices of the right size: there are many points.
	var kept, dropped [6]Reason
	keep, drop := kept[:0], dropped[:0]
	if s.policy.KeepsAll() {
		keep = append(keep, Reason{Code: CodeKeepAll})
	}
	at := instantOf(point.At)
	if at.compare(s.now) > 0 {
		return Verdict{Point: point, Reasons: slices.Clone(append(keep, Reason{Code: CodeFuture}))}
	}
	s.rank++
	if s.rank <= s.policy.alwaysKeep {
		keep = append(keep, Reason{Code: CodeAlwaysKeep, N: s.rank, Of: s.policy.alwaysKeep})
	}
	for n := range s.policy.rules {
		if reason := s.apply(n, point.ID, at); reason.Code == CodeRule {
			keep = append(keep, reason)
		} else {
			drop = append(drop, reason)
		}
	}
	if s.rank == 1 {
		keep = append(keep, Reason{Code: CodeNewest})
	}
	if len(keep) > 0 {
		return Verdict{Point: point, Reasons: slices.Clone(keep)}
	}
	return Verdict{Point: point, Expired: true, Reasons: slices.Clone(s.condense(drop))}
}

// apply asks one rule about the next point.
func (s *pass) apply(n int, id string, at instant) Reason {
	rule := s.policy.rules[n]
	if !at.within(rule.TTL.seconds(), s.now) {
		return Reason{Code: CodeTooOld, Rule: rule}
	}
	period := rule.Period.seconds()
	bucket := floorDiv(at.sec, period)
	reason := Reason{Code: CodeRule, Rule: rule, Bucket: time.Unix(bucket*period, 0).UTC()}
	if held := s.holders[n]; held.taken && held.bucket == bucket {
		reason.Code, reason.By = CodeSuperseded, held.id
		return reason
	}
	s.holders[n] = holder{taken: true, bucket: bucket, id: id}
	return reason
}

func (s *pass) condense(drop []Reason) []Reason {
	if len(drop) == 0 {
		return []Reason{{Code: CodeTooOld, Of: s.policy.alwaysKeep}}
	}
	if slices.ContainsFunc(drop, func(r Reason) bool { return r.Code != CodeTooOld }) {
		return drop
	}
	return []Reason{{Code: CodeTooOld}}
}

// comparePoints is negative if a is older than b.
func comparePoints(a, b Point) int {
	if c := instantOf(a.At).compare(instantOf(b.At)); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}
