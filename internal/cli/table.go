package cli

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"iab/internal/run"
)

// reportTable draws the report for a terminal of that width: a row per object, then why things went wrong.
func reportTable(report run.Report, width int) string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.Style().Size.WidthMax = width
	t.AppendHeader(table.Row{"object", "outcome", "snapshot", "copied", "deleted source", "target"})
	for _, r := range report.Results {
		t.AppendRow(table.Row{r.Ref.String(), outcome(r.Outcome), orDash(r.Snapshot), copied(r.Copied), len(r.Deleted.Source), len(r.Deleted.Target)})
	}
	var b strings.Builder
	if len(report.Results) > 0 {
		fmt.Fprintln(&b, t.Render())
	}
	for _, r := range report.Results {
		explain(&b, r)
	}
	fmt.Fprintln(&b, report.Summary())
	return b.String()
}

// explain says why an object is not simply ok.
func explain(b *strings.Builder, r run.Result) {
	if r.Error != "" {
		fmt.Fprintf(b, "%s: %s\n", r.Ref, r.Error)
	}
	if r.Hint != "" {
		fmt.Fprintf(b, "  hint: %s\n", r.Hint)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(b, "%s: warning: %s\n", r.Ref, warning)
	}
}

func outcome(o run.Outcome) string {
	switch o {
	case run.OK:
		return text.FgGreen.Sprint(o)
	case run.Skipped:
		return text.FgYellow.Sprint(o)
	}
	return text.FgRed.Sprint(o)
}

func copied(c *run.Copied) string {
	if c == nil {
		return "-"
	}
	kind := "full"
	if c.Incremental {
		kind = "incremental"
	}
	return fmt.Sprintf("%s %s", size(c.Bytes), kind)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// size prints bytes with the binary unit that leaves one to four digits.
func size(bytes int64) string {
	value, units := float64(bytes), []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for value >= 1000 && len(units) > 1 {
		value, units = value/1024, units[1:]
	}
	if units[0] == "B" || value >= 100 {
		return fmt.Sprintf("%.0f %s", value, units[0])
	}
	return fmt.Sprintf("%.1f %s", value, units[0])
}
