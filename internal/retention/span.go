package retention

import (
	"strconv"
	"time"
)

// Unit is the unit of a span. The zero value is no unit.
type Unit uint8

// The units that a policy can name. A month is 30 days and a year 365 days, always.
const (
	Second Unit = iota + 1
	Minute
	Hour
	Day
	Week
	Month
	Year
)

// String returns the unit as a policy spells it, and "" for a value that is no unit.
func (u Unit) String() string {
	switch u {
	case Second:
		return "s"
	case Minute:
		return "min"
	case Hour:
		return "h"
	case Day:
		return "d"
	case Week:
		return "w"
	case Month:
		return "m"
	case Year:
		return "y"
	}
	return ""
}

func (u Unit) seconds() int64 {
	const day = 24 * 60 * 60
	switch u {
	case Second:
		return 1
	case Minute:
		return 60
	case Hour:
		return 60 * 60
	case Day:
		return day
	case Week:
		return 7 * day
	case Month:
		return 30 * day
	case Year:
		return 365 * day
	}
	return 0
}

// maxSpan is the longest span a policy may name: the largest round number of years that a
// time.Duration holds.
const maxSpan = 290 * 365 * 24 * time.Hour

// Span is a length of time as a policy writes it. In a Policy, N is at least 1 and the span
// at most 290 years.
type Span struct {
	N    int
	Unit Unit
}

// Duration returns the length of the span. It is exact for every span of a Policy.
func (s Span) Duration() time.Duration { return time.Duration(s.seconds()) * time.Second }

func (s Span) seconds() int64 { return int64(s.N) * s.Unit.seconds() }

// String returns the span as a policy spells it, such as "1h", and "" for the zero value.
func (s Span) String() string {
	if s == (Span{}) {
		return ""
	}
	return strconv.Itoa(s.N) + s.Unit.String()
}
