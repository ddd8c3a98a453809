package retention

import (
	"strings"
	"time"
	"unicode/utf8"
)

// ageText writes a duration in the units of a policy, the two largest that apply: "13d 21h".
func ageText(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	var parts []string
	for _, unit := range []Unit{Year, Day, Hour, Minute, Second} {
		length := Span{1, unit}.Duration()
		if n := int(d / length); n > 0 {
			parts = append(parts, Span{n, unit}.String())
		}
		d %= length
	}
	return strings.Join(parts[:min(len(parts), 2)], " ")
}

// wrap breaks text at blanks so that no line is longer than width.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
