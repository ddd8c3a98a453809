package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iab/internal/plan"
	"iab/internal/retention"
)

func TestReplacedReadsItsOwnMark(t *testing.T) {
	for _, handed := range []bool{true, false} {
		want := plan.Replaced{Identity: identity, At: noon, HandedOver: handed}
		if got, ok := plan.ReplacedOf(want.Mark()); !ok || got != want {
			t.Errorf("%q reads as %+v, %t", want.Mark(), got, ok)
		}
	}
	for _, mark := range []string{"", identity, identity + " soon", identity + " 2026-03-10T12:00:00Z maybe", identity + " 2026-03-10T12:00:00Z handed-over twice"} {
		if got, ok := plan.ReplacedOf(mark); ok {
			t.Errorf("%q reads as %+v", mark, got)
		}
	}
}

// beforeOf names what a failback has replaced of an object.
func beforeOf(ref plan.Ref) plan.Ref {
	ref.Name += "-IAB-before-20260308-120000"
	return ref
}

// replaced puts what a failback of that moment has replaced on the source, as it is when runs may remove it.
func (s *scene) replaced(ref plan.Ref, at time.Time, snapshots []plan.Snapshot, changes ...func(*plan.Holding)) {
	mark := plan.Replaced{Identity: identity, At: at, HandedOver: true}.Mark()
	s.hold(plan.Source, beforeOf(ref), plan.Holding{Type: typeOf(ref), Pool: "local", Status: "Stopped", Snapshots: snapshots,
		Config: map[string]string{plan.MarkKept: ref.String(), plan.MarkReplaced: mark, plan.MarkRole: plan.RoleStandby, plan.MarkHandedOver: identity}}, changes)
}

// removalOf is the action that removes what a failback has replaced, and the index behind which nothing is deleted.
func removalOf(item plan.Item) (action plan.Action, ok bool) {
	for _, a := range item.Actions {
		if a.Verb == plan.VerbDelete && a.Side == plan.Source && a.Whole {
			return a, true
		}
	}
	return plan.Action{}, false
}

// What a failback has replaced goes when all of the reasons for that hold, and stays for each that does not, which the plan says.
func TestWhatAFailbackHasReplacedGoesOnlyWhenNothingOfItIsNeeded(t *testing.T) {
	web, data := instance("web1"), volume("local", "data")
	past := []string{"05 12:00", "06 12:00", "07 12:00"}
	for _, c := range []struct {
		says   string // why it stays, empty if it goes
		ref    plan.Ref
		change func(s *scene)
	}{
		{"", web, nil},
		{"", data, nil},
		{"", web, func(s *scene) { s.jobs[0].Retention.Source = retention.MustParse("1") }}, // what only it has is expired
		{"", web, func(s *scene) { // what only it has on the source is in a former replica that stays
			s.jobs[0].Retention.Source, s.jobs[0].Retention.Target = retention.MustParse("9"), retention.MustParse("9")
			s.source(web, s.own("08 12:00", "09 12:00"))
			s.replica(web, sent(s.own("08 12:00", "09 12:00")))
			s.hold(plan.Target, formerOf(s.jobs[0]), plan.Holding{Type: "container", Pool: "local", Snapshots: sent(s.own(past...)),
				Config: plan.AsideMarks(web, identity)}, nil)
		}},
		{"Archive:web1-IAB-before-20260308-120000 Expired:false Reasons:[always keep: 6 of 9]", web, func(s *scene) { // the former replica goes with this run, too
			s.jobs[0].Retention.Source, s.jobs[0].Retention.Target = retention.MustParse("9"), retention.MustParse("1")
			s.source(web, s.own("08 12:00", "09 12:00"))
			s.replica(web, sent(s.own("08 12:00", "09 12:00")))
			s.hold(plan.Target, formerOf(s.jobs[0]), plan.Holding{Type: "container", Pool: "local", Snapshots: sent(s.own(past...)),
				Config: plan.AsideMarks(web, identity)}, nil)
		}},
		{"Archive:web1-IAB-before-20260308-120000 Expired:false Reasons:[always keep: 6 of 9]", web, func(s *scene) { // the former replica may have no data
			s.source(web, s.own("08 12:00", "09 12:00"))
			s.replica(web, sent(s.own("08 12:00", "09 12:00")))
			s.hold(plan.Target, formerOf(s.jobs[0]), plan.Holding{Type: "container", Pool: "local", Snapshots: sent(s.own(past...)),
				Config: plan.AsideMarks(web, identity)}, []func(*plan.Holding){mark(plan.MarkComplete, "IAB_20260304-120000")})
		}},
		{"Archive:web1-IAB-before-20260308-120000 Expired:false Reasons:[always keep: 6 of 9]", web, func(s *scene) { // nor the replica, and what is archived of it
			s.source(web, s.own("08 12:00", "09 12:00"))
			s.change(plan.Target, web, mark(plan.MarkSending, plan.NamesMark([]string{"IAB_20260305-120000"})))
		}},
		{"Archive:web1-IAB-before-20260308-120000 Expired:false Reasons:[always keep: 5 of 9]", web, func(s *scene) {
			s.opts.NoCopy = true
			s.source(web, s.own("08 12:00", "09 12:00"))
			s.change(plan.Target, web, mark(plan.MarkSending, plan.NamesMark([]string{"IAB_20260305-120000"})))
		}},
		{"stays with web1-IAB-before-20260308-120000: IAB_20260305-120000 of it is nowhere else", web, s(func(h *plan.Holding) { // of that date
			h.Snapshots[0].CreatedAt = h.Snapshots[0].CreatedAt.Add(time.Minute)
		})},
		{"a restore has replaced it", web, s(func(h *plan.Holding) { delete(h.Config, plan.MarkReplaced) })},
		{"another config has replaced it", web, s(mark(plan.MarkReplaced, plan.Replaced{Identity: "another", At: noon, HandedOver: true}.Mark()))},
		{"nobody knows whether the target had its last state", web, s(mark(plan.MarkReplaced, plan.Replaced{Identity: identity, At: noon}.Mark()))},
		{"the copies of another config build on it", web, s(mark(plan.BaseKey("another"), plan.Base{Config: "another", Snapshot: "IAB_20260305-120000", Used: noon}.Mark()))},
		{"the copies of another config build on it", web, s(mark(plan.BaseKey("another"), "spoilt"))},
		{"it was started", web, s(func(h *plan.Holding) { h.Running, h.Status = true, "Running" })},
		{"it was started", web, s(mark("volatile.last_state.power", "STOPPED"))},
		{"its name or its marks were changed", web, s(mark(plan.MarkRole, ""))},
		{"its name or its marks were changed", web, s(mark(plan.MarkHandedOver, ""))},
		{"its name or its marks were changed", web, func(s *scene) {
			other := instance("mine")
			s.inv.Source.Holdings[other] = s.inv.Source.Holdings[beforeOf(web)]
			delete(s.inv.Source.Holdings, beforeOf(web))
		}},
		{"which IAB has not made", web, s(func(h *plan.Holding) {
			h.Snapshots = append(h.Snapshots, plan.Snapshot{Name: "by-hand", CreatedAt: noon.Add(-99 * time.Hour)})
		})},
		{"something uses it", data, func(s *scene) {
			s.source(instance("user"), nil, devices(map[string]plan.Device{"d": {"type": "disk", "pool": "local", "source": beforeOf(data).Name, "path": "/d"}}))
		}},
		{"does not answer", web, func(s *scene) {
			s.inv.Source.Members = map[string]plan.Member{"m1": {Answers: true}, "m2": {}}
			s.change(plan.Source, web, func(h *plan.Holding) { h.Member = "m1" })
		}},
		{"until a run after the failback has copied", web, func(s *scene) { s.change(plan.Source, web, mark(plan.MarkRestored, identity)) }},
		{"until a run after the failback has copied", web, s(mark(plan.MarkReplaced, plan.Replaced{Identity: identity, At: noon, HandedOver: true}.Mark()))},
		{"until a run after the failback has copied", web, func(s *scene) { s.change(plan.Target, web, mark(plan.MarkComplete, "IAB_20260306-120000")) }},
	} {
		t.Run(fmt.Sprintf("%s: %s", c.ref.Kind, c.says), func(t *testing.T) {
			s := newScene(t)
			s.job(c.ref, policies("9", "9"))
			s.source(c.ref, s.own(append(slices.Clone(past), "08 12:00", "09 12:00")...), func(h *plan.Holding) { h.Config = map[string]string{} })
			s.replica(c.ref, sent(s.own(append(slices.Clone(past), "08 12:00", "09 12:00")...)))
			s.replaced(c.ref, at(t, "08 12:00"), s.own(past...))
			if c.change != nil {
				c.change(s)
			}
			item := s.plan().Items[0]
			removal, goes := removalOf(item)
			if item.Problem != "" || goes != (c.says == "") {
				t.Fatalf("%s; it goes: %t\n%s\n%s", item.Problem, goes, show(item.Actions), show(item.Verdicts.Source))
			}
			if goes && (!slices.Equal(removal.Loses, []string{"IAB_20260305-120000", "IAB_20260306-120000", "IAB_20260307-120000"}) ||
				item.Actions[len(item.Actions)-1].Archive != removal.Archive) {
				t.Errorf("it goes with %+v", removal)
			}
			if !goes && !strings.Contains(show(item.Verdicts.Source)+fmt.Sprint(item.Warnings), c.says) {
				t.Errorf("the plan does not say that %s:\n%s\n%s", c.says, show(item.Verdicts.Source), item.Warnings)
			}
			s.opts.NoPrune = true
			if _, goes := removalOf(s.plan().Items[0]); goes {
				t.Error("it goes although nothing is to be pruned")
			}
		})
	}
}

// s changes what the failback has replaced.
func s(change func(*plan.Holding)) func(*scene) {
	return func(s *scene) { s.change(plan.Source, beforeOf(s.jobs[0].Ref), change) }
}

func (s *scene) change(side plan.Side, ref plan.Ref, change func(*plan.Holding)) {
	h := s.inv.On(side).Holdings[ref]
	change(&h)
	s.inv.On(side).Holdings[ref] = h
}

// No restore point of either side is lost with what a failback has replaced: what goes with it is expired by the source's policy, or stays
// in another place, whole and of the same date.
func TestInvariant12NoRestorePointIsLostWithWhatAFailbackHasReplaced(t *testing.T) {
	removed := 0
	for tries := 0; tries < 20 && removed == 0; tries++ { // few scenes have something to remove
		rapid.Check(t, func(r *rapid.T) { removed += removals(t, r) })
	}
	if removed == 0 {
		t.Error("no scene had anything to remove")
	}
}

// removals draws a scene with what failbacks have replaced, checks what goes with its plan, and counts that.
func removals(t *testing.T, r *rapid.T) (removed int) {
	s := drawScene(t, r)
	for _, job := range s.jobs {
		s.drawReplaced(r, job)
	}
	for _, item := range s.plan().Items {
		kept, exists := s.inv.Source.Holdings[beforeOf(item.Job.Ref)]
		removal, goes := removalOf(item)
		if !exists || item.Problem != "" {
			if goes {
				r.Fatalf("%s: %s goes", item.Ref, removal.Archive)
			}
			continue
		}
		s.onceJudged(r, item, kept)
		if !goes {
			continue
		}
		removed++
		if !kept.Disposable(removal.Archive, item.Job.Ref, identity) || s.opts.NoPrune {
			r.Fatalf("%s: what may not be removed goes: %v", item.Ref, kept.Config)
		}
		for _, snapshot := range kept.Snapshots {
			if !snapshot.Own() || !s.expired(item, kept, snapshot) && !s.staysSomewhere(item, snapshot) {
				r.Fatalf("%s: %s is lost\n%s\nsource %s\ntarget %s", item.Ref, snapshot.Name, show(item.Actions), show(item.Verdicts.Source), show(item.Verdicts.Target))
			}
		}
	}
	return removed
}

// drawReplaced makes what a failback has replaced, mostly as runs may remove it.
func (s *scene) drawReplaced(r *rapid.T, job plan.Job) {
	source, exists := s.inv.Source.Holdings[job.Ref]
	if !exists || rapid.IntRange(0, 3).Draw(r, "replaced") == 0 {
		return
	}
	snapshots := s.drawReplicaOf(r, job.Ref, source.Snapshots)
	if rapid.IntRange(0, 3).Draw(r, "keepsForeign") > 0 {
		snapshots = slices.DeleteFunc(snapshots, func(t plan.Snapshot) bool { return !t.Own() })
	}
	s.replaced(job.Ref, s.opts.Now.Add(-time.Duration(rapid.IntRange(0, 200).Draw(r, "hours"))*time.Hour), snapshots, func(h *plan.Holding) {
		switch rapid.IntRange(0, 11).Draw(r, "keptMark") {
		case 0:
			h.Config[plan.MarkReplaced] = plan.Replaced{Identity: identity, At: s.opts.Now}.Mark()
		case 1:
			delete(h.Config, plan.MarkReplaced)
		case 2:
			h.Config["volatile.last_state.power"] = "STOPPED"
		case 3:
			h.Running = true
		}
	})
}

// onceJudged checks that each snapshot of a kept object has one verdict with reasons.
func (s *scene) onceJudged(r *rapid.T, item plan.Item, kept plan.Holding) {
	var judged []string
	for _, v := range item.Verdicts.Source {
		if v.Archive == beforeOf(item.Job.Ref).Name {
			judged = append(judged, v.Snapshot)
			if len(v.Reasons) == 0 {
				r.Fatalf("%s: no reason for %s", item.Ref, v.Snapshot)
			}
		}
	}
	if slices.Sort(judged); !slices.Equal(judged, sortedNames(kept.Snapshots)) {
		r.Fatalf("%s: it holds %v, judged are %v", item.Ref, sortedNames(kept.Snapshots), judged)
	}
}

// expired reports whether the source's policy wants the snapshot no more, judged with all that the source has.
func (s *scene) expired(item plan.Item, kept plan.Holding, snapshot plan.Snapshot) bool {
	now, id := s.opts.Now, 0
	var points []retention.Point
	for _, t := range slices.Concat(kept.Snapshots, s.snapshots(plan.Source, item.Job)) {
		if t.Own() {
			points = append(points, retention.Point{ID: t.Name, At: t.At(s.opts.Location)})
		}
	}
	for _, a := range item.Actions {
		if a.Verb == plan.VerbSnapshot {
			taken := plan.Snapshot{Name: a.Snapshot, CreatedAt: now}.At(s.opts.Location)
			if taken.After(now) {
				now = taken
			}
			points = append(points, retention.Point{ID: a.Snapshot, At: taken})
		}
	}
	for i, p := range points {
		if p.ID == snapshot.Name {
			id = i
		}
	}
	return item.Job.Retention.Source.Judge(now, points)[id].Expired
}

// staysSomewhere reports whether another place holds the snapshot when the plan is done.
func (s *scene) staysSomewhere(item plan.Item, snapshot plan.Snapshot) bool {
	among := func(list []plan.Snapshot) bool {
		return slices.ContainsFunc(list, func(t plan.Snapshot) bool { return t.Name == snapshot.Name && (t.Equal(snapshot) || snapshot.Equal(t)) })
	}
	kept := func(side plan.Side, archive string) bool {
		return slices.ContainsFunc(item.Verdicts.On(side), func(v plan.Verdict) bool {
			return v.Snapshot == snapshot.Name && !v.Expired && (v.Archive == archive || archive == "" && v.Archive != formerOf(item.Job).Name && side == plan.Target)
		})
	}
	source, replica, former := s.snapshots(plan.Source, item.Job), s.inv.Target.Holdings[item.Job.Replica()], formerOf(item.Job)
	inReplica := among(replica.Snapshots) || len(copiesOf(item)) > 0 && among(source)
	return among(source) && kept(plan.Source, "") || inReplica && kept(plan.Target, "") ||
		among(s.inv.Target.Holdings[former].Snapshots) && kept(plan.Target, former.Name)
}
