// Package metrics says as Prometheus metrics what a report says. docs/metrics.md lists all of them, for people who write alerts.
package metrics

import (
	"bytes"
	"io"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/status"
)

// Metric is one metric that IAB writes. All are gauges.
type Metric struct {
	Name, Help string
	Labels     []string // besides those of the object, if it has them
	Object     bool     // it is about one object: labels project, kind, pool and name
}

// The metrics.
var (
	statusTimestamp = Metric{Name: "iab_status_timestamp_seconds", Help: "When the servers were read."}
	serverReached   = Metric{Name: "iab_server_reached", Help: "1 if the server could be read, else 0.", Labels: []string{"side"}}
	objectState     = Metric{Name: "iab_object_state", Help: "1 for the state that the object is in.", Labels: []string{"state", "severity"}, Object: true}
	objectProblem   = Metric{Name: "iab_object_problem", Help: "1 if the next run would do nothing to the object, else 0.", Object: true}
	lastComplete    = Metric{Name: "iab_object_last_complete_timestamp_seconds", Help: "The moment that the newest complete restore point on the target stands for.", Object: true}
	lag             = Metric{Name: "iab_object_lag_seconds", Help: "Age of the newest complete restore point on the target, when the servers were read.", Object: true}
	points          = Metric{Name: "iab_object_points", Help: "Restore points, by side, and by place: a snapshot of the object, or an archive.", Labels: []string{"side", "place"}, Object: true}
	drillTimestamp  = Metric{Name: "iab_object_drill_timestamp_seconds", Help: "When the last restore drill of the replica began.", Object: true}
	drillSuccess    = Metric{Name: "iab_object_drill_success", Help: "1 if the last restore drill has shown that the replica works, else 0.", Object: true}
	drillSeconds    = Metric{Name: "iab_object_drill_seconds", Help: "Time from the start to the proof that it works, or to the failure.", Object: true}
	copyBytes       = Metric{Name: "iab_object_copy_bytes", Help: "Bytes that the copies of the last run sent, as far as the servers told.", Object: true}
	copySeconds     = Metric{Name: "iab_object_copy_seconds", Help: "Time that the copies of the last run took.", Object: true}
	pauseSeconds    = Metric{Name: "iab_object_pause_seconds", Help: "Time for which something was frozen or stopped for the snapshot of the last run.", Object: true}
	objectSuccess   = Metric{Name: "iab_object_run_success", Help: "1 if the last run did all that it had to do to the object, else 0.", Object: true}
	runSuccess      = Metric{Name: "iab_run_success", Help: "1 if the last run did all that it had to do, else 0."}
	runDuration     = Metric{Name: "iab_run_duration_seconds", Help: "Time that the last run took."}
	runFinished     = Metric{Name: "iab_run_finished_timestamp_seconds", Help: "When the last run ended."}
	runObjects      = Metric{Name: "iab_run_objects", Help: "Objects of the last run, by outcome.", Labels: []string{"outcome"}}
)

// All lists every metric.
func All() []Metric {
	return []Metric{statusTimestamp, serverReached, objectState, objectProblem, lastComplete, lag, points, drillTimestamp, drillSuccess, drillSeconds, copyBytes, copySeconds, pauseSeconds, objectSuccess,
		runSuccess, runDuration, runFinished, runObjects}
}

// labels are the names of a metric's labels.
func (m Metric) labels() []string {
	if m.Object {
		return slices.Concat([]string{"project", "kind", "pool", "name"}, m.Labels)
	}
	return m.Labels
}

// Set collects the values of metrics. It is a prometheus.Gatherer.
type Set struct {
	*prometheus.Registry
	gauges map[string]*prometheus.GaugeVec
}

// New returns an empty set.
func New() *Set { return &Set{prometheus.NewRegistry(), map[string]*prometheus.GaugeVec{}} }

// set gives a metric a value. A metric appears with its first one.
func (s *Set) set(m Metric, value float64, labels ...string) {
	gauge := s.gauges[m.Name]
	if gauge == nil {
		gauge = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.labels())
		s.gauges[m.Name] = gauge
		s.MustRegister(gauge)
	}
	gauge.WithLabelValues(labels...).Set(value)
}

// of sets a metric of one object.
func (s *Set) of(ref plan.Ref, m Metric, value float64, labels ...string) {
	s.set(m, value, append([]string{ref.Project, string(ref.Kind), ref.Pool, ref.Name}, labels...)...)
}

// AddStatus adds what both servers hold.
func (s *Set) AddStatus(report status.Report) {
	s.set(statusTimestamp, seconds(report.At))
	for _, side := range plan.BothSides {
		s.set(serverReached, truth(report.Reached(side)), string(side))
	}
	for _, item := range report.Items {
		s.of(item.Ref, objectState, 1, string(item.State), string(item.Severity))
		s.of(item.Ref, objectProblem, truth(item.Problem != ""))
		if report.Reached(plan.Source) {
			s.of(item.Ref, points, float64(item.Source.Snapshots), string(plan.Source), "snapshot")
		}
		if report.Reached(plan.Target) {
			s.of(item.Ref, points, float64(item.Target.Snapshots), string(plan.Target), "snapshot")
			s.of(item.Ref, points, float64(item.Target.Archives), string(plan.Target), "archive")
		}
		if item.Lag != nil {
			s.of(item.Ref, lag, float64(*item.Lag))
			s.of(item.Ref, lastComplete, seconds(item.Target.NewestAt))
		}
		if item.Drill != nil {
			s.of(item.Ref, drillTimestamp, seconds(item.Drill.At))
			s.of(item.Ref, drillSuccess, truth(item.Drill.OK))
			s.of(item.Ref, drillSeconds, item.Drill.Seconds)
		}
	}
}

// AddRun adds how a run ended.
func (s *Set) AddRun(report run.Report) {
	s.set(runSuccess, truth(report.OK))
	s.set(runDuration, report.FinishedAt.Sub(report.StartedAt).Seconds())
	s.set(runFinished, seconds(report.FinishedAt))
	for _, outcome := range []struct {
		name  run.Outcome
		count int
	}{{run.OK, report.Totals.OK}, {run.Failure, report.Totals.Failed}, {run.Problem, report.Totals.Problem}, {run.Skipped, report.Totals.Skipped}} {
		s.set(runObjects, float64(outcome.count), string(outcome.name))
	}
	for _, result := range report.Results {
		s.of(result.Ref, objectSuccess, truth(result.Outcome == run.OK))
		if result.Window > 0 {
			s.of(result.Ref, pauseSeconds, result.Window)
		}
		if result.Copied != nil {
			s.of(result.Ref, copyBytes, float64(result.Copied.Bytes))
			s.of(result.Ref, copySeconds, result.Copied.Seconds)
		}
	}
}

// Text is the set in the text format of Prometheus, sorted.
func (s *Set) Text() ([]byte, error) {
	families, err := s.Gather()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(io.Writer(&b), family); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
