package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
)

// clone marks a holding as a temporary clone.
func clone(h *plan.Holding) { h.Config = plan.CloneMarks(plan.PurposeContent, identity) }

// A clone that a killed command has left is removed by the next run, and is nothing else to anybody: no replica, no archive, no restore point.
func TestATemporaryCloneIsALeftoverAndNothingElse(t *testing.T) {
	s := newScene(t)
	s.job(instance("web1"))
	s.source(instance("web1"), s.own("09 12:00"))
	s.replica(instance("web1"), sent(s.own("09 12:00")))
	before := plan.SurveyOf(s.jobs, s.inv, s.opts)
	left := instance("web1-IAB-content-20260310-110000")
	s.source(left, nil, clone)
	s.replica(left, nil, clone)
	s.replica(volume("local", "data-IAB-content-20260310-110000"), nil, clone)
	s.replica(instance("stranger-IAB-content-20260310-110000"), nil, func(h *plan.Holding) { h.Config = plan.CloneMarks(plan.PurposeContent, "another") })
	want := []plan.Leftover{{Side: plan.Source, Ref: left}, {Side: plan.Target, Ref: left}, {Side: plan.Target, Ref: volume("local", "data-IAB-content-20260310-110000")}}
	if diff := cmp.Diff(want, s.plan().Leftovers); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	after := plan.SurveyOf(s.jobs, s.inv, s.opts)
	if diff := cmp.Diff(before.Objects[0].Points, after.Objects[0].Points, cmp.AllowUnexported()); diff != "" || len(after.Objects) != 1 {
		t.Errorf("%d objects, points (-before +after)\n%s", len(after.Objects), diff)
	}
	s.job(left) // as a glob in the config would
	s.inv.Source.Holdings[left] = plan.Holding{Type: "container", Pool: "local", Snapshots: s.own("09 12:00")}
	for _, item := range s.plan().Items {
		if item.Ref == left && !strings.Contains(item.Problem, "the temporary clone of another object") {
			t.Errorf("the problem is %q", item.Problem)
		}
	}
}

func TestACloneHasALegalNameThatIsFree(t *testing.T) {
	s := newScene(t)
	long := instance(strings.Repeat("long-", 12) + "x")
	object := plan.Object{Ref: long}
	point := plan.Point{Side: plan.Target, Holder: instance("an-archive")}
	first := object.CloneOf(point, plan.PurposeDrill, noon, s.inv.Target)
	s.replica(first.Ref, nil)
	second := object.CloneOf(point, plan.PurposeDrill, noon, s.inv.Target)
	for _, c := range []plan.Clone{first, second} {
		if len(c.Ref.Name) > 63 || !strings.Contains(c.Ref.Name, "-IAB-drill-20260310-12000") || c.Ref.Kind != plan.Instance {
			t.Errorf("the name is %q", c.Ref.Name)
		}
	}
	if first.Ref == second.Ref {
		t.Error("a taken name was given")
	}
	object.Ref = volume("local", "data")
	point.Holder = volume("fast", "data")
	if c := object.CloneOf(point, plan.PurposeFiles, noon, s.inv.Target); c.Ref != volume("fast", "data-IAB-files-20260310-120000") {
		t.Errorf("a volume's clone is %s", c.Ref)
	}
}

func TestADrillIsReadAsItWasMarked(t *testing.T) {
	drill := plan.Drill{At: noon, Snapshot: "IAB_20260310-120000", OK: true, Seconds: 3.25}
	held := plan.Holding{Config: map[string]string{plan.MarkDrill: drill.Mark()}}
	if got, ok := held.LastDrill(); !ok || got != drill {
		t.Errorf("%+v, %v", got, ok)
	}
	for _, mark := range []string{"", "yesterday", "{}"} {
		if got, ok := (plan.Holding{Config: map[string]string{plan.MarkDrill: mark}}).LastDrill(); ok {
			t.Errorf("%q is read as %+v", mark, got)
		}
	}
}
