package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"iab/internal/plan"
	"iab/internal/status"
)

// statusLook is for whom a status is written.
type statusLook struct {
	width int // of the terminal; 0: none, as wide as it gets
	color bool
	quiet bool // what is well is left out
}

// statusText writes a status for people: the line of a monitoring plugin, what can't be read, and a line per object.
func statusText(report status.Report, look statusLook) string {
	var b strings.Builder
	fmt.Fprintln(&b, report.Summary())
	for _, u := range report.Unreached {
		fmt.Fprintln(&b, u.Error)
		if u.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", u.Hint)
		}
	}
	items := report.Items
	if look.quiet {
		items = slices.DeleteFunc(slices.Clone(items), func(i status.Item) bool { return i.Severity == status.Fine })
	}
	if len(items) > 0 {
		fmt.Fprintln(&b)
		b.WriteString(statusTable(report, items, look))
	}
	for _, item := range items {
		if item.Problem != "" {
			fmt.Fprintf(&b, "%s: %s\n", item.Ref, item.Problem)
		}
		if item.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", item.Hint)
		}
		for _, s := range item.Stays {
			if s.Later {
				continue
			}
			fmt.Fprintf(&b, "%s: %s stays on the source: %s\n  hint: when nothing of it is needed: %s\n", item.Ref, s.Object, s.Why, s.Remove)
		}
		for _, warning := range item.Warnings {
			fmt.Fprintf(&b, "%s: %s\n", item.Ref, warning)
		}
	}
	return b.String()
}

// statusTable is a line per object.
func statusTable(report status.Report, items []status.Item, look statusLook) string {
	header := []string{"state", "object", "newest copy", "source", "target", "archives", "next pruned"}
	if look.width > 0 && look.width < 100 {
		header = header[:5]
	}
	var rows [][]string
	for _, item := range items {
		row := []string{string(item.State), item.Ref.String(), item.Age(), counted(report, plan.Source, item.Source.Snapshots),
			counted(report, plan.Target, item.Target.Snapshots), counted(report, plan.Target, item.Target.Archives), pruned(item)}
		rows = append(rows, row[:len(header)])
	}
	paint := func(i int, cell string) string { return severityCell(items[i].Severity, cell) }
	if !look.color {
		paint = nil
	}
	return alignedTable(header, rows, 1, look.width, paint)
}

// counted is a number of restore points on a side, and "?" if that could not be read.
func counted(report status.Report, side plan.Side, n int) string {
	if !report.Reached(side) {
		return "?"
	}
	return strconv.Itoa(n)
}

// pruned says what the next run deletes on either side: the oldest by name, and how many more.
func pruned(item status.Item) string {
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(item.Source.Prunes, item.Target.Prunes))))
	switch len(all) {
	case 0:
		return "-"
	case 1:
		return all[0]
	}
	return fmt.Sprintf("%s and %d more", all[0], len(all)-1)
}

// severityCell gives a cell the colour of the severity.
func severityCell(severity status.Severity, cell string) string {
	return map[status.Severity]text.Color{status.Fine: text.FgGreen, status.Warning: text.FgYellow, status.Critical: text.FgRed,
		status.Unclear: text.FgMagenta}[severity].Sprint(cell)
}

// alignedTable sets rows below a header without lines. Where a terminal is too narrow, the column called flexible is
// shortened. Paint colours the first cell of a row.
func alignedTable(header []string, rows [][]string, flexible, width int, paint func(row int, cell string) string) string {
	room := width
	for c := range header {
		most := len([]rune(header[c]))
		for _, row := range rows {
			most = max(most, len([]rune(row[c])))
		}
		if c != flexible {
			room -= most + 2
		}
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Format.Header = text.FormatDefault
	t.Style().Box.PaddingLeft, t.Style().Box.PaddingRight = "", "  "
	t.AppendHeader(cells(header))
	for i, row := range rows {
		row = slices.Clone(row)
		if width > 0 {
			row[flexible] = shorten(row[flexible], room-2)
		}
		if paint != nil {
			row[0] = paint(i, row[0])
		}
		t.AppendRow(cells(row))
	}
	var b strings.Builder
	for line := range strings.Lines(t.Render() + "\n") {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

func cells(row []string) table.Row {
	var list table.Row
	for _, cell := range row {
		list = append(list, cell)
	}
	return list
}
