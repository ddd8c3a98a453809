//go:build e2e

package e2e

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/lab"
	"iab/internal/plan"
)

// shownPlan is the part of `iab plan --json` that says what is done and what is left.
type shownPlan struct {
	Snapshot string `json:"snapshot"`
	Items    []struct {
		Ref      plan.Ref      `json:"ref"`
		Problem  string        `json:"problem"`
		Actions  []plan.Action `json:"actions"`
		Verdicts map[plan.Side][]struct {
			Snapshot string `json:"snapshot"`
			Archive  string `json:"archive"`
			Expired  bool   `json:"expired"`
		} `json:"verdicts"`
	} `json:"items"`
}

func TestPlanAndDryRunPrintTheSameAndChangeNothing(t *testing.T) {
	f := manySidedScenario(t)
	for _, format := range []string{"--json=false", "--json"} {
		shown, dry := f.iab("plan", format).exits(1), f.iab("run", "--dry-run", format).exits(1)
		if diff := cmp.Diff(timeless(shown.stdout), timeless(dry.stdout)); diff != "" {
			t.Errorf("%s: the plan (-) and the dry run (+) differ:\n%s", format, diff)
		}
	}
	first := f.decodePlan()
	if again := f.decodePlan(); len(again.Items) != len(first.Items) {
		t.Errorf("planning has changed something: %v, then %v", first, again)
	}
	for _, item := range first.Items {
		if item.Problem == "" && slices.Contains(snapshots(t, f.source, item.Ref), first.Snapshot) {
			t.Errorf("%s has the snapshot %s that was only planned", item.Ref, first.Snapshot)
		}
	}
}

func TestARunDoesExactlyWhatThePlanSaid(t *testing.T) {
	f := manySidedScenario(t)
	shown := f.decodePlan()
	done := f.run("--log-format", "json").exits(1)
	name := ""
	for _, r := range done.report().Results {
		name = max(name, r.Snapshot)
	}
	carriedOut := done.actions()
	for _, item := range shown.Items {
		var want []string
		for _, a := range item.Actions {
			want = append(want, action(string(a.Verb), string(a.Side), strings.ReplaceAll(a.Snapshot, shown.Snapshot, name)))
		}
		if diff := cmp.Diff(want, carriedOut[item.Ref.String()]); diff != "" {
			t.Errorf("%s: planned (-) and carried out (+):\n%s", item.Ref, diff)
		}
		if item.Problem != done.of(item.Ref).Error {
			t.Errorf("%s: the plan says %q, the run %q", item.Ref, item.Problem, done.of(item.Ref).Error)
		}
		for side, verdicts := range item.Verdicts {
			if item.Problem != "" {
				continue
			}
			var stay []string
			for _, v := range verdicts {
				if !v.Expired && v.Archive == "" {
					stay = append(stay, strings.ReplaceAll(v.Snapshot, shown.Snapshot, name))
				}
			}
			wantSnapshots(f, map[plan.Side]*lab.Daemon{plan.Source: f.source, plan.Target: f.target}[side], item.Ref, stay...)
		}
	}
}

// manySidedScenario has work of every sort to do: first copies, a refresh that catches up with a snapshot taken by hand,
// a snapshot that only the replica has and that is archived, deletions on both sides, and a problem.
func manySidedScenario(t *testing.T) *fixture {
	t.Helper()
	f := scenario(t)
	old, files := f.container("old", "local", "1"), f.disk("local", "files", "1")
	take(t, f.source, old, "IAB_20200101-000000", "IAB_20200102-000000")
	f.replicate(old, files)
	f.configure(object{"retention": policies("2", "1")})
	f.run().ok()
	for _, ref := range []plan.Ref{old, files} {
		write(t, f.source, ref, "12")
		take(t, f.source, ref, "before-upgrade")
	}
	take(t, f.target, files, "on-the-target")
	f.replicate(old, files, f.container("new", "plain", "1"), f.disk("plain", "new", "1"), f.instance("nowhere"))
	nextSecond()
	return f
}

func (f *fixture) decodePlan() (p shownPlan) {
	f.Helper()
	f.must(json.Unmarshal([]byte(f.iab("plan", "--json").exits(1).stdout), &p))
	return p
}

// timeless takes the present out of a plan: its time and the name of its snapshots, but not the dates of old ones.
func timeless(text string) string {
	name := regexp.MustCompile(`(?:called |"snapshot": ")(IAB_\d{8}-\d{6})`).FindStringSubmatch(text)
	if name != nil {
		text = strings.ReplaceAll(text, name[1], "IAB_now")
	}
	text = regexp.MustCompile(`Plan of [^;]*;`).ReplaceAllString(text, "Plan of now;")
	return regexp.MustCompile(`"at": "[^"]*"`).ReplaceAllString(text, `"at": "now"`)
}

func action(verb, side, snapshot string) string { return verb + " " + side + " " + snapshot }

// actions reads from the log what was done to each object, in the order in which it was done.
func (o outcome) actions() map[string][]string {
	o.f.Helper()
	list := map[string][]string{}
	for line := range strings.Lines(o.stderr) {
		var entry struct{ Msg, Verb, Side, Object, Snapshot string }
		o.f.must(json.Unmarshal([]byte(line), &entry))
		if entry.Msg == "done" {
			list[entry.Object] = append(list[entry.Object], action(entry.Verb, entry.Side, entry.Snapshot))
		}
	}
	return list
}
