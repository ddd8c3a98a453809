package cli

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"iab/internal/check"
)

// rowsOf are the lines as people read them: what is said of several subjects in the same words is one row. Quiet leaves out what
// is well.
func rowsOf(report check.Report, quiet bool) []check.Line {
	var rows []check.Line
	subjects := map[check.Line][]string{} // by the line without its subject
	for _, line := range report.Checks {
		key := line
		key.Subject = ""
		if quiet && line.State == check.OK {
			continue
		}
		if subjects[key] == nil {
			rows = append(rows, line)
		}
		subjects[key] = append(subjects[key], line.Subject)
	}
	for i, row := range rows {
		key := row
		key.Subject = ""
		if list := subjects[key]; len(list) > 1 {
			all := strings.Join(list, ", ")
			if rows[i].Subject = all; len([]rune(all)) > subjectWidth {
				rows[i].Subject = fmt.Sprintf("%d of them", len(list))
				rows[i].Text += ": " + all
			}
		}
	}
	return rows
}

// subjectWidth is the room for subjects; longer ones push their line to the right.
const subjectWidth = 28

// checkText prints a judgement in plain lines, the worst first.
func checkText(report check.Report, rows []check.Line) string {
	var b strings.Builder
	name, subject := widest(rows, func(l check.Line) string { return l.Name }), widest(rows, func(l check.Line) string { return l.Subject })
	for _, row := range rows {
		fmt.Fprintf(&b, "%-4s  %-*s  %-*s  %s\n", row.State, name, row.Name, min(subject, subjectWidth), row.Subject, row.Text)
		if row.Hint != "" {
			fmt.Fprintf(&b, "      hint: %s\n", row.Hint)
		}
	}
	fmt.Fprintln(&b, checkTotals(report))
	return b.String()
}

func widest(rows []check.Line, cell func(check.Line) string) int {
	most := 0
	for _, row := range rows {
		most = max(most, len([]rune(cell(row))))
	}
	return most
}

func checkTotals(report check.Report) string {
	return fmt.Sprintf("%s: %s, %s, %d ok", count(len(report.Checks), "check"),
		countAs(report.Count(check.Fail), "failure", "failures"), count(report.Count(check.Warn), "warning"), report.Count(check.OK))
}

// checkTable draws a judgement for a terminal of that width.
func checkTable(report check.Report, rows []check.Line, width int, color bool) string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	name := widest(rows, func(l check.Line) string { return l.Name })
	subject := min(widest(rows, func(l check.Line) string { return l.Subject }), max(width/4, 12))
	room := max(width-len("warn")-name-subject-8, 20) // for what is said: four columns have a blank on both sides
	for _, row := range rows {
		said := text.WrapSoft(row.Text, room)
		if row.Hint != "" {
			said += "\n" + text.WrapSoft("→ "+row.Hint, room)
		}
		t.AppendRow(table.Row{stateCell(row.State, color), row.Name, shorten(row.Subject, subject), said})
	}
	var b strings.Builder
	if len(rows) > 0 {
		for line := range strings.Lines(t.Render() + "\n") {
			b.WriteString(strings.TrimRight(line, " \n") + "\n")
		}
	}
	fmt.Fprintln(&b, checkTotals(report))
	return b.String()
}

// stateCell gives a state its colour.
func stateCell(state check.State, color bool) string {
	if !color {
		return string(state)
	}
	return map[check.State]text.Color{check.OK: text.FgGreen, check.Warn: text.FgYellow, check.Fail: text.FgRed}[state].Sprint(state)
}
