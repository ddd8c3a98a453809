package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"
	"golang.org/x/sync/errgroup"

	"iab/internal/plan"
)

// hushed is how long tests wait for what must not come.
const hushed = 20 * time.Millisecond

// tellingStocks are servers that tell of the ends of operations as real ones do.
func tellingStocks(t *testing.T, how telling) (*Pair, *stock, *stock) {
	t.Helper()
	p, source, target := newStocks(t, Patience{})
	for _, s := range []*stock{source, target} {
		s.set(func() { s.tells = how })
	}
	return p, source, target
}

// asks lists all requests to a server so far, in their order.
func (s *stock) asks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// TestAnUnchangedInstanceCostsFourRequests holds what a run asks for each object besides the inventory: a snapshot, the two ends of a
// copy, and the writing of the replica's marks. On real servers it is held by TestRequestsPerObject.
func TestAnUnchangedInstanceCostsFourRequests(t *testing.T) {
	for name, how := range map[string]telling{"ends told before the answer": tellsBefore, "ends told after it": tellsAfter} {
		t.Run(name, func(t *testing.T) {
			p, source, target := tellingStocks(t, how)
			target.set(func() { replica(target) })
			scope := plan.Scope{Projects: []string{"default"}, Pools: plan.Sides[[]string]{Source: []string{"local"}, Target: []string{"local"}}}
			for range 2 { // the first time the replica becomes what it has to be, and the stream of events is opened
				if _, err := p.Inventory(t.Context(), scope); err != nil {
					t.Fatal(err)
				}
				if err := copyWeb(false)(p); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := p.Inventory(t.Context(), scope); err != nil {
				t.Fatal(err)
			}
			for _, s := range []*stock{source, target} {
				s.set(func() { s.asked = nil })
			}
			if err := p.Snapshot(t.Context(), web, own); err != nil {
				t.Fatal(err)
			}
			if err := copyWeb(false)(p); err != nil {
				t.Fatal(err)
			}
			want := []string{"POST /1.0/instances/web/snapshots", "POST /1.0/instances/web"}
			if got := source.asks(); !slices.Equal(got, want) {
				t.Errorf("the source is asked %q", got)
			}
			want = []string{"POST /1.0/instances", "PATCH /1.0/instances/web"}
			if got := target.asks(); !slices.Equal(got, want) {
				t.Errorf("the target is asked %q", got)
			}
		})
	}
}

func TestOperationsOfAProjectShareOneStream(t *testing.T) {
	p, source, _ := tellingStocks(t, tellsAfter)
	var group errgroup.Group
	for i := range 40 {
		group.Go(func() error { return p.Snapshot(t.Context(), web, fmt.Sprintf("s%d", i)) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if streams, _ := source.count("GET /1.0/events"); streams != 1 {
		t.Errorf("%d streams of events were opened", streams)
	}
	if asked := slices.ContainsFunc(source.asks(), func(r string) bool { return strings.HasPrefix(r, "GET /1.0/operations/") }); asked {
		t.Error("operations were asked for although events tell of them")
	}
}

func TestABrokenStreamIsOpenedAnewForTheNextOperation(t *testing.T) {
	p, source, _ := tellingStocks(t, tellsAfter)
	for i := range 3 {
		if err := p.Snapshot(t.Context(), web, fmt.Sprintf("s%d", i)); err != nil {
			t.Fatal(err)
		}
		stream := p.in(plan.Source, "default").feed.stream
		source.hangUp()
		_ = stream.Wait()
	}
	if streams, _ := source.count("GET /1.0/events"); streams != 3 {
		t.Errorf("%d streams were opened for three operations, each behind a broken stream", streams)
	}
}

func TestWithoutAStreamOperationsAreAskedFor(t *testing.T) {
	p, source, _ := tellingStocks(t, tellsNobody)
	source.fail("GET /1.0/events", fault{times: 1, answer: func(w http.ResponseWriter) { refuse(w, http.StatusForbidden, "not for you") }})
	if err := p.Snapshot(t.Context(), web, own); err != nil {
		t.Fatal(err)
	}
	if asked, _ := source.count("GET /1.0/operations/op-1"); asked != 1 {
		t.Errorf("the operation was asked for %d times", asked)
	}
	if err := p.Snapshot(t.Context(), web, "next"); err != nil {
		t.Fatal(err)
	}
	if streams, _ := source.count("GET /1.0/events"); streams != 1 {
		t.Errorf("%d streams were asked for, right after one was refused", streams)
	}
	p.in(plan.Source, "default").feed.allow()
	source.set(func() { source.tells = tellsAfter })
	if err := p.Snapshot(t.Context(), web, "last"); err != nil {
		t.Fatal(err)
	}
	if streams, _ := source.count("GET /1.0/events"); streams != 2 {
		t.Errorf("%d streams were asked for, some time after one was refused", streams)
	}
}

func TestAnOperationThatNoEventTellsOfIsAskedFor(t *testing.T) {
	p, source, _ := tellingStocks(t, tellsNobody)
	p.pace.quiet = time.Millisecond
	if err := p.Snapshot(t.Context(), web, own); err != nil {
		t.Fatal(err)
	}
	if asked, _ := source.count("GET /1.0/operations/op-1"); asked != 1 {
		t.Errorf("the operation was asked for %d times", asked)
	}
	source.set(func() { delete(source.ops, "op-2") })
	op := api.Operation{ID: "op-2", StatusCode: api.Running}
	if _, err := p.in(plan.Source, "default").end(t.Context(), op, nil); !errors.Is(err, errForgotten) || !passing(err) {
		t.Errorf("an operation that the server has forgotten ends with %v", err)
	}
}

func TestAFailureThatAnEventTellsOfIsTheOperations(t *testing.T) {
	f := newFeed(nil)
	f.gone = make(chan struct{})
	c := &projectClient{pair: patient(), feed: f}
	said := make(chan api.Operation, 1)
	result := make(chan error, 1)
	go func() {
		_, err := c.end(t.Context(), api.Operation{ID: "op-1"}, func(op api.Operation) { said <- op })
		result <- err
	}()
	for watched := false; !watched; {
		f.mu.Lock()
		watched = f.watchers["op-1"] != nil
		f.mu.Unlock()
	}
	f.hear(told(t, api.Operation{ID: "op-2", StatusCode: api.Success}))
	select {
	case err := <-result:
		t.Fatalf("the end of another operation ends it: %v", err)
	case <-time.After(hushed):
	}
	f.hear(told(t, api.Operation{ID: "op-1", StatusCode: api.Failure, Err: "no space left on device"}))
	if err := <-result; err == nil || err.Error() != "no space left on device" || len(said) != 1 {
		t.Errorf("it ends with %v, and %d events were seen", err, len(said))
	}
	if len(f.watchers) != 0 {
		t.Error("it is still watched")
	}
}

func TestAnInterruptionLeavesAnOperationOfAServerThatHangs(t *testing.T) {
	p, source, _ := tellingStocks(t, tellsNobody)
	p.pace.quiet = time.Millisecond
	hangs := make(chan struct{})
	defer close(hangs)
	asked := make(chan struct{}, 1)
	source.fail("GET /1.0/operations/op-1", fault{times: 1, answer: func(http.ResponseWriter) { asked <- struct{}{}; <-hangs }})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if err := p.Snapshot(ctx, web, own); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
}

func TestAFeedRemembersNotMoreThanItsLastEnds(t *testing.T) {
	f := newFeed(nil)
	for i := range keptEnds + 10 {
		f.hear(told(t, api.Operation{ID: fmt.Sprint(i), StatusCode: api.Success}))
		f.hear(told(t, api.Operation{ID: fmt.Sprint(i), StatusCode: api.Success})) // twice counts once
	}
	if _, oldest := f.ends["9"]; oldest || len(f.ends) != keptEnds || len(f.order) != keptEnds {
		t.Errorf("it remembers %d ends", len(f.ends))
	}
	end, _, leave := f.watch("10", nil)
	defer leave()
	if op := <-end; op.ID != "10" {
		t.Errorf("it tells of %q", op.ID)
	}
}

// told is an event that tells of an operation.
func told(t *testing.T, op api.Operation) api.Event {
	t.Helper()
	metadata, err := json.Marshal(op)
	if err != nil {
		t.Fatal(err)
	}
	return api.Event{Type: api.EventTypeOperation, Metadata: metadata}
}
