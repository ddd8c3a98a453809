package plan_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"iab/internal/plan"
)

// chosen is an object with three snapshots on the source, the oldest and one more of them on the target, where the newest has
// never finished; and a snapshot of the future on the source.
func chosen(t *testing.T) plan.Object {
	s := newScene(t)
	s.job(instance("web1"))
	s.source(instance("web1"), append(s.own("08 12:00", "09 12:00", "12 12:00"), s.foreign("before-upgrade", "07 15:00")))
	s.replica(instance("web1"), sent(s.own("06 12:00", "08 12:00", "09 12:00")), mark(plan.MarkComplete, "IAB_20260308-120000"))
	return plan.SurveyOf(s.jobs, s.inv, s.opts).Objects[0]
}

func TestAPointIsChosenByNameByMomentOrAsTheNewest(t *testing.T) {
	east := time.FixedZone("east", 5*60*60)
	for _, c := range []struct {
		at   string
		loc  *time.Location
		side plan.Side
		want string
	}{
		{"", nil, plan.Source, "IAB_20260309-120000"},                      // not the one of the future
		{"IAB_20260312-120000", nil, plan.Source, "IAB_20260312-120000"},   // which has to be named
		{"IAB_20260308-120000", nil, plan.Source, "IAB_20260308-120000"},   // of two the source's
		{"IAB_20260306-120000", nil, plan.Target, "IAB_20260306-120000"},   // only there
		{"before-upgrade", nil, plan.Source, "before-upgrade"},             // a person's
		{"2026-03-08 12:00", nil, plan.Source, "IAB_20260308-120000"},      // its own second
		{"2026-03-08 11:59:59", nil, plan.Source, "before-upgrade"},        // a second before
		{"2026-03-07 14:59", nil, plan.Target, "IAB_20260306-120000"},      // across the sides
		{"2026-03-08 16:59", east, plan.Source, "before-upgrade"},          // in the zone of the names
		{"2026-03-08 17:00", east, plan.Source, "IAB_20260308-120000"},     //
		{"2026-03-08T12:00:00Z", east, plan.Source, "IAB_20260308-120000"}, // which RFC 3339 brings along
		{"2026-03-20T00:00:00Z", nil, plan.Source, "IAB_20260312-120000"},  // asked for by its date
	} {
		point, err := chosen(t).Choose(c.at, c.loc, noon)
		if err != nil || point.Snapshot != c.want || point.Side != c.side {
			t.Errorf("%q: %s on the %s, %v; want %s on the %s", c.at, point.Snapshot, point.Side, err, c.want, c.side)
		}
	}
}

func TestWhatCanNotBeChosenIsSaidWithAHint(t *testing.T) {
	incomplete := chosen(t)
	incomplete.Points = []plan.Point{{Side: plan.Target, Snapshot: "IAB_20260309-120000", At: at(t, "09 12:00")}}
	for _, c := range []struct {
		object     plan.Object
		at         string
		text, hint string
	}{
		{chosen(t), "2026-03-01 00:00", "none that is not newer than 2026-03-01T00:00:00Z", "IAB_20260306-120000"},
		{chosen(t), "yesterday", `"yesterday" is neither`, "2026-11-20 03:00"},
		{chosen(t), "20260308", `"20260308" is neither`, "it has IAB_20260308-120000"},
		{chosen(t), "2026-02-30 12:00", "is neither", "2026-11-20 03:00"},
		{incomplete, "IAB_20260309-120000", "has never finished", "older"},
		{incomplete, "", "no complete one", "iab run"},
		{plan.Object{Ref: instance("new")}, "", "default/instance/new: it has no complete one", "iab run"},
	} {
		point, err := c.object.Choose(c.at, nil, noon)
		var choice *plan.ChoiceError
		if !errors.As(err, &choice) || !strings.Contains(choice.Text, c.text) || !strings.Contains(choice.Advice(), c.hint) {
			t.Errorf("%q: %+v, %#v", c.at, point, err)
		}
	}
}
