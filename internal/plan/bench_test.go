package plan_test

import (
	"fmt"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/retention"
)

// fleet is a scene of objects with so many snapshots on both sides.
func fleet(objects, snapshots int) *scene {
	s := newScene(nil)
	policy := retention.MustParse("6,1h2d,1d2w,1w3m")
	for i := range objects {
		ref := instance(fmt.Sprintf("object%04d", i))
		var list []plan.Snapshot
		for n := range snapshots {
			at := noon.Add(-time.Duration(snapshots-n) * time.Hour)
			list = append(list, plan.Snapshot{Name: plan.SnapshotName(at, time.UTC), CreatedAt: at.Add(1500 * time.Millisecond)})
		}
		s.source(ref, list)
		s.replica(ref, sent(list))
		s.job(ref, func(j *plan.Job) { j.Retention = plan.Sides[retention.Policy]{Source: policy, Target: policy} })
	}
	return s
}

// BenchmarkBuild plans 1,000 objects that have 50 snapshots on both sides.
func BenchmarkBuild(b *testing.B) {
	const objects = 1000
	s := fleet(objects, 50)
	b.ReportAllocs()
	for b.Loop() {
		if p := s.plan(); p.Totals.Copy != objects || p.Totals.Delete == 0 {
			b.Fatalf("the plan has %+v", p.Totals)
		}
	}
}

// BenchmarkBuildFleet plans fleets of several sizes with 30 snapshots per object. The time per object is to be the same.
func BenchmarkBuildFleet(b *testing.B) {
	for _, objects := range []int{100, 500, 2000} {
		b.Run(fmt.Sprintf("%d objects", objects), func(b *testing.B) {
			s := fleet(objects, 30)
			for b.Loop() {
				s.plan()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(objects)*1e6, "µs/object")
		})
	}
}
