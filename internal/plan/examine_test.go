package plan_test

import (
	"strings"
	"testing"
	"time"

	"iab/internal/plan"
)

// examined returns what is found at the only object of the scene.
func (s *scene) examined() []plan.Finding {
	return plan.Examine(plan.SurveyOf(s.jobs, s.inv, s.opts).Objects[0], s.inv, identity)
}

func TestWhatTheRecordsTellIsFound(t *testing.T) {
	web := instance("web1")
	archive := instance("web1-IAB-20260301-120000")
	held := func(s *scene, changes ...func(*plan.Holding)) {
		s.hold(plan.Target, archive, plan.Holding{Type: "container", Pool: "local", Status: "Stopped",
			Config: plan.ArchiveMarks(web, s.own("01 12:00")[0], identity)}, changes)
	}
	for _, c := range []struct {
		name    string
		arrange func(s *scene)
		want    string // empty: all is well
	}{
		{"a good chain with an archive", func(s *scene) { held(s) }, ""},
		{"no replica", func(s *scene) { delete(s.inv.Target.Holdings, web) }, "it has no replica"},
		{"an unfinished first copy", func(s *scene) { s.replica(web, nil, mark(plan.MarkComplete, "")) }, "it was never complete"},
		{"a copy that never finished", func(s *scene) {
			s.replica(web, sent(s.own("08 12:00", "09 12:00")), mark(plan.MarkComplete, "IAB_20260308-120000"))
		}, "IAB_20260309-120000: its copy has never finished"},
		{"a snapshot deleted on the target", func(s *scene) {
			s.replica(web, sent(s.own("08 12:00")), mark(plan.MarkComplete, "IAB_20260309-120000"))
		}, "IAB_20260309-120000: its copy has finished, but the replica does not have it any more"},
		{"two snapshots of one name", func(s *scene) {
			other := s.own("08 12:00", "09 12:00")
			other[1].CreatedAt = other[1].CreatedAt.Add(time.Minute)
			s.replica(web, other)
		}, "IAB_20260309-120000: it is dated 2026-03-09T12:01:02Z, and 2026-03-09T12:00:02Z on the source"},
		{"nothing in common", func(s *scene) { s.replica(web, sent(s.own("05 12:00"))) }, "in common"},
		{"a broken chain", func(s *scene) {
			s.replica(web, sent(s.own("08 12:00", "09 12:00")), mark(plan.MarkBroken, "IAB_20260309-120000"))
		}, "no copy can build on IAB_20260309-120000"},
		{"a replica that runs", func(s *scene) {
			s.replica(web, sent(s.own("08 12:00", "09 12:00")), func(h *plan.Holding) { h.Running, h.Status = true, "Running" })
		}, "the replica is running"},
		{"an archive in an error state", func(s *scene) { held(s, func(h *plan.Holding) { h.Broken = true }) }, archive.Name + ": the target reports it in an error state"},
		{"an archive that runs", func(s *scene) { held(s, func(h *plan.Holding) { h.Running, h.Status = true, "Running" }) }, archive.Name + ": it is running"},
		{"an archive without its date", func(s *scene) { held(s, mark(plan.MarkCreated, "soon")) }, archive.Name + ": its marks can't be read"},
		{"an archive of another type", func(s *scene) { held(s, func(h *plan.Holding) { h.Type = "virtual-machine" }) }, archive.Name + ": it is a virtual-machine, the replica a container"},
		{"an empty former replica", func(s *scene) {
			held(s, func(h *plan.Holding) { h.Config = plan.AsideMarks(web, identity) })
		}, archive.Name + ": it holds no snapshot any more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			s.job(web)
			s.source(web, s.own("08 12:00", "09 12:00"))
			s.replica(web, sent(s.own("08 12:00", "09 12:00")))
			c.arrange(s)
			hit := c.want == ""
			list := s.examined()
			for _, f := range list {
				hit = hit || strings.Contains(f.Snapshot+": "+f.Text, c.want) && f.Hint != ""
			}
			if !hit || c.want == "" && len(list) > 0 {
				t.Errorf("the findings are %+v, want %q", list, c.want)
			}
		})
	}
}

// Only what both sides have whole is common to them.
func TestTwinsAreCompleteOnBothSides(t *testing.T) {
	s := newScene(t)
	s.job(instance("web1"))
	s.source(instance("web1"), append(s.own("07 12:00", "08 12:00", "09 12:00"), s.foreign("before-upgrade", "08 13:00")))
	s.replica(instance("web1"), sent(append(s.own("06 12:00", "07 12:00", "08 12:00", "09 12:00"), s.foreign("before-upgrade", "08 13:00"))),
		mark(plan.MarkComplete, "IAB_20260308-120000"))
	twins := plan.SurveyOf(s.jobs, s.inv, s.opts).Objects[0].Twins()
	var got []string
	for _, twin := range twins {
		if twin.Source.Snapshot != twin.Target.Snapshot || twin.Source.Side != plan.Source || twin.Target.Side != plan.Target {
			t.Errorf("%+v", twin)
		}
		got = append(got, twin.Target.Snapshot)
	}
	if strings.Join(got, " ") != "IAB_20260308-120000 IAB_20260307-120000" {
		t.Errorf("twins are %v", got)
	}
}
