package run_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

func TestEveryActionTellsItsStagesInOrder(t *testing.T) {
	s := newStageWithHistory(t)
	p, inv := s.plan()
	var w watched
	run.Execute(context.Background(), s.w, p, inv, run.Options{Parallel: 4, Clock: s.w.Now, Observe: w.observe})
	for _, item := range p.Items {
		var want, got []string
		for _, action := range item.Actions {
			stages := []run.Stage{run.Begun, run.Done}
			if action.Verb == plan.VerbCopy {
				stages = []run.Stage{run.Begun, run.Moving, run.Done}
			}
			for _, stage := range stages {
				want = append(want, fmt.Sprint(action.Verb, action.Side, action.Snapshot, stage))
			}
		}
		for _, event := range w.events {
			if event.Ref == item.Ref {
				got = append(got, fmt.Sprint(event.Action.Verb, event.Action.Side, event.Action.Snapshot, event.Stage))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-planned +told):\n%s", item.Ref, diff)
		}
	}
}

func TestAFailedActionIsTheLastThatIsToldOfItsItem(t *testing.T) {
	s := newStageWithHistory(t)
	p, inv := s.plan()
	var w watched
	failing := &faulty{World: s.w, fails: func(c runtest.Call) bool { return c.Verb == "copy" && c.Ref == db }}
	run.Execute(context.Background(), failing, p, inv, run.Options{Parallel: 4, Clock: s.w.Now, Observe: w.observe})
	events := slices.DeleteFunc(w.events, func(e run.Event) bool { return e.Ref != db })
	last := events[len(events)-1]
	if last.Stage != run.Failed || last.Action.Verb != plan.VerbCopy || last.Err != errFault {
		t.Errorf("the last event is %+v", last)
	}
	for _, event := range events[:len(events)-1] {
		if event.Err != nil || event.Stage == run.Failed {
			t.Errorf("%+v", event)
		}
	}
}

func TestACopyTellsTheBytesItSent(t *testing.T) {
	s := newStage(t)
	p, inv := s.plan()
	var w watched
	report := run.Execute(context.Background(), s.w, p, inv, run.Options{Parallel: 1, Clock: s.w.Now, Observe: w.observe})
	want := int64(2 * len(s.content)) // the live data and the snapshot
	for _, event := range w.events {
		if event.Action.Verb == plan.VerbCopy && event.Stage != run.Begun && event.Bytes != want {
			t.Errorf("%s: %s with %d bytes, want %d", event.Ref, event.Stage, event.Bytes, want)
		}
	}
	for _, result := range report.Results {
		if result.Copied == nil || result.Copied.Bytes != want || result.Copied.Incremental {
			t.Errorf("%s: copied %+v", result.Ref, result.Copied)
		}
	}
}
