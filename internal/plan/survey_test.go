package plan_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
)

// Every snapshot of both sides, archives and former replicas included, is one restore point of one object.
func TestASurveyListsEverySnapshotOnce(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, _ plan.Plan) {
		var want, got []string
		for _, job := range s.jobs {
			source, replica := s.inv.Source.Holdings[job.Ref], s.inv.Target.Holdings[job.Replica()]
			for _, snapshot := range source.Snapshots {
				want = append(want, fmt.Sprintf("source %s %s", job.Ref, snapshot.Name))
			}
			owner := replica.Config[plan.MarkReplicaOf]
			if owner == identity || owner == "" && len(sharedOwn(source.Snapshots, replica.Snapshots)) > 0 {
				for _, snapshot := range replica.Snapshots {
					want = append(want, fmt.Sprintf("target %s %s", job.Replica(), snapshot.Name))
				}
			}
			for _, snapshot := range s.inv.Target.Holdings[formerOf(job)].Snapshots {
				want = append(want, fmt.Sprintf("target %s %s", formerOf(job), snapshot.Name))
			}
		}
		survey := plan.SurveyOf(s.jobs, s.inv, s.opts)
		for _, object := range survey.Objects {
			for i, point := range object.Points {
				got = append(got, fmt.Sprintf("%s %s %s", point.Side, point.Holder, point.Snapshot))
				if i > 0 && point.At.After(object.Points[i-1].At) {
					r.Fatalf("%s stands behind older points", point.Snapshot)
				}
				if !point.Within || point.Archived != (point.Holder.Name != object.Ref.Name) || len(point.Verdict.Reasons) == 0 {
					r.Fatalf("%+v", point)
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatalf("points (-held +listed):\n%s", diff)
		}
	})
}

// Where nothing but the holders of an object's restore points has snapshots in the inventory, the survey knows the same points of it.
func TestHoldersAreAllThatRestorePointsComeFrom(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, _ plan.Plan) {
		for i, job := range s.jobs { // as a restore leaves it
			kept := s.inv.Source.Holdings[job.Ref]
			kept.Config = map[string]string{plan.MarkKept: job.Ref.String()}
			ref := job.Ref
			ref.Name = fmt.Sprintf("%s-IAB-before-2026030%d-120000", ref.Name, i)
			s.inv.Source.Holdings[ref] = kept
		}
		for _, object := range plan.SurveyOf(s.jobs, s.inv, s.opts).Objects {
			brief, holders := s.inv, object.Holders(s.inv)
			for _, side := range plan.BothSides {
				server := s.inv.On(side)
				server.Holdings = map[plan.Ref]plan.Holding{}
				for ref, holding := range s.inv.On(side).Holdings {
					if !slices.Contains(holders.On(side), ref) {
						holding.Snapshots = nil
					}
					server.Holdings[ref] = holding
				}
				brief.Set(side, server)
			}
			for _, again := range plan.SurveyOf(s.jobs, brief, s.opts).Objects {
				if diff := cmp.Diff(object.Points, again.Points); again.Ref == object.Ref && again.Jobless == object.Jobless && diff != "" {
					r.Fatalf("the points of %s (-all +holders):\n%s", object.Ref, diff)
				}
			}
		}
	})
}

func TestASurveyNamesWhatNoJobMakesAnyMore(t *testing.T) {
	s := newScene(t)
	s.replica(instance("gone"), s.own("08 12:00", "09 12:00"))
	s.hold(plan.Target, instance("gone-IAB-20260301-120000"), plan.Holding{Type: "container", Pool: "local",
		Config: plan.ArchiveMarks(instance("gone"), s.own("01 12:00")[0], identity)}, nil)
	s.replica(instance("stranger"), s.own("09 12:00"), unmarked)
	objects := plan.SurveyOf(nil, s.inv, s.opts).Objects
	if len(objects) != 1 || !objects[0].Jobless || objects[0].Ref != instance("gone") || len(objects[0].Points) != 3 {
		t.Fatalf("%+v", objects)
	}
	oldest := objects[0].Points[2]
	if oldest.Within || !oldest.Archived || oldest.Holder != instance("gone-IAB-20260301-120000") || oldest.Snapshot != "IAB_20260301-120000" {
		t.Errorf("%+v", oldest)
	}
}

// The newest point of a side is the newest whose copy has finished, and that is not newer than asked for.
func TestTheNewestPointIsCompleteAndNotNewerThanAskedFor(t *testing.T) {
	s := newScene(t)
	s.job(instance("web1"))
	s.source(instance("web1"), s.own("07 12:00", "08 12:00", "09 12:00"))
	s.replica(instance("web1"), sent(s.own("07 12:00", "08 12:00", "09 12:00")), mark(plan.MarkComplete, "IAB_20260308-120000"))
	object := plan.SurveyOf(s.jobs, s.inv, s.opts).Objects[0]
	for _, c := range []struct {
		side     plan.Side
		notAfter string
		want     string
	}{
		{plan.Source, "10 12:00", "IAB_20260309-120000"},
		{plan.Target, "10 12:00", "IAB_20260308-120000"},
		{plan.Target, "08 11:59", "IAB_20260307-120000"},
		{plan.Target, "06 12:00", ""},
	} {
		if point, ok := object.Newest(c.side, at(t, c.notAfter)); point.Snapshot != c.want || ok != (c.want != "") {
			t.Errorf("on the %s not after %s: %q", c.side, c.notAfter, point.Snapshot)
		}
	}
}
