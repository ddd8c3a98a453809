package retention

import (
	"cmp"
	"time"
)

// instant is a moment in seconds since 1970 and nanoseconds within the second. It is exact
// and totally ordered for every time.Time, where time.Time.Sub stops at 292 years and may
// read the monotonic clock.
type instant struct {
	sec  int64
	nsec int
}

func instantOf(t time.Time) instant { return instant{sec: t.Unix(), nsec: t.Nanosecond()} }

func (i instant) compare(other instant) int {
	if c := cmp.Compare(i.sec, other.sec); c != 0 {
		return c
	}
	return cmp.Compare(i.nsec, other.nsec)
}

// within reports whether i is at most ttl seconds before now.
func (i instant) within(ttl int64, now instant) bool {
	oldest := instant{sec: now.sec - ttl, nsec: now.nsec}
	if oldest.sec > now.sec { // the subtraction wrapped: no time is that old
		return true
	}
	return i.compare(oldest) >= 0
}

// floorDiv rounds down, so that buckets before 1970 have the same length as later ones.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
