package retention_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/retention"
)

var update = flag.Bool("update", false, "write the golden files anew")

// scenario is the upper half of a golden file: lines of "key: value", then "----", then what
// is expected. "every: 15min for 3d" makes points from now back, "point: ID TIME" adds one, "#" is a note.
type scenario struct {
	policy retention.Policy
	now    time.Time
	every  time.Duration
	width  int
	points []retention.Point
}

func TestVerdictsOfTheGoldenScenarios(t *testing.T) {
	golden(t, "judge", func(s scenario) string {
		return verdictText(s.policy.Judge(s.now, s.points))
	})
}

func TestTimelinesOfTheGoldenScenarios(t *testing.T) {
	golden(t, "timeline", func(s scenario) string {
		return strings.Join(retention.Timeline(s.policy, s.now, s.every).Lines(s.width), "\n") + "\n"
	})
}

func golden(t *testing.T, folder string, render func(scenario) string) {
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("golden files of %s: %d found, %v", folder, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, found := strings.Cut(string(data), "----\n")
			if !found {
				t.Fatal("there is no line of four dashes")
			}
			got := render(readScenario(t, input))
			if *update {
				if err := os.WriteFile(file, []byte(input+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func readScenario(t *testing.T, input string) scenario {
	t.Helper()
	s := scenario{width: 80}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.Lines(input) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		var err error
		switch name {
		case "policy":
			s.policy, err = retention.Parse(value)
		case "policy:": // an empty value
		case "now":
			s.now, err = time.Parse(time.RFC3339, value)
		case "width":
			s.width, err = strconv.Atoi(value)
		case "every":
			step, reach, series := strings.Cut(value, " for ")
			s.every, err = length(step)
			if series {
				s.points = append(s.points, regular(t, s.now, s.every, reach)...)
			}
		case "point":
			id, moment, _ := strings.Cut(value, " ")
			var at time.Time
			at, err = time.Parse(time.RFC3339, moment)
			s.points = append(s.points, retention.Point{ID: id, At: at})
		default:
			t.Fatalf("unknown line %q", line)
		}
		must(err)
	}
	return s
}

func regular(t *testing.T, now time.Time, step time.Duration, reach string) []retention.Point {
	t.Helper()
	limit, err := length(reach)
	if err != nil {
		t.Fatal(err)
	}
	var points []retention.Point
	for age := time.Duration(0); age <= limit; age += step {
		at := now.Add(-age).UTC()
		points = append(points, retention.Point{ID: at.Format("IAB_20060102-150405"), At: at})
	}
	return points
}

// length reads one span by way of a rule.
func length(span string) (time.Duration, error) {
	policy, err := retention.Parse("1s" + span)
	if err != nil {
		return 0, err
	}
	return policy.Rules()[0].TTL.Duration(), nil
}

// verdictText shows what is kept in full, and long runs of expired points by both their ends.
func verdictText(verdicts []retention.Verdict) string {
	var text strings.Builder
	kept := len(survivors(verdicts))
	fmt.Fprintf(&text, "%d kept, %d expired\n", kept, len(verdicts)-kept)
	for i := 0; i < len(verdicts); {
		run := 1
		for verdicts[i].Expired && i+run < len(verdicts) && verdicts[i+run].Expired {
			run++
		}
		fmt.Fprintln(&text, verdictLine(verdicts[i]))
		if run > 2 {
			fmt.Fprintf(&text, "        … %d more …\n", run-2)
		}
		if run > 1 {
			fmt.Fprintln(&text, verdictLine(verdicts[i+run-1]))
		}
		i += run
	}
	return text.String()
}

func verdictLine(verdict retention.Verdict) string {
	word := "keep  "
	if verdict.Expired {
		word = "expire"
	}
	return fmt.Sprintf("%s  %s  %s", word, verdict.Point.ID, strings.Join(reasonsOf(verdict).Reasons, "; "))
}
