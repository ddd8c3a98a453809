package plan_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"iab/internal/plan"
)

// forgettable is a replica of gone, which the source does not have any more, with an archive and a former one.
func (s *scene) forgettable() {
	s.source(instance("alive"), s.own("09 12:00"))
	s.replica(instance("alive"), sent(s.own("09 12:00")))
	s.replica(instance("gone"), sent(s.own("08 12:00", "09 12:00")), called("a"))
	s.hold(plan.Target, instance("gone-IAB-20260307-120000"), plan.Holding{Type: "container", Pool: "local", Status: "Stopped",
		Config: plan.ArchiveMarks(instance("gone"), s.own("07 12:00")[0], identity)}, nil)
	s.hold(plan.Target, instance("gone-IAB-old-20260305-120000"), plan.Holding{Type: "container", Pool: "local", Status: "Stopped",
		Snapshots: sent(s.own("04 12:00", "05 12:00")), Config: plan.AsideMarks(instance("gone"), identity)}, nil)
}

const all = "gone: gone-IAB-20260307-120000 1, gone-IAB-old-20260305-120000 2, gone 2; 5 points to IAB_20260309-120000"

func TestWhatIsForgottenAndWhatIsNot(t *testing.T) {
	for _, c := range []struct {
		says   string
		change func(*scene)
		names  string
		want   string
	}{
		{"a replica whose source is gone, with what belongs to it", func(*scene) {}, "gone", all},
		{"by a glob", func(*scene) {}, "g*", all},
		{"each once", func(*scene) {}, "gone default/instance/gone", all},
		{"a former replica by its own name", func(*scene) {}, "gone-IAB-old-20260305-120000", "gone-IAB-old-20260305-120000: gone-IAB-old-20260305-120000 2; 2 points to IAB_20260305-120000"},
		{"no archive by its own name", func(*scene) {}, "gone-IAB-20260307-120000", "error: is no replica that this config has made"},
		{"nothing of another config", func(s *scene) {
			s.hold(plan.Target, instance("theirs"), plan.Holding{Config: map[string]string{plan.MarkReplicaOf: "another", plan.MarkRole: plan.RoleReplica}}, nil)
		}, "theirs", "error: is no replica that this config has made"},
		{"nothing unknown", func(*scene) {}, "nowhere", "error: this config has no replica of that name"},
		{"what an interrupted one has left, without the replica", func(s *scene) { delete(s.inv.Target.Holdings, instance("gone")) }, "gone",
			"gone: gone-IAB-20260307-120000 1, gone-IAB-old-20260305-120000 2; 3 points to IAB_20260307-120000"},
		{"not what the source has", func(*scene) {}, "alive", "alive: problem: the source still has it, as default/instance/alive"},
		{"not what the source has and the config excludes", func(s *scene) {
			s.source(instance("gone"), nil, called("b"), mark(plan.MarkExclude, "true"))
		}, "gone", "gone: problem: the source still has it"},
		{"not what has taken over", func(s *scene) { s.inv.Target.Holdings[instance("gone")].Config[plan.MarkRole] = plan.RoleActive }, "gone",
			"gone: problem: the target has taken over its work"},
		{"not what runs", func(s *scene) {
			h := s.inv.Target.Holdings[instance("gone-IAB-old-20260305-120000")]
			h.Running = true
			s.inv.Target.Holdings[instance("gone-IAB-old-20260305-120000")] = h
		}, "gone", "gone: problem: gone-IAB-old-20260305-120000 runs on the target"},
		{"not what is being worked on", func(s *scene) { s.inv.Target.Busy = map[plan.Ref]bool{instance("gone"): true} }, "gone",
			"gone: problem: an operation works on gone on the target"},
		{"not what may have another name on a silent cluster member", func(s *scene) {
			s.cluster(plan.Source, silence("m2"))
			s.source(instance("other"), nil, mute("m2"))
		}, "gone", "gone: problem: the cluster member m2 of the source does not answer, and nobody knows whether other on it is the object under another name"},
		{"not what lies on a silent cluster member", func(s *scene) {
			s.cluster(plan.Target, silence("m2"))
			h := s.inv.Target.Holdings[instance("gone-IAB-old-20260305-120000")]
			h.Member = "m2"
			s.inv.Target.Holdings[instance("gone-IAB-old-20260305-120000")] = h
		}, "gone", "gone: problem: its cluster member m2 on the target does not answer"},
		{"not while something may belong to it on a silent cluster member", func(s *scene) {
			s.cluster(plan.Target, silence("m2"))
			s.hold(plan.Target, instance("gone-IAB-20260306-120000"), plan.Holding{Status: "Error", Member: "m2"}, nil)
		}, "gone", "gone: problem: gone-IAB-20260306-120000, which may belong to it, lies on the cluster member m2 of the target"},
		{"what was started, with a warning", func(s *scene) {
			s.inv.Target.Holdings[instance("gone")].Config["volatile.last_state.power"] = "STOPPED"
		}, "gone", all + "; gone was started on the target: what was written there is lost, too"},
		{"what the config names, with a warning", func(s *scene) {
			s.job(instance("gone"), func(j *plan.Job) { j.Rule = `projects[0].instances[0] "gone"` })
		}, "gone",
			all + "; projects[0].instances[0] \"gone\" names it: take that out of the config, or every run has a problem with it"},
		{"not what has another name and no replica there", func(s *scene) { s.source(instance("new"), nil, called("a")) }, "gone",
			"gone: problem: the source has default/instance/new, which may be the same in another place, and that has no complete replica yet"},
		{"what has another place and a replica there", func(s *scene) {
			moved := plan.Ref{Project: "other", Kind: plan.Instance, Name: "gone"}
			s.source(moved, nil, called("a"))
			s.replica(moved, sent(s.own("09 12:00")), called("a"))
		}, "default/instance/gone", all},
		{"not what may be in a project that can't be seen", func(s *scene) { delete(s.inv.Source.Projects, "default") }, "gone",
			"gone: problem: IAB's certificate does not see project default on the source, so nobody knows whether the object is gone"},
		{"not a volume that may be in a pool that can't be seen", func(s *scene) {
			s.replica(volume("plain", "data"), nil, mark(plan.MarkOrigin, "default/volume/hidden/data"))
		}, "data", "data: problem: IAB's certificate does not see pool hidden on the source, so nobody knows whether the object is gone"},
		{"not a volume of that name in any pool, where the replica does not tell", func(s *scene) {
			s.replica(volume("plain", "data"), nil)
			s.source(volume("local", "data"), nil)
		}, "data", "data: problem: the source still has it, as default/volume/local/data"},
		{"not a volume that may have been moved to another pool and is not copied from there", func(s *scene) {
			s.replica(volume("plain", "data"), s.own("09 12:00"), mark(plan.MarkOrigin, "default/volume/plain/data"))
			s.source(volume("local", "data"), nil)
		}, "volume/plain/data", "data: problem: the source has default/volume/local/data, which may be the same in another place, and that has no complete replica yet"},
		{"a volume that has a replica of its new pool, too", func(s *scene) {
			s.replica(volume("plain", "data"), s.own("09 12:00"), mark(plan.MarkOrigin, "default/volume/plain/data"))
			s.replica(volume("local", "data"), s.own("09 12:00"), mark(plan.MarkOrigin, "default/volume/local/data"))
			s.source(volume("local", "data"), nil)
		}, "volume/plain/data", "data: data 1; 1 points to IAB_20260309-120000"},
		{"what a restore has replaced, by its own name", func(s *scene) {
			s.job(instance("alive"))
			s.source(instance("alive-IAB-before-20260309-130000"), nil, called("c"), mark(plan.MarkKept, "default/instance/alive"))
		}, "alive-IAB-before-20260309-130000", "alive-IAB-before-20260309-130000: alive-IAB-before-20260309-130000 1; 1 points to "},
		{"not what a restore has replaced, if nothing is in its place", func(s *scene) {
			s.source(instance("x-IAB-before-20260309-130000"), nil, called("c"), mark(plan.MarkKept, "default/instance/x"))
		}, "x-IAB-before-20260309-130000", "x-IAB-before-20260309-130000: problem: default/instance/x, which it was, does not exist on the source: this may be all that is left of it"},
		{"not what the restore of another config has replaced", func(s *scene) {
			s.source(instance("alive-IAB-before-20260309-130000"), nil, called("c"), mark(plan.MarkKept, "default/instance/alive"))
		}, "alive-IAB-before-20260309-130000", "alive-IAB-before-20260309-130000: problem: it was default/instance/alive, which this config does not take"},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := newScene(t)
			s.forgettable()
			c.change(s)
			list, err := plan.ForgetOf(strings.Fields(c.names), plan.Selection{Jobs: s.jobs}, false, s.inv, s.opts)
			got := forgetText(list)
			var choice *plan.ChoiceError
			if errors.As(err, &choice) && choice.Hint != "" {
				got = "error: " + choice.Text
			}
			if strings.HasPrefix(c.want, "error: ") && strings.Contains(got, strings.TrimPrefix(c.want, "error: ")) || strings.Contains(c.want, ": problem: ") && strings.HasPrefix(got, c.want) {
				return
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// An unrestricted certificate sees everything, so what it does not see is gone.
func TestAProjectThatIsGoneFromAnOpenSourceTakesItsObjectsAlong(t *testing.T) {
	s := newScene(t)
	s.forgettable()
	delete(s.inv.Source.Projects, "default")
	delete(s.inv.Source.Holdings, instance("alive"))
	list, err := plan.ForgetOf([]string{"gone"}, plan.Selection{}, true, s.inv, s.opts)
	if err != nil || forgetText(list) != all {
		t.Errorf("%s, %v", forgetText(list), err)
	}
}

func TestPoolsThatReplicasTellOfAreReadToo(t *testing.T) {
	s := newScene(t)
	s.replica(volume("plain", "data"), nil, mark(plan.MarkOrigin, "default/volume/hidden/data"))
	s.replica(volume("plain", "more"), nil, mark(plan.MarkOrigin, "default/volume/hidden/more"))
	s.replica(volume("plain", "known"), nil, mark(plan.MarkOrigin, "default/volume/local/known"))
	s.replica(volume("plain", "theirs"), nil, mark(plan.MarkOrigin, "default/volume/secret/theirs"), mark(plan.MarkReplicaOf, "another"))
	scope := plan.Scope{Pools: plan.Sides[[]string]{Source: []string{"z"}}}
	if added := plan.AddOrigins(&scope, s.inv, identity); !added || strings.Join(scope.Pools.Source, " ") != "hidden z" {
		t.Errorf("%t, %v", added, scope.Pools.Source)
	}
	if plan.AddOrigins(&scope, s.inv, identity) {
		t.Error("there is always something to add")
	}
}

func forgetText(list []plan.Forget) string {
	var texts []string
	for _, f := range list {
		if f.Problem != "" {
			texts = append(texts, f.Ref.Name+": problem: "+f.Problem)
			continue
		}
		var removes []string
		for _, r := range f.Removes {
			removes = append(removes, fmt.Sprintf("%s %d", r.Ref.Name, r.Points))
		}
		text := fmt.Sprintf("%s: %s; %d points to %s", f.Ref.Name, strings.Join(removes, ", "), f.Points, f.Newest)
		texts = append(texts, strings.Join(append([]string{text}, f.Warnings...), "; "))
	}
	return strings.Join(texts, "\n")
}
