package retention_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/retention"
)

func TestParseReadsEverySpelling(t *testing.T) {
	for _, test := range []struct{ text, canonical string }{
		{"", ""},
		{" \t\n", ""},
		{"3", "3"},
		{"003", "3"},
		{"999999999", "999999999"},
		{"1h2d", "1h2d"},
		{"6,1h2d,1d2w", "6,1h2d,1d2w"},
		{"36,1h2d,1d2w,1w3m", "36,1h2d,1d2w,1w3m"},
		{"0,1h2d", "1h2d"},
		{" 6 , 1 h 2 d ,\t1D2W ", "6,1h2d,1d2w"},
		{"1H2D", "1h2d"},
		{"1min1h", "1min1h"},
		{"1MIN 1M", "1min1m"},
		{"1m1y", "1m1y"},
		{"1m1min", "1m1min"},
		{"1m1m", "1m1m"},
		{"30s10min", "30s10min"},
		{"1d6h", "1d6h"},
		{"01h002d", "1h2d"},
		{"1h2d,1h2d", "1h2d"},
		{"1h2d,60min2d", "1h2d,60min2d"},
		{"1d2w,1h2d", "1d2w,1h2d"},
		{"1y290y", "1y290y"},
	} {
		policy, err := retention.Parse(test.text)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.text, err)
			continue
		}
		if policy.String() != test.canonical {
			t.Errorf("Parse(%q) is %q, want %q", test.text, policy, test.canonical)
		}
	}
}

func TestParseNamesThePartThatIsWrong(t *testing.T) {
	for _, test := range []struct{ text, part, reason, hint string }{
		{"0", "0", "it would keep nothing", `write "" to keep everything`},
		{"000", "000", "it would keep nothing", `write "" to keep everything`},
		{"1h2d,6", "6", `part 2, "6", is a count, and a count can only be the first part`, `"6,1h2d"`},
		{"3,6", "6", `part 2, "6", is a count, and a count can only be the first part`, `stands first`},
		{"1h2d,", "", "part 2 is empty", "extra comma"},
		{",1h2d", "", "part 1 is empty", "extra comma"},
		{"6,,1h2d", "", "part 2 is empty", "extra comma"},
		{",", "", "part 1 is empty", "extra comma"},
		{"6, 1h", "1h", `part 2, "1h", has a period and no TTL`, "1h2d"},
		{"1h2", "1h2", `part 1, "1h2", has no unit after 2`, "the units are"},
		{"h2d", "h2d", `part 1, "h2d", has no number before "h"`, "6,1h2d,1d2w"},
		{"1hd", "1hd", `part 1, "1hd", has an unknown unit, "hd"`, "the units are"},
		{"1h2d1w", "1h2d1w", `part 1, "1h2d1w", has more than a period and a TTL`, "commas"},
		{"1h2d 1d2w", "1h2d 1d2w", `part 1, "1h2d 1d2w", has more than a period and a TTL`, "commas"},
		{"6 1h2d", "6 1h2d", `part 1, "6 1h2d", has two numbers in a row, 6 and 1`, "commas"},
		{"1 0h2d", "1 0h2d", `part 1, "1 0h2d", has two numbers in a row, 1 and 0`, "commas"},
		{"1minute1h", "1minute1h", `part 1, "1minute1h", has an unknown unit, "minute"`, "did you mean 1min?"},
		{"5MINS1h", "5MINS1h", `part 1, "5MINS1h", has an unknown unit, "mins"`, "did you mean 5min?"},
		{"1h2weeks", "1h2weeks", `part 1, "1h2weeks", has an unknown unit, "weeks"`, "did you mean 2w?"},
		{"1h3mon", "1h3mon", `part 1, "1h3mon", has an unknown unit, "mon"`, "did you mean 3m?"},
		{"0sec1h", "0sec1h", `part 1, "0sec1h", has an unknown unit, "sec"`, "did you mean 1s?"},
		{"1ms1h", "1ms1h", `part 1, "1ms1h", has an unknown unit, "ms"`, "the units are"},
		{"1mi n1h", "1mi n1h", `part 1, "1mi n1h", has an unknown unit, "mi"`, "did you mean 1min?"},
		{"0h2d", "0h2d", `part 1, "0h2d", has a span of no length, 0h`, "at least 1"},
		{"1h0d", "1h0d", `part 1, "1h0d", has a span of no length, 0d`, "at least 1"},
		{"1d291y", "1d291y", `part 1, "1d291y", has a span that is too long, 291y`, "290y"},
		{"999999999y1d", "999999999y1d", `part 1, "999999999y1d", has a span that is too long, 999999999y`, "290y"},
		{"1000000000", "1000000000", `part 1, "1000000000", has a number that is too large, 1000000000`, "9 digits"},
		{"1h1234567890d", "1h1234567890d", `part 1, "1h1234567890d", has a number that is too large, 1234567890`, "9 digits"},
		{"-3", "-3", `part 1, "-3", has a character that no policy has, '-'`, "no sign"},
		{"1.5h2d", "1.5h2d", `part 1, "1.5h2d", has a character that no policy has, '.'`, "90min"},
		{"1h:2d", "1h:2d", `part 1, "1h:2d", has a character that no policy has, ':'`, "right after"},
		{"1h2d;1d2w", "1h2d;1d2w", `part 1, "1h2d;1d2w", has a character that no policy has, ';'`, "commas"},
		{"1h2d!", "1h2d!", `part 1, "1h2d!", has a character that no policy has, '!'`, "6,1h2d,1d2w"},
		{"1h\xff2d", "1h\xff2d", `part 1, "1h\xff2d", has a character that no policy has, '�'`, "6,1h2d,1d2w"},
		{"٣", "٣", `part 1, "٣", has a character that no policy has, '٣'`, "6,1h2d,1d2w"},
		{"all", "all", `part 1, "all", has no number before "all"`, "6,1h2d,1d2w"},
	} {
		policy, err := retention.Parse(test.text)
		var parseError *retention.ParseError
		if !errors.As(err, &parseError) {
			t.Errorf("Parse(%q) is %q and the error %v, want a *ParseError", test.text, policy, err)
			continue
		}
		got := retention.ParseError{Text: parseError.Text, Part: parseError.Part, Reason: parseError.Reason}
		want := retention.ParseError{Text: test.text, Part: test.part, Reason: test.reason}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", test.text, diff)
		}
		if !strings.Contains(parseError.Hint, test.hint) {
			t.Errorf("Parse(%q): hint %q lacks %q", test.text, parseError.Hint, test.hint)
		}
		if want := fmt.Sprintf("parse retention policy %q: %s", test.text, test.reason); err.Error() != want {
			t.Errorf("Parse(%q): error is\n%s\nwant\n%s", test.text, err, want)
		}
		if !policy.KeepsAll() {
			t.Errorf("Parse(%q) returns %q beside its error, want the zero policy", test.text, policy)
		}
	}
}

func TestParseTakesAtMost64Rules(t *testing.T) {
	var rules []string
	for n := range 65 {
		rules = append(rules, fmt.Sprintf("%dh2d", n+1))
	}
	if _, err := retention.Parse(strings.Join(rules[:64], ",")); err != nil {
		t.Errorf("64 rules: %v", err)
	}
	_, err := retention.Parse(strings.Join(rules, ","))
	if err == nil || !strings.HasSuffix(err.Error(), `part 65, "65h2d", is one rule too many (at most 64)`) {
		t.Errorf("65 rules: error is %v", err)
	}
}

func TestAnErrorStaysShortWhateverWasPasted(t *testing.T) {
	_, err := retention.Parse(strings.Repeat("7", 5000) + "\n" + strings.Repeat("x", 5000))
	if err == nil || len(err.Error()) > 300 || strings.Contains(err.Error(), "\n") {
		t.Errorf("error is not one short line: %v", err)
	}
}

func TestMustParsePanicsOnAnError(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("MustParse of a wrong policy returned")
		}
	}()
	retention.MustParse("nonsense")
}

func TestAPolicyTellsWhatItHolds(t *testing.T) {
	policy := retention.MustParse("6,1h2d,1min3m")
	want := []retention.Rule{
		{Period: retention.Span{N: 1, Unit: retention.Hour}, TTL: retention.Span{N: 2, Unit: retention.Day}},
		{Period: retention.Span{N: 1, Unit: retention.Minute}, TTL: retention.Span{N: 3, Unit: retention.Month}},
	}
	if diff := cmp.Diff(want, policy.Rules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if policy.AlwaysKeep() != 6 || policy.KeepsAll() {
		t.Errorf("AlwaysKeep %d, KeepsAll %t", policy.AlwaysKeep(), policy.KeepsAll())
	}
	policy.Rules()[0] = retention.Rule{}
	if policy.String() != "6,1h2d,1min3m" {
		t.Errorf("changing the copy of the rules changed the policy to %q", policy)
	}
	var zero retention.Policy
	if !zero.KeepsAll() || zero.String() != "" || !zero.Equal(retention.MustParse("")) {
		t.Error("the zero policy is not the one that keeps everything")
	}
	for _, other := range []string{"", "7,1h2d,1min3m", "6,1h2d", "6,1min3m,1h2d", "6,60min2d,1min3m"} {
		if policy.Equal(retention.MustParse(other)) {
			t.Errorf("%q equals %q", policy, other)
		}
	}
}

func TestASpanHasTheLengthThatItsUnitSays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"7s": 7 * time.Second, "7min": 7 * time.Minute, "7h": 7 * time.Hour, "7d": 168 * time.Hour,
		"7w": 1176 * time.Hour, "7m": 5040 * time.Hour, "7y": 61320 * time.Hour, "290y": 2540400 * time.Hour,
	} {
		span := retention.MustParse("1s" + text).Rules()[0].TTL
		if span.Duration() != want || span.String() != text {
			t.Errorf("%s is %s and lasts %s, want %s", text, span, span.Duration(), want)
		}
	}
	if got := (retention.Rule{}).String() + (retention.Span{}).String() + retention.Unit(99).String(); got != "" {
		t.Errorf("zero rule, zero span and a wrong unit print %q", got)
	}
}
