package run_test

import (
	"context"
	"strings"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
)

// A replica that somebody started may have taken over the source's work: what was written there is not overwritten by the next
// nightly run, not even after it was stopped.
func TestAReplicaThatWasStartedIsNotOverwrittenUntilThatIsAllowed(t *testing.T) {
	s := newStage(t)
	s.runClean()
	s.w.Power(plan.Target, db, true)
	s.w.Write(plan.Target, db, "written on the worst day")
	for _, running := range []bool{true, false} {
		s.w.Power(plan.Target, db, running)
		s.write()
		_, report := s.execute(context.Background(), s.w)
		if result := resultOf(report, db); result.Outcome != run.Problem || !strings.Contains(result.Hint, "--allow-loss") {
			t.Errorf("running %v: %+v", running, result)
		}
		if report.Totals.OK != len(refs)-1 {
			t.Errorf("the others: %+v", report.Totals)
		}
		if content, _ := s.w.Read(plan.Target, db, ""); content != "written on the worst day" {
			t.Fatalf("it holds %q", content)
		}
	}
	s.allowLoss = true
	if _, report := s.execute(context.Background(), s.w); !report.OK {
		t.Fatal(report.Text())
	}
	s.allowLoss = false
	s.runClean()
}
