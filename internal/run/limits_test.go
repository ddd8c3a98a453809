package run_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
	"iab/internal/run"
	"iab/internal/runtest"
)

// crowd watches how many calls are under way at once on each side and in each pool. Every call takes a second.
type crowd struct {
	*runtest.World
	jobs  map[plan.Ref]plan.Job
	notes bool // the notes of copies take as long

	mu        sync.Mutex
	now, most map[string]int
}

func (c *crowd) call(places []string, call func() error) error {
	c.count(places, 1)
	defer c.count(places, -1)
	time.Sleep(time.Second)
	return call()
}

func (c *crowd) count(places []string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, place := range append(slices.Clone(places), "run") {
		c.now[place] += n
		c.most[place] = max(c.most[place], c.now[place])
	}
}

// on names a side and the pool there.
func on(side plan.Side, job plan.Job) []string {
	pool := job.RefOn(side).Pool
	return []string{string(side), fmt.Sprintf("%s %s", side, pool)}
}

func (c *crowd) Snapshot(ctx context.Context, ref plan.Ref, name string) error {
	return c.call(on(plan.Source, c.jobs[ref]), func() error { return c.World.Snapshot(ctx, ref, name) })
}

func (c *crowd) Copy(ctx context.Context, job plan.Job, action plan.Action, progress func(int64)) (bytes int64, err error) {
	err = c.call(slices.Concat(on(plan.Source, job), on(plan.Target, job)), func() error {
		bytes, err = c.World.Copy(ctx, job, action, progress)
		return err
	})
	return bytes, err
}

// MarkBase is what is left to write behind a copy.
func (c *crowd) MarkBase(ctx context.Context, ref plan.Ref, base plan.Base) error {
	if !c.notes || base.Pending != "" {
		return c.World.MarkBase(ctx, ref, base)
	}
	c.count([]string{"notes"}, 1)
	defer c.count([]string{"notes"}, -1)
	time.Sleep(2 * time.Second)
	return c.World.MarkBase(ctx, ref, base)
}

// crowded is a run over volumes in the source's pools "fast" and "slow", which go to the pools of the same name, and what was seen of
// it: how many at once, and how long it took.
func crowded(t *testing.T, fast, slow, parallel int, limits plan.Sides[run.Limits], notes bool) (most map[string]int, took time.Duration) {
	t.Helper()
	w := runtest.NewWorld(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), identity)
	c := &crowd{World: w, notes: notes, jobs: map[plan.Ref]plan.Job{}, now: map[string]int{}, most: map[string]int{}}
	var jobs []plan.Job
	for pool, n := range map[string]int{"fast": fast, "slow": slow} {
		for _, side := range plan.BothSides {
			w.AddPool(side, pool, "btrfs")
		}
		for i := range n {
			ref := plan.Ref{Project: "default", Kind: plan.Volume, Pool: pool, Name: fmt.Sprintf("%s%d", pool, i)}
			w.Put(plan.Source, ref, plan.Holding{Pool: pool})
			c.jobs[ref] = plan.Job{Ref: ref, TargetPool: pool}
			jobs = append(jobs, c.jobs[ref])
		}
	}
	synctest.Test(t, func(t *testing.T) {
		inv, err := w.Inventory(t.Context(), plan.Scope{Projects: []string{"default"}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		report := run.Execute(t.Context(), c, plan.Build(jobs, inv, plan.Options{Now: w.Now(), Identity: identity}), inv,
			run.Options{Parallel: parallel, Limits: limits, Clock: w.Now})
		if took = time.Since(began); !report.OK {
			t.Fatal(report.Text())
		}
	})
	return c.most, took
}

func TestNoServerAndNoPoolHasMoreAtOnceThanItsLimit(t *testing.T) {
	pools := func(side plan.Side, limits run.Limits) plan.Sides[run.Limits] {
		var both plan.Sides[run.Limits]
		both.Set(side, limits)
		return both
	}
	for name, c := range map[string]struct {
		limits plan.Sides[run.Limits]
		most   map[string]int
		took   time.Duration // of 8 volumes in fast and 4 in slow, 6 at once, fast first: the snapshots, then the copies
	}{
		"none": {plan.Sides[run.Limits]{}, map[string]int{"run": 6, "source": 6, "target": 6, "source fast": 6, "target fast": 6}, 2*time.Second + 2*time.Second},
		"the target": {pools(plan.Target, run.Limits{Parallel: 2}),
			map[string]int{"run": 6, "source": 6, "target": 2, "source fast": 6, "target fast": 2}, 2*time.Second + 6*time.Second},
		"the source": {pools(plan.Source, run.Limits{Parallel: 3}), map[string]int{"run": 3, "source": 3, "target": 3, "source fast": 3, "target fast": 3}, 4*time.Second + 4*time.Second},
		"a pool of the target": {pools(plan.Target, run.Limits{Pools: map[string]int{"slow": 1}}),
			map[string]int{"run": 6, "source": 6, "target": 6, "source fast": 6, "target fast": 6, "target slow": 1}, 2*time.Second + 5*time.Second},
		"a pool of the source": {pools(plan.Source, run.Limits{Pools: map[string]int{"slow": 1}}),
			map[string]int{"run": 6, "source": 6, "target": 6, "source fast": 6, "target fast": 6, "source slow": 1, "target slow": 1}, 5*time.Second + 5*time.Second},
		"more than the run's": {pools(plan.Source, run.Limits{Parallel: 60, Pools: map[string]int{"fast": 60}}),
			map[string]int{"run": 6, "source": 6, "target": 6, "source fast": 6, "target fast": 6}, 2*time.Second + 2*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			most, took := crowded(t, 8, 4, 6, c.limits, false)
			for place := range most {
				if _, named := c.most[place]; !named {
					delete(most, place)
				}
			}
			if diff := cmp.Diff(c.most, most); diff != "" {
				t.Errorf("at once (-want +got):\n%s", diff)
			}
			if took != c.took {
				t.Errorf("it took %s, want %s: places stood empty, or were too full", took, c.took)
			}
		})
	}
}

// TestWhatIsLeftBehindACopyHoldsUpNone holds that the next copy begins while the note of one is written, and that notes do not pile up.
func TestWhatIsLeftBehindACopyHoldsUpNone(t *testing.T) {
	for parallel, c := range map[int]struct {
		copies, notes, all int
		took               time.Duration // of 6 snapshots and 6 copies of a second, and 6 notes of two
	}{
		1: {1, 1, 1, 6*time.Second + 6*(1+2)*time.Second},
		2: {2, 4, 4, 3*time.Second + 2*time.Second + 2*time.Second + 2*time.Second}, // two pairs behind each other, then the third when the first has been noted
		6: {6, 6, 6, time.Second + (1+2)*time.Second},
	} {
		most, took := crowded(t, 6, 0, parallel, plan.Sides[run.Limits]{}, true)
		if most["target"] != c.copies || most["notes"] != c.notes || most["run"] != c.all || took != c.took {
			t.Errorf("%d at once: %v in %s, want %+v", parallel, most, took, c)
		}
	}
}

func TestALimitOfAPoolInWhichNothingLiesIsTold(t *testing.T) {
	s := newStage(t)
	p, inv := s.plan()
	limits := plan.Sides[run.Limits]{Source: run.Limits{Pools: map[string]int{"local": 1, "lcoal": 1}}, Target: run.Limits{Pools: map[string]int{"local": 1}}}
	if got := run.UnusedLimits(limits, p, inv); len(got) != 1 || !strings.Contains(got[0], "pool lcoal on the source") {
		t.Errorf("%q", got)
	}
}
