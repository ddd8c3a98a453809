package plan_test

import (
	"slices"
	"strings"
	"testing"

	"iab/internal/plan"
)

// busyScene has one job, whose replica operations work on.
func busyScene(t *testing.T, config map[string]string) *scene {
	s := newScene(t)
	s.job(instance("web1"))
	s.source(instance("web1"), s.own("09 12:00"))
	if config != nil {
		s.replica(instance("web1"), nil, func(h *plan.Holding) { h.Config = config })
	}
	s.inv.Target.Busy = map[plan.Ref]bool{instance("web1"): true, instance("theirs"): true}
	return s
}

func TestABusyReplicaIsWarnedAboutUntilItWasWaitedFor(t *testing.T) {
	mine := map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica}
	running := map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica, plan.MarkComplete: "x", "volatile.last_state.power": "RUNNING"}
	for name, config := range map[string]map[string]string{"first copy": mine, "not there yet": nil, "has a problem besides": running} {
		t.Run(name, func(t *testing.T) {
			s := busyScene(t, config)
			p := s.plan()
			if item := p.Items[0]; !item.Busy || !slices.ContainsFunc(item.Warnings, func(w string) bool { return strings.Contains(w, "still going on") }) {
				t.Errorf("the item is %+v", item)
			}
			if busy := p.Busy(); len(busy) != 1 || busy[0].Ref != instance("web1") {
				t.Errorf("busy are %v", busy)
			}
			s.opts.Waited = map[plan.Ref]string{instance("web1"): ""}
			if item := s.plan().Items[0]; !strings.Contains(item.Problem, "still works on the replica") || item.Hint == "" || len(item.Warnings)+len(item.Actions) > 0 {
				t.Errorf("after the waiting the item is %+v", item)
			}
		})
	}
}

func TestWhatIsNotOursIsNotWaitedFor(t *testing.T) {
	for name, config := range map[string]map[string]string{
		"foreign":           {},
		"of another config": {plan.MarkReplicaOf: "another"},
		"at work itself":    {plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleActive},
	} {
		t.Run(name, func(t *testing.T) {
			s := busyScene(t, config)
			for _, s.opts.Waited = range []map[plan.Ref]string{nil, {}} {
				if p := s.plan(); len(p.Busy()) > 0 || p.Items[0].Problem == "" || strings.Contains(p.Items[0].Problem, "still works") {
					t.Errorf("the item is %+v", p.Items[0])
				}
			}
		})
	}
}

func TestWhatIsBusyOnTheSourceIsNotWaitedFor(t *testing.T) {
	s := newScene(t)
	s.job(instance("web1"))
	s.source(instance("web1"), s.own("09 12:00"))
	s.inv.Source.Busy = map[plan.Ref]bool{instance("web1"): true}
	if p := s.plan(); len(p.Busy()) > 0 || p.Items[0].Problem != "" || len(p.Items[0].Warnings) > 0 {
		t.Errorf("the item is %+v", p.Items[0])
	}
}

func TestWhatCouldNotBeWaitedForIsLeftAlone(t *testing.T) {
	s := busyScene(t, map[string]string{plan.MarkReplicaOf: identity, plan.MarkRole: plan.RoleReplica})
	s.inv.Target.Busy = nil // it has ended, and nobody knows how
	s.job(instance("web2"))
	s.source(instance("web2"), s.own("09 12:00"))
	s.opts.Waited = map[plan.Ref]string{instance("web1"): "wait for it: unexpected EOF"}
	items := s.plan().Items
	if items[0].Problem != "wait for it: unexpected EOF" || items[0].Hint == "" || len(items[0].Actions) > 0 {
		t.Errorf("the item is %+v", items[0])
	}
	if items[1].Problem != "" || len(items[1].Actions) == 0 {
		t.Errorf("the other one is %+v", items[1])
	}
}
