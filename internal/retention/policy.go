package retention

import (
	"slices"
	"strconv"
	"strings"
)

// Rule keeps the newest point of each bucket of Period, among points not older than TTL.
type Rule struct {
	Period, TTL Span
}

// String returns the rule as a policy spells it, such as "1h2d", and "" for the zero value.
func (r Rule) String() string { return r.Period.String() + r.TTL.String() }

// Policy says which restore points are kept. The zero value keeps everything; every other
// policy comes from Parse. A Policy is immutable and safe for concurrent use.
type Policy struct {
	alwaysKeep int
	rules      []Rule
}

// String returns the policy in canonical form: lower case, no blanks, no count of 0, no rule
// twice. Parse accepts it and returns an equal policy. The zero policy is "".
func (p Policy) String() string {
	var parts []string
	if p.alwaysKeep > 0 {
		parts = append(parts, strconv.Itoa(p.alwaysKeep))
	}
	for _, rule := range p.rules {
		parts = append(parts, rule.String())
	}
	return strings.Join(parts, ",")
}

// Equal reports whether both policies have the same canonical form. Policies that differ in
// the order of their rules, or that name a span in other units, are not equal, even though
// they keep the same points.
func (p Policy) Equal(other Policy) bool {
	return p.alwaysKeep == other.alwaysKeep && slices.Equal(p.rules, other.rules)
}

// KeepsAll reports whether the policy never lets a point go.
func (p Policy) KeepsAll() bool { return p.alwaysKeep == 0 && len(p.rules) == 0 }

// AlwaysKeep returns how many of the newest points are kept whatever their age.
func (p Policy) AlwaysKeep() int { return p.alwaysKeep }

// Rules returns a copy of the rules, in the order of the text.
func (p Policy) Rules() []Rule { return slices.Clone(p.rules) }
