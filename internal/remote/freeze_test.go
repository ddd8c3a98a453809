package remote

import (
	"context"
	"testing"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// A freeze that IAB has given up may still come to its end on the server. Whoever resumes waits for that: a mark that was taken away
// before would leave the instance frozen for ever.
func TestAFreezeThatComesLateIsResumedAllTheSame(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	release := make(chan struct{})
	source.set(func() {
		source.instances["web"].StatusCode = api.Running
		source.lateFreeze = func(op *api.Operation, change func()) {
			<-release
			source.set(func() {
				change()
				op.Status, op.StatusCode = "Success", api.Success
			})
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error, 1)
	go func() {
		_, err := p.Freeze(ctx, web)
		given <- err
	}()
	source.until(func() bool {
		return len(source.ops) > 0 && source.instances["web"].Config[plan.MarkFrozen] == "config-1" && frozenOps(source) > 0
	})
	cancel()
	if err := <-given; err == nil {
		t.Fatal("the freeze was not given up")
	}
	resumed := make(chan error, 1)
	go func() { resumed <- p.Unfreeze(t.Context(), web) }()
	source.until(func() bool { return asks(source) > 0 }) // it has seen the freeze that goes on
	close(release)
	if err := <-resumed; err != nil {
		t.Fatal(err)
	}
	source.set(func() {
		if held := source.instances["web"]; held.StatusCode != api.Running || held.Config[plan.MarkFrozen] != "" {
			t.Errorf("it is %s with the mark %q", held.StatusCode, held.Config[plan.MarkFrozen])
		}
	})
}

// frozenOps counts the freezes that go on.
func frozenOps(s *stock) int {
	n := 0
	for _, op := range s.ops {
		if op.Description == freezing && op.StatusCode == api.Running {
			n++
		}
	}
	return n
}

// asks counts the questions for all operations.
func asks(s *stock) int {
	n := 0
	for _, request := range s.asked {
		if request == "GET /1.0/operations" {
			n++
		}
	}
	return n
}

func TestOneThatSomebodyElseHasFrozenIsLeftAlone(t *testing.T) {
	p, source, _ := newStocks(t, Patience{})
	for _, mark := range []string{"", "another config"} {
		source.set(func() {
			source.put("web", map[string]string{plan.MarkFrozen: mark})
			source.instances["web"].StatusCode = api.Frozen
		})
		if _, err := p.Freeze(t.Context(), web); err != nil {
			t.Fatal(err)
		}
		if err := p.Unfreeze(t.Context(), web); err != nil {
			t.Fatal(err)
		}
		source.set(func() {
			if held := source.instances["web"]; held.StatusCode != api.Frozen || held.Config[plan.MarkFrozen] != mark {
				t.Errorf("it is %s with the mark %q", held.StatusCode, held.Config[plan.MarkFrozen])
			}
		})
	}
}

func TestTheEndOfWhatACommandPrintsIsKept(t *testing.T) {
	var said tail
	for range outputLimit {
		if n, err := said.Write([]byte("ab")); n != 2 || err != nil {
			t.Fatal(n, err)
		}
	}
	_, _ = said.Write([]byte("end"))
	if got := said.String(); len(got) != outputLimit || got[outputLimit-5:] != "abend" {
		t.Errorf("%d bytes are kept, the last ones are %q", len(got), got[len(got)-5:])
	}
}
