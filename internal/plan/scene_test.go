package plan_test

import (
	"slices"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/retention"
)

const identity = "11111111-aaaa-4bbb-8ccc-222222222222"

// noon is the moment of every scene that does not choose another.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// scene is a pair of servers and what is asked of them.
type scene struct {
	t    *testing.T
	jobs []plan.Job
	inv  plan.Inventory
	opts plan.Options

	before map[plan.Ref]plan.Holding // what the target held before the last run
}

// newScene returns two servers with project default, the network bridge, and the pools local (btrfs) and plain (dir).
func newScene(t *testing.T) *scene {
	s := &scene{t: t, opts: plan.Options{Now: noon, Location: time.UTC, Identity: identity}}
	for _, side := range plan.BothSides {
		s.inv.Set(side, plan.Server{
			Name:       string(side),
			Version:    "6.0.4",
			Extensions: map[string]bool{},
			Projects: map[string]plan.Project{"default": {
				Networks: map[string]bool{"bridge": true}, Profiles: map[string]plan.Profile{"default": {}},
			}},
			Pools:    map[string]plan.Pool{"local": {Driver: "btrfs"}, "plain": {Driver: "dir"}},
			Holdings: map[plan.Ref]plan.Holding{},
		})
	}
	return s
}

func (s *scene) plan() plan.Plan { return plan.Build(s.jobs, s.inv, s.opts) }

func instance(name string) plan.Ref {
	return plan.Ref{Project: "default", Kind: plan.Instance, Name: name}
}

func volume(pool, name string) plan.Ref {
	return plan.Ref{Project: "default", Kind: plan.Volume, Pool: pool, Name: name}
}

// job adds a job that keeps two snapshots on both sides; a change adjusts it.
func (s *scene) job(ref plan.Ref, changes ...func(*plan.Job)) {
	two := retention.MustParse("2")
	job := plan.Job{Ref: ref, Mode: plan.Push, TargetPool: "local", Consistency: plan.Crash,
		Retention: plan.Sides[retention.Policy]{Source: two, Target: two}}
	for _, change := range changes {
		change(&job)
	}
	s.jobs = append(s.jobs, job)
}

// policies sets the policies of a job.
func policies(source, target string) func(*plan.Job) {
	return func(j *plan.Job) {
		j.Retention.Source, j.Retention.Target = retention.MustParse(source), retention.MustParse(target)
	}
}

// source puts an object on the source, replica a marked replica on the target.
func (s *scene) source(ref plan.Ref, snapshots []plan.Snapshot, changes ...func(*plan.Holding)) {
	s.hold(plan.Source, ref, plan.Holding{Type: typeOf(ref), Pool: "local", Snapshots: snapshots}, changes)
}

func (s *scene) replica(ref plan.Ref, snapshots []plan.Snapshot, changes ...func(*plan.Holding)) {
	s.hold(plan.Target, ref, plan.Holding{Type: typeOf(ref), Pool: "local", Status: "Stopped", Snapshots: snapshots,
		Config: map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica, plan.MarkComplete: newest(snapshots)}}, changes)
}

// newest is the name of the newest snapshot, and of one that is gone where there is none.
func newest(snapshots []plan.Snapshot) string {
	if len(snapshots) == 0 {
		return "IAB_20260301-120000"
	}
	return slices.MaxFunc(snapshots, func(a, b plan.Snapshot) int { return a.CreatedAt.Compare(b.CreatedAt) }).Name
}

// mark sets a mark of a replica.
func mark(key, value string) func(*plan.Holding) {
	return func(h *plan.Holding) { h.Config[key] = value }
}

func (s *scene) hold(side plan.Side, ref plan.Ref, h plan.Holding, changes []func(*plan.Holding)) {
	for _, change := range changes {
		change(&h)
	}
	s.inv.On(side).Holdings[ref] = h
}

func typeOf(ref plan.Ref) string {
	if ref.Kind == plan.Volume {
		return "filesystem"
	}
	return "container"
}

// devices gives an instance devices of its own.
func devices(devices map[string]plan.Device) func(*plan.Holding) {
	return func(h *plan.Holding) { h.Devices, h.Inherited = devices, devices }
}

// at reads a time of the scene's days: "09 12:00" is 9 March 2026, noon.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	moment, err := time.Parse("2006-01 02 15:04", "2026-03 "+text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// own returns snapshots that IAB made at those times, each some seconds after its name.
func (s *scene) own(times ...string) []plan.Snapshot {
	s.t.Helper()
	var list []plan.Snapshot
	for _, text := range times {
		moment := at(s.t, text)
		list = append(list, plan.Snapshot{Name: plan.SnapshotName(moment, time.UTC), CreatedAt: moment.Add(2500 * time.Millisecond)})
	}
	return list
}

func (s *scene) foreign(name, moment string) plan.Snapshot {
	s.t.Helper()
	return plan.Snapshot{Name: name, CreatedAt: at(s.t, moment)}
}

// sent returns the snapshots as they arrive on an instance's replica: dates cut to seconds.
func sent(snapshots []plan.Snapshot) []plan.Snapshot {
	list := slices.Clone(snapshots)
	for i := range list {
		list[i].CreatedAt = list[i].CreatedAt.Truncate(time.Second)
	}
	return list
}
