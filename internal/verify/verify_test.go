package verify_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"iab/internal/files"
	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
	"iab/internal/runtest"
	"iab/internal/verify"
)

const identity = "11111111-aaaa-4bbb-8ccc-222222222222"

var (
	noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	web  = plan.Ref{Project: "default", Kind: plan.Instance, Name: "web1"}
	data = plan.Ref{Project: "default", Kind: plan.Volume, Pool: "local", Name: "data"}
)

// stage is a pair of servers that has been backed up twice.
type stage struct {
	*testing.T
	w    *runtest.World
	jobs []plan.Job
	last string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t, w: runtest.NewWorld(noon, identity)}
	for _, ref := range []plan.Ref{web, data} {
		status := ""
		if ref == web {
			status = "Running"
		}
		s.w.Put(plan.Source, ref, plan.Holding{Status: status})
		s.w.Write(plan.Source, ref, "first")
		four := retention.MustParse("4")
		s.jobs = append(s.jobs, plan.Job{Ref: ref, Mode: plan.Push, TargetPool: "local", Consistency: plan.Crash, Retention: plan.Sides[retention.Policy]{Source: four, Target: four}})
	}
	for range 2 {
		s.backup()
	}
	return s
}

func (s *stage) inventory() plan.Inventory {
	s.Helper()
	inv, err := s.w.Inventory(s.Context(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		s.Fatal(err)
	}
	return inv
}

func (s *stage) options() plan.Options {
	return plan.Options{Now: s.w.Now(), Location: time.UTC, Identity: identity}
}

func (s *stage) backup() run.Report {
	s.Helper()
	s.w.Advance(time.Hour)
	inv := s.inventory()
	p := plan.Build(s.jobs, inv, s.options())
	s.last = p.Snapshot
	report := run.Execute(s.Context(), s.w, p, inv, run.Options{Parallel: 2, Clock: s.w.Now})
	if !report.OK {
		s.Fatal(report.Text())
	}
	return report
}

// tasks decides what is verified.
func (s *stage) tasks(choice verify.Choice) []verify.Task {
	inv := s.inventory()
	return verify.Tasks(plan.SurveyOf(s.jobs, inv, s.options()).Objects, inv, identity, choice, s.w.Now())
}

func (s *stage) verify(ctx context.Context, choice verify.Choice) verify.Report {
	s.Helper()
	report := verify.Execute(ctx, s.w, s.tasks(choice), verify.Options{Parallel: 2, Clock: s.w.Now, Sample: files.Sample{Percent: 100}})
	if left := plan.Leftovers(s.inventory(), identity); len(left) > 0 && !s.Failed() {
		s.Errorf("clones are left: %v", left)
	}
	return report
}

var everything = verify.Choice{Content: true, Boot: true}

func resultOf(t *testing.T, report verify.Report, ref plan.Ref) verify.Result {
	t.Helper()
	for _, result := range report.Results {
		if result.Ref == ref {
			return result
		}
	}
	t.Fatalf("there is no result of %s", ref)
	return verify.Result{}
}

func TestGoodReplicasAreProven(t *testing.T) {
	s := newStage(t)
	report := s.verify(t.Context(), everything)
	if !report.OK {
		t.Fatal(report.Text())
	}
	for _, ref := range []plan.Ref{web, data} {
		result := resultOf(t, report, ref)
		if len(result.Content) != 1 || result.Content[0].Snapshot != s.last || !result.Content[0].Compared || result.Content[0].Bytes != 5 || result.Content[0].Files != 3 {
			t.Errorf("%+v", result)
		}
	}
	if drill := resultOf(t, report, web).Drill; drill == nil || !drill.OK || drill.Proof != plan.Runs || drill.Snapshot != s.last {
		t.Errorf("the drill is %+v", drill)
	}
	if result := resultOf(t, report, data); result.Drill != nil || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "can't be started") {
		t.Errorf("of a volume it says %+v", result)
	}
	s.backup()
	held, _ := s.w.Holding(plan.Target, web)
	if last, ok := held.LastDrill(); !ok || !last.OK {
		t.Errorf("after the next backup the last drill is %+v", last)
	}
}

func TestWhatIsSpoiledIsFound(t *testing.T) {
	s := newStage(t)
	s.w.Spoil(plan.Target, web, s.last, "fIrst")
	s.w.Spoil(plan.Target, data, s.last, runtest.NoData)
	report := s.verify(t.Context(), verify.Choice{Content: true})
	if report.OK {
		t.Fatal(report.Text())
	}
	if f := resultOf(t, report, web).Findings; len(f) != 1 || f[0].Text != "/srv/data has another content on the target" || f[0].Hint == "" {
		t.Errorf("%+v", f)
	}
	if f := resultOf(t, report, data).Findings; len(f) != 1 || !strings.Contains(f[0].Text, "it has no data") || f[0].Side != plan.Target {
		t.Errorf("%+v", f)
	}
}

func TestADrillThatFailsIsAFindingAndNoted(t *testing.T) {
	s := newStage(t)
	s.w.Spoil(plan.Target, web, s.last, runtest.NoBoot)
	report := s.verify(t.Context(), verify.Choice{Boot: true})
	drill := resultOf(t, report, web).Drill
	if report.OK || drill == nil || drill.OK || drill.Console == "" || !strings.Contains(report.Text(), drill.Console) {
		t.Errorf("%s", report.Text())
	}
	held, _ := s.w.Holding(plan.Target, web)
	if last, ok := held.LastDrill(); !ok || last.OK || last.Snapshot != s.last {
		t.Errorf("the last drill is %+v", last)
	}
}

// An instance whose source reports itself ready has to do so in the drill, too.
func TestADrillWaitsForTheReadinessThatTheSourceHas(t *testing.T) {
	s := newStage(t)
	held, _ := s.w.Holding(plan.Source, web)
	held.Status = "Ready"
	s.w.Put(plan.Source, web, held)
	if drill := resultOf(t, s.verify(t.Context(), verify.Choice{Boot: true}), web).Drill; drill == nil || drill.Proof != plan.Ready {
		t.Errorf("the drill is %+v", drill)
	}
}

// What the source does not have any more is read on the target; with every point all of them are looked at.
func TestEveryPointIsReadAndThoseThatTheSourceHasAreCompared(t *testing.T) {
	s := newStage(t)
	s.w.Remove(plan.Source, web, s.last)
	s.w.Spoil(plan.Target, web, s.last, runtest.NoData)
	if report := s.verify(t.Context(), verify.Choice{Content: true}); !report.OK {
		t.Error(report.Text()) // the newest common one is older
	}
	report := s.verify(t.Context(), verify.Choice{Content: true, EveryPoint: true})
	result := resultOf(t, report, web)
	if report.OK || len(result.Content) != 2 || result.Content[0].Compared || result.Content[0].OK || !result.Content[1].Compared || !result.Content[1].OK {
		t.Errorf("%+v", result)
	}
	if len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "compared with nothing") {
		t.Errorf("the notes are %q", result.Notes)
	}
}

// However a verification ends, no clone outlives it, at whatever call it is interrupted or fails.
func TestNoCloneOutlivesAVerification(t *testing.T) {
	total := 0
	s := newStage(t)
	s.w.OnCall(func(runtest.Call) { total++ })
	s.w.FailAt(0, false)
	if report := s.verify(t.Context(), everything); !report.OK || total < 10 {
		t.Fatalf("%d calls: %s", total, report.Text())
	}
	for n := 1; n <= total; n++ {
		s := newStage(t)
		ctx, cancel := context.WithCancel(t.Context())
		s.w.FailAt(0, false)
		s.w.OnCall(func(runtest.Call) {
			if len(s.w.Calls()) == n {
				cancel()
			}
		})
		if report := s.verify(ctx, everything); report.OK || !report.Interrupted {
			t.Errorf("interrupted at call %d it says %s", n, report.Text())
		}
		cancel()
		for _, lost := range []bool{false, true} {
			s := newStage(t)
			s.w.FailAt(n, lost)
			report := verify.Execute(t.Context(), s.w, s.tasks(everything), verify.Options{Parallel: 1, Clock: s.w.Now, Sample: files.Sample{Percent: 100}})
			if report.OK {
				t.Errorf("a failure of call %d went unnoticed", n)
			}
			if left := plan.Leftovers(s.inventory(), identity); len(left) > 1 {
				t.Errorf("after a failure of call %d there are %v", n, left)
			}
			s.w.FailAt(0, false)
			s.backup() // removes what could not be removed
			if left := plan.Leftovers(s.inventory(), identity); len(left) > 0 {
				t.Errorf("after the next run there are %v", left)
			}
		}
	}
}

func TestManyDifferencesAreCounted(t *testing.T) {
	s := newStage(t)
	report := verify.Execute(t.Context(), crowded{s.w}, s.tasks(verify.Choice{Content: true})[:1], verify.Options{Parallel: 1, Clock: s.w.Now, Sample: files.Sample{Percent: 100}})
	f := report.Results[0].Findings
	if len(f) != 21 || f[20].Text != "10 more files are not the same" {
		t.Errorf("%d findings, the last is %+v", len(f), f[len(f)-1])
	}
}

// crowded has thirty files more on the target.
type crowded struct{ *runtest.World }

func (c crowded) Walk(ctx context.Context, side plan.Side, ref plan.Ref, within []string, visit files.Visit) error {
	if side == plan.Target {
		for i := range 30 {
			if err := visit(files.File{Path: "new" + strings.Repeat("x", i), Type: files.Special}, nil); err != nil {
				return err
			}
		}
	}
	return c.World.Walk(ctx, side, ref, within, visit)
}
