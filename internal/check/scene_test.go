package check_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"iab/internal/check"
	"iab/internal/plan"
	"iab/internal/retention"
)

const identity = "11111111-aaaa-4bbb-8ccc-222222222222"

// noon is the moment of every scene.
var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// scene is a pair of servers and an IAB between them, with nothing wrong until a test changes something.
type scene struct {
	t     *testing.T
	facts check.Facts
	used  map[plan.Ref]int64
}

func instance(name string) plan.Ref {
	return plan.Ref{Project: "default", Kind: plan.Instance, Name: name}
}

func volume(pool, name string) plan.Ref {
	return plan.Ref{Project: "default", Kind: plan.Volume, Pool: pool, Name: name}
}

// newScene has two jobs: web1 goes into pool local of driver btrfs, data into pool plain of driver dir. Neither was copied yet.
func newScene(t *testing.T) *scene {
	s := &scene{t: t, used: map[plan.Ref]int64{}}
	later := noon.AddDate(5, 0, 0)
	s.facts = check.Facts{
		At:       noon,
		Config:   check.Config{Path: "config.json", Projects: []string{"default"}, Objects: 2},
		Own:      check.Certificate{Dir: "cred", Fingerprint: "0123456789ab", Until: later},
		Lock:     check.Lock{Path: "cred/iab.lock"},
		Services: []check.Service{{Name: "gotify"}},
	}
	for _, side := range plan.BothSides {
		s.facts.Servers.Set(side, &check.Server{
			Until:  later,
			Rights: &check.Rights{},
			Spaces: map[string]check.Space{"local": {Used: 10 << 30, Total: 100 << 30}, "plain": {Used: 10 << 30, Total: 100 << 30}},
			Held: plan.Server{
				Name: "incus-" + string(side), Version: "6.0.4",
				Projects: map[string]plan.Project{"default": {Profiles: map[string]plan.Profile{"default": {}}}},
				Pools:    map[string]plan.Pool{"local": {Driver: "btrfs"}, "plain": {Driver: "dir"}},
				Holdings: map[plan.Ref]plan.Holding{},
			},
		})
	}
	s.job(instance("web1"), "local")
	s.job(volume("plain", "data"), "plain")
	return s
}

// job adds a job that keeps two snapshots on both sides, and its object on the source.
func (s *scene) job(ref plan.Ref, pool string) {
	two := retention.MustParse("2")
	s.facts.Jobs = append(s.facts.Jobs, plan.Job{Ref: ref, Mode: plan.Push, TargetPool: pool, Retention: plan.Sides[retention.Policy]{Source: two, Target: two}})
	s.facts.Servers.Source.Held.Holdings[ref] = plan.Holding{Pool: pool, Type: "container"}
	s.used[ref] = 1 << 30
}

// hold changes what a side holds of an object.
func (s *scene) hold(side plan.Side, ref plan.Ref, change func(*plan.Holding)) {
	held := s.facts.Servers.On(side).Held.Holdings
	h := held[ref]
	change(&h)
	held[ref] = h
}

// lines judges the scene, after planning where both servers can be seen.
func (s *scene) lines() []check.Line {
	source, target := s.facts.Servers.Source, s.facts.Servers.Target
	if source != nil && target != nil && source.Trouble == nil && target.Trouble == nil {
		inv := plan.Inventory{Source: source.Held, Target: target.Held}
		p := plan.Build(s.facts.Jobs, inv, plan.Options{Now: noon, Identity: identity})
		s.facts.Next = &check.Next{Plan: p, Used: s.used, Whom: identity}
	}
	return check.Judge(s.facts)
}

// written is a line as tests compare it.
func written(l check.Line) string {
	return fmt.Sprintf("%s %s [%s] %s (%s)", l.State, l.Name, l.Subject, l.Text, l.Hint)
}

// changed returns what the scene says that the good one does not.
func (s *scene) changed() []string {
	good := newScene(s.t).lines()
	var list []string
	for _, line := range s.lines() {
		if !slices.Contains(good, line) {
			list = append(list, written(line))
		}
	}
	return list
}

// missing returns what the good scene says and this one does not.
func (s *scene) missing() []string {
	mine := s.lines()
	var list []string
	for _, line := range newScene(s.t).lines() {
		if !slices.Contains(mine, line) {
			list = append(list, written(line))
		}
	}
	return list
}
