package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// ticking returns a clock on which each look takes a second.
func ticking() func() time.Time {
	var mu sync.Mutex
	now := time.Date(2026, 3, 10, 15, 0, 0, 0, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}

// reports are runs of every sort, each golden as testdata/NAME.txt and NAME.json.
func reports(t *testing.T) map[string]run.Report {
	aborted := ticking()
	return map[string]run.Report{
		"all-done":    reportOf(context.Background(), t, func(runtest.Call) bool { return false }, nil),
		"mixed":       reportOf(context.Background(), t, func(c runtest.Call) bool { return c.Ref == db && c.Verb == "copy" }, unwell),
		"interrupted": interrupted(t),
		"with-hosts":  withHosts(t),
		"not-carried-out": run.Aborted(aborted(), aborted(),
			fmt.Errorf("read both servers: %w", errFault)),
	}
}

// reportOf carries out a run with everything to do, of which some calls fail.
func reportOf(ctx context.Context, t *testing.T, fails func(runtest.Call) bool, change func(*stage)) run.Report {
	s := newStageWithHistory(t)
	if change != nil {
		change(s)
	}
	p, inv := s.plan()
	return run.Execute(ctx, &faulty{World: s.w, fails: fails}, p, inv, run.Options{Parallel: 1, Clock: ticking()})
}

// unwell adds a job without an object, and one that gives up a device and names one that is not there.
func unwell(s *stage) {
	gone := plan.Ref{Project: "default", Kind: plan.Instance, Name: "gone"}
	web := plan.Ref{Project: "default", Kind: plan.Instance, Name: "web"}
	nic := map[string]plan.Device{"eth0": {"type": "nic", "network": "lan"}}
	s.w.Put(plan.Source, web, plan.Holding{Devices: nic, Inherited: nic})
	s.jobs = append(s.jobs, plan.Job{Ref: gone, TargetPool: "local"},
		plan.Job{Ref: web, TargetPool: "local", ExcludeDevices: []string{"typo"}})
}

// withHosts adds archives of the servers, one of which failed.
func withHosts(t *testing.T) run.Report {
	report := reportOf(context.Background(), t, func(runtest.Call) bool { return false }, nil)
	report.AddHostArchives([]run.HostArchive{
		{Side: plan.Source, Host: "prod", Member: "node1", Part: "system", Outcome: run.OK, File: "a/system.tar.gz", Bytes: 2048, Deleted: []string{"a/older.tar.gz"},
			Warnings: []string{"it is not encrypted"}},
		{Side: plan.Source, Host: "prod", Member: "node1", Part: "incus", Outcome: run.Failure, Error: "prod says: no space", Hint: "make room", Deleted: []string{}},
		{Side: plan.Target, Host: "backup", Outcome: run.Skipped, Error: "it runs Debian, not IncusOS", Deleted: []string{}},
	}, report.FinishedAt.Add(time.Minute), false)
	return report
}

func interrupted(t *testing.T) run.Report {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return reportOf(ctx, t, func(runtest.Call) bool { return false }, func(s *stage) {
		s.w.OnCall(func(c runtest.Call) {
			if c.Verb == "delete" && c.Ref == db {
				cancel()
			}
		})
	})
}

func TestReportsReadAsTheGoldenFiles(t *testing.T) {
	for name, report := range reports(t) {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", []byte(report.Text()))
			var b bytes.Buffer
			encoder := json.NewEncoder(&b)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(report); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", b.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// The fields that scripts may rely on; a list is never null.
func TestTheJSONOfAReportHasThePromisedShape(t *testing.T) {
	for name, report := range reports(t) {
		data, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(data, &document); err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"ok", "startedAt", "finishedAt", "host", "results", "totals"} {
			if document[field] == nil {
				t.Errorf("%s: no %s", name, field)
			}
		}
		results, _ := document["results"].([]any)
		for _, one := range results {
			result, _ := one.(map[string]any)
			deleted, _ := result["deleted"].(map[string]any)
			if result["ref"] == nil || result["outcome"] == nil || deleted["source"] == nil || deleted["target"] == nil {
				t.Errorf("%s: the result %v lacks a field", name, result)
			}
		}
	}
}

func TestTotalsCountEveryResultOnce(t *testing.T) {
	for name, report := range reports(t) {
		counted := report.Totals.OK + report.Totals.Failed + report.Totals.Problem + report.Totals.Skipped
		if counted != len(report.Results) {
			t.Errorf("%s: %+v for %d results", name, report.Totals, len(report.Results))
		}
		allOK := report.Totals.OK == len(report.Results) && report.Error == "" && !report.Interrupted
		for _, h := range report.HostArchives {
			allOK = allOK && h.Outcome != run.Failure
		}
		if report.OK != allOK {
			t.Errorf("%s: ok is %t, totals are %+v", name, report.OK, report.Totals)
		}
	}
}

func TestARunOfNothingIsOK(t *testing.T) {
	report := run.Execute(context.Background(), runtest.NewWorld(time.Time{}, identity), plan.Build(nil, plan.Inventory{}, plan.Options{}),
		plan.Inventory{}, run.Options{Clock: ticking()})
	if !report.OK || report.Results == nil || report.Summary() != "backup finished: 0 ok, in 1s" {
		t.Errorf("%+v: %s", report, report.Summary())
	}
}

func TestAnAbortedRunIsNotOK(t *testing.T) {
	clock := ticking()
	report := run.Aborted(clock(), clock(), errors.New("read both servers: no route to host"))
	if report.OK || report.Summary() != "backup not carried out: read both servers: no route to host" {
		t.Errorf("ok is %t: %s", report.OK, report.Summary())
	}
}
