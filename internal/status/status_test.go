package status_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/status"
)

const identity = "11111111-aaaa-4bbb-8ccc-222222222222"

// noon is the moment of every scene.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// scene is a pair of servers, and web1 as it is on both.
type scene struct {
	jobs            []plan.Job
	inv             plan.Inventory
	source, replica plan.Holding
	gone            plan.Sides[bool] // web1 is not there
	unreached       []status.Unreached
	maxAge          time.Duration
}

func instance(name string) plan.Ref {
	return plan.Ref{Project: "default", Kind: plan.Instance, Name: name}
}

func volume(pool, name string) plan.Ref {
	return plan.Ref{Project: "default", Kind: plan.Volume, Pool: pool, Name: name}
}

// own returns IAB's snapshots of that many hours ago.
func own(hours ...int) []plan.Snapshot {
	var list []plan.Snapshot
	for _, h := range hours {
		at := noon.Add(time.Duration(-h) * time.Hour)
		list = append(list, plan.Snapshot{Name: plan.SnapshotName(at, time.UTC), CreatedAt: at})
	}
	return list
}

func marks(role, complete string) map[string]string {
	return map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: role, plan.MarkComplete: complete}
}

func newScene() *scene {
	s := &scene{maxAge: 26 * time.Hour}
	for _, side := range plan.BothSides {
		s.inv.Set(side, plan.Server{Version: "6.0.4", Holdings: map[plan.Ref]plan.Holding{}, Pools: map[string]plan.Pool{"local": {Driver: "btrfs"}},
			Projects: map[string]plan.Project{"default": {Profiles: map[string]plan.Profile{"default": {}}}}})
	}
	s.job(instance("web1"))
	s.source = plan.Holding{Type: "container", Pool: "local", Snapshots: own(48, 24, 2)}
	s.replica = plan.Holding{Type: "container", Pool: "local", Status: "Stopped", Snapshots: own(48, 24, 2), Config: marks(plan.RoleReplica, own(2)[0].Name)}
	return s
}

func (s *scene) job(ref plan.Ref) {
	policy := retention.MustParse("3")
	s.jobs = append(s.jobs, plan.Job{Ref: ref, Mode: plan.Push, TargetPool: "local", Consistency: plan.Crash,
		Retention: plan.Sides[retention.Policy]{Source: policy, Target: policy}})
}

func (s *scene) judge() status.Report {
	inv := plan.Sides[plan.Server]{Source: s.inv.Source, Target: s.inv.Target}
	inv.Source.Holdings, inv.Target.Holdings = maps.Clone(inv.Source.Holdings), maps.Clone(inv.Target.Holdings)
	if !s.gone.Source {
		inv.Source.Holdings[instance("web1")] = s.source
	}
	if !s.gone.Target {
		inv.Target.Holdings[instance("web1")] = s.replica
	}
	options := plan.Options{Now: noon, Location: time.UTC, Identity: identity}
	facts := status.Facts{Identity: identity, MaxAge: s.maxAge, Unreached: s.unreached}
	for _, u := range s.unreached {
		inv.Set(u.Side, plan.Server{})
	}
	facts.Inventory, facts.Survey = inv, plan.SurveyOf(s.jobs, inv, options)
	if len(s.unreached) == 0 {
		facts.Plan = plan.Build(s.jobs, inv, options)
	}
	return status.Judge(facts)
}

func lose(side plan.Side) func(*scene) {
	return func(s *scene) {
		s.unreached = append(s.unreached, status.Unreached{Side: side, Error: "nothing listens there"})
	}
}

func TestEveryStateIsTold(t *testing.T) {
	for _, c := range []struct {
		says   string
		change func(*scene)
		want   string // state, severity, lag in hours and the problem's beginning, of all objects; then the whole
	}{
		{"a young copy", func(*scene) {}, "web1 ok ok 2; ok"},
		{"a copy of the last permitted second", func(s *scene) { s.maxAge = 2 * time.Hour }, "web1 ok ok 2; ok"},
		{"an old copy", func(s *scene) { s.maxAge = 2*time.Hour - time.Second }, "web1 stale critical 2; critical"},
		{"a fresh source does not make an old copy young", func(s *scene) {
			s.replica.Snapshots, s.replica.Config = own(48), marks(plan.RoleReplica, own(48)[0].Name)
		}, "web1 stale critical 48; critical"},
		{"no replica", func(s *scene) { s.gone.Target = true }, "web1 missing critical -; critical"},
		{"something else of the name", func(s *scene) { s.replica.Config, s.replica.Snapshots = nil, own(1) },
			"web1 missing critical - the target has something of that name; critical"},
		{"the replica of another config", func(s *scene) { s.replica.Config[plan.MarkReplicaOf] = "somebody" },
			"web1 missing critical - the target has the replica of another config; critical"},
		{"a replica that the first IAB made", func(s *scene) { s.replica.Config = nil }, "web1 ok ok 2; ok"},
		{"nothing on either side", func(s *scene) { s.gone.Source, s.gone.Target = true, true },
			"web1 missing critical - does not exist on the source; critical"},
		{"no common snapshot", func(s *scene) { s.source.Snapshots = own(1) },
			"web1 diverged critical 2 source and replica have no snapshot of IAB in common; critical"},
		{"a broken chain", func(s *scene) { s.replica.Config[plan.MarkBroken] = own(2)[0].Name },
			"web1 diverged critical 2 no copy can build on; critical"},
		{"a replica that was started", func(s *scene) { s.replica.Config["volatile.last_state.power"] = "STOPPED" },
			"web1 diverged critical 2 the replica has been started; critical"},
		{"another type", func(s *scene) { s.source.Type = "virtual-machine" }, "web1 diverged critical 2 the source is a virtual-machine; critical"},
		{"a running replica", func(s *scene) { s.replica.Running, s.replica.Status = true, "Running" },
			"web1 running warning 2 the replica is running; warning"},
		{"a running replica that gets old", func(s *scene) {
			s.replica.Running, s.replica.Status, s.maxAge = true, "Running", time.Hour
		}, "web1 running critical 2 the replica is running; critical"},
		{"a replica that has taken over, stopped for a moment", func(s *scene) {
			s.replica.Config[plan.MarkRole], s.replica.Config["volatile.last_state.power"] = plan.RoleActive, "STOPPED"
		}, "web1 running warning 2 the target has taken over its work; warning"},
		{"a replica that has taken over, without a source", func(s *scene) {
			s.replica.Config[plan.MarkRole], s.gone.Source = plan.RoleActive, true
		}, "web1 running warning 2 does not exist on the source; warning"},
		{"a first copy that never finished", func(s *scene) {
			s.replica.Config, s.replica.Snapshots = marks(plan.RoleReplica, ""), own(2)
		}, "web1 incomplete critical -; critical"},
		{"a later copy that never finished", func(s *scene) { s.replica.Config[plan.MarkComplete] = own(24)[0].Name },
			"web1 incomplete warning 24; warning"},
		{"one that never finished since long", func(s *scene) { s.replica.Config[plan.MarkComplete] = own(48)[0].Name },
			"web1 stale critical 48; critical"},
		{"a source that is gone", func(s *scene) { s.gone.Source = true }, "web1 orphan warning 2 does not exist on the source; warning"},
		{"a replica that no job makes any more", func(s *scene) { s.jobs, s.gone.Source = nil, true }, "web1 orphan warning 2; warning"},
		{"an object that no job takes", func(s *scene) { s.jobs = nil }, "web1 unprotected warning 2; warning"},
		{"a volume that no job takes, with a replica in another pool", func(s *scene) {
			s.inv.Source.Holdings[volume("fast", "data")] = plan.Holding{Type: "filesystem", Pool: "fast"}
			s.inv.Target.Holdings[volume("local", "data")] = plan.Holding{Type: "filesystem", Pool: "local", Snapshots: own(30), Config: marks(plan.RoleReplica, own(30)[0].Name)}
		}, "data unprotected warning 30, web1 ok ok 2; warning"},
		{"objects that opt out", func(s *scene) {
			s.inv.Source.Holdings[instance("scratch")] = plan.Holding{Type: "container", Config: map[string]string{plan.MarkExclude: "true"}}
			s.inv.Target.Holdings[instance("scratch")] = plan.Holding{Type: "container", Snapshots: own(2), Config: marks(plan.RoleReplica, own(2)[0].Name)}
		}, "web1 ok ok 2; ok"},
		{"a brake that holds the next run", func(s *scene) {
			s.jobs[0].Retention.Target = retention.MustParse("1")
			s.source.Snapshots, s.replica.Snapshots = own(2), own(96, 72, 48, 24, 2)
		}, "web1 ok warning 2 the source has lost so much; warning"},
		{"copies of another config that have not been made for ten days", func(s *scene) {
			s.source.Config = map[string]string{plan.BaseKey("another"): plan.Base{Config: "another", Target: "elsewhere", Snapshot: "s", Used: noon.Add(-240 * time.Hour)}.Mark()}
		}, "web1 ok warning 2; warning"},
		{"copies of another config that go on", func(s *scene) {
			s.source.Config = map[string]string{plan.BaseKey("another"): plan.Base{Config: "another", Target: "elsewhere", Snapshot: "s", Used: noon.Add(-24 * time.Hour)}.Mark()}
		}, "web1 ok ok 2; ok"},
		{"a profile that the target lacks", func(s *scene) { s.source.Profiles = []string{"gpu"} }, "web1 ok warning 2 profile gpu does not exist; warning"},
		{"no source server", lose(plan.Source), "web1 ok ok 2; unknown"},
		{"no source server, an old copy", func(s *scene) { lose(plan.Source)(s); s.maxAge = time.Hour }, "web1 stale critical 2; unknown"},
		{"no source server, a replica that no job makes any more", func(s *scene) { lose(plan.Source)(s); s.jobs = nil }, "web1 unknown unknown 2; unknown"},
		{"no target server", lose(plan.Target), "web1 unknown unknown -; unknown"},
		{"no server at all", func(s *scene) { lose(plan.Source)(s); lose(plan.Target)(s) }, "web1 unknown unknown -; unknown"},
		{"a cluster member of the source that does not answer", func(s *scene) {
			s.inv.Source.Members = map[string]plan.Member{"m1": {Answers: true}, "m2": {}}
			s.source = plan.Holding{Type: "container", Status: "Error", Member: "m2"}
			s.inv.Source.Holdings[instance("unknown")] = plan.Holding{Type: "container", Status: "Error", Member: "m2"}
		}, "web1 ok warning 2 its cluster member m2 on the source does not answer; warning"},
		{"a cluster member of the target that does not answer", func(s *scene) {
			s.inv.Target.Members = map[string]plan.Member{"m1": {Answers: true}, "m2": {}}
			s.replica = plan.Holding{Type: "container", Status: "Error", Member: "m2"}
		}, "web1 unknown unknown - its cluster member m2 on the target does not answer; unknown"},
		{"volumes of one name on the target", func(s *scene) { s.replica = plan.Holding{Namesakes: []string{"m1", "m2"}} },
			"web1 unknown unknown - several cluster members of the target have; unknown"},
		{"nothing to protect", func(s *scene) { s.jobs, s.gone.Source, s.gone.Target = nil, true, true }, "; ok"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := newScene()
			c.change(s)
			if got := told(s.judge(), c.want); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// told writes a report as the cases do; of a problem only as much as a case says.
func told(report status.Report, want string) string {
	var items []string
	for _, item := range report.Items {
		lag := "-"
		if item.Lag != nil {
			lag = fmt.Sprint(*item.Lag / 3600)
		}
		text := fmt.Sprintf("%s %s %s %s", item.Ref.Name, item.State, item.Severity, lag)
		if item.Problem != "" {
			text += " " + item.Problem
		}
		for part := range strings.SplitSeq(want, ";") {
			if part = strings.TrimSpace(part); len(part) > len(item.Ref.Name)+20 && strings.HasPrefix(text, part) {
				text = part
			}
		}
		items = append(items, text)
	}
	return strings.Join(items, ", ") + "; " + string(report.Worst)
}

func TestTheWorstComesFirst(t *testing.T) {
	s := newScene()
	for i, name := range []string{"z-fine", "a-fine", "old", "lost"} {
		s.job(instance(name))
		s.inv.Source.Holdings[instance(name)] = s.source
		if i < 2 {
			s.inv.Target.Holdings[instance(name)] = s.replica
		}
	}
	s.inv.Target.Holdings[instance("old")] = plan.Holding{Type: "container", Snapshots: own(48), Config: marks(plan.RoleReplica, own(48)[0].Name)}
	s.inv.Source.Holdings[instance("bare")] = plan.Holding{Type: "container"}
	var got []string
	for _, item := range s.judge().Items {
		got = append(got, item.Ref.Name)
	}
	if diff := cmp.Diff([]string{"lost", "old", "bare", "a-fine", "web1", "z-fine"}, got); diff != "" {
		t.Error(diff)
	}
	first := s.judge()
	slices.Reverse(s.jobs)
	if diff := cmp.Diff(first, s.judge(), cmp.AllowUnexported(retention.Policy{}, retention.Rule{})); diff != "" {
		t.Errorf("another order of the jobs gives another report:\n%s", diff)
	}
}

func TestBothSidesAreCounted(t *testing.T) {
	s := newScene()
	s.source.Snapshots = own(48, 24, 3, 2)
	s.replica.Snapshots = own(72, 48, 24, 3, 2, -5)
	s.replica.Config[plan.MarkAhead] = `["` + own(-5)[0].Name + `"]`
	archive := plan.Holding{Type: "container", Config: plan.ArchiveMarks(instance("web1"), own(96)[0], identity)}
	s.inv.Target.Holdings[instance("web1-IAB-20260306-120000")] = archive
	former := plan.Holding{Type: "container", Snapshots: own(120, 110), Config: plan.AsideMarks(instance("web1"), identity)}
	s.inv.Target.Holdings[instance("web1-IAB-old-20260305-120000")] = former
	s.replica.Config[plan.MarkDrill] = plan.Drill{At: noon, Snapshot: "s", OK: true, Seconds: 2.5}.Mark()
	item := s.judge().Items[0]
	if item.Drill == nil || item.Drill.Seconds != 2.5 {
		t.Errorf("the last drill is %+v", item.Drill)
	}
	if diff := cmp.Diff(status.Source{Snapshots: 4, Newest: own(2)[0].Name, NewestAt: own(2)[0].CreatedAt, Prunes: names(own(48, 24))}, item.Source); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(status.Target{Snapshots: 6, Archives: 3, Newest: own(2)[0].Name, NewestAt: own(2)[0].CreatedAt, OldestAt: own(120)[0].CreatedAt,
		Prunes: names(own(120, 110, 96, 72, 48, 24))}, withoutOrder(item.Target)); diff != "" {
		t.Errorf("target (-want +got):\n%s", diff)
	}
	if len(item.Points) != 13 {
		t.Errorf("%d points", len(item.Points))
	}
}

// A name that was moved on is not of the future, and nothing lags by less than nothing.
func TestANameThatWasMovedOnDoesNotLag(t *testing.T) {
	s := newScene()
	moved := plan.Snapshot{Name: plan.SnapshotName(noon.Add(2*time.Second), time.UTC), CreatedAt: noon}
	s.source.Snapshots, s.replica.Snapshots = append(own(2), moved), append(own(2), moved)
	s.replica.Config = marks(plan.RoleReplica, moved.Name)
	if item := s.judge().Items[0]; item.Lag == nil || *item.Lag != 0 || item.Target.Newest != moved.Name {
		t.Errorf("the newest is %s, and lags by %v", item.Target.Newest, item.Lag)
	}
}

func names(snapshots []plan.Snapshot) []string {
	var list []string
	for _, s := range snapshots {
		list = append(list, s.Name)
	}
	return list
}

func withoutOrder(target status.Target) status.Target {
	slices.Sort(target.Prunes)
	return target
}
