package metrics_test

import (
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"iab/internal/metrics"
	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/status"
)

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func web1() plan.Ref { return plan.Ref{Project: "default", Kind: plan.Instance, Name: "web1"} }

func whole() *metrics.Set {
	lag := int64(7200)
	data := plan.Ref{Project: "default", Kind: plan.Volume, Pool: "local", Name: `a "quoted" name`}
	set := metrics.New()
	set.AddStatus(status.Report{At: noon, Worst: status.Unclear, Unreached: []status.Unreached{{Side: plan.Source}}, Items: []status.Item{
		{Ref: web1(), State: status.OK, Severity: status.Fine, Lag: &lag, Drill: &plan.Drill{At: noon.Add(-24 * time.Hour), OK: true, Seconds: 3.5}, Source: status.Source{Snapshots: 3},
			Target: status.Target{Snapshots: 4, Archives: 2, NewestAt: noon.Add(-2 * time.Hour)}},
		{Ref: data, State: status.Missing, Severity: status.Critical, Problem: "does not exist"},
	}})
	set.AddRun(run.Report{StartedAt: noon, FinishedAt: noon.Add(90 * time.Second), Totals: run.Totals{OK: 1, Problem: 1}, Results: []run.Result{
		{Ref: web1(), Outcome: run.OK, Window: 0.25, Copied: &run.Copied{Bytes: 5_000_000, Seconds: 1.5}},
		{Ref: data, Outcome: run.Problem},
	}})
	return set
}

func text(t *testing.T, set *metrics.Set) string {
	t.Helper()
	data, err := set.Text()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var update = flag.Bool("update", false, "write the golden file anew")

func TestEveryValueIsWritten(t *testing.T) {
	const golden = "testdata/metrics.txt"
	got := text(t, whole())
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, golden), got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotKnownHasNoValue(t *testing.T) {
	set := metrics.New()
	set.AddRun(run.Aborted(noon, noon.Add(time.Second), os.ErrDeadlineExceeded))
	for line := range strings.Lines(text(t, set)) {
		if strings.HasPrefix(line, "iab_") && !strings.HasPrefix(line, "iab_run_") {
			t.Errorf("a run that was not carried out says %s", line)
		}
	}
}

var metricName = regexp.MustCompile(`\biab_[a-z_]+`)

// known lists the names of all metrics.
func known() []string {
	var names []string
	for _, m := range metrics.All() {
		names = append(names, m.Name)
	}
	return names
}

func TestAllMetricsAreWrittenAndNamedAsPrometheusAsks(t *testing.T) {
	written := text(t, whole())
	for _, m := range metrics.All() {
		if !strings.Contains(written, "# TYPE "+m.Name+" gauge\n") || !strings.Contains(written, "# HELP "+m.Name+" "+m.Help+"\n") {
			t.Errorf("%s is never written", m.Name)
		}
		if !metricName.MatchString(m.Name) || !strings.HasSuffix(m.Help, ".") {
			t.Errorf("%s: %s", m.Name, m.Help)
		}
	}
}

func TestTheManualListsAllMetricsWithTheirLabels(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `(iab_[a-z_]+)` \\|([^|]*)\\| (both|run) \\| [^|]+ \\|$").FindAllStringSubmatch(read(t, "../../docs/metrics.md"), -1)
	documented := map[string]string{}
	for _, row := range rows {
		documented[row[1]] = strings.TrimSpace(row[2])
	}
	want := map[string]string{}
	for _, m := range metrics.All() {
		var labels []string
		if m.Object {
			labels = append(labels, "object")
		}
		for _, l := range m.Labels {
			labels = append(labels, "`"+l+"`")
		}
		want[m.Name] = strings.Join(labels, ", ")
	}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("docs/metrics.md (-written +documented):\n%s", diff)
	}
}

func TestTheAlertRulesNameMetricsThatExist(t *testing.T) {
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(read(t, "../../packaging/prometheus/iab.rules.yml")), &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			named := metricName.FindAllString(rule.Expr, -1)
			for _, name := range named {
				if !slices.Contains(known(), name) {
					t.Errorf("%s: there is no metric %s", rule.Alert, name)
				}
			}
			if len(named) == 0 || seen[rule.Alert] || rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				t.Errorf("%+v", rule)
			}
			seen[rule.Alert] = true
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %d alerts", len(seen))
	}
}

func TestTheDashboardNamesMetricsThatExist(t *testing.T) {
	var dashboard struct {
		Title  string
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "../../packaging/grafana/iab.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, panel := range dashboard.Panels {
		if ids[panel.ID] || panel.Title == "" || panel.GridPos.W == 0 || panel.GridPos.X+panel.GridPos.W > 24 || len(panel.Targets) == 0 {
			t.Errorf("%+v", panel)
		}
		ids[panel.ID] = true
		for _, target := range panel.Targets {
			named := metricName.FindAllString(target.Expr, -1)
			if len(named) == 0 {
				t.Errorf("%s asks for no metric: %s", panel.Title, target.Expr)
			}
			for _, name := range named {
				if !slices.Contains(known(), name) {
					t.Errorf("%s: there is no metric %s", panel.Title, name)
				}
			}
		}
	}
	if dashboard.Title == "" || len(ids) < 8 {
		t.Errorf("%d panels in dashboard %q", len(ids), dashboard.Title)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
