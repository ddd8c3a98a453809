package plan_test

import (
	"fmt"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/retention"
)

// BenchmarkBuild plans 1,000 objects that have 50 snapshots on both sides.
func BenchmarkBuild(b *testing.B) {
	const objects, snapshots = 1000, 50
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
	b.ReportAllocs()
	for b.Loop() {
		if p := s.plan(); p.Totals.Copy != objects || p.Totals.Delete == 0 {
			b.Fatalf("the plan has %+v", p.Totals)
		}
	}
}
