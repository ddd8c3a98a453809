package plan_test

import (
	"strings"
	"testing"

	"iab/internal/plan"
)

const (
	ownID   = "139bb7f4-36ab-4e18-a841-421a2c753d83"
	otherID = "a239ed3d-e50b-4f40-a371-b9ef790b6de2"
)

// identified lets an instance run under an instance-id; "" for a server that gave it none.
func identified(id string) func(*plan.Holding) {
	return func(h *plan.Holding) {
		h.Running, h.Status = true, "Running"
		if id != "" {
			h.Config = map[string]string{"volatile.cloud-init.instance-id": id}
		}
	}
}

func TestWhatIABRunsInIsNeverStopped(t *testing.T) {
	known, named := plan.Self{ID: ownID, Name: "runner"}, plan.Self{Name: "runner"}
	for name, c := range map[string]struct {
		self  plan.Self
		ref   plan.Ref
		id    string
		stops bool
	}{
		"its instance-id":                         {known, instance("renamed"), ownID, false},
		"its name with another instance-id":       {known, instance("runner"), otherID, true},
		"its name, no instance-id there":          {known, instance("runner"), "", false},
		"its name, whatever the instance-id":      {named, instance("runner"), otherID, false},
		"another name":                            {named, instance("web1"), otherID, true},
		"another name, no instance-id there":      {known, instance("web1"), "", true},
		"IAB runs in no instance":                 {plan.Self{}, instance("runner"), ownID, true},
		"IAB runs in no instance, nor an id here": {plan.Self{}, instance("runner"), "", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.opts.Self = c.self
			s.job(c.ref, stops)
			s.source(c.ref, nil, identified(c.id))
			item := s.plan().Items[0]
			if got := stopped(item); got != c.stops {
				t.Errorf("it is stopped: %t, want %t", got, c.stops)
			}
			warned := strings.Contains(strings.Join(item.Warnings, "\n"), "it is not stopped for its snapshot")
			if warned == c.stops || warned != (item.Job.Consistency == plan.Crash) {
				t.Errorf("the warnings are %q", item.Warnings)
			}
		})
	}
}

// stopped reports whether an item stops its object.
func stopped(item plan.Item) bool {
	for _, action := range item.Actions {
		if action.Stops {
			return true
		}
	}
	return false
}

func TestOnlyWhatIABRunsInIsSpared(t *testing.T) {
	s := newScene(t)
	s.opts.Self = plan.Self{ID: ownID, Name: "runner"}
	s.job(instance("runner"), stops)
	s.job(instance("web1"), stops)
	s.source(instance("runner"), nil, identified(ownID), func(h *plan.Holding) { h.Ephemeral = true })
	s.source(instance("web1"), nil, identified(otherID))
	items := s.plan().Items
	if items[0].Problem != "" || stopped(items[0]) || !stopped(items[1]) || len(items[1].Warnings) > 0 {
		t.Errorf("the plan is %+v", items)
	}
	if s.jobs[0].Consistency != plan.Stop {
		t.Error("Build has changed the jobs that it was given")
	}
}

func TestNoWarningIsNeededWhereNothingIsStopped(t *testing.T) {
	s := newScene(t)
	s.opts.Self = plan.Self{ID: ownID, Name: "runner"}
	s.job(instance("runner"))
	s.source(instance("runner"), nil, identified(ownID))
	if item := s.plan().Items[0]; stopped(item) || len(item.Warnings) > 0 {
		t.Errorf("the item is %+v", item)
	}
}

// A replica bears the instance-id of its source, as the config is copied, so the id alone does not tell the side.
func TestAReplicaThatIABRunsInSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		sourceRuns bool
		want       string
	}{
		"the source is down": {false, "IAB itself runs in the replica on the target"},
		"both run":           {true, "the replica is running on the target"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.opts.Self = plan.Self{ID: ownID, Name: "runner"}
			s.job(instance("runner"), stops)
			s.source(instance("runner"), s.own("09 12:00"), identified(ownID), func(h *plan.Holding) { h.Running = c.sourceRuns })
			s.replica(instance("runner"), sent(s.own("09 12:00")), func(h *plan.Holding) {
				h.Running, h.Status = true, "Running"
				h.Config["volatile.cloud-init.instance-id"] = ownID
			})
			if item := s.plan().Items[0]; !strings.Contains(item.Problem, c.want) || len(item.Actions) > 0 {
				t.Errorf("the problem is %q, want %q", item.Problem, c.want)
			}
		})
	}
}
