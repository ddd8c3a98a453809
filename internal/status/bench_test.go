package status_test

import (
	"fmt"
	"testing"

	"iab/internal/plan"
	"iab/internal/status"
)

// fleet is a scene of objects with 20 snapshots on both sides.
func fleet(objects int) *scene {
	s := newScene()
	s.gone.Source, s.gone.Target, s.jobs = true, true, nil
	var hours []int
	for h := range 20 {
		hours = append(hours, 48*(20-h))
	}
	for i := range objects {
		ref := instance(fmt.Sprintf("web%d", i))
		s.job(ref)
		s.inv.Source.Holdings[ref] = plan.Holding{Type: "container", Pool: "local", Snapshots: own(hours...)}
		s.inv.Target.Holdings[ref] = plan.Holding{Type: "container", Pool: "local", Snapshots: own(hours...), Config: marks(plan.RoleReplica, own(48)[0].Name)}
	}
	return s
}

// BenchmarkJudge is everything between the answers of the servers and the report, for 500 objects with 20 snapshots.
func BenchmarkJudge(b *testing.B) {
	s := fleet(500)
	b.ReportAllocs()
	for b.Loop() {
		if report := s.judge(); len(report.Items) != 500 || report.Count(status.Stale) != 500 {
			b.Fatal(report.Summary())
		}
	}
}

// BenchmarkJudgeFleet judges fleets of several sizes. The time per object is to be the same.
func BenchmarkJudgeFleet(b *testing.B) {
	for _, objects := range []int{100, 500, 2000} {
		b.Run(fmt.Sprintf("%d objects", objects), func(b *testing.B) {
			s := fleet(objects)
			for b.Loop() {
				s.judge()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(objects)*1e6, "µs/object")
		})
	}
}
