package retention

import (
	"fmt"
	"strings"
)

// unitHint proposes the unit that a word such as "minute" or "hrs" stands for.
func unitHint(n int, word string) string {
	unit, ok := nearUnit(word)
	if !ok {
		return hintUnits
	}
	if n == 0 {
		n = 1
	}
	return fmt.Sprintf("did you mean %s? %s", Span{N: n, Unit: unit}, hintUnits)
}

func nearUnit(word string) (Unit, bool) {
	for u := Second; u <= Year; u++ {
		for _, name := range namesOf(u) {
			if strings.HasPrefix(name, word) {
				return u, true
			}
		}
	}
	return 0, false
}

func namesOf(u Unit) []string {
	switch u {
	case Second:
		return []string{"seconds", "secs"}
	case Minute:
		return []string{"minutes", "mins"}
	case Hour:
		return []string{"hours", "hrs"}
	case Day:
		return []string{"days"}
	case Week:
		return []string{"weeks", "wks"}
	case Month:
		return []string{"months"}
	case Year:
		return []string{"years", "yrs"}
	}
	return nil
}

func characterHint(r rune) string {
	switch r {
	case '.':
		return "numbers are whole; write 90min instead of 1.5h"
	case '-', '+':
		return "numbers have no sign"
	case ';', '|', '/':
		return hintCommas
	case ':', '=':
		return `write the TTL right after the period, as in "1h2d"`
	}
	return hintShape
}
