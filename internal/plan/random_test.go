package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iab/internal/plan"
	"iab/internal/retention"
)

// drawScene makes one to four objects with snapshots of all sorts on both sides, and a job for each.
func drawScene(t *testing.T, r *rapid.T) *scene {
	s := newScene(t)
	s.opts.Location = rapid.SampledFrom([]*time.Location{time.UTC, berlin(t)}).Draw(r, "zone")
	s.opts.NoCopy = rapid.IntRange(0, 4).Draw(r, "noCopy") == 0
	s.opts.NoPrune = rapid.IntRange(0, 4).Draw(r, "noPrune") == 0
	s.drawProfiles(r)
	pools := rapid.SampledFrom([]string{"local", "local", "plain"})
	for i := range rapid.IntRange(1, 4).Draw(r, "objects") {
		from, to := pools.Draw(r, "pool"), pools.Draw(r, "targetPool")
		ref := instance(fmt.Sprintf("o%d", i))
		if rapid.Bool().Draw(r, "volume") {
			ref = volume(from, ref.Name)
		}
		job := plan.Job{Ref: ref, TargetPool: to, Consistency: rapid.SampledFrom(plan.Consistencies).Draw(r, "consistency")}
		for _, side := range plan.BothSides {
			job.Retention.Set(side, retention.MustParse(rapid.SampledFrom(policyTexts).Draw(r, "policy")))
		}
		s.jobs = append(s.jobs, job)
		s.drawHoldings(r, job, from)
	}
	return s
}

// formerOf names a former replica of a job.
func formerOf(job plan.Job) plan.Ref {
	ref := job.Replica()
	ref.Name += "-IAB-old-20260301-120000"
	return ref
}

var policyTexts = []string{"", "1", "2", "3,1h2d", "1h1d", "1h2d,1d2w", "1,10min1h", "1w3m"}

func (s *scene) drawHoldings(r *rapid.T, job plan.Job, pool string) {
	if rapid.IntRange(0, 9).Draw(r, "sourceMissing") == 0 {
		return
	}
	list := s.drawSnapshots(r)
	s.source(job.Ref, list, func(h *plan.Holding) {
		h.Pool, h.Running = pool, rapid.Bool().Draw(r, "running")
		if job.Ref.Kind == plan.Instance {
			s.uses(append([]string{"default"}, rapid.SliceOfNDistinct(rapid.SampledFrom(profileNames), 0, 3, rapid.ID).Draw(r, "profiles")...)...)(h)
		}
	})
	if rapid.IntRange(0, 3).Draw(r, "replicaMissing") == 0 {
		return
	}
	s.replica(job.Replica(), s.drawReplicaOf(r, job.Ref, list), func(h *plan.Holding) {
		h.Pool, h.Running = job.TargetPool, rapid.IntRange(0, 9).Draw(r, "replicaRuns") == 0
		some := rapid.SampledFrom(append(slices.Clone(h.Snapshots), plan.Snapshot{Name: "IAB_20260309-000000"})).Draw(r, "some").Name
		switch rapid.IntRange(0, 13).Draw(r, "mark") {
		case 0:
			h.Config = map[string]string{plan.MarkReplicaOf: "another"}
		case 1, 2:
			h.Config = nil
		case 3, 4:
			h.Config[plan.MarkComplete] = some
		case 5:
			h.Config[plan.MarkSending] = plan.NamesMark([]string{some})
		case 6:
			h.Config[plan.MarkBroken] = some
		case 7:
			maps.Copy(h.Config, plan.AsideMarks(job.Replica(), identity)) // a run died while it was set aside
		}
	})
	if rapid.IntRange(0, 2).Draw(r, "former") == 0 {
		former := formerOf(job)
		s.hold(plan.Target, former, plan.Holding{Type: typeOf(former), Pool: job.TargetPool, Snapshots: s.drawReplicaOf(r, job.Ref, list),
			Config: plan.AsideMarks(job.Replica(), identity)}, nil)
	}
	if rapid.IntRange(0, 5).Draw(r, "reseed") == 0 {
		s.opts.Reseed = map[plan.Ref]bool{job.Ref: true}
	}
}

// drawSnapshots makes snapshots of distinct dates, own and foreign, a few of them in the future.
func (s *scene) drawSnapshots(r *rapid.T) []plan.Snapshot {
	ages := rapid.SliceOfNDistinct(rapid.SampledFrom([]int{-90, 1, 5, 9, 30, 61, 62, 125, 60 * 25, 60 * 49, 60 * 24 * 8, 60 * 24 * 20, 60 * 24 * 70}),
		0, 8, rapid.ID).Draw(r, "ages")
	foreign := []string{"Before", "IAB_notes", "before-upgrade", "a", "zoo", "0", "auto1", "x", "y", "z", "J", "K", "L"}
	var list []plan.Snapshot
	for i, age := range ages {
		named := s.opts.Now.Add(-time.Duration(age) * time.Minute)
		snapshot := plan.Snapshot{Name: plan.SnapshotName(named, s.opts.Location), CreatedAt: named.Add(1234 * time.Millisecond)}
		if rapid.IntRange(0, 3).Draw(r, "foreign") == 0 {
			snapshot.Name = foreign[i]
		}
		list = append(list, snapshot)
	}
	return list
}

// drawReplicaOf makes what a replica of the snapshots may hold: each as it was sent, missing, or under another
// date, and some that the source does not have.
func (s *scene) drawReplicaOf(r *rapid.T, ref plan.Ref, source []plan.Snapshot) []plan.Snapshot {
	var list []plan.Snapshot
	for _, snapshot := range source {
		switch rapid.IntRange(0, 7).Draw(r, "onReplica") {
		case 0, 1:
			continue
		case 2:
			snapshot.CreatedAt = snapshot.CreatedAt.Add(7 * time.Second)
		default:
			if ref.Kind == plan.Instance {
				snapshot.CreatedAt = snapshot.CreatedAt.Truncate(time.Second)
			}
		}
		list = append(list, snapshot)
	}
	for _, extra := range []plan.Snapshot{
		{Name: plan.SnapshotName(s.opts.Now.Add(-3*time.Hour), s.opts.Location), CreatedAt: s.opts.Now.Add(-3 * time.Hour)},
		{Name: "by-hand", CreatedAt: s.opts.Now.Add(-4 * time.Hour)},
	} {
		if rapid.IntRange(0, 3).Draw(r, "extra") == 0 {
			list = append(list, extra)
		}
	}
	return list
}

// snapshots returns what a side holds for a job before the run.
func (s *scene) snapshots(side plan.Side, job plan.Job) []plan.Snapshot {
	return s.inv.On(side).Holdings[job.RefOn(side)].Snapshots
}

// deletions returns the names of the restore points that the item deletes on a side: those that lie in an archive afterwards live
// on, and so do those that are sent again. What goes with a former replica stands in formerly.
func deletions(item plan.Item, side plan.Side) []string {
	var list []string
	for _, action := range item.Actions {
		lives := action.Archive == "" && slices.ContainsFunc(item.Verdicts.On(side), func(v plan.Verdict) bool {
			return v.Snapshot == action.Snapshot && v.Archive != "" && !v.Expired && v.Reasons[0].Code != plan.CodeAside
		}) || sendsAgain(item, action)
		switch {
		case action.Verb != plan.VerbDelete || action.Side != side || lives:
		case action.Whole:
		default:
			list = append(list, action.Snapshot)
		}
	}
	return list
}

// formerly returns the names of the restore points that go with former replicas, while none of that name stays: what a former replica has
// under the name of a newer one, with another date, is not that one.
func formerly(item plan.Item) []string {
	var list []string
	stays := func(name string) bool {
		return slices.ContainsFunc(item.Verdicts.Target, func(v plan.Verdict) bool { return v.Snapshot == name && !v.Expired })
	}
	for _, action := range item.Actions {
		if action.Verb != plan.VerbDelete || !action.Whole {
			continue
		}
		for _, v := range item.Verdicts.Target {
			if v.Archive == action.Archive && v.Archive != "" && v.Reasons[0].Code != plan.CodeDouble && !stays(v.Snapshot) {
				list = append(list, v.Snapshot)
			}
		}
	}
	return list
}

// sendsAgain reports whether a deletion is that of a snapshot whose copy was never finished, before it is sent again.
func sendsAgain(item plan.Item, action plan.Action) bool {
	return action.Side == plan.Target && action.Phase != plan.Prune && action.Archive == "" && slices.ContainsFunc(copiesOf(item), func(copied plan.Action) bool {
		return slices.Contains(copied.Sends, action.Snapshot) || slices.Contains(copied.LeavesOut, action.Snapshot)
	})
}

// copiesOf returns the copies of the item, a catch-up first.
func copiesOf(item plan.Item) []plan.Action {
	return slices.DeleteFunc(slices.Clone(item.Actions), func(a plan.Action) bool { return a.Verb != plan.VerbCopy })
}

// sharedOwn returns the own snapshots that both lists have under the same name and date, oldest first.
func sharedOwn(source, replica []plan.Snapshot) []plan.Snapshot {
	var list []plan.Snapshot
	for _, s := range source {
		if s.Own() && slices.ContainsFunc(replica, func(t plan.Snapshot) bool { return t.Equal(s) }) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b plan.Snapshot) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return list
}

func show(items any) string { return strings.ReplaceAll(fmt.Sprintf("%+v", items), "} {", "}\n{") }
