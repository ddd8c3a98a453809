package plan_test

import (
	"slices"
	"strings"
	"testing"

	"iab/internal/plan"
)

// takingOver makes replicas of objects that all run, each with a config of its own, and returns the objects.
func (s *scene) takingOver(objects map[plan.Ref]map[string]string) []plan.Object {
	for ref, config := range objects {
		s.job(ref, policies("9", "9"))
		list := s.own("08 12:00", "09 12:00")
		s.source(ref, list, func(h *plan.Holding) {
			h.Config, h.Running = config, ref.Kind == plan.Instance
			if h.Running {
				h.Status = "Running"
			}
		})
		s.replica(ref, sent(list), func(h *plan.Holding) {
			for key, value := range config {
				h.Config[key] = value
			}
			h.Config[plan.MarkRunning] = "true"
			if ref.Kind == plan.Volume {
				h.Status = ""
			}
		})
	}
	return plan.SurveyOf(s.jobs, s.inv, s.opts).Objects
}

// What takes over starts in the order of boot.autostart.priority, whether the source can be asked or not, and volumes come before what
// may use them.
func TestAFailoverStartsByPriority(t *testing.T) {
	key := "boot.autostart.priority"
	want := []string{"data", "first", "second", "a", "b", "late"}
	for _, reachable := range []bool{true, false} {
		s := newScene(t)
		objects := s.takingOver(map[plan.Ref]map[string]string{instance("b"): {}, instance("late"): {key: "-1"}, instance("second"): {key: "5"}, volume("local", "data"): {},
			instance("first"): {key: "10"}, instance("a"): {key: "soon"}})
		if !reachable {
			s.inv.Source = plan.Server{}
			objects = plan.SurveyOf(s.jobs, s.inv, s.opts).Objects
		}
		var got []string
		for _, r := range plan.FailoverOf(objects, reachable, s.inv, s.opts) {
			got = append(got, r.Ref.Name)
			starts := slices.ContainsFunc(r.Steps, func(step plan.Step) bool { return step.Verb == plan.StepStart && step.Phase == plan.PhaseStart })
			if starts != (r.Ref.Kind == plan.Instance) {
				t.Errorf("%s: %s it starts: %t", r.Ref, r.Problem, starts)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("source reachable %t: they take over as %v, want %v", reachable, got, want)
		}
	}
}

// A device that did not fit the target when it was copied comes back with the failover if it fits now; else a warning says why not.
func TestAFailoverBringsDevicesBackThatFitNow(t *testing.T) {
	for _, fits := range []bool{true, false} {
		s := newScene(t)
		web := instance("web1")
		objects := s.takingOver(map[plan.Ref]map[string]string{web: {}})
		nic := map[string]plan.Device{"eth0": {"type": "nic", "network": "lan"}}
		s.change(plan.Target, web, mark(plan.MarkDropped, plan.DroppedText(nic)))
		if fits {
			s.inv.Target.Projects["default"].Networks["lan"] = true
		}
		r := plan.FailoverOf(objects, true, s.inv, s.opts)[0]
		i := slices.IndexFunc(r.Steps, func(step plan.Step) bool { return step.Verb == plan.StepActivate })
		if i < 0 || (len(r.Steps[i].Drops) == 0) != fits || strings.Contains(strings.Join(r.Warnings, "\n"), "eth0 is left out") == fits {
			t.Errorf("it fits: %t: %s %s\n%s", fits, r.Problem, r.Warnings, show(r.Steps))
		}
	}
}

// Where a pool can't go back behind newer snapshots, a failover to a replica whose last copy was never finished says what may come of it.
func TestAFailoverWarnsOfAPoolThatMayNotGoBack(t *testing.T) {
	for _, c := range []struct {
		driver   string
		complete string
		warns    bool
	}{
		{"zfs", "IAB_20260308-120000", true},
		{"btrfs", "IAB_20260308-120000", false},
		{"zfs", "IAB_20260309-120000", false}, // nothing is in doubt
	} {
		s := newScene(t)
		web := instance("web1")
		s.takingOver(map[plan.Ref]map[string]string{web: {}})
		s.change(plan.Target, web, mark(plan.MarkComplete, c.complete))
		s.inv.Target.Pools[s.inv.Target.Holdings[web].Pool] = plan.Pool{Driver: c.driver}
		s.inv.Source = plan.Server{}
		r := plan.FailoverOf(plan.SurveyOf(s.jobs, s.inv, s.opts).Objects, false, s.inv, s.opts)[0]
		said := strings.Join(r.Warnings, "\n")
		if r.Problem != "" || strings.Contains(said, "data of the newer IAB_20260309-120000, it refuses to go back to IAB_20260308-120000") != c.warns ||
			strings.Contains(said, "iab restore default/instance/web1 --to target --at IAB_20260308-120000 --as NAME") != c.warns {
			t.Errorf("%+v: %s\n%s", c, r.Problem, said)
		}
	}
}
