package plan

import (
	"fmt"
	"time"
)

// ClockTolerance is how far clocks may differ before anybody is told: the times that servers answer with are cut to seconds.
const ClockTolerance = 5 * time.Second

// ClockWarning says in one sentence how the clocks of both servers differ from this machine's, if any two of the three differ by
// more than ClockTolerance; else it is empty.
func ClockWarning(inv Inventory) string {
	source, target := inv.Source.Skew, inv.Target.Skew
	if max(source, target, 0)-min(source, target, 0) <= ClockTolerance {
		return ""
	}
	return fmt.Sprintf("the clock of the source %s this machine's, that of the target %s it; dates of snapshots decide what is kept, so set the clocks right, best by NTP",
		Lead(source), Lead(target))
}

// Lead words how one clock stands to another that it is so far ahead of: "agrees with", "is 2m0s ahead of", "is 7s behind".
func Lead(ahead time.Duration) string {
	switch ahead = ahead.Round(time.Second); {
	case ahead > 0:
		return fmt.Sprintf("is %s ahead of", ahead)
	case ahead < 0:
		return fmt.Sprintf("is %s behind", -ahead)
	}
	return "agrees with"
}
