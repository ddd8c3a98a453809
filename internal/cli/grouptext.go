package cli

import (
	"fmt"
	"strings"
	"time"

	"iab/internal/plan"
)

// groupText prints what belongs together. What concerns one object alone, and no commands, stands in the reason of its snapshot.
func groupText(b *strings.Builder, g plan.Group) {
	if len(g.Members) == 1 && len(g.Hooks) == 0 {
		return
	}
	fmt.Fprintf(b, "\ngroup %s: its snapshots are taken at once\n", g.Name)
	for _, ref := range g.Members {
		fmt.Fprintf(b, "  with      %s\n", ref)
	}
	for _, h := range g.Hooks {
		for _, command := range h.Pre {
			fmt.Fprintf(b, "  before    in %s, for at most %s: %s\n", h.Ref, seconds(h.Timeout), command)
		}
	}
	for _, ref := range g.Stops {
		fmt.Fprintf(b, "  stops     %s\n", ref)
	}
	for _, ref := range g.Freezes {
		fmt.Fprintf(b, "  freezes   %s\n", ref)
	}
	if g.Limit > 0 {
		fmt.Fprintf(b, "  limit     %s, after which all goes on and the group fails\n", seconds(g.Limit))
	}
	for _, h := range g.Hooks {
		for _, command := range h.Post {
			fmt.Fprintf(b, "  after     in %s, for at most %s: %s\n", h.Ref, seconds(h.Timeout), command)
		}
	}
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
