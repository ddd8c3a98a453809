package plan_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"iab/internal/plan"
	"iab/internal/retention"
)

// check holds a property of the plans of random scenes.
func check(t *testing.T, property func(r *rapid.T, s *scene, p plan.Plan)) {
	t.Helper()
	rapid.Check(t, func(r *rapid.T) {
		s := drawScene(t, r)
		property(r, s, s.plan())
	})
}

func TestInvariant1NoDeletionNamesAForeignSnapshot(t *testing.T) {
	check(t, func(r *rapid.T, _ *scene, p plan.Plan) {
		for _, item := range p.Items {
			for _, side := range plan.BothSides {
				for _, name := range deletions(item, side) {
					if !(plan.Snapshot{Name: name}).Own() {
						r.Fatalf("%s: foreign %s is deleted on the %s", item.Ref, name, side)
					}
				}
			}
		}
	})
}

func TestInvariant1NothingIsCopiedOverAForeignObject(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		for _, item := range p.Items {
			replica, exists := s.inv.Target.Holdings[item.Job.Replica()]
			owner := replica.Config[plan.MarkReplicaOf]
			shares := len(sharedOwn(s.snapshots(plan.Source, item.Job), replica.Snapshots)) > 0
			ours := owner == identity || owner == "" && shares
			if exists && !ours && len(item.Actions) > 0 {
				r.Fatalf("%s: owner %q, shares a snapshot: %t, actions:\n%s", item.Ref, owner, shares, show(item.Actions))
			}
			aside := slices.ContainsFunc(item.Actions, func(a plan.Action) bool { return a.Whole && a.Phase != plan.Prune })
			for _, action := range copiesOf(item) {
				if action.Creates == (exists && !aside) {
					r.Fatalf("%s: creates is %t, exists is %t, set aside is %t", item.Ref, action.Creates, exists, aside)
				}
			}
		}
	})
}

func TestInvariant2TheNewestAndTheFutureAreNeverDeleted(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		for _, item := range p.Items {
			for _, side := range plan.BothSides {
				gone := deletions(item, side)
				newest := plan.Snapshot{}
				held := s.snapshots(side, item.Job)
				if side == plan.Target {
					held = append(slices.Clone(held), s.inv.Target.Holdings[formerOf(item.Job)].Snapshots...)
				}
				for _, snapshot := range held {
					at := snapshot.At(s.opts.Location)
					switch {
					case !snapshot.Own():
					case at.After(s.opts.Now.Add(time.Minute)): // the run's own name may have moved on by seconds
						if slices.Contains(gone, snapshot.Name) {
							r.Fatalf("%s: %s of the future is deleted on the %s", item.Ref, snapshot.Name, side)
						}
						if s.opts.NoCopy && item.Problem == "" && !strings.Contains(strings.Join(item.Warnings, "\n"), snapshot.Name) {
							r.Fatalf("%s: no warning of %s", item.Ref, snapshot.Name)
						}
					case at.After(newest.At(s.opts.Location)):
						newest = snapshot
					}
				}
				if len(copiesOf(item)) > 0 {
					newest.Name = p.Snapshot
				}
				if side == plan.Target {
					gone = append(gone, formerly(item)...)
				}
				if slices.Contains(gone, newest.Name) {
					r.Fatalf("%s: the newest, %s, is deleted on the %s", item.Ref, newest.Name, side)
				}
			}
		}
	})
}

func TestInvariant3TheNewestCommonSnapshotIsNeverDeleted(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		for _, item := range p.Items {
			base := p.Snapshot
			if len(copiesOf(item)) == 0 {
				trusted := slices.DeleteFunc(slices.Clone(s.snapshots(plan.Target, item.Job)), func(t plan.Snapshot) bool {
					return slices.ContainsFunc(item.Verdicts.Target, func(v plan.Verdict) bool {
						return v.Snapshot == t.Name && v.Reasons[0].Code == plan.CodeDoubt
					})
				})
				shared := sharedOwn(s.snapshots(plan.Source, item.Job), trusted)
				if len(shared) == 0 {
					continue
				}
				base = shared[len(shared)-1].Name
			}
			for _, side := range plan.BothSides {
				gone := deletions(item, side)
				if side == plan.Target {
					gone = append(gone, formerly(item)...)
				}
				if slices.Contains(gone, base) {
					r.Fatalf("%s: the base %s is deleted on the %s", item.Ref, base, side)
				}
			}
		}
	})
}

func TestInvariant8EverySnapshotHasOneVerdictWithReasons(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		for _, item := range p.Items {
			if item.Problem != "" {
				if len(item.Actions)+len(item.Verdicts.Source)+len(item.Verdicts.Target) > 0 {
					r.Fatalf("%s has a problem and is worked on", item.Ref)
				}
				continue
			}
			held := s.heldAfter(p, item)
			for _, side := range plan.BothSides {
				var judged, expired []string
				for _, v := range item.Verdicts.On(side) {
					judged = append(judged, v.Snapshot)
					if len(v.Reasons) == 0 {
						r.Fatalf("%s: no reason for %s on the %s", item.Ref, v.Snapshot, side)
					}
					if v.Expired && !s.opts.NoPrune && v.Reasons[0].Code != plan.CodeLost && v.Archive == "" {
						expired = append(expired, v.Snapshot)
					}
				}
				if diff := cmp.Diff(sortedNames(held.On(side)), slices.Sorted(slices.Values(judged))); diff != "" {
					r.Fatalf("%s: verdicts on the %s (-held +judged):\n%s", item.Ref, side, diff)
				}
				if diff := cmp.Diff(expired, deletions(item, side)); diff != "" {
					r.Fatalf("%s: the %s (-expired +deleted):\n%s", item.Ref, side, diff)
				}
			}
		}
	})
}

// heldAfter returns what both sides hold once the item's copies are done, what a copy deletes from the replica included: that is
// archived or named as lost.
func (s *scene) heldAfter(p plan.Plan, item plan.Item) plan.Sides[[]plan.Snapshot] {
	held := plan.Sides[[]plan.Snapshot]{Source: s.snapshots(plan.Source, item.Job), Target: s.snapshots(plan.Target, item.Job)}
	formers := slices.Clone(s.inv.Target.Holdings[formerOf(item.Job)].Snapshots)
	copies := copiesOf(item)
	if len(copies) > 0 {
		if copies[0].Creates { // the replica that is there was set aside
			formers, held.Target = append(formers, held.Target...), nil
		}
		held.Source = append(slices.Clone(held.Source), plan.Snapshot{Name: p.Snapshot})
		out := copies[len(copies)-1].LeavesOut
		loses := plan.Refresh(held.Source, held.Target).Loses
		held.Target = slices.DeleteFunc(slices.Clone(held.Source), func(t plan.Snapshot) bool { return slices.Contains(out, t.Name) })
		for _, lost := range loses { // what a former replica holds, too, is one point with that
			if !slices.ContainsFunc(formers, func(t plan.Snapshot) bool { return t.Equal(lost) || lost.Equal(t) }) {
				held.Target = append(held.Target, lost)
			}
		}
	}
	held.Target = append(slices.Clone(held.Target), formers...)
	return held
}

// asOf gives an object the marks that it has as the other job's.
func asOf(h plan.Holding, job, other plan.Job) plan.Holding {
	if h.Config[plan.MarkArchiveOf] == job.Replica().String() {
		h.Config = maps.Clone(h.Config)
		h.Config[plan.MarkArchiveOf] = other.Replica().String()
	}
	return h
}

func sortedNames(snapshots []plan.Snapshot) []string {
	var list []string
	for _, s := range snapshots {
		list = append(list, s.Name)
	}
	slices.Sort(list)
	return list
}

func TestInvariant8TheOrderOfTheInputDoesNotMatter(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		want := string(encode(t, p))
		s.jobs = rapid.Permutation(s.jobs).Draw(r, "jobs")
		for _, side := range plan.BothSides {
			for ref, h := range s.inv.On(side).Holdings {
				h.Snapshots = slices.Clone(h.Snapshots)
				slices.Reverse(h.Snapshots)
				s.inv.On(side).Holdings[ref] = h
			}
		}
		if diff := cmp.Diff(want, string(encode(t, s.plan()))); diff != "" {
			r.Fatalf("the plan (-given +shuffled):\n%s", diff)
		}
	})
}

func TestInvariant8PlanningChangesNothingOfItsInput(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		if diff := cmp.Diff(encode(t, p), encode(t, s.plan())); diff != "" {
			r.Fatalf("the plan (-first +second):\n%s", diff)
		}
	})
}

func TestInvariant9APolicyWithOneMoreRuleNeverDeletesMore(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, _ plan.Plan) {
		extra := rapid.SampledFrom([]string{"10min2h", "1h3d", "1d1w", "1w1y"}).Draw(r, "extra")
		for i := range s.jobs {
			if s.jobs[i].Retention.Source.KeepsAll() {
				s.jobs[i].Retention.Source = retention.MustParse("1")
			}
			if s.jobs[i].Retention.Target.KeepsAll() {
				s.jobs[i].Retention.Target = retention.MustParse("1")
			}
		}
		s.opts.AllowLoss = true // else a policy that wants too little stops the item altogether
		before := s.plan()
		for i := range s.jobs {
			for _, side := range plan.BothSides {
				policy := s.jobs[i].Retention.On(side)
				s.jobs[i].Retention.Set(side, retention.MustParse(policy.String()+","+extra))
			}
		}
		for i, item := range s.plan().Items {
			for _, side := range plan.BothSides {
				for _, name := range deletions(item, side) {
					held := slices.ContainsFunc(s.snapshots(side, item.Job), func(t plan.Snapshot) bool { return t.Name == name })
					// What the copy itself has sent is no loss, also when it is called like what the copy takes away, or like what was in
					// doubt and is deleted before it.
					taken := slices.ContainsFunc(before.Items[i].Actions, func(a plan.Action) bool {
						return a.Verb == plan.VerbCopy && side == plan.Target && slices.Contains(a.Loses, name)
					}) || slices.ContainsFunc(item.Actions, func(a plan.Action) bool {
						return a.Verb == plan.VerbDelete && side == plan.Target && a.Snapshot == name && sendsAgain(item, a)
					})
					if held && !taken && !slices.Contains(deletions(before.Items[i], side), name) {
						r.Fatalf("%s: %s is deleted on the %s only with the rule %s more", item.Ref, name, side, extra)
					}
				}
			}
		}
	})
}

func TestInvariant10InstancesAndVolumesAreTreatedAlike(t *testing.T) {
	check(t, func(r *rapid.T, s *scene, p plan.Plan) {
		asVolumes := &scene{t: t, inv: s.inv, opts: s.opts}
		asVolumes.opts.Reseed = map[plan.Ref]bool{}
		var words []string // every ref in a text becomes the name alone
		for _, side := range plan.BothSides {
			server := s.inv.On(side)
			server.Holdings = map[plan.Ref]plan.Holding{}
			for _, job := range s.jobs {
				other := job
				other.Ref = volume("local", job.Ref.Name)
				if h, ok := s.inv.On(side).Holdings[job.RefOn(side)]; ok {
					server.Holdings[other.RefOn(side)] = asOf(h, job, other)
				}
				if h, ok := s.inv.On(side).Holdings[formerOf(job)]; ok {
					server.Holdings[formerOf(other)] = asOf(h, job, other)
				}
				asVolumes.opts.Reseed[other.Ref] = s.opts.Reseed[job.Ref]
				for _, ref := range []plan.Ref{job.Ref, job.RefOn(side), other.Ref, other.RefOn(side)} {
					words = append(words, ref.String(), job.Ref.Name)
				}
				if side == plan.Source {
					asVolumes.jobs = append(asVolumes.jobs, other)
				}
			}
			asVolumes.inv.Set(side, server)
		}
		strip := func(p plan.Plan) map[string]plan.Item {
			items := map[string]plan.Item{}
			for _, item := range p.Items {
				name := item.Ref.Name
				names := strings.NewReplacer(words...)
				item.Problem, item.Hint = names.Replace(item.Problem), names.Replace(item.Hint)
				item.Ref, item.Job = plan.Ref{}, plan.Job{}
				for i := range item.Actions {
					item.Actions[i].Group = names.Replace(item.Actions[i].Group)
				}
				items[name] = item
			}
			return items
		}
		if diff := cmp.Diff(strip(p), strip(asVolumes.plan())); diff != "" {
			r.Fatalf("items (-mixed +volumes):\n%s", diff)
		}
	})
}
