package run_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
	"iab/internal/runtest"
)

const second = "33333333-aaaa-4bbb-8ccc-444444444444"

// fleet is one source that several configs copy, each to a target of its own.
type fleet struct {
	t       testing.TB
	configs []*config
	written map[string]string // content of every object at the time of each snapshot, by object and name
	writes  int
}

// config is one of them.
type config struct {
	w        *runtest.World
	identity string
	jobs     []plan.Job
	last     time.Time                      // of its last run without a failure
	arrived  map[plan.Ref][]retention.Point // every snapshot that has ever come to its target
}

var shared = []plan.Ref{
	{Project: "default", Kind: plan.Instance, Name: "web"},
	{Project: "default", Kind: plan.Volume, Pool: "plain", Name: "files"},
	{Project: "default", Kind: plan.Volume, Pool: "local", Name: "data"},
}

// newFleet returns two configs with these policies, source and target of the first, then of the second.
func newFleet(t testing.TB, policies ...string) *fleet {
	f := &fleet{t: t, written: map[string]string{}}
	w := runtest.NewWorld(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC), identity)
	for _, ref := range shared {
		w.Put(plan.Source, ref, plan.Holding{})
	}
	for i, pair := range []*runtest.World{w, w.Beside(second)} {
		c := &config{w: pair, identity: []string{identity, second}[i], arrived: map[plan.Ref][]retention.Point{}}
		for _, ref := range shared {
			job := plan.Job{Ref: ref, TargetPool: "local", Consistency: plan.Crash}
			if ref.Pool != "" {
				job.TargetPool = ref.Pool
			}
			job.Retention.Source, job.Retention.Target = retention.MustParse(policies[2*i]), retention.MustParse(policies[2*i+1])
			c.jobs = append(c.jobs, job)
		}
		f.configs = append(f.configs, c)
	}
	f.wait(time.Hour)
	return f
}

// wait lets time go by, with new content in every object.
func (f *fleet) wait(d time.Duration) {
	w := f.configs[0].w
	w.Advance(d)
	f.writes++
	for _, ref := range shared {
		w.Write(plan.Source, ref, fmt.Sprintf("write %d", f.writes))
	}
}

func (f *fleet) inventory(c *config) plan.Inventory {
	f.t.Helper()
	inv, err := c.w.Inventory(context.Background(), plan.Scope{Projects: []string{"default"}})
	if err != nil {
		f.t.Fatal(err)
	}
	return inv
}

func (f *fleet) plan(c *config) (plan.Plan, plan.Inventory) {
	f.t.Helper()
	inv := f.inventory(c)
	return plan.Build(c.jobs, inv, plan.Options{Now: c.w.Now(), Identity: c.identity, Address: c.w.Address()}), inv
}

// run is one run of a config, and checks what holds after every run, whether anything of it has failed or not.
func (f *fleet) run(c *config) (plan.Plan, run.Report) {
	f.t.Helper()
	p, inv := f.plan(c)
	for _, ref := range shared {
		content, _ := c.w.Read(plan.Source, ref, "")
		f.written[ref.String()+p.Snapshot] = content
	}
	report := run.Execute(context.Background(), c.w, p, inv, run.Options{Parallel: 1, Clock: c.w.Now})
	if report.OK {
		c.last = c.w.Now()
	}
	f.check(c)
	return p, report
}

// check holds that nobody has lost anything: every config still has its base on the source, and the target of this one has what its
// policy keeps of all that has ever come there, with its content.
func (f *fleet) check(c *config) {
	f.t.Helper()
	for _, ref := range shared {
		source, _ := c.w.Holding(plan.Source, ref)
		for _, each := range f.configs {
			base, ok := source.BaseOf(each.identity)
			if !ok || each.last.IsZero() || c.w.Now().Sub(base.Used) > 30*24*time.Hour {
				continue
			}
			replica, _ := each.w.Holding(plan.Target, ref)
			both := plan.Refresh(source.Snapshots, replica.Snapshots).Shared
			if base.Open && len(both) == 0 || !base.Open && !listed(both, base.Snapshot) {
				f.t.Fatalf("%s: what %+v of %s builds on is gone: the source has %v, the target %v", ref, base, each.identity, source.Snapshots, replica.Snapshots)
			}
		}
		f.checkTarget(c, ref)
	}
}

func listed(snapshots []plan.Snapshot, name string) bool {
	return slices.ContainsFunc(snapshots, func(s plan.Snapshot) bool { return s.Name == name })
}

func (f *fleet) checkTarget(c *config, ref plan.Ref) {
	f.t.Helper()
	inv := f.inventory(c)
	held := map[string]plan.Ref{} // the snapshots that there are, by what holds them
	for _, s := range inv.Target.Holdings[ref].Snapshots {
		held[s.Name] = ref
		c.arrive(ref, s)
	}
	for other, holding := range inv.Target.Holdings {
		if archive, of, ok := plan.ArchiveOf(other, holding, c.identity); ok && of == ref.String() {
			held[archive.Snapshot.Name] = other
			c.arrive(ref, archive.Snapshot)
		}
	}
	for i, v := range c.jobs[slices.Index(shared, ref)].Retention.Target.Judge(c.w.Now().Add(5*time.Second), c.arrived[ref]) {
		name := c.arrived[ref][i].ID
		holder, ok := held[name]
		if !v.Expired && !ok {
			f.t.Fatalf("%s: the target of %s has lost %s, which its policy keeps: %v; it has %v, of %v", ref, c.identity, name, v.Reasons, held, c.arrived[ref])
		}
		if !ok {
			continue
		}
		snapshot := name
		if holder != ref {
			snapshot = ""
		}
		if content, _ := c.w.Read(plan.Target, holder, snapshot); content != f.written[ref.String()+name] {
			f.t.Fatalf("%s: %s at %s holds %q, want %q", c.identity, holder, name, content, f.written[ref.String()+name])
		}
	}
}

func (c *config) arrive(ref plan.Ref, s plan.Snapshot) {
	if !slices.ContainsFunc(c.arrived[ref], func(p retention.Point) bool { return p.ID == s.Name }) {
		c.arrived[ref] = append(c.arrived[ref], retention.Point{ID: s.Name, At: s.At(time.UTC)})
	}
}

// mustRun is a run in which nothing may go wrong, and which sends no more than what is new.
func (f *fleet) mustRun(c *config) plan.Plan {
	f.t.Helper()
	first := c.last.IsZero()
	p, report := f.run(c)
	if !report.OK {
		f.t.Fatalf("%s: %s", c.identity, report.Text())
	}
	for _, item := range p.Items {
		for _, action := range item.Actions {
			if action.Verb == plan.VerbCopy && !first && (action.Creates || action.Base == "") {
				f.t.Fatalf("%s: everything of %s is sent again: %s", c.identity, item.Ref, action.Why)
			}
		}
	}
	return p
}

var fleetPolicies = []string{"", "1", "2", "3", "1,1h1d", "2,1d2w", "1,1w3m", "6,1h2d,1d2w"}

// Two configs with whatever policies run in whatever order, with pauses of up to 30 days, beside each other, and with calls that
// fail: neither ever loses its base, nothing is ever sent twice, and each target keeps what its policy says.
func TestInvariant13SeveralConfigsNeverLoseTheirBases(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var policies []string
		for range 4 {
			policies = append(policies, rapid.SampledFrom(fleetPolicies).Draw(r, "policy"))
		}
		f := newFleet(t, policies...)
		for range rapid.IntRange(0, 4).Draw(r, "runs alone") {
			f.mustRun(f.configs[0])
			f.wait(rapid.SampledFrom([]time.Duration{time.Hour, 20 * time.Hour, 6 * 24 * time.Hour}).Draw(r, "pause alone"))
		}
		for _, c := range f.configs {
			f.mustRun(c)
			f.wait(time.Hour)
		}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			f.wait(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour, 20 * time.Hour, 3 * 24 * time.Hour, 9 * 24 * time.Hour}).Draw(r, "pause"))
			for _, c := range f.configs {
				if c.w.Now().Sub(c.last) > 20*24*time.Hour { // after 30 days without a good run its base would go
					f.mustRun(c)
					f.wait(time.Hour)
				}
			}
			i := rapid.IntRange(0, 1).Draw(r, "config")
			f.step(r, f.configs[i], f.configs[1-i])
		}
		for _, c := range f.configs {
			f.wait(time.Hour)
			f.mustRun(c)
		}
	})
}

// step is a run, a run with a failure and the one that heals it, or a run within which the other config runs.
func (f *fleet) step(r *rapid.T, c, other *config) {
	f.t.Helper()
	c.w.FailAt(0, false)
	switch rapid.IntRange(0, 5).Draw(r, "fault") {
	case 0:
		c.w.FailAt(rapid.IntRange(1, 20).Draw(r, "call"), rapid.Bool().Draw(r, "lost"))
		f.run(c)
		c.w.FailAt(0, false)
	case 1:
		n := rapid.IntRange(1, 12).Draw(r, "when")
		c.w.OnCall(func(runtest.Call) {
			if n--; n == 0 {
				f.run(other)
			}
		})
		f.run(c)
		c.w.OnCall(nil)
		f.wait(time.Minute)
		f.mustRun(c)
		f.mustRun(other)
	default:
		f.mustRun(c)
	}
}

// A base that nobody has used for a week is told of, after 30 days it goes, and the config whose base it was finds out before it
// does anything.
// The other one keeps everything meanwhile if the first has never seen it, and a week longer, since the key may be a week behind.
func TestABaseThatIsNotUsedIsToldOfAndThenGivenUp(t *testing.T) {
	for name, open := range map[string]bool{"written down": false, "open": true} {
		t.Run(name, func(t *testing.T) { testABaseThatIsNotUsed(t, open) })
	}
}

func testABaseThatIsNotUsed(t *testing.T, open bool) {
	f := newFleet(t, "1", "3", "2", "2")
	first, other := f.configs[0], f.configs[1]
	lag, said := 7*24*time.Hour, "it may be the base of the copies to target (config "+identity
	if !open {
		f.mustRun(other)
		f.wait(time.Hour)
		lag, said = 0, "base of the copies to target (config "+identity
	}
	base := f.mustRun(first).Snapshot
	f.wait(time.Hour)
	for day := range 50 {
		p := f.mustRun(other)
		source, _ := other.w.Holding(plan.Source, shared[0])
		age := first.w.Now().Sub(first.last) - lag
		warned := strings.Join(p.Items[0].Warnings, "\n")
		if told := strings.Contains(warned, plan.BaseKey(identity)); told != (age > 7*24*time.Hour) {
			t.Errorf("day %d: warned: %t: %s", day, told, warned)
		}
		if kept := listed(source.Snapshots, base); kept != (age <= 30*24*time.Hour) {
			t.Errorf("day %d: the base is there: %t", day, kept)
		}
		if piled := len(source.Snapshots) == day+2; piled != (open && age <= 30*24*time.Hour) && day > 3 {
			t.Errorf("day %d: the source has %v", day, source.Snapshots)
		}
		if day > 0 && day < 29 {
			reasons := verdictOf(p.Items[0].Verdicts.Source, base).Reasons
			if last := reasons[len(reasons)-1]; last.Code != plan.CodeElsewhere || !strings.HasPrefix(last.Detail, said) {
				t.Errorf("day %d: kept by %s", day, reasons)
			}
		}
		f.wait(24 * time.Hour)
	}
	_, report := f.run(first)
	if report.Totals.Problem != len(shared) || !strings.Contains(report.Results[0].Hint, "--reseed") {
		t.Errorf("%s", report.Text())
	}
}

// One config alone writes once a week what its copies build on. One that comes later takes nothing away until the first has seen it, and
// from then on each says so after every copy.
func TestAConfigAloneSaysOnceAWeekWhatItsCopiesBuildOn(t *testing.T) {
	f := newFleet(t, "2", "2", "1", "1")
	first, other := f.configs[0], f.configs[1]
	told := func(c *config) (p plan.Plan, verbs string) {
		c.w.FailAt(0, false) // counts anew
		p = f.mustRun(c)
		for _, call := range callsFor(c.w.Calls(), shared[0]) {
			if call.Verb == "announce" || call.Verb == "mark base" {
				verbs += call.Verb + " "
			}
		}
		return p, verbs
	}
	day := func() { f.wait(24*time.Hour - time.Second) }
	for n := range 16 {
		want := map[int]string{0: "announce mark base ", 7: "", 8: "mark base ", 16: "mark base "}[n]
		if _, verbs := told(first); verbs != want {
			t.Errorf("run %d alone: %q, want %q", n, verbs, want)
		}
		day()
	}
	held := holdingOf(first, shared[0]).Snapshots
	if base, _ := holdingOf(first, shared[0]).BaseOf(identity); !base.Open || listed(held, base.Snapshot) {
		t.Errorf("alone it says %+v, and the source has %v", base, held)
	}
	for range 2 { // without a run of the first one between them
		if _, verbs := told(other); !strings.HasSuffix(verbs, "mark base ") {
			t.Errorf("the second says %q", verbs)
		}
		day()
	}
	if base, _ := holdingOf(other, shared[0]).BaseOf(second); base.Open {
		t.Errorf("beside the first it says %+v", base)
	}
	for _, s := range held {
		if !listed(holdingOf(other, shared[0]).Snapshots, s.Name) {
			t.Errorf("%s is gone", s.Name)
		}
	}
	p, verbs := told(first)
	if base, _ := holdingOf(first, shared[0]).BaseOf(identity); verbs != "announce mark base " || base.Open || base.Snapshot != p.Snapshot {
		t.Errorf("having seen the second it calls %q, and says %+v", verbs, base)
	}
	day()
	f.mustRun(other)
	if after := holdingOf(first, shared[0]).Snapshots; len(after) != 2 {
		t.Errorf("then the source has %v", after)
	}
	first.w.SetMark(plan.Source, shared[0], plan.BaseKey(second), "") // the second target is given up
	day()
	f.mustRun(first)
	if base, _ := holdingOf(first, shared[0]).BaseOf(identity); !base.Open {
		t.Errorf("alone again it says %+v", base)
	}
}

// What is announced beside another config, after runs alone, names what the source still has: the copy may fail.
func TestAFailedCopyBesideANewcomerLeavesItsBaseNamed(t *testing.T) {
	copies := 0
	for n := 1; copies < len(shared); n++ {
		f := newFleet(t, "1", "1", "1", "1")
		first, other := f.configs[0], f.configs[1]
		for range 3 {
			f.mustRun(first)
			f.wait(time.Hour)
		}
		f.mustRun(other)
		f.wait(time.Hour)
		first.w.FailAt(n, false)
		f.run(first)
		if calls := first.w.Calls(); calls[n-1].Verb == "copy" {
			copies++
		}
		first.w.FailAt(0, false)
		for range 3 {
			f.wait(time.Hour)
			f.mustRun(other)
		}
		f.mustRun(first)
	}
}

func verdictOf(verdicts []plan.Verdict, snapshot string) plan.Verdict {
	for _, v := range verdicts {
		if v.Snapshot == snapshot {
			return v
		}
	}
	return plan.Verdict{Reasons: []retention.Reason{{}}}
}

// Without the key of its base the other config would lose it with the next run: what the tests above hold is not chance.
func TestWithoutItsKeyABaseGoes(t *testing.T) {
	f := newFleet(t, "1", "1", "1", "1")
	base := f.mustRun(f.configs[0]).Snapshot
	f.wait(time.Hour)
	f.mustRun(f.configs[1])
	f.configs[0].w.SetMark(plan.Source, shared[0], plan.BaseKey(identity), "")
	f.wait(time.Hour)
	f.mustRun(f.configs[1])
	for i, ref := range shared {
		source, _ := f.configs[0].w.Holding(plan.Source, ref)
		if listed(source.Snapshots, base) != (i > 0) {
			t.Errorf("%s has %v", ref, source.Snapshots)
		}
	}
}

// While a first copy is on its way, which may take days, the other config does not prune what it is about.
func TestWhatIsOnItsWayIsNotPrunedByAnotherConfig(t *testing.T) {
	f := newFleet(t, "1", "1", "1", "1")
	first, other := f.configs[0], f.configs[1]
	f.mustRun(other)
	f.wait(time.Hour)
	runs := 0
	first.w.OnCall(func(c runtest.Call) {
		if c.Verb != "copy" || runs > 0 {
			return
		}
		for range 3 {
			runs++
			first.w.Advance(10 * time.Hour)
			f.mustRun(other)
		}
	})
	p, report := f.run(first)
	first.w.OnCall(nil)
	if !report.OK {
		t.Error(report.Text())
	}
	for _, ref := range shared {
		base, _ := holdingOf(first, ref).BaseOf(identity)
		if base.Snapshot != p.Snapshot || base.Pending != "" || !listed(holdingOf(first, ref).Snapshots, p.Snapshot) {
			t.Errorf("%s: %+v is no snapshot of it", ref, base)
		}
	}
	f.wait(time.Hour)
	f.mustRun(first)
	f.mustRun(other)
}

// Of a copy that has failed no other config waits until it begins; what it was about stays protected.
func TestNobodyWaitsForACopyThatHasFailed(t *testing.T) {
	seen := 0
	for n := 1; ; n++ {
		f := newFleet(t, "1", "3", "1", "3")
		first, other := f.configs[0], f.configs[1]
		for range 2 {
			f.mustRun(first)
			f.wait(time.Hour)
			f.mustRun(other)
			f.wait(time.Hour)
		}
		first.w.FailAt(n, false)
		p, _ := f.run(first)
		calls := first.w.Calls()
		first.w.FailAt(0, false)
		if n > len(calls) {
			break
		}
		for _, ref := range shared {
			base, ok := holdingOf(first, ref).BaseOf(identity)
			if !ok || base.Beginning() && calls[n-1].Verb != "mark base" {
				t.Errorf("call %d, %v, has failed, and %s says %+v", n, calls[n-1], ref, base)
			}
			if calls[n-1].Verb == "copy" && calls[n-1].Ref == ref {
				seen++
				if base.Pending != p.Snapshot {
					t.Errorf("the copy of %s has failed, and it says %+v", ref, base)
				}
			}
		}
		f.wait(time.Minute)
		f.mustRun(other)
		f.mustRun(first)
	}
	if seen < len(shared) {
		t.Errorf("%d copies have failed", seen)
	}
}

// A copy that stands still goes on at the servers, and may not have begun: the others wait for it.
func TestACopyThatStandsStillIsWaitedFor(t *testing.T) {
	f := newFleet(t, "1", "3", "1", "3")
	first := f.configs[0]
	for _, c := range f.configs {
		f.mustRun(c)
		f.wait(time.Hour)
	}
	p, inv := f.plan(first)
	run.Execute(context.Background(), still{first.w}, p, inv, run.Options{Parallel: 1, Clock: first.w.Now})
	for _, ref := range shared {
		if base, ok := holdingOf(first, ref).BaseOf(identity); !ok || !base.Beginning() || base.Pending != p.Snapshot {
			t.Errorf("%s says %+v", ref, base)
		}
	}
}

// still are servers whose copies stand still.
type still struct{ *runtest.World }

func (still) Copy(context.Context, plan.Job, plan.Action, func(int64)) (int64, error) {
	return 0, fmt.Errorf("copy: %w", standing{})
}

type standing struct{}

func (standing) Error() string { return "nothing has moved" }
func (standing) GoesOn() bool  { return true }

func holdingOf(c *config, ref plan.Ref) plan.Holding {
	h, _ := c.w.Holding(plan.Source, ref)
	return h
}

// Two configs that know of each other never name snapshots alike, though their runs begin in the same second.
func TestRunsInTheSameSecondNameTheirSnapshotsDifferently(t *testing.T) {
	f := newFleet(t, "3", "3", "3", "3")
	f.mustRun(f.configs[0])
	f.wait(time.Minute)
	f.mustRun(f.configs[1])
	for range 5 {
		f.wait(time.Minute)
		a, _ := f.plan(f.configs[0])
		b, _ := f.plan(f.configs[1])
		if a.Snapshot == b.Snapshot {
			t.Errorf("both are called %s", a.Snapshot)
		}
	}
	// Those that do not know each other yet: the later one fails, and has taken nothing away.
	f = newFleet(t, "3", "3", "3", "3")
	begun := false
	f.configs[0].w.OnCall(func(c runtest.Call) {
		if c.Verb == "snapshot" && !begun {
			begun = true
			f.mustRun(f.configs[1])
		}
	})
	if _, report := f.run(f.configs[0]); report.Totals.Failed != len(shared) {
		t.Error(report.Text())
	}
	f.configs[0].w.OnCall(nil)
	f.wait(time.Minute)
	f.mustRun(f.configs[0])
	f.mustRun(f.configs[1])
}

// What the run of another config has stopped is that one's to start.
func TestTheStopOfAnotherConfigIsLeftAlone(t *testing.T) {
	f := newFleet(t, "2", "2", "2", "2")
	c := f.configs[0]
	c.w.SetMark(plan.Source, shared[0], plan.MarkStopped, second)
	c.jobs[0].Consistency = plan.Stop
	p := f.mustRun(c)
	held := holdingOf(c, shared[0])
	if len(p.Restarts) > 0 || held.Running || held.Config[plan.MarkStopped] != second {
		t.Errorf("restarts %v, runs: %t, marked %q", p.Restarts, held.Running, held.Config[plan.MarkStopped])
	}
	if warned := strings.Join(p.Items[0].Warnings, "\n"); !strings.Contains(warned, second) {
		t.Errorf("warned: %s", warned)
	}
	c.w.Power(plan.Source, shared[0], true) // the other run is about to stop it
	f.wait(time.Hour)
	_, report := f.run(c)
	if result := resultOf(report, shared[0]); result.Outcome != run.Failure || holdingOf(c, shared[0]).Config[plan.MarkStopped] != second {
		t.Errorf("%+v, marked %q", result, holdingOf(c, shared[0]).Config[plan.MarkStopped])
	}
}

// A copied config with the same uuid and another target is refused, until the one takes the place of the other.
func TestTwoConfigsOfOneUUIDAreNoticed(t *testing.T) {
	f := newFleet(t, "2", "2", "2", "2")
	f.mustRun(f.configs[0])
	copied := f.configs[1]
	copied.w = f.configs[0].w.Beside(identity)
	f.wait(time.Hour)
	inv := f.inventory(copied)
	opts := plan.Options{Now: copied.w.Now(), Identity: identity, Address: "https://another:8443"}
	for _, item := range plan.Build(copied.jobs, inv, opts).Items {
		if !strings.Contains(item.Problem, "same uuid") || !strings.Contains(item.Hint, "iab.uuid") {
			t.Errorf("%s: %s (%s)", item.Ref, item.Problem, item.Hint)
		}
	}
	opts.Reseed = map[plan.Ref]bool{shared[0]: true}
	p := plan.Build(copied.jobs, inv, opts)
	for _, item := range p.Items {
		if (item.Problem == "") != (item.Ref == shared[0]) {
			t.Errorf("%s: %s", item.Ref, item.Problem)
		}
	}
	opts.Reseed = nil
	for days, problems := range map[int]int{36: len(shared), 38: 0} { // 30, and the week that the key may be behind
		opts.Now = copied.w.Now().Add(time.Duration(days) * 24 * time.Hour)
		if p := plan.Build(copied.jobs, inv, opts); p.Totals.Problems != problems {
			t.Errorf("after %d days: %+v", days, p.Items)
		}
	}
	// The same target under another address is known by what it holds, also when what was written down is gone.
	for range 4 {
		opts.Now = copied.w.Now()
		if p := plan.Build(f.configs[0].jobs, f.inventory(f.configs[0]), opts); p.Totals.Problems > 0 {
			t.Errorf("another address: %+v", p.Items)
		}
		f.mustRun(f.configs[0])
		f.wait(time.Hour)
	}
	replica, _ := f.configs[0].w.Holding(plan.Target, shared[0])
	if base, _ := holdingOf(f.configs[0], shared[0]).BaseOf(identity); listed(replica.Snapshots, base.Snapshot) {
		t.Errorf("the target still has %s: %v", base.Snapshot, replica.Snapshots)
	}
	// One that has got nothing since it was written down is another one.
	f.configs[0].w.SetMark(plan.Source, shared[0], plan.BaseKey(identity),
		plan.Base{Config: identity, Target: "other", Address: "https://other:8443", Snapshot: "IAB_20260310-235959", Open: true, At: opts.Now.Add(12 * time.Hour), Used: opts.Now}.Mark())
	for _, item := range plan.Build(f.configs[0].jobs, f.inventory(f.configs[0]), opts).Items {
		if (item.Problem == "") != (item.Ref != shared[0]) {
			t.Errorf("%s: %s", item.Ref, item.Problem)
		}
	}
}

// A key that a person has broken keeps everything on the source, and is told of.
func TestAKeyThatCannotBeReadKeepsEverything(t *testing.T) {
	f := newFleet(t, "1", "1", "1", "1")
	c := f.configs[0]
	c.w.SetMark(plan.Source, shared[0], plan.BaseKey(second), "IAB_20260310-120000")
	for n := range 3 {
		p := f.mustRun(c)
		if warned := strings.Join(p.Items[0].Warnings, "\n"); !strings.Contains(warned, plan.BaseKey(second)+" can't be read") {
			t.Errorf("warned: %s", warned)
		}
		if held := holdingOf(c, shared[0]).Snapshots; len(held) != n+1 {
			t.Errorf("the source has %v", held)
		}
		f.wait(time.Hour)
	}
}
