package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
)

// pieceOfText is how much text is written at once, in bytes.
const pieceOfText = 64 << 10

// writePlan prints a plan: per object its problem or its actions, each with its reason, then what stays and why; then what the hosts get. It
// does so piece by piece, as the text of a large fleet is long.
func writePlan(w io.Writer, p plan.Plan, hosts string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan of %s", p.At.Format("2006-01-02 15:04:05 MST"))
	if p.Totals.Snapshot > 0 {
		fmt.Fprintf(&b, "; the snapshots of this run are called %s", p.Snapshot)
	}
	b.WriteString("\n")
	beforeItemsText(&b, p)
	for _, item := range p.Items {
		fmt.Fprintf(&b, "\n%s\n", item.Ref)
		itemText(&b, item)
		if b.Len() < pieceOfText {
			continue
		}
		if _, err := io.WriteString(w, b.String()); err != nil {
			return err
		}
		b.Reset()
	}
	for _, excluded := range p.Excluded {
		fmt.Fprintf(&b, "\n%s\n", run.ExcludedText(excluded))
	}
	if len(p.Items)+len(p.Excluded)+len(p.Warnings) == 0 {
		b.WriteString("\nThe config names no objects: there is nothing to do.\n")
	}
	orderText(&b, p.Order)
	fmt.Fprintf(&b, "\n%s\n%s", totalsText(p.Totals), hosts)
	_, err := io.WriteString(w, b.String())
	return err
}

// orderText tells in which order the objects are worked on, where that is not the one in which they stand.
func orderText(b *strings.Builder, order []plan.Turn) {
	if len(order) == 0 {
		return
	}
	b.WriteString("\nThe longest unprotected come first, and what needs a new replica last:\n")
	for _, turn := range order {
		whole := "never copied"
		if turn.Newest != "" {
			whole = "copied up to " + turn.Newest
		}
		fmt.Fprintf(b, "  %s: %s\n", turn.Ref, whole)
	}
}

// beforeItemsText tells what concerns no single item and comes first, with an empty line before each.
func beforeItemsText(b *strings.Builder, p plan.Plan) {
	for _, warning := range p.Warnings {
		fmt.Fprintf(b, "\nwarning: %s\n", warning)
	}
	for _, ref := range p.Restarts {
		fmt.Fprintf(b, "\n%s was stopped by a run that was interrupted: it is started first\n", ref)
	}
	for _, ref := range p.Resumes {
		fmt.Fprintf(b, "\n%s bears the mark of a freeze by a run that was interrupted: it is resumed first\n", ref)
	}
	for _, g := range p.Groups {
		groupText(b, g)
	}
	for _, change := range p.Profiles {
		profileText(b, change)
	}
	for _, leftover := range p.Leftovers {
		fmt.Fprintf(b, "\n%s on the %s is a temporary clone that a killed command has left: it is removed first\n", leftover.Ref, leftover.Side)
	}
}

func profileText(b *strings.Builder, change plan.ProfileChange) {
	verb := "changed"
	if change.Creates {
		verb = "made"
	}
	fmt.Fprintf(b, "\nprofile %s of project %s is %s on the target first: %s\n", change.Profile, change.Project, verb, change.Why)
	dropsText(b, change.Drops)
}

func dropsText(b *strings.Builder, drops []plan.Drop) {
	for _, drop := range drops {
		fmt.Fprintf(b, "              drops device %s: %s\n", drop.Device, drop.Why)
	}
}

func itemText(b *strings.Builder, item plan.Item) {
	if item.Job.Glob {
		fmt.Fprintf(b, "  taken by  %s\n", item.Rule)
	}
	if item.Problem != "" {
		fmt.Fprintf(b, "  problem   %s\n", item.Problem)
		if item.Hint != "" {
			fmt.Fprintf(b, "  hint      %s\n", item.Hint)
		}
		return
	}
	for _, warning := range item.Warnings {
		fmt.Fprintf(b, "  warning   %s\n", warning)
	}
	actionsText(b, item)
	for _, side := range plan.BothSides {
		for _, v := range item.Verdicts.On(side) {
			switch {
			case !v.Expired && v.Archive != "":
				line(b, "keep", side, v.Snapshot, reasons(v.Reasons)+"; in "+v.Archive)
			case !v.Expired:
				line(b, "keep", side, v.Snapshot, reasons(v.Reasons))
			case v.Reasons[0].Code == plan.CodeLost: // named by the copy
			case !deletes(item, side, v):
				line(b, "expired", side, v.Snapshot, reasons(v.Reasons)+"; stays, as nothing is pruned")
			}
		}
	}
}

// actionsText is a line per action, each with its reason and what it sends, drops and loses.
func actionsText(b *strings.Builder, item plan.Item) {
	for _, action := range item.Actions {
		line(b, string(action.Verb), action.Side, subject(item, action), action.Why)
		for _, repair := range action.Repairs {
			fmt.Fprintf(b, "              gives %s on the %s its name %s back\n", repair.From, repair.Side, repair.To)
		}
		dropsText(b, action.Drops)
		if len(action.Sends) > 0 {
			fmt.Fprintf(b, "              sends %s\n", strings.Join(action.Sends, ", "))
		}
		if n := len(action.LeavesOut); n > 0 {
			fmt.Fprintf(b, "              leaves out %s that the target's policy does not keep\n", count(n, "older snapshot"))
		}
		if len(action.Follows) > 0 {
			fmt.Fprintf(b, "              with %s\n", strings.Join(action.Follows, ", "))
		}
		if action.Detour != "" {
			fmt.Fprintf(b, "              calls %s %s on the way\n", action.Sends[0], action.Detour)
		}
		if action.Verb == plan.VerbDelete && len(action.Loses) > 0 {
			fmt.Fprintf(b, "              with %s\n", strings.Join(action.Loses, ", "))
		}
		if action.Verb == plan.VerbCopy && len(action.Loses) > 0 {
			fmt.Fprintf(b, "              loses %s, which the source does not have and the target's policy does not keep\n", strings.Join(action.Loses, ", "))
		}
	}
}

// subject is what an action is about: a snapshot, or the whole replica.
func subject(item plan.Item, action plan.Action) string {
	switch {
	case action.Verb == plan.VerbRename:
		return action.From + " as " + item.Job.Replica().Name
	case action.Whole && action.Verb == plan.VerbArchive:
		return item.Job.Replica().Name + " as " + action.Archive
	case action.Whole && action.Archive == "":
		return item.Job.Replica().Name
	case action.Verb == plan.VerbArchive:
		return action.Snapshot + " as " + action.Archive
	case action.Archive != "":
		return action.Archive
	}
	return action.Snapshot
}

// deletes reports whether the item deletes what a verdict is about, by itself or with the former replica that holds it.
func deletes(item plan.Item, side plan.Side, v plan.Verdict) bool {
	return slices.ContainsFunc(item.Actions, func(a plan.Action) bool {
		return a.Verb == plan.VerbDelete && a.Side == side && (!a.Whole && a.Snapshot == v.Snapshot || a.Whole && a.Archive != "" && a.Archive == v.Archive)
	})
}

func line(b *strings.Builder, verb string, side plan.Side, snapshot, why string) {
	fmt.Fprintf(b, "  %-8s  %s  %-19s  %s\n", verb, side, snapshot, why)
}

func reasons(list []retention.Reason) string {
	var parts []string
	for _, reason := range list {
		parts = append(parts, reason.String())
	}
	return strings.Join(parts, "; ")
}

func totalsText(t plan.Totals) string {
	parts := []string{count(t.Snapshot, "snapshot"), countAs(t.Copy, "copy", "copies"), count(t.Delete, "deletion"), count(t.Problems, "problem")}
	if t.Archive > 0 {
		parts = slices.Insert(parts, 2, count(t.Archive, "archive"))
	}
	if t.Rename > 0 {
		parts = slices.Insert(parts, 0, count(t.Rename, "rename"))
	}
	return count(t.Items, "object") + ": " + strings.Join(parts, ", ")
}

func count(n int, word string) string { return countAs(n, word, word+"s") }

func countAs(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
