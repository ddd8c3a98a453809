package retention

import (
	"fmt"
	"strconv"
)

// ParseError says why a text is no policy.
type ParseError struct {
	Text   string // the whole text as given
	Part   string // the part between two commas that is wrong, trimmed; "" if that part is empty or the whole text is meant
	Reason string // what is wrong, and with which part
	Hint   string // what to write instead
}

// Error returns one sentence on one line, without the hint.
func (e *ParseError) Error() string {
	return fmt.Sprintf("parse retention policy %s: %s", quote(e.Text), e.Reason)
}

// quote keeps a sentence readable, whatever somebody pasted into the config.
func quote(s string) string {
	const most = 60
	runes := []rune(s)
	if len(runes) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(string(runes[:most]) + "…")
}

// Advice returns the hint.
func (e *ParseError) Advice() string { return e.Hint }
