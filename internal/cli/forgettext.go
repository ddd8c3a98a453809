package cli

import (
	"fmt"
	"strings"

	"iab/internal/plan"
	"iab/internal/run"
)

// forgetsText prints what would be lost.
func forgetsText(list []plan.Forget) string {
	var b strings.Builder
	for i, f := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s\n", f.Ref)
		if f.Problem != "" {
			fmt.Fprintf(&b, "  problem   %s\n", f.Problem)
			if f.Hint != "" {
				fmt.Fprintf(&b, "  hint      %s\n", f.Hint)
			}
			continue
		}
		for _, warning := range f.Warnings {
			fmt.Fprintf(&b, "  warning   %s\n", warning)
		}
		for _, r := range f.Removes {
			fmt.Fprintf(&b, "  remove    %s  %s  %s, %s\n", r.Side, r.Ref.Name, roleText(r), count(r.Points, "restore point"))
		}
		fmt.Fprintf(&b, "  loses     %s\n", lossText(f))
	}
	return b.String()
}

// roleText says what an object is that goes.
func roleText(r plan.Removal) string {
	switch r.Role {
	case plan.RoleAside:
		return "former replica"
	case plan.RoleKept:
		return "replaced by a restore"
	}
	return r.Role
}

// lossText says what is lost altogether.
func lossText(f plan.Forget) string {
	text := count(f.Points, "restore point")
	if f.Newest != "" {
		text += fmt.Sprintf(", the newest %s of %s, the oldest of %s", f.Newest, f.NewestAt.Format("2006-01-02 15:04:05 MST"), f.OldestAt.Format("2006-01-02 15:04:05 MST"))
	}
	if f.Bytes > 0 {
		text += ", at least " + plan.Size(f.Bytes)
	}
	return text
}

// forgottenText says how it ended.
func forgottenText(done []run.Forgotten) string {
	var b strings.Builder
	for _, d := range done {
		if d.OK {
			fmt.Fprintf(&b, "ok: %s is forgotten, %s removed\n", d.Plan.Ref, count(len(d.Removed), "object"))
			continue
		}
		fmt.Fprintf(&b, "failed: %s: %s; %d of %s removed\n", d.Plan.Ref, d.Error, len(d.Removed), count(len(d.Plan.Removes), "object"))
		if d.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", d.Hint)
		}
	}
	return b.String()
}
