package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
)

func TestAnInstanceIsCopiedInTheWaveAfterItsVolumes(t *testing.T) {
	s := newScene(t)
	for _, name := range []string{"plain", "with", "inherits"} {
		s.job(instance(name))
	}
	s.job(volume("local", "data"))
	s.source(instance("plain"), nil)
	s.source(instance("with"), nil, devices(map[string]plan.Device{"data": disk("local", "data"), "root": rootDevice}))
	s.profile(plan.Source, "data", plan.Profile{Devices: map[string]plan.Device{"data": disk("local", "data")}})
	s.source(instance("inherits"), nil, s.uses("data"))
	s.source(volume("local", "data"), nil)

	waves := map[string]int{}
	for _, item := range s.plan().Items {
		waves[item.Ref.Name] = item.Wave
	}
	if diff := cmp.Diff(map[string]int{"plain": 0, "data": 0, "with": 1, "inherits": 1}, waves); diff != "" {
		t.Errorf("waves (-want +got):\n%s", diff)
	}
}

func TestTheActionsOfAnItemStandInTheOrderOfTheirPhases(t *testing.T) {
	phases := map[plan.Verb][]plan.Phase{
		plan.VerbSnapshot: {plan.Snap},
		plan.VerbCopy:     {plan.CatchUp, plan.Replicate},
		plan.VerbArchive:  {plan.CatchUp, plan.Replicate, plan.Prune},
		plan.VerbDelete:   {plan.Prune},
	}
	check(t, func(r *rapid.T, _ *scene, p plan.Plan) {
		for _, item := range p.Items {
			last := plan.CatchUp
			for _, action := range item.Actions {
				again := sendsAgain(item, action) // what is in doubt goes right before the copy that sends it
				if action.Phase < last || !again && !slices.Contains(phases[action.Verb], action.Phase) {
					r.Fatalf("%s: %s in phase %d after phase %d", item.Ref, action.Verb, action.Phase, last)
				}
				last = action.Phase
			}
		}
	})
}

func TestTotalsCountTheActionsAndProblems(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		want := plan.Totals{Items: len(s.jobs)}
		for _, item := range p.Items {
			if item.Problem != "" {
				want.Problems++
			}
			for _, action := range item.Actions {
				*map[plan.Verb]*int{plan.VerbSnapshot: &want.Snapshot, plan.VerbCopy: &want.Copy, plan.VerbArchive: &want.Archive, plan.VerbDelete: &want.Delete}[action.Verb]++
			}
		}
		if diff := cmp.Diff(want, p.Totals); diff != "" {
			r.Fatalf("totals (-want +got):\n%s", diff)
		}
	})
}

func TestTwoJobsForOneReplicaAreADuplicate(t *testing.T) {
	into := func(pool string) func(*plan.Job) { return func(j *plan.Job) { j.TargetPool = pool } }
	for _, c := range []struct {
		says    string
		arrange func(*scene)
		want    string
	}{
		{"different objects", func(s *scene) { s.job(instance("a")); s.job(volume("local", "a")) }, ""},
		{"volumes of one name into different pools", func(s *scene) {
			s.job(volume("local", "a"))
			s.job(volume("plain", "a"), into("plain"))
		}, ""},
		{"the same instance twice", func(s *scene) { s.job(instance("a")); s.job(instance("a")) },
			"default/instance/a and default/instance/a are both default/instance/a on the source"},
		{"volumes of one name into one pool", func(s *scene) {
			s.job(volume("local", "a"))
			s.job(volume("plain", "a"))
		}, "default/volume/local/a and default/volume/plain/a are both default/volume/local/a on the target"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := newScene(t)
			c.arrange(s)
			got := ""
			if err := plan.Duplicate(s.jobs); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPatternsNameRefs(t *testing.T) {
	web, data := instance("web1"), volume("local", "data")
	for _, c := range []struct {
		pattern   string
		web, data bool
	}{
		{"web1", true, false},
		{"*", true, true},
		{"web-*", false, false},
		{"web[0-9]", true, false},
		{"instance/*", true, false},
		{"default/instance/web?", true, false},
		{"other/instance/web1", false, false},
		{"volume/local/data", false, true},
		{"*/volume/*/d*", false, true},
		{"default/volume/plain/data", false, false},
	} {
		p, err := plan.ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if p.Match(web) != c.web || p.Match(data) != c.data {
			t.Errorf("%s matches %s: %t, %s: %t", c.pattern, web, p.Match(web), data, p.Match(data))
		}
	}
}

func TestWhatIsNoPatternIsAnError(t *testing.T) {
	for _, text := range []string{"", "/", "web[", "a/b", "default/web1", "volume/data", "default/volume/local/data/x", "instance//web", "default/disk/web1"} {
		if p, err := plan.ParsePattern(text); err == nil {
			t.Errorf("%q is read as %+v", text, p)
		}
	}
}
