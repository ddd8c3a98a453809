package run_test

import (
	"context"
	"testing"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

// late is a pair of servers whose messages about a copy come on goroutines of their own, some behind its end.
type late struct {
	*runtest.World
	tell []func(int64)
}

func (l *late) Copy(ctx context.Context, job plan.Job, action plan.Action, progress func(int64)) (int64, error) {
	l.tell = append(l.tell, progress)
	return l.World.Copy(ctx, job, action, progress)
}

func TestAMessageThatComesBehindTheEndOfItsCopyIsNotTold(t *testing.T) {
	s := newStage(t)
	servers := &late{World: s.w}
	ended := map[plan.Ref]bool{}
	moved := 0
	p, inv := s.plan()
	report := run.Execute(context.Background(), servers, p, inv, run.Options{Parallel: 1, Clock: s.w.Now, Observe: func(e run.Event) {
		if e.Action.Verb != plan.VerbCopy {
			return
		}
		switch e.Stage {
		case run.Moving:
			moved++
			if ended[e.Ref] {
				t.Errorf("%s moves behind its end", e.Ref)
			}
		case run.Done:
			for _, tell := range servers.tell[:len(servers.tell)-1] {
				go tell(7) // others' late messages, while this one is told
			}
			ended[e.Ref] = true
		}
	}})
	for _, tell := range servers.tell {
		tell(8)
	}
	if !report.OK || moved != len(refs) {
		t.Errorf("%d messages of %d copies were told", moved, len(refs))
	}
}
