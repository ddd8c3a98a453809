package run_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
	"iab/internal/runtest"
)

const identity = "11111111-aaaa-4bbb-8ccc-222222222222"

var (
	app  = plan.Ref{Project: "default", Kind: plan.Instance, Name: "app"}  // runs, is stopped for its snapshots
	db   = plan.Ref{Project: "default", Kind: plan.Instance, Name: "db"}   // does not run
	logs = plan.Ref{Project: "default", Kind: plan.Instance, Name: "logs"} // does not run; somebody takes snapshots of it, too
	data = plan.Ref{Project: "default", Kind: plan.Volume, Pool: "local", Name: "data"}
)

var refs = []plan.Ref{app, db, logs, data}

// stage is a pair of servers with four objects, and what was written there when.
type stage struct {
	t       *testing.T
	w       *runtest.World
	jobs    []plan.Job
	content string            // live on the source, the same for all objects
	written map[string]string // content at the time of each snapshot, by name

	allowLoss bool
	reseed    map[plan.Ref]bool
	self      plan.Self
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, w: runtest.NewWorld(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), identity), written: map[string]string{}}
	two := retention.MustParse("2")
	for _, ref := range refs {
		job := plan.Job{Ref: ref, TargetPool: "local", Consistency: plan.Crash}
		job.Retention.Source, job.Retention.Target = two, two
		if ref == app {
			job.Consistency = plan.Stop
		}
		s.jobs = append(s.jobs, job)
		s.w.Put(plan.Source, ref, plan.Holding{Running: ref == app})
	}
	s.write()
	return s
}

// newStageWithHistory is a stage on which the next run has everything to do: it catches up with a foreign snapshot
// that waits, and prunes both sides.
func newStageWithHistory(t *testing.T) *stage {
	s := newStage(t)
	for range 2 {
		s.runClean()
	}
	if err := s.w.Take(plan.Source, logs, "foreign"); err != nil {
		t.Fatal(err)
	}
	s.written["foreign"] = s.content
	s.write()
	return s
}

// write changes the content of all objects and lets an hour go by.
func (s *stage) write() {
	s.w.Advance(time.Hour)
	s.content = fmt.Sprintf("content of %s", s.w.Now().Format("15:04"))
	for _, ref := range refs {
		s.w.Write(plan.Source, ref, s.content)
	}
}

// plan reads the servers and plans.
func (s *stage) plan() (plan.Plan, plan.Inventory) {
	s.t.Helper()
	inv, err := s.w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}, Into: []string{"default", "mirror"}})
	if err != nil {
		s.t.Fatal(err)
	}
	p := plan.Build(s.jobs, inv, plan.Options{Now: s.w.Now(), Identity: identity, AllowLoss: s.allowLoss, Reseed: s.reseed})
	s.written[p.Snapshot] = s.content
	return p, inv
}

// execute plans and carries the plan out, one item at a time.
func (s *stage) execute(ctx context.Context, servers run.Servers) (plan.Plan, run.Report) {
	s.t.Helper()
	p, inv := s.plan()
	return p, run.Execute(ctx, servers, p, inv, run.Options{Parallel: 1, Clock: s.w.Now})
}

// runClean is a run in which nothing may go wrong, then new content.
func (s *stage) runClean() {
	s.t.Helper()
	s.w.FailAt(0, false)
	if _, report := s.execute(context.Background(), s.w); !report.OK {
		s.t.Fatal(report.Text())
	}
	s.checkReplicas()
	s.write()
}

// checkReplicas holds what every clean run promises: the replica mirrors the source, and each snapshot there has
// the content that the source had when it was taken.
func (s *stage) checkReplicas() {
	s.t.Helper()
	for _, job := range s.jobs {
		source, _ := s.w.Holding(plan.Source, job.Ref)
		replica, ok := s.w.Holding(plan.Target, job.Replica())
		if effect := plan.Refresh(source.Snapshots, replica.Snapshots); !ok || len(effect.Sends)+len(effect.Loses) > 0 {
			s.t.Errorf("%s: the replica lacks %v and has %v more", job.Ref, effect.Sends, effect.Loses)
		}
		for _, snapshot := range replica.Snapshots {
			if got, _ := s.w.Read(plan.Target, job.Replica(), snapshot.Name); got != s.written[snapshot.Name] {
				s.t.Errorf("%s at %s holds %q, want %q", job.Ref, snapshot.Name, got, s.written[snapshot.Name])
			}
		}
		if got, _ := s.w.Read(plan.Target, job.Replica(), ""); got != s.content {
			s.t.Errorf("the replica of %s holds %q, want %q", job.Ref, got, s.content)
		}
	}
}

func (s *stage) running(ref plan.Ref) bool {
	h, _ := s.w.Holding(plan.Source, ref)
	return h.Running
}

// planned returns the calls that the actions of an item amount to, in their order.
func planned(item plan.Item) []runtest.Call {
	var calls []runtest.Call
	for _, action := range item.Actions {
		call := runtest.Call{Verb: string(action.Verb), Side: action.Side, Ref: item.Job.RefOn(action.Side), Snapshot: action.Snapshot}
		if action.Stops {
			calls = append(calls, runtest.Call{Verb: "stop", Side: plan.Source, Ref: item.Ref})
		}
		mark := runtest.Call{Verb: "mark base", Side: plan.Source, Ref: item.Ref, Snapshot: action.Snapshot}
		announce := runtest.Call{Verb: "announce", Side: plan.Source, Ref: item.Ref, Snapshot: action.Snapshot}
		if action.Verb == plan.VerbCopy && action.Announces {
			calls = append(calls, announce)
		}
		calls = append(calls, call)
		if action.Notes {
			calls = append(calls, mark)
		}
		if action.Stops {
			calls = append(calls, runtest.Call{Verb: "start", Side: plan.Source, Ref: item.Ref})
		}
		if action.Verb == plan.VerbSnapshot && action.Announces {
			calls = append(calls, announce)
		}
	}
	return calls
}

// callsFor filters calls by object; all stages replicate into the pool of the same name, so refs are equal on both sides.
func callsFor(calls []runtest.Call, ref plan.Ref) []runtest.Call {
	return slices.DeleteFunc(slices.Clone(calls), func(c runtest.Call) bool { return c.Ref != ref })
}

func resultOf(report run.Report, ref plan.Ref) run.Result {
	for _, result := range report.Results {
		if result.Ref == ref {
			return result
		}
	}
	return run.Result{}
}

// watched collects the events of a run.
type watched struct {
	mu     sync.Mutex
	events []run.Event
}

func (w *watched) observe(event run.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, event)
}
