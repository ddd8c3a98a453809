package status_test

import (
	"fmt"
	"testing"

	"iab/internal/plan"
	"iab/internal/status"
)

// BenchmarkJudge is everything between the answers of the servers and the report, for 500 objects with 20 snapshots.
func BenchmarkJudge(b *testing.B) {
	s := newScene()
	s.gone.Source, s.gone.Target, s.jobs = true, true, nil
	var hours []int
	for h := range 20 {
		hours = append(hours, 48*(20-h))
	}
	for i := range 500 {
		ref := instance(fmt.Sprintf("web%d", i))
		s.job(ref)
		s.inv.Source.Holdings[ref] = plan.Holding{Type: "container", Pool: "local", Snapshots: own(hours...)}
		s.inv.Target.Holdings[ref] = plan.Holding{Type: "container", Pool: "local", Snapshots: own(hours...), Config: marks(plan.RoleReplica, own(48)[0].Name)}
	}
	b.ReportAllocs()
	for b.Loop() {
		if report := s.judge(); len(report.Items) != 500 || report.Count(status.Stale) != 500 {
			b.Fatal(report.Summary())
		}
	}
}
