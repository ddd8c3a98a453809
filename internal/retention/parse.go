package retention

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	maxDigits = 9
	maxRules  = 64

	hintShape  = `a policy is an optional count, then rules of a period and a TTL, separated by commas, such as "6,1h2d,1d2w"`
	hintUnits  = "the units are s, min, h, d, w, m (30 days) and y (365 days)"
	hintEmpty  = `remove the extra comma, or write "" to keep everything`
	hintCommas = `separate the count and the rules by commas, as in "6,1h2d,1d2w"`
	hintLong   = `the longest span is 290y; write "" to keep everything`
)

// Parse reads a policy such as "6,1h2d,1d2w"; the package documentation has the grammar. An
// empty or blank text is the zero Policy, which keeps everything. A rule that is given twice
// is taken once. The error is a *ParseError.
func Parse(text string) (Policy, error) {
	if strings.TrimSpace(text) == "" {
		return Policy{}, nil
	}
	var p Policy
	for i, raw := range strings.Split(text, ",") {
		part := part{text: text, raw: strings.TrimSpace(raw), place: i + 1}
		if err := part.addTo(&p); err != nil {
			return Policy{}, err
		}
	}
	if p.KeepsAll() {
		return Policy{}, &ParseError{
			Text:   text,
			Part:   strings.TrimSpace(text),
			Reason: "it would keep nothing",
			Hint:   `write "" to keep everything, or a count of at least 1`,
		}
	}
	return p, nil
}

// MustParse is Parse for texts known to be right, in tests and constants. It panics on an
// error.
func MustParse(text string) Policy {
	p, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return p
}

// part is what stands between two commas.
type part struct {
	text, raw string
	place     int // counted from 1
}

func (t part) errorf(hint, format string, args ...any) error {
	reason := fmt.Sprintf("part %d, %s, ", t.place, quote(t.raw)) + fmt.Sprintf(format, args...)
	return &ParseError{Text: t.text, Part: t.raw, Reason: reason, Hint: hint}
}

func (t part) addTo(p *Policy) error {
	if t.raw == "" {
		return &ParseError{Text: t.text, Reason: fmt.Sprintf("part %d is empty", t.place), Hint: hintEmpty}
	}
	tokens, err := t.tokens()
	if err != nil {
		return err
	}
	if len(tokens) == 1 && tokens[0].number {
		return t.addCount(p, tokens[0])
	}
	return t.addRule(p, tokens)
}

func (t part) addCount(p *Policy, count token) error {
	if t.place > 1 {
		hint := fmt.Sprintf("the count stands first, as in \"%s,1h2d\"; a rule has two units, as in \"1h2d\"", short(count.text))
		return t.errorf(hint, "is a count, and a count can only be the first part")
	}
	n, err := t.number(count)
	if err != nil {
		return err
	}
	p.alwaysKeep = n
	return nil
}

func (t part) addRule(p *Policy, tokens []token) error {
	var spans []Span
	for len(tokens) > 0 {
		span, err := t.span(tokens)
		if err != nil {
			return err
		}
		spans, tokens = append(spans, span), tokens[2:]
	}
	switch {
	case len(spans) == 1:
		return t.errorf(`a rule is a period and how long it holds, as in "1h2d"`, "has a period and no TTL")
	case len(spans) > 2:
		return t.errorf(hintCommas, "has more than a period and a TTL")
	}
	rule := Rule{Period: spans[0], TTL: spans[1]}
	if slices.Contains(p.rules, rule) {
		return nil
	}
	if len(p.rules) == maxRules {
		return t.errorf("a few rules are enough; drop the ones that keep nothing more", "is one rule too many (at most %d)", maxRules)
	}
	p.rules = append(p.rules, rule)
	return nil
}

// span reads the first two tokens as a number and its unit.
func (t part) span(tokens []token) (Span, error) {
	first := tokens[0]
	if !first.number {
		return Span{}, t.errorf(hintShape, "has no number before %s", quote(first.text))
	}
	if len(tokens) == 1 {
		return Span{}, t.errorf(hintUnits, "has no unit after %s", short(first.text))
	}
	second := tokens[1]
	if second.number {
		return Span{}, t.errorf(hintCommas, "has two numbers in a row, %s and %s", short(first.text), short(second.text))
	}
	n, err := t.number(first)
	if err != nil {
		return Span{}, err
	}
	unit, ok := unitOf(second.text)
	if !ok {
		return Span{}, t.errorf(unitHint(n, second.text), "has an unknown unit, %s", quote(second.text))
	}
	span := Span{N: n, Unit: unit}
	if n == 0 {
		return Span{}, t.errorf("a period and a TTL are at least 1 of their unit", "has a span of no length, %s", span)
	}
	if span.seconds() > int64(maxSpan.Seconds()) {
		return Span{}, t.errorf(hintLong, "has a span that is too long, %s", span)
	}
	return span, nil
}

func (t part) number(digits token) (int, error) {
	significant := strings.TrimLeft(digits.text, "0")
	if len(significant) > maxDigits {
		return 0, t.errorf(fmt.Sprintf("a number has at most %d digits", maxDigits), "has a number that is too large, %s", short(digits.text))
	}
	n, _ := strconv.Atoi("0" + significant) // nine digits at most: it can't fail
	return n, nil
}

// token is a run of digits or a run of letters, in lower case.
type token struct {
	text   string
	number bool
}

func (t part) tokens() ([]token, error) {
	var tokens []token
	joined := false // the previous character belongs to the last token
	for _, r := range t.raw {
		digit := r >= '0' && r <= '9'
		switch {
		case unicode.IsSpace(r):
			joined = false
			continue
		case !digit && !unicode.IsLetter(r):
			return nil, t.errorf(characterHint(r), "has a character that no policy has, %s", strconv.QuoteRune(r))
		}
		if last := len(tokens) - 1; joined && tokens[last].number == digit {
			tokens[last].text += string(unicode.ToLower(r))
			continue
		}
		tokens = append(tokens, token{text: string(unicode.ToLower(r)), number: digit})
		joined = true
	}
	return tokens, nil
}

func unitOf(word string) (Unit, bool) {
	for u := Second; u <= Year; u++ {
		if u.String() == word {
			return u, true
		}
	}
	return 0, false
}

func short(digits string) string {
	if len(digits) > 2*maxDigits {
		return digits[:2*maxDigits] + "…"
	}
	return digits
}
