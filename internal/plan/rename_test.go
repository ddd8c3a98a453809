package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
)

// renamedScene is the scene with all objects of the source under new names. Each has an identity, and so have the replicas.
func renamedScene(t *testing.T, s *scene) (before, after *scene) {
	before, after = &scene{t: t, inv: s.inv, opts: s.opts}, &scene{t: t, inv: s.inv, opts: s.opts}
	after.opts.Reseed = map[plan.Ref]bool{}
	source, renamed, target := s.inv.Source, s.inv.Source, s.inv.Target
	source.Holdings, renamed.Holdings, target.Holdings = map[plan.Ref]plan.Holding{}, map[plan.Ref]plan.Holding{}, map[plan.Ref]plan.Holding{}
	for ref, h := range s.inv.Target.Holdings {
		target.Holdings[ref] = h
	}
	for _, job := range s.jobs {
		other := job
		other.Ref.Name += "n"
		after.opts.Reseed[other.Ref] = s.opts.Reseed[job.Ref]
		before.jobs, after.jobs = append(before.jobs, job), append(after.jobs, other)
		if h, ok := s.inv.Source.Holdings[job.Ref]; ok {
			h = withKey(h, "volatile.uuid", "id of "+job.Ref.Name)
			source.Holdings[job.Ref], renamed.Holdings[other.Ref] = h, h
		}
		if h, ok := target.Holdings[job.Replica()]; ok && h.Config[plan.MarkReplicaOf] == identity {
			target.Holdings[job.Replica()] = withKey(h, plan.MarkIdentity, "id of "+job.Ref.Name)
		}
	}
	before.inv = plan.Inventory{Source: source, Target: target}
	after.inv = plan.Inventory{Source: renamed, Target: target}
	return before, after
}

func withKey(h plan.Holding, key, value string) plan.Holding {
	config := map[string]string{key: value}
	for k, v := range h.Config {
		config[k] = v
	}
	h.Config = config
	return h
}

// A new name changes nothing but names: what is planned for a renamed object is the rename, and then what would have been planned for it.
func TestARenamedObjectIsContinuedAsIfNothingHadHappened(t *testing.T) {
	followed := 0
	check(t, func(r *rapid.T, s *scene, _ plan.Plan) {
		before, after := renamedScene(t, s)
		if s.opts.NoCopy {
			return
		}
		old, planned := before.plan(), after.plan()
		for _, job := range before.jobs {
			replica, exists := before.inv.Target.Holdings[job.Replica()]
			_, there := before.inv.Source.Holdings[job.Ref]
			if !exists || !there || replica.Running || replica.Config[plan.MarkRole] != plan.RoleReplica || replica.Config[plan.MarkReplicaOf] != identity {
				continue
			}
			want, got := itemOf(old, job.Ref.Name), itemOf(planned, job.Ref.Name+"n")
			if got.Problem == "" {
				if len(got.Actions) == 0 || got.Actions[0].Verb != plan.VerbRename || got.Actions[0].From != job.Ref.Name {
					r.Fatalf("%s: %+v", job.Ref, got.Actions)
				}
				got.Actions = got.Actions[1:]
				followed++
			}
			if diff := cmp.Diff(unnamed(want), unnamed(got)); diff != "" {
				r.Fatalf("%s (-before +renamed):\n%s", job.Ref, diff)
			}
		}
	})
	if followed == 0 {
		t.Error("no replica has ever followed")
	}
}

func itemOf(p plan.Plan, name string) plan.Item {
	return p.Items[slices.IndexFunc(p.Items, func(i plan.Item) bool { return i.Ref.Name == name })]
}

// unnamed is an item with the old name of a renamed object everywhere.
func unnamed(item plan.Item) plan.Item {
	names := strings.NewReplacer(item.Ref.Name, strings.TrimSuffix(item.Ref.Name, "n"))
	item.Problem, item.Hint = names.Replace(item.Problem), names.Replace(item.Hint)
	item.Actions = slices.Clone(item.Actions)
	for i := range item.Actions {
		item.Actions[i].Group = "" // it bears the name of one of those in it
		item.Actions[i].Archive, item.Actions[i].Why = names.Replace(item.Actions[i].Archive), names.Replace(item.Actions[i].Why)
	}
	for _, list := range []*[]plan.Verdict{&item.Verdicts.Source, &item.Verdicts.Target} {
		*list = slices.Clone(*list)
		for i := range *list {
			(*list)[i].Archive = names.Replace((*list)[i].Archive)
			(*list)[i].Reasons = slices.Clone((*list)[i].Reasons)
			for j := range (*list)[i].Reasons {
				(*list)[i].Reasons[j].Detail = names.Replace((*list)[i].Reasons[j].Detail)
			}
		}
	}
	item.Warnings = slices.Clone(item.Warnings)
	for i := range item.Warnings {
		item.Warnings[i] = names.Replace(item.Warnings[i])
	}
	item.Ref, item.Job = plan.Ref{}, plan.Job{}
	return item
}
