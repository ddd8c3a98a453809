package statuspage_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/status"
	"iab/internal/statuspage"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// sample is a report with an object in every state, and points of every sort over two years.
func sample() status.Report {
	report := status.Report{At: noon, Worst: status.Critical, MaxAge: 26 * 3600,
		Unreached: []status.Unreached{{Side: plan.Source, Error: "connect to the source https://source:8443: nothing listens there", Hint: "check that Incus runs there"}}}
	severities := []status.Severity{status.Critical, status.Critical, status.Critical, status.Warning, status.Warning, status.Warning, status.Warning, status.Unclear, status.Fine}
	for i, state := range status.States {
		item := status.Item{Ref: plan.Ref{Project: "default", Kind: plan.Instance, Name: "web-" + string(state)}, State: state, Severity: severities[i]}
		if i%2 == 1 {
			item.Ref = plan.Ref{Project: "customers", Kind: plan.Volume, Pool: "fast", Name: strings.Repeat("a-long-name-", 4) + string(state)}
			item.Problem, item.Hint = "no copy can build on IAB_20260309-120000 any more <b>&", `set it "aside": iab run --reseed x`
		}
		if state != status.Missing {
			item.Points = points(item.Ref, i)
			lag := int64(2*3600 + i*50000)
			item.Lag = &lag
			item.Source = status.Source{Snapshots: 20, Prunes: []string{"a"}}
			item.Target = status.Target{Snapshots: 30, Archives: i, NewestAt: noon.Add(-time.Duration(lag) * time.Second)}
		}
		report.Items = append(report.Items, item)
	}
	return report
}

func points(ref plan.Ref, seed int) []plan.Point {
	var list []plan.Point
	for _, side := range plan.BothSides {
		for hours := seed + 1; hours < 24*730; hours = hours*5/4 + 2 {
			p := plan.Point{Side: side, Holder: ref, Within: true, Snapshot: fmt.Sprintf("IAB_%d", hours), At: noon.Add(-time.Duration(hours) * time.Hour), Own: true, Complete: true}
			switch n := len(list) % 11; {
			case n == 3:
				p.Own, p.Snapshot = false, "before <upgrade>"
			case n == 5 && side == plan.Target:
				p.Complete = false
			case n == 7:
				p.Verdict.Expired = true
			case hours > 2000 && side == plan.Target:
				p.Archived, p.Holder.Name = true, ref.Name+"-IAB-20250101-000000"
			}
			list = append(list, p)
		}
	}
	return list
}

func render(t *testing.T, report status.Report) string {
	t.Helper()
	page, err := statuspage.Render(report, statuspage.Names{Source: "incus1", Target: "incus2"})
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestThePageIsWellFormed(t *testing.T) {
	for _, report := range []status.Report{sample(), {At: noon, Worst: status.Fine}} {
		decoder := xml.NewDecoder(strings.NewReader(render(t, report)))
		for {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// abroad finds what would make a browser ask somebody.
var abroad = regexp.MustCompile(`(?i)<script|<iframe|<object|<embed|<base|@import|url\(|\bsrc=|srcset=|\bon[a-z]+=|href="[^d]|<form`)

func TestThePageNeedsNothingButItself(t *testing.T) {
	page := render(t, sample())
	if found := abroad.FindString(page); found != "" {
		t.Errorf("the page has %q", found)
	}
	if !strings.Contains(page, `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`) {
		t.Error("the page does not forbid browsers to load anything")
	}
}

func TestThePageShowsEveryObjectAndEveryPoint(t *testing.T) {
	report := sample()
	page := render(t, report)
	marks := 0
	for _, item := range report.Items {
		marks += len(item.Points)
		for _, want := range []string{`<td class="state severity-` + string(item.Severity) + `">` + string(item.State) + "</td>", "<td>" + item.Ref.String()} {
			if !strings.Contains(page, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
	}
	if got := strings.Count(page, `overflow="visible"><title>`); got != marks {
		t.Errorf("%d points are drawn, of %d", got, marks)
	}
	for _, want := range []string{"incus1", `data-label="Source">?<`, "30 &#43; 2 archived", "nothing listens there", "2h old", "any more &lt;b&gt;&amp;<", "prefers-color-scheme: dark", `name="viewport"`, "before &lt;upgrade&gt;", ">6m<"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "ZgotmplZ") {
		t.Error("a value was refused by the template")
	}
}

// An object without a restore point has no timeline: there is nothing to see on it.
func TestOnlyWhatHasRestorePointsHasATimeline(t *testing.T) {
	report := status.Report{At: noon, Items: []status.Item{{State: status.Missing}, {Points: []plan.Point{{Side: plan.Source, At: noon}}}}}
	if got := strings.Count(render(t, report), `<tr class="timeline">`); got != 1 {
		t.Errorf("there are %d timelines, want 1", got)
	}
}

// The whole width belongs to the history: now is on the right, the oldest point on the left, whatever its age.
func TestPlacesFollowTheAges(t *testing.T) {
	report := status.Report{At: noon, Items: []status.Item{{Points: []plan.Point{
		{Side: plan.Source, Snapshot: "future", At: noon.Add(time.Hour)}, {Side: plan.Source, Snapshot: "now", At: noon},
		{Side: plan.Source, Snapshot: "oldest", At: noon.Add(-3000 * time.Hour)},
	}}}}
	page := render(t, report)
	for snapshot, want := range map[string]string{"future": "98.00%", "now": "98.00%", "oldest": "2.00%"} {
		if !strings.Contains(page, `<svg x="`+want+`" y="14" overflow="visible"><title>`+snapshot) {
			t.Errorf("%s is not at %s", snapshot, want)
		}
	}
}
