package retention

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// chart knows where on the screen an age lies.
type chart struct {
	explanation Explanation
	label, cols int // widths
	number      int // width
	reach       time.Duration
}

func newChart(e Explanation, width int) chart {
	c := chart{explanation: e, reach: max(e.Total.Oldest(), e.Every)}
	for _, row := range c.rows() {
		c.label = max(c.label, utf8.RuneCountInString(row.Label))
		c.number = max(c.number, len(countText(row)))
		if !row.Capped {
			c.reach = max(c.reach, row.Rule.TTL.Duration())
		}
	}
	c.cols = width - c.label - c.number - 2
	return c
}

func (c chart) rows() []Row {
	return append(append([]Row(nil), c.explanation.Rows...), c.explanation.Total)
}

func (c chart) lines() []string {
	labels, axis := c.axis()
	indent := strings.Repeat(" ", c.label+1)
	lines := []string{strings.TrimRight(indent+labels, " "), indent + axis}
	for _, row := range c.rows() {
		lines = append(lines, fmt.Sprintf("%-*s %s %*s", c.label, row.Label, c.draw(row), c.number, countText(row)))
	}
	legend := "● one snapshot   █ several   · none"
	if c.explanation.Total.Capped {
		legend += "   ? not simulated"
	}
	return append(lines, "", legend)
}

func countText(row Row) string {
	text := strconv.Itoa(len(row.Ages))
	if row.Capped {
		text += "+"
	}
	return text
}

// column is logarithmic: the hours of today and the years of a decade fit on one line.
func (c chart) column(age time.Duration) int {
	scale := func(d time.Duration) float64 { return math.Log1p(float64(d) / float64(c.explanation.Every)) }
	at := scale(min(age, c.reach)) / scale(c.reach) * float64(c.cols-1)
	return int(math.Round(at))
}

func (c chart) draw(row Row) string {
	cells := make([]rune, c.cols)
	end := c.column(max(row.Oldest(), row.Rule.TTL.Duration()))
	known := c.column(row.simulated)
	for i := range cells {
		switch {
		case row.Capped && i > known:
			cells[i] = '?'
		case i <= end:
			cells[i] = '·'
		default:
			cells[i] = ' '
		}
	}
	for _, age := range row.Ages {
		cell := &cells[c.column(age)]
		if *cell == '●' || *cell == '█' {
			*cell = '█'
			continue
		}
		*cell = '●'
	}
	return string(cells)
}

// axis returns the labels of the ages and the line below them.
func (c chart) axis() (labels, axis string) {
	text := []rune(strings.Repeat(" ", c.cols))
	line := []rune(strings.Repeat("─", c.cols))
	for _, tick := range c.ticks() {
		if tick.age > c.reach {
			continue
		}
		column := c.column(tick.age)
		start := min(column, c.cols-len(tick.text))
		end := start + len(tick.text)
		around := string(text[max(start-1, 0):min(end+1, c.cols)])
		if strings.TrimSpace(around) != "" {
			continue
		}
		copy(text[start:end], []rune(tick.text))
		line[column] = '┬'
	}
	return string(text), string(line)
}

type tick struct {
	age  time.Duration
	text string
}

// ticks are in order of importance: a label that has no room is left out.
func (c chart) ticks() []tick {
	ticks := []tick{{0, "now"}}
	for _, row := range c.explanation.Rows {
		if row.Rule != (Rule{}) {
			ticks = append(ticks, tick{row.Rule.TTL.Duration(), row.Rule.TTL.String()})
		}
	}
	for _, span := range []Span{
		{1, Day}, {1, Week}, {1, Year}, {1, Hour}, {1, Month}, {1, Minute}, {10, Year}, {6, Hour}, {6, Month},
		{10, Minute}, {100, Year}, {10, Second}, {3, Year}, {3, Day}, {2, Hour}, {12, Hour}, {30, Minute}, {30, Year}, {1, Second},
	} {
		ticks = append(ticks, tick{span.Duration(), span.String()})
	}
	return ticks
}
