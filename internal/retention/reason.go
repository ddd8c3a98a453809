package retention

import (
	"fmt"
	"time"
)

// Code names a kind of reason. Other packages may use codes of their own.
type Code string

// The codes of the reasons that Judge gives. The first five keep a point.
const (
	CodeKeepAll    Code = "keep-all"    // the policy keeps everything
	CodeAlwaysKeep Code = "always-keep" // one of the newest N
	CodeRule       Code = "rule"        // the newest of its bucket in a rule
	CodeNewest     Code = "newest"      // the newest of all, never expired
	CodeFuture     Code = "future"      // dated after the moment of judging, counts for nothing
	CodeSuperseded Code = "superseded"  // a newer one holds its bucket in a rule
	CodeTooOld     Code = "too-old"     // older than the TTL of Rule, or than all there is if Rule is zero
)

// Reason says why a point is kept, or why a rule lets it go. Fields that a code does not
// need are zero. A Reason is comparable.
type Reason struct {
	Code   Code
	Rule   Rule      // rule, superseded, too-old (zero: older than every rule)
	Bucket time.Time // rule, superseded: start of the bucket, UTC
	N      int       // always-keep: rank, the newest is 1
	Of     int       // always-keep, and too-old in a policy without rules: the count of the policy
	By     string    // superseded: ID of the point that holds the bucket
	Detail string    // text of a reason whose code another package made
}

// String returns one short phrase for people. Times are UTC.
func (r Reason) String() string {
	switch r.Code {
	case CodeKeepAll:
		return "the policy keeps everything"
	case CodeAlwaysKeep:
		return fmt.Sprintf("always keep: %d of %d", r.N, r.Of)
	case CodeRule:
		return fmt.Sprintf("%s: newest of %s", r.Rule, clock(r.Bucket))
	case CodeNewest:
		return "newest, never deleted"
	case CodeFuture:
		return "dated in the future, not counted"
	case CodeSuperseded:
		return fmt.Sprintf("%s: %s is held by %s", r.Rule, clock(r.Bucket), r.By)
	case CodeTooOld:
		return r.tooOld()
	}
	if r.Detail != "" {
		return r.Detail
	}
	return string(r.Code)
}

func (r Reason) tooOld() string {
	switch {
	case r.Rule != Rule{}:
		return fmt.Sprintf("%s: older than %s", r.Rule, r.Rule.TTL)
	case r.Of > 0:
		return fmt.Sprintf("older than the newest %d", r.Of)
	}
	return "older than every rule"
}

func clock(t time.Time) string {
	t = t.UTC()
	if t.Second() != 0 {
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}
