package run_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/run"
)

// instant are servers that do everything at once and remember nothing.
type instant struct{ run.Servers }

func (instant) Snapshot(context.Context, plan.Ref, string) error { return nil }
func (instant) Copy(context.Context, plan.Job, plan.Action, func(int64)) (int64, error) {
	return 0, nil
}
func (instant) MarkBase(context.Context, plan.Ref, plan.Base) error { return nil }

// BenchmarkExecute carries out the plans of fleets of several sizes, with limits, and tells the report. The time per object is to be the same.
func BenchmarkExecute(b *testing.B) {
	for _, objects := range []int{100, 500, 2000} {
		b.Run(fmt.Sprintf("%d objects", objects), func(b *testing.B) {
			var p plan.Plan
			var inv plan.Inventory
			for i := range objects {
				ref := plan.Ref{Project: "default", Kind: plan.Volume, Pool: []string{"fast", "slow"}[i%2], Name: fmt.Sprintf("data%04d", i)}
				p.Items = append(p.Items, plan.Item{Ref: ref, Job: plan.Job{Ref: ref, TargetPool: "local"}, Actions: []plan.Action{
					{Verb: plan.VerbSnapshot, Side: plan.Source, Phase: plan.Snap, Snapshot: "s"}, {Verb: plan.VerbCopy, Side: plan.Target, Phase: plan.Replicate, Snapshot: "s"}}})
			}
			limits := plan.Sides[run.Limits]{Source: run.Limits{Pools: map[string]int{"slow": 1}}, Target: run.Limits{Parallel: 2}}
			for b.Loop() {
				report := run.Execute(b.Context(), instant{}, p, inv, run.Options{Parallel: 4, Limits: limits, Clock: func() time.Time { return time.Time{} }, Observe: func(run.Event) {}})
				if !report.OK || report.Text() == "" {
					b.Fatal(report.Summary())
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(objects)*1e6, "µs/object")
		})
	}
}
