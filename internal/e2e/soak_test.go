//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/lab"
	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
)

// What the soak does unless the environment says otherwise.
const (
	soakRuns = 8
	soakSeed = 1
)

// soak is a small fleet that people change at random, and whose runs die now and then.
type soak struct {
	*ledger
	ways     *checkpoints
	random   *rand.Rand
	policies plan.Sides[retention.Policy]
	replica  map[plan.Ref]string         // live content of the replicas, as far as it is known
	owed     map[plan.Ref]map[point]bool // what the target held after the last clean run, less what a person deleted there
	doubted  map[plan.Ref][]string       // what runs that died since then were to send
	up       bool                        // a person wants the first instance to run
	whole    bool                        // the last run was clean
	stumbled bool                        // it failed although nobody died in it
	length   int                         // how many requests the last run took in which nobody died
	figures
}

// figures are what a soak tells in the end.
type figures struct {
	runs, late, taken, dropped, archived, lost, pruned int
	faults                                             map[string]int
}

// TestEveryRestorePointIsAccountedForAfterManyRunsOfChanceAndFaults is the soak: IAB_SOAK_RUNS runs, with the chance of
// IAB_SOAK_SEED.
func TestEveryRestorePointIsAccountedForAfterManyRunsOfChanceAndFaults(t *testing.T) {
	runs, seed := fromEnvironment(t, "IAB_SOAK_RUNS", soakRuns), fromEnvironment(t, "IAB_SOAK_SEED", soakSeed)
	t.Logf("%d runs with IAB_SOAK_SEED=%d", runs, seed)
	f := private(t, lab.Options{})
	f.onboard()
	s := newSoak(f, uint64(seed))
	for s.runs < runs {
		s.change()
		if s.runs > 1 && s.random.IntN(5) < 2 {
			s.dies()
		} else {
			s.runsAsForetold()
		}
		if t.Failed() {
			t.Fatalf("run %d of %d with IAB_SOAK_SEED=%d", s.runs, runs, seed)
		}
		if s.runs%10 == 0 {
			t.Logf("%d runs", s.runs)
		}
	}
	for s.runsAsForetold(); !s.whole; {
		s.runsAsForetold()
	}
	s.accounted()
	t.Log(s.summary())
}

func fromEnvironment(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, and must be a number from 1", name, text)
	}
	return n
}

func newSoak(f *fixture, seed uint64) *soak {
	f.Helper()
	s := &soak{ledger: newLedger(f), ways: f.watched(), random: rand.New(rand.NewPCG(seed, seed)), up: true, whole: true,
		replica: map[plan.Ref]string{}, owed: map[plan.Ref]map[point]bool{}, doubted: map[plan.Ref][]string{}}
	s.faults = map[string]int{}
	s.add(f.containerOf(lab.InstanceSpec{Name: "web", Pool: "local", Start: true}, "first"), "first")
	s.add(f.container("plain-web", "plain", "first"), "first")
	s.add(f.disk("local", "files", "first"), "first")
	s.add(f.disk("plain", "files", "first"), "first")
	f.configure(object{"iab": object{"stopInstance": true}, "projects": []object{placed(project(f.project, "push", s.refs...))}})
	s.keeps("3", "5,1min10min")
	return s
}

// keeps configures the policies.
func (s *soak) keeps(source, target string) {
	s.Helper()
	s.policies = plan.Sides[retention.Policy]{Source: retention.MustParse(source), Target: retention.MustParse(target)}
	s.configure(object{"retention": policies(source, target)})
}

// runsAsForetold makes a run in which nobody dies, and holds it to its plan.
func (s *soak) runsAsForetold() {
	s.Helper()
	before := s.note()
	until := s.calm(before)
	p := s.foretold()
	seen := s.ways.seen.Load()
	done := s.run()
	s.length = int(s.ways.seen.Load() - seen)
	s.ends(p, done, before, until)
}

// dies lets a run die at a request that chance picks. If it ends before, nothing has happened.
func (s *soak) dies() {
	s.Helper()
	before := s.note()
	until := s.calm(before)
	p := s.foretold()

	fault := faults[s.random.IntN(len(faults))]
	left, after := 1+s.random.IntN(s.length), s.random.IntN(2) == 0
	t := s.ways.trapped(after, func(q request) bool {
		if q.method != "DATA" || inACopy(q) {
			left--
		}
		return left == 0
	})
	running := s.begin("run", "--json")
	select {
	case <-t.held:
		s.faults[fault.name]++
		fault.happens(s, running, t)
	case <-running.ended:
		s.ways.release(t)
	}
	done := running.end()
	for _, way := range []*checkpoint{s.ways.source, s.ways.target} {
		s.must(way.daemon.Start(s.Context()))
		s.must(way.mend())
	}
	s.idle()
	if done.code == 0 || !closed(t.held) {
		s.ends(p, done, before, until)
		return
	}
	s.stumbled = false
	s.died(p, before)
}

// died takes note of a run that was not clean.
func (s *soak) died(p shownPlan, before map[plan.Ref]held) {
	s.Helper()
	s.runs++
	s.whole = false
	s.forget()
	after := s.note()
	for _, item := range p.Items {
		for _, a := range item.Actions {
			s.doubted[item.Ref] = append(s.doubted[item.Ref], a.Sends...)
		}
		for p := range after[item.Ref].source {
			if !before[item.Ref].source[p] {
				s.doubted[item.Ref] = append(s.doubted[item.Ref], p.name) // the run's own, which the plan could not name
			}
		}
	}
	s.survived(p, before, after)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// fault is what can happen to a run.
type fault struct {
	name    string
	happens func(*soak, *call, *trap)
}

var faults = []fault{
	{"iab killed", func(s *soak, running *call, t *trap) {
		running.signal(syscall.SIGKILL)
		<-running.ended
		s.ways.lose(t)
	}},
	{"iab told to end", func(s *soak, running *call, t *trap) {
		running.signal(syscall.SIGTERM)
		s.ways.release(t)
	}},
	{"source killed", func(s *soak, _ *call, t *trap) { s.breaks(s.ways.source, t, true) }},
	{"target killed", func(s *soak, _ *call, t *trap) { s.breaks(s.ways.target, t, true) }},
	{"source cut off", func(s *soak, _ *call, t *trap) { s.breaks(s.ways.source, t, false) }},
	{"target cut off", func(s *soak, _ *call, t *trap) { s.breaks(s.ways.target, t, false) }},
}

// breaks cuts a server off, dead or alive.
func (s *soak) breaks(way *checkpoint, t *trap, dead bool) {
	if dead {
		s.must(way.daemon.Kill())
	}
	way.cut()
	s.ways.release(t)
}

// ends checks a run that came to its end.
func (s *soak) ends(p shownPlan, done outcome, before map[plan.Ref]held, until time.Time) {
	s.Helper()
	if done.code == 1 && s.repaired(done.report()) {
		s.died(p, before)
		return
	}
	if done.code == 1 && !s.whole && !s.stumbled {
		s.stumbled = true // what a server that died has left may show only when something is done to it; the next run has to heal it
		s.faults["next run failed"]++
		s.died(p, before)
		return
	}
	done.ok()
	s.runs++
	s.whole, s.stumbled = true, false
	after := s.note()
	report := done.report()
	name := report.Results[0].Snapshot
	at, err := time.Parse("IAB_20060102-150405", name)
	s.must(err)
	if at.After(until) {
		s.late++ // the machine was so slow that a rule may have come to its end in between
		s.survived(p, before, after)
	} else {
		s.keptItsWord(p, report, before, after)
	}
	s.wants(at, before, after)
	s.readable(after)
	if s.Failed() {
		s.Logf("the run said:\n%s\n%s", done.stdout, done.stderr)
	}
	if got := s.status(s.source, s.refs[0]) == api.Running; got != s.up {
		s.Errorf("%s runs: %t", s.refs[0], got)
	}
	for _, ref := range s.refs {
		s.replica[ref] = s.live[ref]
		s.owed[ref] = after[ref].points()
	}
	clear(s.doubted)
}

// unremovable is what a target says that has kept the record of a snapshot's volume when a copy broke. Nothing in its API removes
// that; the advice of the report is to do it in its database.
const unremovable = "UNIQUE constraint failed: storage_volumes_snapshots"

// repaired does as a person what the report advises where IAB can't, and reports whether there was anything to do.
func (s *soak) repaired(report run.Report) bool {
	s.Helper()
	found := false
	for _, result := range report.Results {
		if strings.Contains(result.Error, unremovable) && strings.Contains(result.Hint, "incus admin sql") {
			s.must(s.target.MatchSnapshots(s.project, result.Ref.Name))
			s.faults["record removed by hand"]++
			found = true
		}
	}
	return found
}

// accounted checks in the end that everything which is owed is there, by reading all of it once more.
func (s *soak) accounted() {
	s.Helper()
	world := s.world()
	for _, ref := range s.refs {
		for p := range s.owed[ref] {
			if !world[ref].points()[p] {
				s.Errorf("%s: %s is not on the target any more", ref, p.name)
			}
		}
	}
	s.forget()
	s.readable(world)
}

func (s *soak) summary() string {
	points, archives, kinds := 0, 0, ""
	for _, h := range s.world() {
		points += len(h.source) + len(h.points())
		archives += len(h.archives)
	}
	ever := 0
	for _, content := range s.content {
		ever += len(content)
	}
	names := []string{}
	for name := range s.faults {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		kinds += fmt.Sprintf(", %s %d", name, s.faults[name])
	}
	return fmt.Sprintf("%d runs (%d too slow to be held to every word)%s; %d snapshots taken, %d of them by people, who dropped %d; "+
		"%d archives made, %d snapshots pruned, %d lost as the plan said; %d restore points in the end, %d of them archives, all readable; %d kB carried",
		s.runs, s.late, kinds, ever, s.taken, s.dropped, s.archived, s.pruned, s.lost, points, archives, s.ways.carried.Load()>>10)
}
