package retention

import (
	"fmt"
	"strings"
)

const (
	minWidth = 60
	maxWidth = 160
)

// Lines draws the explanation as text: a heading, a timeline with the newest snapshot on the
// left and a logarithmic axis of ages, one row for the count, one per rule and one for the
// total, and then the same in words. No line is longer than width columns; a width below 60
// counts as 60, one above 160 as 160.
func (e Explanation) Lines(width int) []string {
	width = min(max(width, minWidth), maxWidth)
	if e.Policy.KeepsAll() {
		return e.keepsAllLines(width)
	}
	lines := e.heading(width)
	lines = append(lines, "")
	lines = append(lines, newChart(e, width).lines()...)
	lines = append(lines, "")
	for _, row := range e.Rows {
		lines = append(lines, wrap(e.describe(row), width)...)
	}
	lines = append(lines, "")
	return append(lines, wrap(e.summary(), width)...)
}

func (e Explanation) keepsAllLines(width int) []string {
	year := Span{1, Year}.Duration()
	lines := wrap("The empty policy keeps everything: no snapshot is ever deleted.", width)
	if e.Every > year {
		return lines
	}
	return append(lines, wrap(fmt.Sprintf("With a snapshot every %s that makes %d more each year.", ageText(e.Every), year/e.Every), width)...)
}

func (e Explanation) heading(width int) []string {
	policy := e.Policy.String()
	if len(policy) > width/2 {
		policy = strings.ReplaceAll(policy, ",", ", ") // a place to break the line
	}
	return wrap(fmt.Sprintf("Policy %s, with a snapshot every %s:", policy, ageText(e.Every)), width)
}

func (e Explanation) describe(row Row) string {
	if row.Rule == (Rule{}) {
		return fmt.Sprintf("%s: the newest %d, whatever their age%s.", row.Label, e.Policy.AlwaysKeep(), cappedText(row))
	}
	text := fmt.Sprintf("%s: the newest of every %s, up to an age of %s%s.", row.Label, row.Rule.Period, row.Rule.TTL, cappedText(row))
	if row.Rule.TTL.seconds() < row.Rule.Period.seconds() {
		text += " It looks back less than one period"
		if row.Rule.Period.Unit == Month {
			text += " (m is 30 days, min a minute)"
		}
		text += ", so it keeps little."
	}
	if e.Every > row.Rule.Period.Duration() {
		text += " Snapshots are rarer than that, so it keeps each of them."
	}
	return text
}

func cappedText(row Row) string {
	if !row.Capped {
		return ""
	}
	return fmt.Sprintf("; only the newest %d of about %d were simulated", len(row.Ages), row.Expected)
}

func (e Explanation) summary() string {
	kept := len(e.Total.Ages)
	switch {
	case e.Total.Capped:
		return fmt.Sprintf("In the long run %d or more snapshots would remain; only the newest were simulated.", e.Total.Expected)
	case kept == 1:
		return "In the long run 1 snapshot remains, the newest."
	case len(e.Policy.rules) == 0:
		return fmt.Sprintf("In the long run %d snapshots remain, the oldest %s old.", kept, ageText(e.Total.Oldest()))
	}
	return fmt.Sprintf("In the long run about %d snapshots remain, the oldest %s old.", kept, ageText(e.Total.Oldest()))
}
