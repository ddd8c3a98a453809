package remote

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
	"iab/internal/run"
)

// migrate begins a copy whose ends do not end by themselves, and returns how it ends.
func migrate(t *testing.T, p *Pair, source, target *stock) <-chan error {
	t.Helper()
	replica(target)
	source.set(func() { source.endless = true })
	target.set(func() { target.endless = true })
	result := make(chan error, 1)
	go func() { result <- copyWeb(false)(p) }()
	for _, s := range []*stock{source, target} {
		s.until(func() bool { return s.runs("op-1") && len(s.streams) > 0 })
	}
	return result
}

// finish ends a migration on one server as an event tells, or without one.
func (s *stock) finish(id string, code api.StatusCode, failure string) {
	s.set(func() { s.ops[id].Status, s.ops[id].StatusCode, s.ops[id].Err = code.String(), code, failure })
}

func TestACopyGoesOnWhenTheStreamOfEventsBreaks(t *testing.T) {
	for name, end := range map[string]func(source, target *stock){
		"and both servers tell how it ended": func(source, target *stock) {
			source.finish("op-1", api.Success, "")
			target.finish("op-1", api.Success, "")
		},
		"and the target has forgotten it": func(source, target *stock) {
			source.finish("op-1", api.Success, "")
			target.set(func() { delete(target.ops, "op-1") })
		},
		"and the source has forgotten it": func(source, target *stock) {
			target.finish("op-1", api.Success, "")
			source.set(func() { delete(source.ops, "op-1") })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, source, target := newStocks(t, Patience{Retries: 1})
			result := migrate(t, p, source, target)
			end(source, target)
			source.hangUp()
			target.hangUp()
			if err := <-result; err != nil {
				t.Fatal(err)
			}
			if asked, _ := target.count("POST /1.0/instances"); asked != 1 {
				t.Errorf("the target was asked %d times", asked)
			}
			if got := target.instances["web"].Config[plan.MarkComplete]; got != own {
				t.Errorf("the replica is complete up to %q", got)
			}
		})
	}
}

func TestACopyThatBothServersHaveForgottenIsTriedAgain(t *testing.T) {
	p, source, target := newStocks(t, Patience{Retries: 1})
	result := migrate(t, p, source, target)
	for _, s := range []*stock{source, target} {
		s.set(func() { delete(s.ops, "op-1"); s.endless = false })
		s.hangUp()
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	if asked, _ := target.count("POST /1.0/instances"); asked != 2 {
		t.Errorf("the target was asked %d times", asked)
	}
}

func TestACopyWhoseServersFailSaysTheTargetsReason(t *testing.T) {
	p, source, target := newStocks(t, Patience{Retries: 1})
	result := migrate(t, p, source, target)
	source.finish("op-1", api.Failure, "Error from migration control target: no")
	target.finish("op-1", api.Failure, "No space left on device")
	source.hangUp()
	target.hangUp()
	if err := <-result; err == nil || !strings.Contains(err.Error(), "No space left") || run.Advice(err) == "" {
		t.Errorf("it ended with %v", err)
	}
}

func TestACopyThatStandsStillIsGivenUp(t *testing.T) {
	p, source, target := newStocks(t, Patience{Retries: 2, StallTimeout: 50 * time.Millisecond})
	err := <-migrate(t, p, source, target)
	if err == nil || !strings.Contains(err.Error(), "nothing has moved for 50ms") || strings.Contains(err.Error(), "tried") || run.Advice(err) == "" {
		t.Errorf("it ended with %v, hint %q", err, run.Advice(err))
	}
	if asked, _ := target.count("POST /1.0/instances"); asked != 1 {
		t.Errorf("it was begun %d times, while the first one goes on", asked)
	}
	if target.instances["web"].Config[plan.MarkComplete] != "" {
		t.Error("the replica is called complete")
	}
}

func TestACopyThatStandsStillIsTriedAgainIfItCouldBeCancelled(t *testing.T) {
	p, source, target := newStocks(t, Patience{Retries: 1, StallTimeout: 50 * time.Millisecond})
	p.pace.leave = time.Minute
	for _, s := range []*stock{source, target} {
		s.set(func() { s.yields = true })
	}
	result := migrate(t, p, source, target)
	for _, s := range []*stock{source, target} {
		s.set(func() { s.endless = false })
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	if asked, _ := target.count("POST /1.0/instances"); asked != 2 {
		t.Errorf("it was begun %d times", asked)
	}
}

func TestASecondCopyIsNotBegunWhileTheFirstGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := api.Operation{ID: "op-1", StatusCode: api.Running, Resources: map[string][]string{"instances": {"/1.0/instances/web"}}}
		p := NewPair(listing{}, listing{ops: []api.Operation{busy}}, Owner{}, Patience{Retries: 5})
		began := time.Now()
		tries := 0
		err := p.again(t.Context(), func() error { return p.clearTheWay(t.Context(), webJob(), plan.Action{}) },
			func(bool) error { tries++; return errPassing })
		if err != errPassing || tries != 1 || time.Since(began) < calmLimit {
			t.Errorf("%v after %d tries and %s", err, tries, time.Since(began))
		}
	})
}

func TestASecondCopyIsNotBegunFromADeadSource(t *testing.T) {
	p := NewPair(listing{err: syscall.ECONNREFUSED}, listing{}, Owner{}, Patience{Retries: 5})
	tries := 0
	err := p.again(t.Context(), func() error { return p.clearTheWay(t.Context(), webJob(), plan.Action{}) },
		func(bool) error { tries++; return errPassing })
	if err != errPassing || tries != 1 {
		t.Errorf("%v after %d tries", err, tries)
	}
}

func TestWhatMovesDoesNotStandStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := newPulse(time.Minute)
		op := api.Operation{ID: "op-1", StatusCode: api.Running}
		p.see(op)
		var missed atomic.Pointer[api.Operation] // told by no event
		missed.Store(&op)
		stops := p.stops(ctx, func() { p.see(*missed.Load()) })
		stopped := func() bool {
			synctest.Wait()
			select {
			case <-stops:
				return true
			default:
				return false
			}
		}
		for i := range 5 {
			time.Sleep(59 * time.Second)
			p.see(api.Operation{ID: op.ID, StatusCode: op.StatusCode, Metadata: map[string]any{"fs_progress": strings.Repeat("x", i+1)}})
			if stopped() {
				t.Fatal("it stopped although there was progress")
			}
		}
		now := op
		now.StatusCode = api.Cancelling
		missed.Store(&now)
		time.Sleep(61 * time.Second)
		if stopped() {
			t.Fatal("it stopped although the server knew of progress")
		}
		p.see(now) // the same once more
		time.Sleep(61 * time.Second)
		if !stopped() {
			t.Error("it did not stop")
		}
		cancel()
	})
}

func TestWithoutALimitNothingStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stops := newPulse(0).stops(t.Context(), func() { t.Error("it looks") })
		select {
		case <-stops:
			t.Error("it stopped")
		case <-time.After(1000 * time.Hour):
		}
	})
}

func TestAServerThatHangsIsNotWaitedForToSeeThatNothingMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := newPulse(time.Minute)
		select {
		case <-p.stops(t.Context(), func() { <-release }):
		case <-time.After(2 * time.Minute):
			t.Error("it waits")
		}
		close(release)
	})
}

var errPassing = &Error{Text: "unexpected EOF", Err: http.ErrServerClosed}
