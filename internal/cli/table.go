package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"iab/internal/plan"
	"iab/internal/run"
)

// column is one of the table. Narrow terminals do without the columns that can be missed.
type column struct {
	title string
	from  int // columns that the terminal must have
	cell  func(run.Result) string
}

// reportTable draws the report for a terminal of that width: a row per object, then why things went wrong.
func reportTable(report run.Report, width int, color bool) string {
	columns := []column{
		{"outcome", 0, func(r run.Result) string { return string(r.Outcome) }},
		{"snapshot", 100, func(r run.Result) string { return orDash(r.Snapshot) }},
		{"out of service", 100, func(r run.Result) string { return orDash(r.Downtime()) }},
		{"copied", 0, func(r run.Result) string { return copied(r.Copied) }},
		{"deleted source", 100, func(r run.Result) string { return strconv.Itoa(len(r.Deleted.Source)) }},
		{"target", 100, func(r run.Result) string { return strconv.Itoa(len(r.Deleted.Target)) }},
	}
	paused := slices.ContainsFunc(report.Results, func(r run.Result) bool { return r.Window > 0 })
	columns = slices.DeleteFunc(columns, func(c column) bool { return width < c.from || c.title == "out of service" && !paused })
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.Style().Format.Header = text.FormatDefault
	header := table.Row{"object"}
	room := width - 2 // what the columns leave to the names of the objects
	for _, c := range columns {
		header = append(header, c.title)
		most := len(c.title)
		for _, r := range report.Results {
			most = max(most, len(c.cell(r)))
		}
		room -= most + 2
	}
	t.AppendHeader(header)
	for _, r := range report.Results {
		row := table.Row{shorten(r.Ref.String(), room)}
		for _, c := range columns {
			row = append(row, painted(c.cell(r), r.Outcome, color && c.title == "outcome"))
		}
		t.AppendRow(row)
	}
	var b strings.Builder
	if len(report.Results) > 0 {
		for line := range strings.Lines(t.Render() + "\n") {
			b.WriteString(strings.TrimRight(line, " \n") + "\n")
		}
	}
	for _, r := range report.Results {
		explain(&b, r)
	}
	for _, warning := range report.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	for _, excluded := range report.Excluded {
		fmt.Fprintln(&b, run.ExcludedText(excluded))
	}
	hostTable(&b, report.HostArchives, width, color)
	fmt.Fprintln(&b, report.Summary())
	return b.String()
}

// hostTable draws the archives of the servers: a row for each, then why things went wrong.
func hostTable(b *strings.Builder, list []run.HostArchive, width int, color bool) {
	if len(list) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.Style().Options.SeparateColumns = false
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"archive of a host", "outcome", "size", "deleted"})
	for _, h := range list {
		t.AppendRow(table.Row{shorten(h.Name(), width-40), painted(string(h.Outcome), h.Outcome, color), plan.Size(h.Bytes), strconv.Itoa(len(h.Deleted))})
	}
	for line := range strings.Lines(t.Render() + "\n") {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	for _, h := range list {
		explainNamed(b, h.Name(), h.Error, h.Hint, h.Warnings)
	}
}

// shorten takes the middle out of a name that is longer than there is room for: both its ends tell names apart.
func shorten(name string, room int) string {
	runes := []rune(name)
	room = max(room, 9)
	if len(runes) <= room {
		return name
	}
	tail := (room - 1) / 2
	return string(runes[:room-1-tail]) + "…" + string(runes[len(runes)-tail:])
}

// explain says why an object is not simply ok.
func explain(b *strings.Builder, r run.Result) {
	explainNamed(b, r.Ref.String(), r.Error, r.Hint, r.Warnings)
}

func explainNamed(b *strings.Builder, name, problem, hint string, warnings []string) {
	if problem != "" {
		fmt.Fprintf(b, "%s: %s\n", name, problem)
	}
	if hint != "" {
		fmt.Fprintf(b, "  hint: %s\n", hint)
	}
	for _, warning := range warnings {
		fmt.Fprintf(b, "%s: warning: %s\n", name, warning)
	}
}

// painted gives a cell the colour of the outcome.
func painted(cell string, o run.Outcome, color bool) string {
	switch {
	case !color:
		return cell
	case o == run.OK:
		return text.FgGreen.Sprint(cell)
	case o == run.Skipped:
		return text.FgYellow.Sprint(cell)
	}
	return text.FgRed.Sprint(cell)
}

func copied(c *run.Copied) string {
	if c == nil {
		return "-"
	}
	kind := "full"
	if c.Incremental {
		kind = "incremental"
	}
	if c.Bytes == 0 {
		return kind // the servers did not tell how much it was
	}
	return fmt.Sprintf("%s %s", plan.Size(c.Bytes), kind)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
