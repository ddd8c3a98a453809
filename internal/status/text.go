package status

import (
	"fmt"
	"strings"
	"time"
)

// Age writes a duration in its two largest units, as people say it: 3d 4h, 2h 5min, 40s. Negative ones are 0s.
func Age(d time.Duration) string {
	d = max(d, 0).Truncate(time.Second)
	units := []struct {
		length time.Duration
		name   string
	}{{365 * 24 * time.Hour, "y"}, {24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	for i, unit := range units {
		if d < unit.length {
			continue
		}
		text := fmt.Sprintf("%d%s", d/unit.length, unit.name)
		if rest := d % unit.length; i+1 < len(units) && rest >= units[i+1].length {
			text += fmt.Sprintf(" %d%s", rest/units[i+1].length, units[i+1].name)
		}
		return text
	}
	return "0s"
}

// Age is how old the newest complete restore point on the target is, or "-".
func (i Item) Age() string {
	if i.Lag == nil {
		return "-"
	}
	return Age(time.Duration(*i.Lag) * time.Second)
}

// Summary is one line about the whole, as monitoring plugins print it.
func (r Report) Summary() string {
	var parts []string
	for _, u := range r.Unreached {
		parts = append(parts, fmt.Sprintf("the %s can't be read", u.Side))
	}
	for _, state := range States {
		if n := r.Count(state); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(r.Items) == 0 {
		parts = append(parts, "no objects")
	}
	text := fmt.Sprintf("IAB %s: %s", strings.ToUpper(string(r.Worst)), strings.Join(parts, ", "))
	if n := r.problems(); n == 1 {
		text += "; 1 has a problem"
	} else if n > 1 {
		text += fmt.Sprintf("; %d have a problem", n)
	}
	if oldest, ok := r.oldest(); ok {
		text += "; no newest copy is older than " + oldest.Age()
	}
	return text
}

// problems counts the objects that the next run would do nothing to.
func (r Report) problems() int {
	n := 0
	for _, item := range r.Items {
		if item.Problem != "" {
			n++
		}
	}
	return n
}

// oldest is the object whose newest copy is the oldest, of those that should have young ones.
func (r Report) oldest() (oldest Item, ok bool) {
	for _, item := range r.Items {
		if item.Lag != nil && item.State != Orphan && item.State != Unprotected && item.State != Unknown && (!ok || *item.Lag > *oldest.Lag) {
			oldest, ok = item, true
		}
	}
	return oldest, ok
}
