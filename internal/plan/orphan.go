package plan

import (
	"fmt"
	"slices"
	"strings"
)

// mostNamed is how many objects one warning names.
const mostNamed = 5

// orphanWarning says, once for all of them, which replicas have lost their source. They are kept.
func (b builder) orphanWarning() []string {
	var names []string
	for _, job := range b.opts.Selection.Orphans {
		replica, there := b.inv.Target.Holdings[job.Replica()]
		if _, alive := b.inv.Source.Holdings[job.Ref]; there && !alive && replica.Config[MarkRole] != RoleActive {
			names = append(names, job.Ref.String())
		}
	}
	slices.Sort(names)
	what := ""
	switch n := len(names); {
	case n == 0:
		return nil
	case n == 1:
		what = names[0] + " is gone from the source: its replica is kept"
	case n <= mostNamed:
		what = fmt.Sprintf("%s are gone from the source: their replicas are kept", strings.Join(names, ", "))
	default:
		what = fmt.Sprintf("%s and %d more are gone from the source: their replicas are kept", strings.Join(names[:mostNamed], ", "), n-mostNamed)
	}
	return []string{what + "; `iab forget` removes what nobody needs any more"}
}
