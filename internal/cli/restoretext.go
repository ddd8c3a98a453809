package cli

import (
	"fmt"
	"strings"

	"iab/internal/plan"
	"iab/internal/run"
)

// restoresText prints restores as they would be carried out.
func restoresText(list restores) string {
	var b strings.Builder
	for i, r := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s to %s on the %s\n", r.Ref, r.To.Object.Name, r.To.Side)
		if r.Problem != "" {
			fmt.Fprintf(&b, "  problem   %s\n", r.Problem)
			if r.Hint != "" {
				fmt.Fprintf(&b, "  hint      %s\n", r.Hint)
			}
			continue
		}
		if r.From.Snapshot != "" {
			fmt.Fprintf(&b, "  point     %s of %s, in %s on the %s\n", r.From.Snapshot, r.From.At.Format("2006-01-02 15:04:05 MST"), r.From.Object.Name, r.From.Side)
		}
		if r.Sends != "" {
			fmt.Fprintf(&b, "  sends     %s\n", r.Sends)
		}
		for _, warning := range r.Warnings {
			fmt.Fprintf(&b, "  warning   %s\n", warning)
		}
		actionsText(&b, r.First)
		for _, step := range r.Steps {
			fmt.Fprintf(&b, "  %-8s  %s  %s  %s\n", step.Verb, step.Side, stepSubject(step), step.Why)
		}
		fmt.Fprintf(&b, "  next run  %s\n", r.NextRun)
	}
	return b.String()
}

// stepSubject is what a step is about.
func stepSubject(step plan.Step) string {
	switch step.Verb {
	case plan.StepFetch, plan.StepRename, plan.StepAdopt:
		return step.Object.Name + " as " + step.Name
	case plan.StepKeep, plan.StepRevert:
		return step.Name
	}
	return step.Object.Name
}

// restoredText says how restores ended.
func restoredText(done []run.Restored) string {
	var b strings.Builder
	for _, d := range done {
		if d.OK {
			fmt.Fprintf(&b, "ok: %s on the %s, in %s\n", d.Plan.To.Object, d.Plan.To.Side, d.FinishedAt.Sub(d.StartedAt).Round(1e9))
			for _, warning := range d.Warnings {
				fmt.Fprintf(&b, "  warning: %s\n", warning)
			}
			continue
		}
		fmt.Fprintf(&b, "failed: %s: %s\n", d.Plan.Ref, d.Error)
		if d.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", d.Hint)
		}
		if d.Undone {
			b.WriteString("  everything is as it was before\n")
		}
	}
	return b.String()
}
